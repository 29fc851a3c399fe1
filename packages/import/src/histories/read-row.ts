import { hash } from 'node:crypto'
import type { Actor, Channel, Customer, Instant, Person, Priority, SupportLevel } from '@guichet/domain'
import { language as languageSchema, limits, LruCache } from '@guichet/domain'
import type { Cells } from './cells.ts'
import { cellsOf, Unreadable } from './cells.ts'
import { isObject } from './log/json-record.ts'
import type { LogRow } from './log/log-row.ts'
import type { Mapping, Meaning, ReadTime } from './mapping.ts'
import { mappedColumns, readTime } from './mapping.ts'
import type { Repair, Repairs, RowCode } from './repair.ts'
import { repairsOf } from './repair.ts'

/** The meaning of a row's activity for its ticket. */
type CaseMeaning = Exclude<Meaning, 'nothing'>

/** A row as interpreted by its mapping: the data of one case at one time. */
export type CaseRow = {
  /** Derived from the mapping's name and the mapped values: the same row has the same identity in any file. */
  readonly identity: string
  /** A hash of everything below, so that another meaning of the same row is noticed. */
  readonly hash: string
  readonly ticketId: string
  readonly at: Instant
  readonly openedAt: Instant
  readonly openedBy: Actor
  readonly actor: Actor
  /** The actor's e-mail address, if it is not their id. */
  readonly address?: string | undefined
  /** What the log knows of the actor. */
  readonly role?: Role | undefined
  /** Whether all actors are of the desk, whatever their ids. */
  readonly isAgent?: true | undefined
  readonly customer: Customer
  /** The id of customers whom the log does not name. */
  readonly unknownCustomer: string
  readonly meaning: CaseMeaning | undefined
  /** `null` if the log says that nobody is assigned; undefined if it does not say. */
  readonly assignee: Person | null | undefined
  readonly team: string | undefined
  readonly priority: Priority | undefined
  readonly category: string | undefined
  readonly level?: SupportLevel | undefined
  readonly channel: Channel | undefined
  readonly language: string | undefined
  readonly subject: string
  /** The first message of the ticket, if this row opens it. */
  readonly body: string | undefined
  readonly text: string | undefined
  readonly tags: readonly { readonly tag: string; readonly carried: boolean }[]
}

type Role = 'agent' | 'customer' | 'other' | 'automatic'

/** The reason why a row was not applied. */
export type RowFault = { readonly code: RowCode; readonly field: string; readonly reason: string }

type ReadRow =
  | { readonly ok: true; readonly row: CaseRow; readonly repairs: readonly Repair[] }
  | { readonly ok: false; readonly fault: RowFault }

/** The prefix of the command ids of imported rows. */
export const rowPrefix = 'import:'

/** Compiles a mapping into a reader of rows. For an unreadable row it returns a fault that names the column. */
export function rowReader(mapping: Mapping): (row: LogRow) => ReadRow {
  const { time, openedAt } = mapping
  const cells = cellsOf(mappedColumns(mapping), mapping)
  const times = {
    at: readTime(time.format, time.zone, time.locale),
    openedAt: openedAt && readTime(openedAt.format, openedAt.zone, openedAt.locale),
  }
  const unknownCustomer = mapping.customer?.missing ?? 'unknown'
  return ({ values, fault, unjoined, undated, unclear = [] }) => {
    if (fault !== undefined) return { ok: false, fault: { code: 'row_malformed', field: '', reason: fault } }
    try {
      const repairs = repairsOf()
      if (unjoined) repairs.mattering('first', () => repairs.unjoined('thread'))
      if (undated) repairs.dated('date')
      for (const column of unclear) repairs.unclear(column)
      const row = understand(cells(values, repairs), mapping, { times, repairs, unknownCustomer })
      const identity = identityOf(mapping, values)
      const hash = hashOf(row).slice(0, 12)
      return { ok: true, row: { ...row, identity, hash, unknownCustomer }, repairs: repairs.made }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      return { ok: false, fault: { code: 'value_unreadable', field: error.field, reason: error.message } }
    }
  }
}

/** Compiles a mapping into a reader of only the case and the time of a row; undefined if one of them cannot be read. */
export function timeReader(
  mapping: Mapping,
): (row: LogRow) => { readonly ticketId: string; readonly at: number } | undefined {
  const { time, case: of } = mapping
  const cells = cellsOf(mappedColumns(mapping), mapping)
  const at = readTime(time.format, time.zone, time.locale)
  return ({ values, fault }) => {
    if (fault !== undefined) return undefined
    const { value } = cells(values)
    const ticketId = value(of.column)
    const moment = at(value(time.column) ?? '')
    return ticketId === undefined || moment === undefined ? undefined : { ticketId, at: Date.parse(moment) }
  }
}

type Times = { readonly at: ReadTime; readonly openedAt: ReadTime | undefined }

function understand(
  cells: Cells,
  mapping: Mapping,
  context: { readonly times: Times; readonly repairs: Repairs; readonly unknownCustomer: string },
): Omit<CaseRow, 'identity' | 'hash' | 'unknownCustomer'> {
  const { times, repairs, unknownCustomer } = context
  const named = repairs.mattering('first', () => cells.person(mapping.customer))
  const customer = named ?? { id: unknownCustomer, name: unknownCustomer }
  const who = actors(cells, mapping, customer)
  const meaning = caseMeaning(cells.translated(mapping.activity), who.actor)
  const level = cells.translated(mapping.level)
  return {
    ...moments(cells, mapping, times),
    ...who,
    ticketId: cells.id(mapping.case.column, mapping.case.prefix),
    customer,
    meaning,
    assignee: assigneeOf(cells, mapping, { meaning, actor: who.actor }),
    team: mapping.team && cells.name(mapping.team.column),
    priority: cells.translated(mapping.priority),
    category: mapping.category && cells.name(mapping.category.column),
    ...(level !== undefined && { level }),
    channel: cells.translated(mapping.channel),
    language: languageOf(mapping, cells, repairs),
    ...repairs.mattering('first', () => firstMessage(cells, mapping, repairs)),
    text: saidIn(meaning, mapping, cells, repairs),
    tags: mapping.tags.flatMap((part) => tagsOf(part, cells, repairs)),
  }
}

/** A reply by the row's customer is a customer's reply; who wrote any other, its ticket decides. */
function caseMeaning(meaning: Meaning | undefined, actor: Actor): CaseMeaning | undefined {
  if (meaning === undefined || meaning === 'nothing') return undefined
  if (!('does' in meaning)) return meaning
  return meaning.does === 'reply' && actor.kind === 'customer' ? { does: 'customerReply' } : meaning
}

/** A language tag needs no translation. Where the mapping has none, another value is left out. */
function languageOf({ language }: Mapping, cells: Cells, repairs: Repairs): string | undefined {
  if (typeof language !== 'object') return language
  const text = cells.value(language.column)
  if (text === undefined || Object.hasOwn(language.values, text)) return cells.translated(language)
  const { data } = languageSchema.safeParse(text.replaceAll('_', '-'))
  if (data !== undefined) return data
  if (Object.keys(language.values).length > 0 || language.otherwise !== undefined) return cells.translated(language)
  repairs.mattering('first', () => repairs.noLanguage(language.column))
  return undefined
}

function assigneeOf(
  cells: Cells,
  mapping: Mapping,
  { meaning, actor }: { readonly meaning: CaseMeaning | undefined; readonly actor: Actor },
): Person | null | undefined {
  if (meaning?.assignee === 'unassigned') return null
  if (meaning?.assignee === 'actor' && actor.kind === 'agent')
    return { id: actor.id, ...(actor.name && { name: actor.name }) }
  return cells.person(mapping.assignee) ?? (mapping.assignee?.missingMeans === 'unassigned' ? null : undefined)
}

function tagsOf(part: Mapping['tags'][number], cells: Cells, repairs: Repairs): CaseRow['tags'] {
  const { column } = part
  if ('tag' in part) return [{ tag: part.tag, carried: cells.value(column) === part.value }]
  const text = cells.label(column) ?? ''
  const { values, nameless } = listed(text, part.separator)
  if (nameless > 0) repairs.nameless(column, nameless)
  const tags = values.map((tag) => repairs.cut(column, tag, limits.tag))
  return repairs.first(column, [...new Set(tags)], limits.tags).map((tag) => ({ tag, carried: true }))
}

/** Returns the non-blank parts of a JSON list or of a text with separators, and the number of those without a name. */
function listed(text: string, separator: string): { readonly values: readonly string[]; readonly nameless: number } {
  const list = (/^\[.*\]$/.test(text) ? jsonList(text) : undefined) ?? text.split(separator)
  const parts = list.filter((part) => part !== null).map(nameOf)
  const values = parts.flatMap((part) => part?.trim().replaceAll(/\s+/g, ' ') ?? []).filter((part) => part !== '')
  return { values, nameless: parts.filter((part) => part === undefined).length }
}

/** Returns the name of an element of a list: the text itself, or the name of an object. */
function nameOf(element: unknown): string | undefined {
  const name = isObject(element) ? element['name'] : element
  return typeof name === 'object' || name === undefined ? undefined : String(name)
}

function jsonList(text: string): readonly unknown[] | undefined {
  try {
    return JSON.parse(text) as readonly unknown[]
  } catch {
    return undefined
  }
}

function saidIn(row: CaseMeaning | undefined, { text }: Mapping, cells: Cells, repairs: Repairs): string | undefined {
  if (text === undefined) return undefined
  const read = (noted: Repairs) =>
    textOf(
      'text',
      fillTemplate(text, (column) => cells.text(column, noted)),
      noted,
    )
  if (row === undefined || !('does' in row)) return read(repairsOf())
  return repairs.mattering(/^(open|customerReply)$/.test(row.does) ? 'later' : 'always', () => read(repairs))
}

/** The whole of a cut subject goes into the first message, so that nothing is lost. */
function firstMessage(cells: Cells, mapping: Mapping, repairs: Repairs): Pick<CaseRow, 'subject' | 'body'> {
  const whole = fillTemplate(mapping.subject, cells.label) ?? cells.needed(mapping.case.column)
  const subject = repairs.cut('subject', whole, limits.subject)
  const body = fillTemplate(mapping.body, (column) => cells.text(column))
  const completeBody = subject === whole || body?.includes(whole) ? body : `${whole}\n\n${body ?? ''}`.trimEnd()
  repairs.words('body', completeBody, 'the subject')
  return { subject, body: textOf('body', completeBody, repairs) }
}

const textOf = (field: string, text: string | undefined, repairs: Repairs): string | undefined =>
  text === undefined ? undefined : repairs.cut(field, text, limits.body)

/** A case cannot have been opened after the time of its row. */
function moments(cells: Cells, mapping: Mapping, times: Times): Pick<CaseRow, 'at' | 'openedAt'> {
  const at = cells.time(mapping.time.column, times.at)
  const column = mapping.openedAt?.column
  const hasOpenedAt = column !== undefined && times.openedAt && cells.value(column) !== undefined
  const openedAt = hasOpenedAt && times.openedAt ? cells.time(column, times.openedAt) : at
  return { at, openedAt: openedAt < at ? openedAt : at }
}

function actors(
  cells: Cells,
  mapping: Mapping,
  customer: Customer,
): Pick<CaseRow, 'actor' | 'address' | 'role' | 'isAgent' | 'openedBy'> {
  const acting = cells.person(mapping.actor)
  const opener = cells.person(mapping.openedBy)
  const { kind = acting?.id === customer.id ? 'customer' : 'agent', role: roles = [] } = mapping.actor ?? {}
  const role = [roles].flat().reduce<Role | undefined>((match, one) => match ?? roleIn(one, cells), undefined)
  const address = acting?.email === acting?.id ? undefined : acting?.email
  return {
    actor: acting ? actor(kind, acting) : { kind: 'system', id: `import-${mapping.name}` },
    ...(address !== undefined && { address }),
    ...(role !== undefined && { role }),
    ...(mapping.actor?.kind === 'agent' && { isAgent: true }),
    openedBy: opener && opener.id !== customer.id ? actor('agent', opener) : actor('customer', customer),
  }
}

/** Returns what a column says of the actor; undefined if that is nothing known. */
function roleIn(
  {
    column,
    values,
    otherwise,
  }: { column: string; values: Readonly<Record<string, Role>>; otherwise?: Role | undefined },
  cells: Cells,
): Role | undefined {
  const text = cells.value(column)
  if (text === undefined) return undefined
  return Object.hasOwn(values, text) ? values[text] : otherwise
}

function actor(kind: 'agent' | 'customer', { id, name }: Person): Actor {
  return { kind, id, ...(name !== undefined && { name }) }
}

function identityOf({ name }: Mapping, values: LogRow['values']): string {
  return `${rowPrefix}${hashOf([name, values.map((value) => value ?? null)]).slice(0, 27)}`
}

const hashOf = (data: object): string => hash('sha256', JSON.stringify(data), 'base64url')

/**
 * Fills in the columns of a template. A part between square brackets is left out if a value in it is missing.
 * @returns undefined if a value outside of brackets is missing, or if only blanks would remain.
 */
export function fillTemplate(template: string, value: (column: string) => string | undefined): string | undefined {
  let filled = ''
  for (const [index, words] of partsOf(template).entries()) {
    const isOptional = index % 2 === 1
    const part = fill(words, value)
    if (part === undefined && !isOptional) return undefined
    filled += part ?? ''
  }
  return filled.trim() === '' ? undefined : filled
}

/** Splits a template into parts, every second of which was in brackets, and these into words and names of columns. */
function partsOf(template: string): readonly (readonly string[])[] {
  const parts = templates.get(template) ?? template.split(/\[([^[\]]*)\]/).map((part) => part.split(/\{([^{}]+)\}/))
  templates.set(template, parts)
  return parts
}

const templates = new LruCache<string, readonly (readonly string[])[]>({ maxEntries: 100 })

function fill(words: readonly string[], value: (column: string) => string | undefined): string | undefined {
  let filled = ''
  let complete = true
  for (const [index, word] of words.entries()) {
    const part = index % 2 === 1 ? value(word) : word
    if (part === undefined) complete = false
    filled += part ?? ''
  }
  return complete ? filled : undefined
}
