import { createHash } from 'node:crypto'
import type { Actor, Channel, Customer, Instant, Person, Priority } from '@guichet/domain'
import { id as idSchema, language as languageSchema } from '@guichet/domain'
import type { LogRow } from './log/log-row.ts'
import { fillTemplate } from './fill-template.ts'
import type { Mapping, Meaning } from './mapping.ts'
import { mappedColumns } from './mapping.ts'
import { readTime } from './time-format.ts'

/** A row as its mapping understands it: what the log says of one case at one time. */
export type CaseRow = {
  readonly row: number
  /** Derived from the mapping's name and the mapped values: the same row has the same identity in any file. */
  readonly identity: string
  readonly ticketId: string
  readonly at: Instant
  readonly openedAt: Instant
  readonly openedBy: Actor
  readonly actor: Actor
  readonly customer: Customer
  readonly meaning: Exclude<Meaning, 'nothing'> | undefined
  /** `null` when the log says that there is nobody; undefined when it does not say. */
  readonly assignee: Person | null | undefined
  readonly team: string | undefined
  readonly priority: Priority | undefined
  readonly category: string | undefined
  readonly channel: Channel | undefined
  readonly language: string | undefined
  readonly subject: string
  readonly body: string
  readonly text: string | undefined
  readonly tags: readonly { readonly tag: string; readonly carried: boolean }[]
}

/** Why a row was not applied. */
export type RowFault = { readonly code: string; readonly field: string; readonly reason: string }
export type ReadRow = { readonly ok: true; readonly row: CaseRow } | { readonly ok: false; readonly fault: RowFault }

/** What the command ids of imported rows begin with. */
export const rowPrefix = 'import:'

class Unreadable extends Error {
  readonly field: string
  constructor(field: string, reason: string) {
    super(reason)
    this.field = field
  }
}

/** Compiles a mapping into a reader of rows. What cannot be read is an answer that names the column. */
export function rowReader(mapping: Mapping): (row: LogRow) => ReadRow {
  const columns = mappedColumns(mapping)
  const readers = compile(mapping, columns)
  return (row) => {
    if (row.fault !== undefined) return unreadable('row_malformed', '', row.fault)
    try {
      return { ok: true, row: readers(row) }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      return unreadable('value_unreadable', error.field, `${error.field}: ${error.message}`)
    }
  }
}

const unreadable = (code: string, field: string, reason: string): ReadRow => ({
  ok: false,
  fault: { code, field, reason },
})

function compile(mapping: Mapping, columns: readonly string[]): (row: LogRow) => CaseRow {
  const places = new Map(columns.map((column, index) => [column, index]))
  const missing = new Set(mapping.missing)
  const time = readTime(mapping.time.format, mapping.time.zone)
  const openedTime = mapping.openedAt && readTime(mapping.openedAt.format, mapping.openedAt.zone)
  const unknownPerson: Actor = { kind: 'system', id: `import-${mapping.name}` }

  return ({ row, values }) => {
    const value = (column: string): string | undefined => {
      const text = values[places.get(column) ?? -1]?.trim().replaceAll(/\s+/g, ' ')
      return text === undefined || missing.has(text) ? undefined : text
    }
    const written = (column: string): string | undefined => {
      const text = values[places.get(column) ?? -1]
      return text === undefined || missing.has(text.trim()) ? undefined : text
    }
    const needed = (column: string): string => value(column) ?? fail(column, 'is missing')
    const when = (column: string, read: (text: string) => Instant | undefined, format: string): Instant => {
      const text = needed(column)
      return read(text) ?? fail(column, `“${shown(text)}” is not a time of the form ${format}`)
    }
    const person = (part: { id: string; name?: string | undefined; email?: string | undefined } | undefined) => {
      const id = part && value(part.id)
      if (part === undefined || id === undefined) return undefined
      const name = part.name === undefined ? undefined : value(part.name)
      const email = part.email === undefined ? undefined : value(part.email)
      return { id: identifier(part.id, id), ...(name !== undefined && { name }), ...(email !== undefined && { email }) }
    }
    const translated = <T>(
      part: { column: string; values: Record<string, T>; otherwise?: T | undefined } | undefined,
    ) => {
      const text = part && value(part.column)
      if (part === undefined || text === undefined) return undefined
      if (Object.hasOwn(part.values, text)) return part.values[text]
      return part.otherwise ?? fail(part.column, `“${shown(text)}” has no meaning in the mapping`)
    }

    const at = when(mapping.time.column, time, mapping.time.format)
    const opened = mapping.openedAt && value(mapping.openedAt.column) !== undefined && openedTime
    const openedAt = opened && mapping.openedAt ? when(mapping.openedAt.column, opened, mapping.openedAt.format) : at
    const customer = person(mapping.customer) ?? { id: mapping.customer.missing, name: mapping.customer.missing }
    const acting = person(mapping.actor)
    const opener = person(mapping.openedBy)
    const meaning = translated(mapping.activity)
    const assignee = person(mapping.assignee)

    return {
      row,
      identity: identityOf(mapping.name, values),
      ticketId: identifier(mapping.case.column, mapping.case.prefix + needed(mapping.case.column)),
      at,
      openedAt: openedAt < at ? openedAt : at,
      openedBy: opener ? actor('agent', opener) : actor('customer', customer),
      actor: acting ? actor(mapping.actor?.kind ?? 'agent', acting) : unknownPerson,
      customer,
      meaning: meaning === 'nothing' ? undefined : meaning,
      assignee: assignee ?? (mapping.assignee?.missingMeans === 'unassigned' ? null : undefined),
      team: mapping.team && value(mapping.team.column),
      priority: translated(mapping.priority),
      category: mapping.category && value(mapping.category.column),
      channel: translated(mapping.channel),
      language: typeof mapping.language === 'string' ? mapping.language : languageOf(translated(mapping.language)),
      subject: fillTemplate(mapping.subject, value) ?? needed(mapping.case.column),
      body: fillTemplate(mapping.body, written) ?? fail(mapping.case.column, 'the ticket has no first message'),
      text: mapping.text === undefined ? undefined : fillTemplate(mapping.text, written),
      tags: mapping.tags.map(({ column, value: carriedBy, tag }) => ({ tag, carried: value(column) === carriedBy })),
    }
  }
}

function fail(field: string, reason: string): never {
  throw new Unreadable(field, reason)
}

function identifier(column: string, text: string): string {
  return idSchema.safeParse(text).success ? text : fail(column, `“${shown(text)}” cannot be an id`)
}

function languageOf(tag: string | undefined): string | undefined {
  return tag !== undefined && languageSchema.safeParse(tag).success ? tag : undefined
}

function actor(kind: 'agent' | 'customer', { id, name }: Person): Actor {
  return { kind, id, ...(name !== undefined && { name }) }
}

function identityOf(name: string, values: LogRow['values']): string {
  const hash = createHash('sha256').update(JSON.stringify([name, values.map((value) => value ?? null)]))
  return `${rowPrefix}${hash.digest('base64url').slice(0, 27)}`
}

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
