import { createHash } from 'node:crypto'
import type { Actor, Channel, Customer, Instant, Person, Priority } from '@guichet/domain'
import type { Cells } from './cells.ts'
import { Unreadable, cellsOf } from './cells.ts'
import { fillTemplate } from './fill-template.ts'
import type { LogRow } from './log/log-row.ts'
import type { Mapping, Meaning } from './mapping.ts'
import { mappedColumns } from './mapping.ts'
import type { RowCode } from './row-codes.ts'
import type { ReadTime } from './time-format.ts'
import { readTime } from './time-format.ts'

/** A row as its mapping understands it: what the log says of one case at one time. */
export type CaseRow = {
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
  /** The first message of the ticket, if this row opens it. */
  readonly body: string | undefined
  readonly text: string | undefined
  readonly tags: readonly { readonly tag: string; readonly carried: boolean }[]
}

/** Why a row was not applied. */
export type RowFault = { readonly code: RowCode; readonly field: string; readonly reason: string }
export type ReadRow = { readonly ok: true; readonly row: CaseRow } | { readonly ok: false; readonly fault: RowFault }

/** What the command ids of imported rows begin with. */
export const rowPrefix = 'import:'

/** Compiles a mapping into a reader of rows. What cannot be read is an answer that names the column. */
export function rowReader(mapping: Mapping): (row: LogRow) => ReadRow {
  const { time, openedAt } = mapping
  const cells = cellsOf(mappedColumns(mapping), mapping.missing)
  const times = {
    at: readTime(time.format, time.zone, time.locale),
    openedAt: openedAt && readTime(openedAt.format, openedAt.zone, openedAt.locale),
  }
  return ({ values, fault }) => {
    if (fault !== undefined) return { ok: false, fault: { code: 'row_malformed', field: '', reason: fault } }
    try {
      return { ok: true, row: { ...understand(cells(values), mapping, times), identity: identityOf(mapping, values) } }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      return { ok: false, fault: { code: 'value_unreadable', field: error.field, reason: error.message } }
    }
  }
}

/** Compiles a mapping into a reader of the case and the time of a row alone; undefined when one of them cannot be read. */
export function timeReader(
  mapping: Mapping,
): (row: LogRow) => { readonly ticketId: string; readonly at: number } | undefined {
  const { time, case: of } = mapping
  const cells = cellsOf(mappedColumns(mapping), mapping.missing)
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

function understand(cells: Cells, mapping: Mapping, times: Times): Omit<CaseRow, 'identity'> {
  const { value, written } = cells
  const customer = cells.person(mapping.customer) ?? { id: mapping.customer.missing, name: mapping.customer.missing }
  const meaning = cells.translated(mapping.activity)
  const assignee = cells.person(mapping.assignee)
  return {
    ...moments(cells, mapping, times),
    ...actors(cells, mapping, customer),
    ticketId: cells.id(mapping.case.column, mapping.case.prefix),
    customer,
    meaning: meaning === 'nothing' ? undefined : meaning,
    assignee: assignee ?? (mapping.assignee?.missingMeans === 'unassigned' ? null : undefined),
    team: mapping.team && value(mapping.team.column),
    priority: cells.translated(mapping.priority),
    category: mapping.category && value(mapping.category.column),
    channel: cells.translated(mapping.channel),
    language: typeof mapping.language === 'string' ? mapping.language : cells.translated(mapping.language),
    subject: fillTemplate(mapping.subject, value) ?? cells.needed(mapping.case.column),
    body: fillTemplate(mapping.body, written),
    text: mapping.text === undefined ? undefined : fillTemplate(mapping.text, written),
    tags: mapping.tags.map(({ column, value: carriedBy, tag }) => ({ tag, carried: value(column) === carriedBy })),
  }
}

/** A case cannot have been opened after what a row says of it. */
function moments(cells: Cells, mapping: Mapping, times: Times): Pick<CaseRow, 'at' | 'openedAt'> {
  const at = cells.time(mapping.time.column, times.at)
  const column = mapping.openedAt?.column
  const known = column !== undefined && times.openedAt && cells.value(column) !== undefined
  const openedAt = known && times.openedAt ? cells.time(column, times.openedAt) : at
  return { at, openedAt: openedAt < at ? openedAt : at }
}

function actors(cells: Cells, mapping: Mapping, customer: Customer): Pick<CaseRow, 'actor' | 'openedBy'> {
  const acting = cells.person(mapping.actor)
  const opener = cells.person(mapping.openedBy)
  const kind = mapping.actor?.kind ?? (acting?.id === customer.id ? 'customer' : 'agent')
  return {
    actor: acting ? actor(kind, acting) : { kind: 'system', id: `import-${mapping.name}` },
    openedBy: opener ? actor('agent', opener) : actor('customer', customer),
  }
}

function actor(kind: 'agent' | 'customer', { id, name }: Person): Actor {
  return { kind, id, ...(name !== undefined && { name }) }
}

function identityOf({ name }: Mapping, values: LogRow['values']): string {
  const hash = createHash('sha256').update(JSON.stringify([name, values.map((value) => value ?? null)]))
  return `${rowPrefix}${hash.digest('base64url').slice(0, 27)}`
}
