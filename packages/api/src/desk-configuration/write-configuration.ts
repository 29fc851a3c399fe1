import type { Configuration } from '@guichet/domain'
import { configurationSchema, durationSchema, formatDuration } from '@guichet/domain'
import { Document, isCollection, isMap, isScalar, visit } from 'yaml'
import type { z } from 'zod'

/** A configuration as people write it: durations such as `1h30m`, fields in the order of the documentation. */
export const inWords = (configuration: Configuration): Readonly<Record<string, unknown>> =>
  worded(configurationSchema, configuration) as Readonly<Record<string, unknown>>

/**
 * Writes a configuration file that `readConfiguration` reads as the very same configuration.
 * @param comment what it begins with, line by line.
 */
export function writeConfiguration(configuration: Configuration, comment: readonly string[]): string {
  const document = new Document(inWords(configuration), { version: '1.2', aliasDuplicateObjects: false })
  document.commentBefore = comment.map((line) => ` ${line}`).join('\n')
  visit(document, {
    Collection: (_, node, path) => {
      const section = isMap(node) && path.length <= 3
      if (!section && isInLine(node.items)) node.flow = true
    },
    Pair: (key, pair, path) => {
      const [name, value] = [pair.key, pair.value]
      if (path.length === 2 && Number(key) > 0 && isScalar(name) && isCollection(value)) name.spaceBefore = true
    },
  })
  return document.toString({ lineWidth: 120, flowCollectionPadding: true })
}

/** Whether a collection is short enough for one line: values alone, and few of them. */
function isInLine(items: readonly unknown[]): boolean {
  const values = items.map((item) =>
    typeof item === 'object' && item !== null && 'value' in item && 'key' in item ? item.value : item,
  )
  return values.every((value) => isScalar(value) && String(value.value).length <= 40) && values.length <= 8
}

/** A value that a schema accepted, with its durations in words. */
function worded(schema: z.core.$ZodType, value: unknown): unknown {
  if (value === undefined || value === null) return value
  if (schema === durationSchema && typeof value === 'number') return formatDuration(value)
  const { def } = schema as z.core.$ZodTypes & Pick<z.core.$ZodTypes['_zod'], 'def'>
  switch (def.type) {
    case 'object':
      return fields(Object.keys(def.shape), value, (name) => def.shape[name])
    case 'record':
      return fields(Object.keys(value), value, () => def.valueType)
    case 'array':
      return Array.isArray(value) ? value.map((entry) => worded(def.element, entry)) : value
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
      return worded(def.innerType, value)
    case 'lazy':
      return worded(def.getter(), value)
    case 'pipe':
      return worded(def.in, value)
    default:
      return value
  }
}

function fields(
  names: readonly string[],
  value: object,
  schemaOf: (name: string) => z.core.$ZodType | undefined,
): Readonly<Record<string, unknown>> {
  const given = new Map(Object.entries(value))
  return Object.fromEntries(
    names.flatMap((name) => {
      const schema = schemaOf(name)
      const entry = given.get(name)
      return schema === undefined || entry === undefined ? [] : [[name, worded(schema, entry)]]
    }),
  )
}
