import type { Configuration, PublicHolidays, Result } from '@guichet/domain'
import {
  accept,
  checkConsistency,
  configurationWarnings,
  defaultWording,
  deny,
  hoursFaults,
  instant,
  speaks,
  wellFormed,
} from '@guichet/domain'
import { placesOf } from '../fault/places-of-issue.ts'
import type { ConfigurationFault, Path } from './fault.ts'
import { written } from './fault.ts'
import { isDeeper } from './nesting.ts'
import type { Years } from './public-holidays.ts'
import { publicHolidayTables, yearsAround } from './public-holidays.ts'
import { withDurations } from './durations.ts'
import { readYaml, yamlLimits } from './yaml-document.ts'

/** A configuration that can be applied, with the public holidays of the countries that its calendars name. */
export type ReadConfiguration = {
  readonly configuration: Configuration
  readonly publicHolidays: PublicHolidays
}

/** The same, with what can be applied and is hardly meant. */
export type CheckedConfiguration = ReadConfiguration & { readonly warnings: readonly ConfigurationFault[] }

type FaultAt = (path: Path, message: string) => ConfigurationFault

/**
 * Reads a configuration file: YAML, or JSON, which is YAML too. All faults of YAML that can be read are found at once, in
 * the order of the file: of its form, and of what does not fit together, as far as the sections concerned are well-formed.
 * @param years of the public holidays that are worked out.
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

/** As `readConfiguration`, of data that is no text: faults stand in line 1. */
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
  const told = [...first.values()].reverse().map(({ path, message }) => faultAt(path, message))
  return deny(told.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, yamlLimits.faults))
}

/** The public holidays that the calendars need, and what no calendar or centre can be made of; nothing where their form is faulty. */
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
 * What a document leaves open that people must say: whether the desk promises anything, and the unit of a duration, which the schema
 * takes for milliseconds.
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

/** The languages that the product has no words in. */
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
