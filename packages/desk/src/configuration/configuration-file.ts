import { Document, isCollection, isMap, isScalar, visit } from 'yaml'
import type { z } from 'zod'
import type { Configuration, PublicHolidays, Result } from '@guichet/domain'
import {
  accept,
  businessTimeSchema,
  checkConsistency,
  configurationSchema,
  configurationWarnings,
  defaultWording,
  deny,
  durationSchema,
  formatDuration,
  hoursFaults,
  instant,
  speaks,
  wellFormed,
} from '@guichet/domain'
import { placesOf } from '../value-faults.ts'
import { safeText } from '../safe-text.ts'
import type { Years } from './public-holidays.ts'
import { publicHolidayTables, yearsAround } from './public-holidays.ts'
import type { ConfigurationFault, Path } from './yaml-document.ts'
import { isDeeper, readYaml, written, yamlLimits } from './yaml-document.ts'

/** A valid configuration, with the public holidays of the countries of its calendars. */
export type ReadConfiguration = {
  readonly configuration: Configuration
  readonly publicHolidays: PublicHolidays
}

/** The same, with warnings about valid but probably unintended values. */
export type CheckedConfiguration = ReadConfiguration & { readonly warnings: readonly ConfigurationFault[] }

type FaultAt = (path: Path, message: string) => ConfigurationFault

/**
 * Reads a configuration file: YAML, or JSON, which is YAML too. In readable YAML, all faults are found at once, in the
 * order of the file: faults of form, and inconsistencies between well-formed sections.
 * @param years of the public holidays that are computed.
 */
export function readConfiguration(
  text: string,
  now: Date,
  years: Years = yearsAround(now),
): Promise<Result<CheckedConfiguration, readonly ConfigurationFault[]>> {
  const document = readYaml(text)
  return document.ok
    ? checkConfiguration(document.value.value, now, years, document.value.faultAt)
    : Promise.resolve(document)
}

/** As `readConfiguration`, for data instead of text: faults are in line 1. */
export async function checkConfiguration(
  value: unknown,
  now: Date,
  years: Years,
  faultAt: FaultAt = (path, message) => ({ path: written(path), line: 1, column: 1, message }),
): Promise<Result<CheckedConfiguration, readonly ConfigurationFault[]>> {
  if (isDeeper(value, yamlLimits.depth)) return deny([faultAt([], 'is nested too deeply')])
  const { parts, issues } = wellFormed(value)
  const hours = await hoursOf(parts, now, years)
  const faults = [
    ...issues.flatMap(placesOf),
    ...checkConsistency(parts),
    ...hours.faults,
    ...muteLanguages(parts),
    ...unsaidIn(value),
  ]
  if (faults.length === 0) {
    const configuration = parts as Configuration
    const warnings = configurationWarnings(configuration).map(({ path, message }) => faultAt(path, message))
    return accept({ configuration, publicHolidays: hours.tables, warnings: warnings.slice(0, yamlLimits.faults) })
  }
  const first = new Map(faults.toReversed().map((fault) => [written(fault.path), fault]))
  const located = [...first.values()].reverse().map(({ path, message }) => faultAt(path, message))
  return deny(located.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, yamlLimits.faults))
}

/**
 * Returns the public holidays for the calendars, and the faults of calendars and centres; nothing if their form is
 * faulty.
 */
async function hoursOf(
  { calendars, followTheSun }: Partial<Configuration>,
  now: Date,
  years: Years,
): Promise<{ readonly tables: PublicHolidays; readonly faults: readonly Place[] }> {
  if (!calendars) return { tables: {}, faults: [] }
  const holidays = await publicHolidayTables(calendars, years)
  if (!holidays.ok) {
    return {
      tables: {},
      faults: holidays.faults.map(({ path, message }) => ({ path: ['calendars', ...path], message })),
    }
  }
  const { tables } = holidays
  return { tables, faults: followTheSun ? hoursFaults({ calendars, followTheSun }, tables, instant(now)) : [] }
}

/**
 * Yields the missing parts of a document that people must state: whether the desk has SLA targets, and the unit of a
 * duration, which the schema would read as milliseconds.
 */
function* unsaidIn(document: unknown): Iterable<Place> {
  if (typeof document === 'object' && document !== null && !Object.hasOwn(document, 'sla')) {
    const message = 'is missing, and with it every promise: write policies, be it one that says promises: nothing'
    yield { path: ['sla'], message }
  }
  const bare: Place[] = []
  withDurations(document, (value, path) => {
    const message = `must have a unit, such as ${String(value)}m or ${String(value)}h`
    if (typeof value === 'number' && value > 0) bare.push({ path, message })
    return value
  })
  yield* bare
}

/** Yields the languages for which the product has no texts. */
function* muteLanguages({ desk, templates = {} }: Partial<Configuration>): Iterable<Place> {
  const places: (readonly [language: string, path: Path])[] = [
    ...(desk ? [[desk.defaultLanguage, ['desk', 'defaultLanguage']] as const] : []),
    ...Object.keys(templates).map((name) => [name, ['templates', name]] as const),
  ]
  for (const [language, path] of places) {
    if (!speaks(defaultWording, language)) yield { path, message: `there are no words in ${language}` }
  }
}

type Place = { readonly path: Path; readonly message: string }

/** Returns a configuration as in a file: durations such as `1h30m`, fields in the order of the documentation. */
export const inWords = (configuration: Configuration): Readonly<Record<string, unknown>> =>
  withDurations(configuration, (value) => (typeof value === 'number' ? formatDuration(value) : value))

/**
 * Writes a configuration file that `readConfiguration` reads as the same configuration.
 * @param comment the lines of the comment at its beginning.
 */
export function writeConfiguration(configuration: Configuration, comment: readonly string[]): string {
  const document = new Document(inWords(configuration), { version: '1.2', aliasDuplicateObjects: false })
  document.commentBefore = comment.map((line) => ` ${line}`).join('\n')
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && safeText(node.value) !== node.value) node.type = 'QUOTE_DOUBLE'
    },
    Collection: (_, node, path) => {
      const section = isMap(node) && path.length <= 3
      if (!section && isInLine(node.items)) node.flow = true
    },
    Pair: (key, pair, path) => {
      const [name, value] = [pair.key, pair.value]
      if (path.length === 2 && Number(key) > 0 && isScalar(name) && isCollection(value)) name.spaceBefore = true
    },
  })
  return safeText(document.toString({ lineWidth: 120, flowCollectionPadding: true }))
}

/** Returns whether a collection fits on one line: only a few plain values. */
function isInLine(items: readonly unknown[]): boolean {
  const values = items.map((item) =>
    typeof item === 'object' && item !== null && 'value' in item && 'key' in item ? item.value : item,
  )
  return values.every((value) => isScalar(value) && String(value.value).length <= 40) && values.length <= 8
}

/** Replaces each duration in a configuration or in its document. */
const withDurations = (
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
    const entries = new Map(Object.entries(value))
    return Object.fromEntries(
      names.flatMap((name) => {
        const [type, entry] = [schemaOf(name), entries.get(name)]
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
