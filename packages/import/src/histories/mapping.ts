import { DateTime, IANAZone } from 'luxon'
import { z } from 'zod'
import type { Instant } from '@guichet/domain'
import {
  channels,
  instant,
  language,
  limits,
  line,
  manualCloseReasons,
  personId,
  priorities,
  ticketStatuses,
} from '@guichet/domain'
import { isEncoding } from './log/bytes.ts'

const column = z.string().min(1).max(limits.name)

/** Text with `{column}` for a column's value. A part in square brackets is left out if a value in it is missing. */
const template = z
  .string()
  .min(1)
  .max(limits.body)
  .refine(
    (text) => !/[[\]{}]/.test(text.replaceAll(/\{[^[\]{}]+\}/g, '').replaceAll(/\[[^[\]{}]*\]/g, '')),
    'must close every { and [ that it opens, such as "{number}[: {category}]"',
  )

const timeFormat = z
  .string()
  .max(60)
  .refine(isTimeFormat, 'must be iso, unix, unix-ms or a pattern such as d/M/yyyy HH:mm')

/** Returns whether a name is an IANA time zone that this machine knows, such as `Europe/Paris`. */
const isZone = (zone: string): boolean => IANAZone.isValidZone(zone)

const time = z.strictObject({
  column,
  /** `iso`, `unix`, `unix-ms`, or a pattern such as `d/M/yyyy HH:mm`. */
  format: z.union([timeFormat, z.array(timeFormat).min(1).max(10)], 'must be a format, or a list of formats'),
  /** The language of the names of months, such as `fr`; English by default. */
  locale: z.string().max(35).refine(isLocale, 'must be a language tag such as fr or pt-BR').optional(),
  /** The IANA time zone of values without one. */
  zone: z.string().max(100).refine(isZone, 'must be an IANA time zone such as Europe/Paris').default('UTC'),
})

const person = z.strictObject({ id: column, name: column.optional(), email: column.optional() })

/** The assignee from such a row on, regardless of its columns. */
const assignee = z.enum(['actor', 'unassigned']).optional()

const meaning = z.union(
  [
    z.literal('nothing'),
    z.strictObject({
      /** The status of the ticket from this row on. */
      status: z.enum(ticketStatuses),
      /** A tag of the ticket while its rows have this meaning. */
      tag: line(limits.tag).optional(),
      reason: z.enum(manualCloseReasons).optional(),
      assignee,
    }),
    z.strictObject({
      /** The actor's deed; `reply` is the customer's or an agent's, depending on the author. */
      does: z.enum(['open', 'agentReply', 'customerReply', 'reply', 'addNote', 'markSpam', 'confirm']),
      then: z.enum(['in_progress', 'waiting_customer', 'resolved']).optional(),
      assignee,
    }),
  ],
  'must be "nothing", {"status": "…"} or {"does": "…"}',
)

/** The meaning of a row's activity for its ticket. */
export type Meaning = z.infer<typeof meaning>

/** Columns with their paths in the record: of several paths, the first with a value. */
const columns = z.record(column, z.union([column, z.array(column).min(1).max(10)]))

/** Columns with the same value in every row. */
const constants = z.record(column, z.string().max(limits.body))

/** A condition: a column has a value, one of some values, or none of them. */
const condition = z.union([
  column,
  z.strictObject({
    column,
    is: z.array(z.string()).max(100).optional(),
    not: z.array(z.string()).max(100).optional(),
  }),
])

/** The mapping of one record of a file to a row. */
const rowShape = z.strictObject({
  /** The path of a list: the record becomes one row for each of its elements. */
  unwind: column.optional(),
  /** The number of elements at the beginning of the list that are skipped. */
  skip: z.int().nonnegative().max(1_000).optional(),
  /** The condition, or all conditions, for a row. */
  if: z.union([condition, z.array(condition).min(1).max(10)]).optional(),
  /**
   * Whether the row is the record's end: it comes after all others of the record, and its time is not before theirs.
   */
  last: z.boolean().optional(),
  columns: columns.optional(),
  constants: constants.optional(),
})

const translation = <T extends z.ZodType>(to: T) =>
  z.strictObject({ column, values: z.record(z.string(), to).default({}), otherwise: to.optional() })

const role = translation(z.enum(['agent', 'customer', 'other', 'automatic']))

/** A mapping of the rows of a former helpdesk's log to the history of tickets: docs/reference/mapping.md. */
export const mappingSchema = z.strictObject({
  name: z
    .string()
    .max(60)
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower case letters, digits and hyphens'),
  csv: z.strictObject({ delimiter: z.string().length(1).default(',') }).prefault({}),
  /** The encoding of the file: a label of the Encoding Standard, such as `windows-1252`; UTF-8 by default. */
  encoding: z
    .string()
    .max(40)
    .refine(isEncoding, 'must be an encoding such as utf-8, windows-1252 or utf-16le')
    .optional(),
  /** The path of the list of records in a JSON document. */
  json: z.strictObject({ records: column }).optional(),
  /** In a mailbox: the addresses (`support@example.org`) and domains (`@example.org`) of the desk. */
  mail: z.strictObject({ desk: z.array(z.string().min(3).max(limits.email)).max(100) }).optional(),
  columns: columns.optional(),
  constants: constants.optional(),
  /** The rows of each record, if not exactly one. */
  rows: z.array(rowShape).min(1).max(20).optional(),
  /** Columns with HTML, which is converted to text; with `if` only where another column has a value. */
  html: z
    .array(z.union([column, z.strictObject({ column, if: z.strictObject({ column, value: z.string() }) })]))
    .max(20)
    .optional(),
  /** Values that count as missing. */
  missing: z.array(z.string().max(limits.name)).max(50).default(['']),
  /** Columns that a file may lack. */
  optional: z.array(column).max(200).optional(),
  case: z.strictObject({ column, prefix: z.string().max(20).default('') }),
  time: time.extend({
    /** How much older a row may be than the row before it: it then takes that row's time. Beyond, it is refused. */
    toleranceMinutes: z.number().nonnegative().max(100_000).default(0),
  }),
  openedAt: time.optional(),
  /** Columns that distinguish two rows of a case with otherwise equal mapped values, such as a row number. */
  identity: z.array(column).max(20).default([]),
  activity: z.strictObject({ column, values: z.record(z.string(), meaning), otherwise: meaning.optional() }),
  actor: person
    .extend({
      /** By default an actor is the customer if they are the ticket's customer, by id or address, else an agent. */
      kind: z.enum(['agent', 'customer']).optional(),
      /**
       * What the log knows of the actor: of the desk (`agent`), a customer, of this ticket or another (`customer`), neither
       * (`other`), or a machine (`automatic`). Of several columns, the first with such a value counts.
       */
      role: z.union([role, z.array(role).min(1).max(5)]).optional(),
    })
    .optional(),
  openedBy: person.optional(),
  /** The customer of the case; a file without them continues cases that another file opens. */
  customer: person.extend({ missing: personId.default('unknown') }).optional(),
  assignee: person.extend({ missingMeans: z.enum(['unknown', 'unassigned']).default('unknown') }).optional(),
  team: z.strictObject({ column }).optional(),
  priority: translation(z.enum(priorities)).optional(),
  category: z.strictObject({ column }).optional(),
  /** The support level that works on it. */
  level: translation(z.literal([1, 2, 3])).optional(),
  channel: translation(z.enum(channels)).optional(),
  language: z
    .union(
      [language, translation(language)],
      'must be a language tag such as fr or pt-BR, or {"column": "…", "values": {…}}',
    )
    .optional(),
  subject: template,
  /** The first message of a ticket. */
  body: template,
  /** The text of a reply or a note. */
  text: template.optional(),
  tags: z
    .array(
      z.union(
        [
          z.strictObject({ column, value: z.string().max(limits.name), tag: line(limits.tag) }),
          /** Each element of a list is a tag: a JSON list, or a text with separators. */
          z.strictObject({ column, list: z.literal(true), separator: z.string().min(1).max(5).default(',') }),
        ],
        'must be {"column", "value", "tag"} or {"column", "list": true}',
      ),
    )
    .max(20)
    .default([]),
})

/** A mapping with its defaults filled in. */
export type Mapping = z.infer<typeof mappingSchema>

/** A mapping before its defaults are filled in. */
export type MappingInput = z.input<typeof mappingSchema>

/** Returns the names of the columns in a template. */
const templateColumns = (text: string): readonly string[] =>
  [...text.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name ?? '')

/** Returns all columns that a mapping reads, each once. */
export function mappedColumns(mapping: Mapping): readonly string[] {
  const people = [mapping.actor, mapping.openedBy, mapping.customer, mapping.assignee]
  const translated = [
    mapping.priority,
    mapping.level,
    mapping.channel,
    ...[mapping.actor?.role ?? []].flat(),
    typeof mapping.language === 'object' && mapping.language,
  ]
  const single = [mapping.case, mapping.time, mapping.openedAt, mapping.activity, mapping.team, mapping.category]
  const names = [
    ...[...single, ...translated, ...mapping.tags].map((part) => part && part.column),
    ...people.flatMap((part) => [part?.id, part?.name, part?.email]),
    ...mapping.identity,
    ...(mapping.html ?? []).flatMap((part) => (typeof part === 'string' ? [] : [part.if.column])),
    ...[mapping.subject, mapping.body, mapping.text ?? ''].flatMap(templateColumns),
  ]
  return [...new Set(names.filter((name) => typeof name === 'string'))]
}

/** Parses a time of a log; undefined if it has another format, or is out of range for a history. */
export type ReadTime = (text: string) => Instant | undefined

const maxCachedTimes = 5_000

/** Returns whether `readTime` knows a format. */
export function isTimeFormat(format: string): boolean {
  if (format === 'iso' || format === 'unix' || format === 'unix-ms') return true
  return /y/.test(format) && /[ML]/.test(format) && /d/.test(format) && !/[YD]/.test(format)
}

/** Returns whether this machine knows the names of months in a language, such as `fr` or `pt-BR`. */
export function isLocale(locale: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale).length === 1
  } catch {
    return false
  }
}

/**
 * Compiles a format: `iso`, `unix` (seconds), `unix-ms`, or a pattern of Luxon's tokens. `zone` is the IANA zone of
 * values without one, `locale` the language of the names of months. Of several formats the first that fits applies. An
 * hour that a change to summer time skips is read as the hour after it, an hour that occurs twice as the first.
 */
export function readTime(format: string | readonly string[], zone: string, locale = 'en'): ReadTime {
  const readers = [format].flat().map((one) => reader(one, zone, locale))
  const memory = new Map<string, Instant | undefined>()
  return (text) => {
    const cachedTime = memory.get(text)
    if (cachedTime !== undefined) return cachedTime
    if (memory.size >= maxCachedTimes) memory.clear()
    const time = readers.reduce<Instant | undefined>((match, read) => match ?? canonical(read(text)), undefined)
    memory.set(text, time)
    return time
  }
}

/** A calendar date, week date or ordinal date. Without one Luxon uses today, or the first day of a month. */
const wholeDate = /^\d{4}(-\d\d-\d\d|\d{4}|-?W\d\d-?[1-7]|-?\d{3})(T|$)/i

function reader(format: string, zone: string, locale: string): (text: string) => DateTime {
  if (format === 'iso')
    return (text) =>
      wholeDate.test(text)
        ? earliest(DateTime.fromISO(text, { zone }), /(Z|[+-]\d\d(:?\d\d)?)$/i.test(text))
        : DateTime.invalid('no date')
  if (format === 'unix') return (text) => fromNumber(text, 1_000)
  if (format === 'unix-ms') return (text) => fromNumber(text, 1)
  const options = { zone, locale }
  const parser = DateTime.buildFormatParser(format, options)
  const hasOffset = /[Zz]/.test(format)
  return (text) => earliest(DateTime.fromFormatParser(text, parser, options), hasOffset)
}

/** Returns the first instant of a local time that occurs twice. */
function earliest(time: DateTime, hasOffset: boolean): DateTime {
  return hasOffset || !time.isValid ? time : (time.getPossibleOffsets()[0] ?? time)
}

function fromNumber(text: string, factor: number): DateTime {
  return /^-?\d{1,15}(\.\d+)?$/.test(text)
    ? DateTime.fromMillis(Math.round(Number(text) * factor))
    : DateTime.invalid('not a number')
}

function canonical(time: DateTime): Instant | undefined {
  if (!time.isValid) return undefined
  try {
    return instant(time.toJSDate())
  } catch {
    return undefined
  }
}
