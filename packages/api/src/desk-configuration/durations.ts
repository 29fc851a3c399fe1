import { businessTimeSchema, configurationSchema, durationSchema } from '@guichet/domain'
import type { z } from 'zod'
import type { Path } from './fault.ts'

/** A configuration, or a document that one was read from, with something else in the place of each duration. */
export const withDurations = (
  document: unknown,
  replace: (value: unknown, path: Path) => unknown,
): Readonly<Record<string, unknown>> =>
  within(configurationSchema, document, replace, []) as Readonly<Record<string, unknown>>

function within(
  schema: z.core.$ZodType,
  value: unknown,
  replace: (value: unknown, path: Path) => unknown,
  path: Path,
): unknown {
  if (value === undefined || value === null) return value
  if (schema === durationSchema || schema === businessTimeSchema) return replace(value, path)
  const { def } = schema as z.core.$ZodTypes & Pick<z.core.$ZodTypes['_zod'], 'def'>
  const inner = (type: z.core.$ZodType) => within(type, value, replace, path)
  const fields = (names: readonly string[], schemaOf: (name: string) => z.core.$ZodType | undefined) => {
    const given = new Map(Object.entries(value))
    return Object.fromEntries(
      names.flatMap((name) => {
        const [type, entry] = [schemaOf(name), given.get(name)]
        return type === undefined || entry === undefined ? [] : [[name, within(type, entry, replace, [...path, name])]]
      }),
    )
  }
  switch (def.type) {
    case 'object':
      return fields(Object.keys(def.shape), (name) => def.shape[name])
    case 'record':
      return fields(Object.keys(value), () => def.valueType)
    case 'array':
      return Array.isArray(value)
        ? value.map((entry, index) => within(def.element, entry, replace, [...path, index]))
        : value
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
      return inner(def.innerType)
    case 'lazy':
      return inner(def.getter())
    case 'pipe':
      return inner(def.in)
    default:
      return value
  }
}
