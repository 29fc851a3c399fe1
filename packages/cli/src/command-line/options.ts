import { InvalidArgumentError, Option } from 'commander'
import type { Actor, Instant } from '@guichet/domain'
import { actorSchema, commandLineActor, durationSchema, instantSchema, language, personId } from '@guichet/domain'

/** Parsers of option values. A value that they cannot parse is a usage error that names the option. */

/** Parses a whole number within limits. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`)
  }

/** Parses a number within limits, such as `0.3`. */
export const decimal =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text)
    if (/^\d+(\.\d+)?$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`must be a number from ${least} to ${most}`)
  }

const [toTheDay, toTheMinute, offset] = [/^\d{4}-\d\d-\d\d$/, /^\d{4}-\d\d-\d\dT\d\d:\d\d/, /(Z|[+-]\d\d:\d\d)$/]

/**
 * Parses an instant: an ISO 8601 date-time with an offset, to the minute or finer. A time without an offset is refused:
 * a local clock shows some times twice a year and skips others, and a desk may have several time zones.
 */
export function instantOption(text: string): Instant {
  const parsed = instantSchema.safeParse(text.replace(/(T\d\d:\d\d)(?=Z$|[+-]\d\d:\d\d$)/, '$1:00'))
  if (parsed.success) return parsed.data
  const forms = 'such as 2026-03-29T00:30Z or 2026-03-29T02:30:00+02:00'
  const unsaid = toTheDay.test(text) || (toTheMinute.test(text) && !offset.test(text))
  if (!unsaid) throw new InvalidArgumentError(`must be an instant ${forms}, in the years 1000 to 8999`)
  throw new InvalidArgumentError(
    `must say which instant it means: end it with Z for UTC or with the offset of the place, ${forms}`,
  )
}

/** Parses a language tag, `fr` or `pt-BR`. */
export function languageOption(text: string): string {
  const parsed = language.safeParse(text)
  // The pattern takes some tags that BCP 47 does not, such as one whose script stands after its region.
  if (parsed.success && isLocale(text)) return parsed.data
  throw new InvalidArgumentError('must be a language tag such as fr or pt-BR')
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** Parses a repeated option of instants. */
export const instantsOption = (text: string, before: readonly Instant[] = []): readonly Instant[] => [
  ...before,
  instantOption(text),
]

/** Parses a duration as in configurations, `90s`, `1h30m` or `3d`, into milliseconds. */
export function durationOption(text: string): number {
  const parsed = durationSchema.safeParse(text)
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? 'must be a duration')
}

/** Parses a calendar day, `2026-03-29`, in the years of instants. */
function dayOption(text: string): string {
  if (/^[\d-]{10}$/.test(text) && instantSchema.safeParse(`${text}T00:00:00.000Z`).success) return text
  throw new InvalidArgumentError('must be a day such as 2026-03-29')
}

/** The option `--from` of a period. */
export const firstDay = (): Option =>
  new Option('--from <day>', 'first day of the period (default: six days before the last)').argParser(dayOption)

/** The option `--to` of a period. */
export const lastDay = (): Option =>
  new Option('--to <day>', 'last day of the period (default: today)').argParser(dayOption)

/** Parses the id of a person. */
export const personOption = (text: string): string => idOption(personId, text)

/** Parses the id of a person, a service or the engine. */
export const actorOption = (text: string): string => idOption(actorSchema.shape.id, text)

function idOption(schema: typeof personId, text: string): string {
  const id = schema.safeParse(text)
  if (id.success) return id.data
  throw new InvalidArgumentError(id.error.issues[0]?.message ?? 'is no id of a person')
}

/** The options of a command that changes something: who does it, `command-line` where nobody is named. */
export type ActorOption = { readonly by: Actor }

/** The option `--by` of a command that changes something: the actor of its events. */
export const actingBy = (): Option =>
  new Option('--by <id>', 'who does it, for the history: the id of somebody at the desk')
    .argParser((text: string): Actor => {
      return { kind: 'agent', id: personOption(text) }
    })
    .default(commandLineActor, commandLineActor.id)

/** The option of a command that runs the engine: the modules of one's own. */
export type ModulesOption = { readonly with?: readonly string[] }

/** The option `--with` of a command that runs the engine. */
export const ownModules = (): Option =>
  new Option(
    '--with <module>',
    'a module with aggregates, read models or reactions of your own; repeatable (default: GUICHET_WITH)',
  ).argParser((module: string, earlier: readonly string[] | undefined): readonly string[] => {
    if (module.includes(',')) throw new InvalidArgumentError('has a comma: a path of a module has none')
    return [...(earlier ?? []), module]
  })

/** The variable that names the modules of `--with`; none without it. */
export const modulesVariable = ({ with: modules }: ModulesOption): { readonly GUICHET_WITH?: string } =>
  modules ? { GUICHET_WITH: modules.join(',') } : {}

/** Parses a duration such as `30m`, `12h` or `7d` into seconds. */
export function secondsOption(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const factor = { s: 1, m: 60, h: 3_600, d: 86_400 }[unit ?? '']
  if (factor === undefined || Number(number) === 0)
    throw new InvalidArgumentError('must be a duration such as 30m, 12h or 7d')
  return Number(number) * factor
}

/** Parses the name of an import. */
export function importName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(text)) return text
  throw new InvalidArgumentError('must be up to 80 letters, digits and . _ - and begin with a letter or a digit')
}
