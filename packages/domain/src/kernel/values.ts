import { z } from 'zod'
import { LruCache } from './lru-cache.ts'

/** Characters that no text may hold: control characters except tab and line ends, and unpaired surrogates. */
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f]|\p{Surrogate}/u

/** Any half of a surrogate pair, too: searched faster, and almost no text has one. */
// eslint-disable-next-line no-control-regex
const perhapsUnprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff]/

const isPrintable = (value: string): boolean => !perhapsUnprintable.test(value) || !unprintable.test(value)

/**
 * Whether a text has more than `max` characters. A character is a Unicode code point, as in every limit of a schema,
 * however many UTF-16 units or bytes it takes.
 */
export const isLongerThan = (text: string, max: number): boolean =>
  text.length > max && (text.length > 2 * max || lengthOf(text) > max)

function lengthOf(text: string): number {
  let characters = 0
  for (let at = 0; at < text.length; characters++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  return characters
}

/** The beginning of a text: at most `max` characters, as `isLongerThan` counts them. */
export function cutTo(text: string, max: number): string {
  if (!isLongerThan(text, max)) return text
  let end = 0
  for (let characters = 0; characters < max; characters++) end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  return text.slice(0, end)
}

/** A text without its forbidden characters. */
export const withoutUnprintable = (value: string): string => value.replaceAll(new RegExp(unprintable, 'gu'), '')

/** Text of up to `max` characters, without control characters. */
export const printable = (max: number) =>
  z.string().max(max).refine(isPrintable, 'must not contain control characters or halves of surrogate pairs')

/** A visible character: neither white space nor a character of no width. */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u

/** Whether nothing of a text can be seen. */
export const isBlank = (value: string): boolean => !visible.test(value)

/** Characters that are not seen, besides white space and control characters: those of no width, and the empty pattern of Braille. */
const unseen = String.raw`\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb`
const everyUnseen = new RegExp(`[${unseen}]`, 'gu')
const everyUnseenOrSpace = new RegExp(`[${unseen}\\p{White_Space}]`, 'gu')

/** A text without its characters that are not seen; white space stays. */
export const withoutUnseen = (value: string): string => value.replaceAll(everyUnseen, '')

/** Text of one to `max` characters that is not blank and holds no control characters. */
export const text = (max: number) =>
  printable(max)
    .min(1)
    .refine((value) => !isBlank(value), 'must not be blank')

/** Text on one line: as `text`, without tabs and line ends. */
export const line = (max: number) =>
  text(max).refine((value) => !/[\t\r\n\u2028\u2029]/.test(value), 'must be on one line')

/** The name of a person. */
export const personName = line(200)

/** The name of an item of a configuration: lower case letters, digits, `_` and `-`. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,63}$/,
    'must be 1 to 64 lower case letters, digits, _ or -, and begin with a letter or digit',
  )

/** A category as a path of names, such as `technical_support/login_issues`. */
export const categoryPathSchema = z
  .string()
  .max(200)
  .refine(
    (path) => path.split('/').every((name) => /^[a-z0-9][a-z0-9_-]*$/.test(name)),
    'must be a path of names, such as technical_support/login_issues',
  )

/** Whether no two items of a list have the same key: the item itself, unless `keyOf` tells another. */
export const isOnce = <T>(list: readonly T[], keyOf: (item: T) => unknown = (item) => item): boolean =>
  new Set(list.map(keyOf)).size === list.length

/** A share of a whole, from 0 to 1. */
export const share = z.number().min(0).max(1)

/** The share that a part has of a whole, from 0 to 1; null where the whole is nothing. */
export const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

/** The longest id of the desk, in characters. */
export const idLength = 128

const idPattern = /^[\p{L}\p{N}][\p{L}\p{N} ._:@/#+-]*$/u

/** An id in the desk's format: letters, digits, spaces and `.` `_` `:` `@` `/` `#` `+` `-`. */
export const id = z
  .string()
  .min(1)
  .max(idLength)
  .regex(idPattern, 'must start with a letter or digit and hold only letters, digits, spaces and . _ : @ / # + -')

/** Whether a text may be an id, as `id` checks it. */
export const isId = (text: string): boolean => id.safeParse(text).success

/** The ids of the engine's actors, and the words that the engine's command ids begin with. */
const engineNames: ReadonlySet<string> = new Set(
  'clock incident chat routing classifier scanner import simulation command-line classification relay identity file proactive'.split(
    ' ',
  ),
)

/** Whether an id is reserved for the engine, or looks like such an id: case and width of letters are ignored. */
export const isEngineName = (id: string): boolean =>
  engineNames.has(id.normalize('NFKC').replace(everyUnseenOrSpace, '').toLowerCase())

const actorIdPattern = new RegExp(`^(?! )(?:[^\\s\\p{Cc}\\p{Surrogate}${unseen}]| )*(?<! )$`, 'u')

/** The id of a person, a service or the engine: as `personId`, and it may be a name of the engine's own. */
export const actorId = z
  .string()
  .min(1)
  .max(200)
  .regex(
    actorIdPattern,
    'must hold no control characters, no halves of surrogate pairs, no characters that are not seen and no space at either end',
  )

/**
 * The id of a person, or of an organisation, as an identity provider makes it, such as `auth0|5f7c8e`: 1 to 200
 * characters on one line, all of them seen, no white space but spaces, none at either end, and no name of the engine's
 * own. A token with such an id is accepted, and one with another is not.
 */
export const personId = actorId.refine((id) => !isEngineName(id), 'is a name of the engine’s own')

/** A BCP 47 language tag, such as `fr` or `pt-BR`. */
export const language = z
  .string()
  .max(35)
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as fr or pt-BR')

/** Names that are known to be time zones: a format takes longer to create than the rest of a configuration to check. */
const knownTimeZones = new LruCache<string, true>({ maxEntries: 1_000 })

function isTimeZone(name: string): boolean {
  if (knownTimeZones.get(name)) return true
  if (!/^[a-z]/i.test(name)) return false
  try {
    if (new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone === '') return false
  } catch {
    return false
  }
  knownTimeZones.set(name, true)
  return true
}

/** The name of an IANA time zone, such as `Europe/Paris`. */
export const timeZoneSchema = z
  .string()
  .max(100)
  .refine(isTimeZone, 'must be an IANA time zone such as Europe/Paris; UTC+4 all year round is Etc/GMT-4')

/** From the least to the most urgent (003, « Filtres Disponibles »). */
export const priorities = ['low', 'normal', 'high', 'urgent'] as const

/** The priority of a ticket or chat. */
export type Priority = (typeof priorities)[number]

/** How a ticket or an incident reached the desk. */
export const channels = ['web', 'email', 'chat', 'phone', 'api', 'other'] as const

/** The channel by which a ticket or an incident comes in. */
export type Channel = (typeof channels)[number]

/** The names that a desk defines of a kind, such as its teams. A desk that defines none accepts any. */
export type NameSet = { readonly size: number; has(name: string): boolean }

/** Whether a desk defines names of a kind, and this is none of them. */
export const isUnknownName = (names: NameSet | undefined, name: string): boolean => !!names?.size && !names.has(name)

/** Orders texts by their code units: the same on every machine, in no language. */
export const compareTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
