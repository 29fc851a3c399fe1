import type { Configuration, PublicHolidays, Result } from '@guichet/domain'
import {
  accept,
  configurationSchema,
  defaultWording,
  deny,
  hoursFaults,
  inOurWords,
  instant,
  speaks,
} from '@guichet/domain'
import { placesOf } from '../fault/places-of-issue.ts'
import type { ConfigurationFault, Path } from './fault.ts'
import { written } from './fault.ts'
import type { Years } from './public-holidays.ts'
import { publicHolidayTables, yearsAround } from './public-holidays.ts'
import { withDurations } from './durations.ts'
import { readYaml, yamlLimits } from './yaml-document.ts'

/** A configuration that can be applied, with the public holidays of the countries that its calendars name. */
export type ReadConfiguration = {
  readonly configuration: Configuration
  readonly publicHolidays: PublicHolidays
}

type FaultAt = (path: Path, message: string) => ConfigurationFault

/**
 * Reads a configuration file: YAML, or JSON, which is YAML too. Its faults are found in three steps, all of a step at once: what is no
 * YAML, what is no configuration, what no calendar or centre can be made of.
 * @param years of the public holidays that are worked out.
 */
export function readConfiguration(
  text: string,
  now: Date,
  years: Years = yearsAround(now),
): Promise<Result<ReadConfiguration, readonly ConfigurationFault[]>> {
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
): Promise<Result<ReadConfiguration, readonly ConfigurationFault[]>> {
  if (isDeeper(value, yamlLimits.depth)) return deny([faultAt([], 'is nested too deeply')])
  const checked = configurationSchema.safeParse(value, inOurWords)
  if (!checked.success) {
    return deny(
      checked.error.issues
        .flatMap(placesOf)
        .slice(0, yamlLimits.faults)
        .map(({ path, message }) => faultAt(path, message)),
    )
  }
  const configuration = checked.data
  const holidays = await publicHolidayTables(configuration.calendars, years)
  if (!holidays.ok) return deny(holidays.faults.map(({ path, message }) => faultAt(['calendars', ...path], message)))
  const hours = hoursFaults(configuration, holidays.tables, instant(now))
  if (hours.length > 0) return deny(hours.map(({ path, message }) => faultAt(path, message)))
  const mute = [...muteLanguages(configuration)]
  if (mute.length > 0) return deny(mute.map(({ path, message }) => faultAt(path, message)))
  const unsaid = [...unsaidIn(value)]
  if (unsaid.length > 0) return deny(unsaid.map(({ path, message }) => faultAt(path, message)))
  return accept({ configuration, publicHolidays: holidays.tables })
}

/**
 * What a document leaves open that people must say: whether the desk promises anything, and the unit of a duration, which the schema
 * takes for milliseconds.
 */
function* unsaidIn(document: unknown): Iterable<Place> {
  if (typeof document === 'object' && document !== null && !Object.hasOwn(document, 'sla')) {
    const message = 'is missing, and with it every promise: write policies, or policies: [] for a desk without any'
    yield { path: ['sla'], message }
  }
  const bare: Place[] = []
  withDurations(document, (value, path) => {
    const message = `must have a unit, such as ${String(value)}m or ${String(value)}h`
    if (typeof value === 'number') bare.push({ path, message })
    return value
  })
  yield* bare
}

/** The languages that the product has no words in. */
function* muteLanguages({ desk, templates }: Configuration): Iterable<Place> {
  const places = [
    ['desk', 'defaultLanguage'] as const,
    ...Object.keys(templates).map((name) => ['templates', name] as const),
  ]
  for (const path of places) {
    const language = path[0] === 'desk' ? desk.defaultLanguage : path[1]
    if (!speaks(defaultWording, language)) yield { path, message: `there are no words in ${language}` }
  }
}

/** Whether data lies deeper than so many levels; it looks no further. */
const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1)))

type Place = { readonly path: Path; readonly message: string }
