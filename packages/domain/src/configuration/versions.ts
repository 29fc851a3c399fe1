import { z } from 'zod'
import type { PublicHolidays } from '../calendar/calendar.ts'
import { publicHolidaysSchema } from '../calendar/calendar.ts'
import { defineAggregate } from '../kernel/aggregate.ts'
import type { CommandInput, CommandOf } from '../kernel/command.ts'
import { defineCommand, senders } from '../kernel/command.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent } from '../kernel/event.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { days, instantSchema, later, latest, storedInstantSchema } from '../kernel/time.ts'
import { text } from '../kernel/values.ts'
import type { Configuration } from './configuration.ts'
import { configurationSchema, hoursFaults } from './consistency.ts'

/** A configuration as it was applied. */
export type ConfigurationVersion = {
  /** Counted from 1. */
  readonly number: number
  readonly configuration: Configuration
  /** The public holidays of the countries that its calendars name. */
  readonly publicHolidays: PublicHolidays
  readonly effectiveFrom: Instant
}

/**
 * The configuration of a desk: the versions in force, those in force within the last day (because clocks differ), and
 * the scheduled ones.
 */
export type ConfigurationState = {
  /** How many versions have been applied. */
  readonly applied: number
  /** When the last one was. */
  readonly appliedAt: Instant | undefined
  /** In the order in which they come into force; the last one was applied last. */
  readonly versions: readonly ConfigurationVersion[]
}

/** The definition of every event of a configuration: the configuration's part of the event catalogue. */
const configurationEvents = {
  /**
   * The document was checked when it was applied; it is not checked again, so that history stays readable when the
   * rules get stricter.
   */
  ConfigurationApplied: defineEvent({
    schema: z.object({
      number: z.int().positive(),
      configuration: z.custom<Configuration>((value) => typeof value === 'object' && value !== null),
      publicHolidays: publicHolidaysSchema,
      effectiveFrom: storedInstantSchema,
      /** Why it was applied. */
      comment: z.string().optional(),
    }),
    personal: {
      comment: 'author',
      'configuration.incidents.rota': 'agent',
      'configuration.incidents.briefed': 'agent',
    },
  }),
} as const

/** Any event of the configuration. */
export type ConfigurationEvent = EventOf<typeof configurationEvents>

/** The definition of every command of a configuration. */
const configurationCommands = {
  apply: defineCommand({
    description: 'Makes a document the next version of the configuration.',
    schema: z.strictObject({
      type: z.literal('apply'),
      configuration: configurationSchema,
      /** The public holidays of every country that its calendars name. */
      publicHolidays: publicHolidaysSchema.default({}),
      effectiveFrom: instantSchema.optional().describe('When it takes effect: at once unless given.'),
      retroactive: z
        .boolean()
        .default(false)
        .describe('Allows `effectiveFrom` to be in the past, for history that is yet to be imported.'),
      comment: text(2_000).optional().describe('A comment, such as the reason.'),
    }),
    sentBy: senders.desk,
  }),
} as const

/** Any command of the configuration, checked and with its defaults. */
export type ConfigurationCommand = CommandOf<typeof configurationCommands>

/** Any command of the configuration as a sender gives it, without defaults. */
export type ConfigurationCommandInput = CommandInput<typeof configurationCommands>

/** The only stream of the configuration, with its commands, events and state. */
export type ConfigurationAggregate = Aggregate<ConfigurationCommand, ConfigurationEvent, ConfigurationState>

/** The id of the only configuration: the stream `configuration-desk`. */
export const configurationId = 'desk'

/**
 * The configuration of a desk: the stream `configuration-desk`. A configuration that is already applied is not applied
 * again. It depends on whether the desk has texts in a language.
 */
export const configurationAggregate = defineAggregate({
  category: 'configuration',
  id: z.literal(configurationId),
  commands: configurationCommands,
  events: configurationEvents,
  initial: { applied: 0, appliedAt: undefined, versions: [] },
  begunBy: [],
  evolve: ({ versions }: ConfigurationState, event): ConfigurationState => {
    const { at, number, configuration, publicHolidays, effectiveFrom } = event
    const line = inForce([...versions, { number, configuration, publicHolidays, effectiveFrom }])
    const yesterday = later(at, -days(1))
    const past = line.findLastIndex((version) => version.effectiveFrom <= yesterday)
    return { applied: number, appliedAt: at, versions: line.slice(Math.max(past, 0)) }
  },
  rules: {
    apply: (command, state, speaks: (language: string) => boolean): Result<readonly ConfigurationEvent[]> => {
      const { applied, appliedAt = command.at, versions } = state
      const at = latest(command.at, appliedAt)
      const { by, configuration, effectiveFrom = at, comment } = command
      if (effectiveFrom < at && !command.retroactive)
        return deny(refusal('effective_in_the_past', { field: 'effectiveFrom' }))
      const countries = countriesOf(configuration)
      const country = countries.find((one) => !Object.hasOwn(command.publicHolidays, one))
      if (country !== undefined) {
        return invalid('publicHolidays', `there is no table of the public holidays of ${country}`)
      }
      const { defaultLanguage } = configuration.desk
      if (!speaks(defaultLanguage))
        return invalid('configuration.desk.defaultLanguage', `there are no words in ${defaultLanguage}`)
      const mute = Object.keys(configuration.templates).find((language) => !speaks(language))
      if (mute !== undefined) return invalid(`configuration.templates.${mute}`, `there are no words in ${mute}`)
      const publicHolidays = Object.fromEntries(countries.map((one) => [one, command.publicHolidays[one] ?? []]))
      const [fault] = hoursFaults(configuration, publicHolidays, effectiveFrom)
      if (fault) return invalid(['configuration', ...fault.path].join('.'), fault.message)
      const last = versions.at(-1)
      const again =
        last && isDeepEqual(last.configuration, configuration) && knowsAll(last.publicHolidays, publicHolidays)
      if (again && last.effectiveFrom <= effectiveFrom) return accept([])
      return accept([
        {
          type: 'ConfigurationApplied',
          at,
          by,
          number: applied + 1,
          configuration,
          publicHolidays,
          effectiveFrom,
          ...(comment !== undefined && { comment }),
        },
      ])
    },
  },
})

/** Whether tables equal others from the first to the last year of those, however much further they reach. */
const knowsAll = (tables: PublicHolidays, needed: PublicHolidays): boolean =>
  isDeepEqual(Object.keys(tables).sort(), Object.keys(needed).sort()) &&
  Object.entries(needed).every(([country, days]) => isDeepEqual(inYearsOf(days, tables[country] ?? []), days))

function inYearsOf(days: PublicHolidays[string], table: PublicHolidays[string]): PublicHolidays[string] {
  const years = days.map(yearOf).sort()
  const [first, last] = [years[0], years.at(-1)]
  if (first === undefined || last === undefined) return table
  return table.filter((day) => yearOf(day) >= first && yearOf(day) <= last)
}

const yearOf = ({ date }: { readonly date: string }): string => date.slice(0, 4)

const invalid = (field: string, message: string) =>
  deny(refusal('invalid_command', { message: `${field}: ${message}`, field }))

/** The public-holiday tables that the calendars of a configuration name. */
export const countriesOf = ({ calendars }: Pick<Configuration, 'calendars'>): readonly string[] => [
  ...new Set(Object.values(calendars).flatMap(({ holidays }) => holidays?.countries ?? [])),
]

/**
 * The past, present and scheduled versions, each with its start: at any moment the one applied last whose start has
 * come is in force. A version with an earlier start than a scheduled one replaces that one.
 */
export function inForce(versions: readonly ConfigurationVersion[]): readonly ConfigurationVersion[] {
  const line: ConfigurationVersion[] = []
  for (const version of versions) {
    while ((line.at(-1)?.effectiveFrom ?? '') >= version.effectiveFrom) line.pop()
    line.push(version)
  }
  return line
}
