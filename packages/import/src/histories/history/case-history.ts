import type { Desk, EventEnvelope, Instant, Position, TicketAggregate, TicketEvent, TicketState } from '@guichet/domain'
import { fold, importIdOf, isEngineActor, latest, LruCache, readHistory } from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'
import type { CaseRow } from '../read-row.ts'
import { rowPrefix } from '../read-row.ts'

/** The imported history of one case so far, and its stored history. */
export type CaseHistory = {
  readonly state: TicketState
  /** The number of events from the rows so far. */
  readonly version: number
  /** The time of the last row. */
  readonly at: Instant | undefined
  /** The rows that changed the ticket: the meaning of each by its identity. A repeated row has the same identity. */
  readonly rows: Map<string, string | undefined>
  /** The history in the store when it was read. */
  readonly stored: StoredHistory | undefined
  /**
   * The end of the part of the history that was imported from another file, which contains the beginning of the case.
   */
  readonly otherFileUntil: Instant | undefined
}

/** A ticket's history as stored. */
export type StoredHistory = {
  readonly events: readonly TicketEvent[]
  /** The command of each event. */
  readonly commandIds: readonly string[]
  /** The number of events before the ticket began: those were withdrawn. */
  readonly from: number
  /** The import of the ticket; undefined if it was opened at this desk. */
  readonly importId: string | undefined
  /** The time of the last imported event. */
  readonly importedUntil: Instant | undefined
  /** Whether anybody except imports and the engine has worked on the ticket. */
  readonly workedOn: boolean
}

/** Returns the history of a case without imported rows. */
export const emptyHistory = (): CaseHistory => ({
  state: { status: 'absent' },
  version: 0,
  at: undefined,
  rows: new Map(),
  stored: undefined,
  otherFileUntil: undefined,
})

/** Returns the command id of a row: its identity, and the hash of its meaning. */
export const commandIdOf = ({ identity, hash }: CaseRow): string => `${identity}.${hash}`

/** Returns identity and meaning of the row of a command. The rows of older imports have no meaning. */
function rowOf(commandId: string): { readonly identity: string; readonly meaning: string | undefined } | undefined {
  if (!commandId.startsWith(rowPrefix)) return undefined
  const [identity = '', meaning] = commandId.replace(/@\d+$/, '').split('.')
  return { identity, meaning }
}

/** Returns the rows of a ticket's imported history: the meaning of each by its identity. Computed once per history. */
export const importedRows = cached(({ commandIds, from }: StoredHistory): ReadonlyMap<string, string | undefined> =>
  commandIds.slice(from).reduce(withImportedRow, new Map<string, string | undefined>()),
)

/** Returns the indexes of the first and last event of each row in a history, by the row's identity. */
const indexesOf = cached(({ commandIds, from }: StoredHistory) => {
  const indexes = new Map<string, { readonly first: number; readonly last: number }>()
  for (const [index, commandId] of commandIds.entries()) {
    const identity = index < from ? undefined : rowOf(commandId)?.identity
    if (identity !== undefined) indexes.set(identity, { first: indexes.get(identity)?.first ?? index, last: index })
  }
  return indexes
})

/** Computes a value once per stored history, because a case may have thousands of rows. */
function cached<T>(of: (stored: StoredHistory) => T): (stored: StoredHistory) => T {
  const cache = new WeakMap<StoredHistory, { readonly value: T }>()
  return (stored) => {
    const entry = cache.get(stored) ?? { value: of(stored) }
    cache.set(stored, entry)
    return entry.value
  }
}

/** Returns whether a row was imported before with another meaning. */
export function hadAnotherMeaning(row: CaseRow, rows: ReadonlyMap<string, string | undefined>): boolean {
  const meaning = rows.get(row.identity)
  return meaning !== undefined && meaning !== row.hash
}

/** Adds a row that has changed its ticket. */
export function withImportedRow(
  rows: Map<string, string | undefined>,
  commandId: string,
): Map<string, string | undefined> {
  const row = rowOf(commandId)
  return row ? rows.set(row.identity, row.meaning) : rows
}

/** Reads the stored history of a ticket. */
export async function readStored(desk: Desk, ticketId: string): Promise<StoredHistory> {
  const envelopes = await retryWhileAway(() => readHistory(desk.store, 'ticket', ticketId))
  const from = envelopes.findLastIndex(({ event }) => event.type === 'TicketImportWithdrawn') + 1
  const present = envelopes.slice(from)
  const [first] = present
  return {
    from,
    events: envelopes.map(({ event }) => event),
    commandIds: envelopes.map(({ commandId }) => commandId),
    importId: first && importIdOf(first.correlationId),
    importedUntil: present.findLast(({ commandId }) => commandId.startsWith(rowPrefix))?.event.at,
    workedOn: present.some(({ event, correlationId }) => isWork(event, correlationId)),
  }
}

/**
 * Returns the rows of a ticket that were withdrawn after a position of the log and have not been imported again since:
 * those of the first generation that ended after the position, and of the later ones.
 */
export function rowsIn(
  envelopes: readonly EventEnvelope<TicketEvent>[],
  after: Position | undefined,
): ReadonlySet<string> {
  const ends = envelopes.flatMap(({ event }, index) => (event.type === 'TicketImportWithdrawn' ? [index] : []))
  const first = ends.find((index) => after === undefined || (envelopes[index]?.position ?? after) > after)
  const begin = 1 + (ends.findLast((index) => first !== undefined && index < first) ?? -1)
  const present = 1 + (ends.at(-1) ?? -1)
  const identities = (part: typeof envelopes): string[] =>
    part.flatMap(({ commandId }) => rowOf(commandId)?.identity ?? [])
  const rows = new Set(identities(envelopes.slice(begin, present)))
  for (const identity of identities(envelopes.slice(present))) rows.delete(identity)
  return rows
}

/** Returns whether an event is work at this desk: neither imported nor the engine's own. */
export const isWork = ({ by }: Pick<TicketEvent, 'by'>, correlationId: string): boolean =>
  importIdOf(correlationId) === undefined && !isEngineActor(by)

/** Returns the history of a case after a number of events. */
export function historyAt(
  aggregate: TicketAggregate,
  stored: StoredHistory,
  { version, at }: { readonly version: number; readonly at: Instant | undefined },
): CaseHistory {
  const state = fold(aggregate, stored.events.slice(0, version))
  const rows = stored.commandIds
    .slice(stored.from, version)
    .reduce(withImportedRow, new Map<string, string | undefined>())
  return { state, version, at, rows, stored, otherFileUntil: undefined }
}

/** Returns the whole history of a case that was imported from another file. */
export function historyFromOtherFile(aggregate: TicketAggregate, stored: StoredHistory): CaseHistory {
  const { events, importedUntil } = stored
  return { ...historyAt(aggregate, stored, { version: events.length, at: undefined }), otherFileUntil: importedUntil }
}

/** Returns the history of a case just before a stored row; undefined if the row is not stored. */
export function historyBefore(
  aggregate: TicketAggregate,
  stored: StoredHistory,
  identity: string,
): CaseHistory | undefined {
  const version = indexesOf(stored).get(identity)?.first
  return version === undefined ? undefined : historyAt(aggregate, stored, { version, at: undefined })
}

/** Returns the history of a case just after a stored row; undefined if the row is not stored. */
export function historyThrough(
  aggregate: TicketAggregate,
  history: CaseHistory,
  row: CaseRow,
): CaseHistory | undefined {
  const { stored, version } = history
  const last = stored && indexesOf(stored).get(row.identity)?.last
  if (!stored || last === undefined || last < version) return undefined
  const end = last + 1
  for (const commandId of stored.commandIds.slice(Math.max(version, stored.from), end))
    withImportedRow(history.rows, commandId)
  const state = fold({ initial: history.state, evolve: aggregate.evolve }, stored.events.slice(version, end))
  const importedAt = stored.events[last]?.at ?? row.at
  return { ...history, state, version: end, at: laterOf(laterOf(history.at, row.at), importedAt) }
}

/** Returns the time that the history of a case has reached after a row. A slightly older row does not set it back. */
export const laterOf = (at: Instant | undefined, rowAt: Instant): Instant =>
  at === undefined ? rowAt : latest(at, rowAt)

/** The data in memory of a case without recent rows: enough to fold its state again. */
type SettledCase = {
  readonly version: number
  readonly at: Instant | undefined
  readonly otherFileUntil: Instant | undefined
}

/**
 * The histories of the cases of a log. Only the latest are cached in full; the others take about a hundred bytes each.
 */
type CaseBook = {
  open(ticketId: string): Promise<CaseHistory>
  keep(ticketId: string, history: CaseHistory): void
  /** Returns the cases whose tickets exist, in the order of their first rows. */
  tickets(): Iterable<string>
}

/** Creates a case book. It reads evicted histories from `desk`; without one (a dry run) it caches all. */
export function createCaseBook(aggregate: TicketAggregate, desk: Desk | undefined, keepOpen = 1_000): CaseBook {
  const latest = new LruCache<string, CaseHistory>({ maxEntries: desk ? keepOpen : Infinity })
  const settled = new Map<string, SettledCase>()

  return {
    open: async (ticketId) => {
      const history = latest.get(ticketId)
      if (history) return history
      const put = settled.get(ticketId)
      if (!put || !desk) return emptyHistory()
      return { ...historyAt(aggregate, await readStored(desk, ticketId), put), otherFileUntil: put.otherFileUntil }
    },
    keep: (ticketId, history) => {
      latest.set(ticketId, history)
      const { version, at, otherFileUntil } = history
      settled.set(ticketId, { version, at, otherFileUntil })
    },
    tickets: function* () {
      for (const [ticketId, { version }] of settled) if (version > 0) yield ticketId
    },
  }
}
