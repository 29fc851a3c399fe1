import { createHash } from 'node:crypto'
import type { Desk, EventEnvelope, Instant, Position, TicketAggregate, TicketEvent, TicketState } from '@guichet/domain'
import { fold, importIdOf, isEngineActor, latest, LruCache, streamName } from '@guichet/domain'
import { retryWhileAway } from '../../sending.ts'
import type { CaseRow } from '../read-row.ts'
import { rowPrefix } from '../read-row.ts'

/** How far the log has told the history of one case, and what the store holds of it. */
export type CaseHistory = {
  readonly state: TicketState
  /** How many events the rows told so far stand for. */
  readonly version: number
  /** The time of the last row. */
  readonly at: Instant | undefined
  /** The rows that changed the ticket, by identity, with what each was understood as: a row that is the same again is the same row. */
  readonly told: Map<string, string | undefined>
  /** What the store held when it was asked. */
  readonly stored: StoredHistory | undefined
  /** The part of the history up to this time came in through another file, which cut the case in two. */
  readonly toldUntil: Instant | undefined
}

/** A ticket's history as stored. */
export type StoredHistory = {
  readonly events: readonly TicketEvent[]
  /** The command of each event. */
  readonly commandIds: readonly string[]
  /** After how many events the ticket began: what came before was taken back. */
  readonly from: number
  /** The import that the ticket came in with; undefined for one that was opened at this desk. */
  readonly importId: string | undefined
  /** The time of the last event that an import has told. */
  readonly importedUntil: Instant | undefined
  /** Whether anybody but imports and the engine itself has done something on the ticket. */
  readonly workedOn: boolean
}

/** The history of a case of which no row has been told. */
export const emptyHistory = (): CaseHistory => ({
  state: { status: 'absent' },
  version: 0,
  at: undefined,
  told: new Map(),
  stored: undefined,
  toldUntil: undefined,
})

/** The command of a row: its identity, and what the mapping makes of it, so that another meaning of the same row is noticed. */
export const commandIdOf = (row: CaseRow): string => `${row.identity}.${meaningOf(row)}`

function meaningOf({ identity: _, ...understood }: CaseRow): string {
  return createHash('sha256').update(JSON.stringify(understood)).digest('base64url').slice(0, 12)
}

/** The identity of the row that a command stands for, and its meaning; the rows of older imports have none. */
function rowOf(commandId: string): { readonly identity: string; readonly meaning: string | undefined } | undefined {
  if (!commandId.startsWith(rowPrefix)) return undefined
  const [identity = '', meaning] = commandId.replace(/@\d+$/, '').split('.')
  return { identity, meaning }
}

/** The rows that a ticket's history was told by, by identity, with what each was understood as. Made once for a history. */
export const importedRows = cached(({ commandIds, from }: StoredHistory): ReadonlyMap<string, string | undefined> =>
  commandIds.slice(from).reduce(withImportedRow, new Map<string, string | undefined>()),
)

/** Where the events of each row begin and end in a history, by the row's identity. */
const placesOf = cached(({ commandIds, from }: StoredHistory) => {
  const places = new Map<string, { readonly first: number; readonly last: number }>()
  for (const [place, commandId] of commandIds.entries()) {
    const identity = place < from ? undefined : rowOf(commandId)?.identity
    if (identity !== undefined) places.set(identity, { first: places.get(identity)?.first ?? place, last: place })
  }
  return places
})

/** Works something out once for each history that was read: a case may have thousands of rows. */
function cached<T>(of: (stored: StoredHistory) => T): (stored: StoredHistory) => T {
  const known = new WeakMap<StoredHistory, { readonly value: T }>()
  return (stored) => {
    const found = known.get(stored) ?? { value: of(stored) }
    known.set(stored, found)
    return found.value
  }
}

/** Whether a row that has been told had another meaning then. */
export function hadAnotherMeaning(row: CaseRow, told: ReadonlyMap<string, string | undefined>): boolean {
  const meaning = told.get(row.identity)
  return meaning !== undefined && meaning !== meaningOf(row)
}

/** The history with a row that has changed its ticket. */
export function withImportedRow(
  told: Map<string, string | undefined>,
  commandId: string,
): Map<string, string | undefined> {
  const row = rowOf(commandId)
  return row ? told.set(row.identity, row.meaning) : told
}

/** Reads what the store holds of a ticket. */
export async function readStored(desk: Desk, ticketId: string): Promise<StoredHistory> {
  const stream = streamName('ticket', ticketId)
  const read = await retryWhileAway(() => desk.store.readStream(stream))
  const envelopes = read as readonly EventEnvelope<TicketEvent>[]
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
 * The rows that a ticket was told by before it was withdrawn after a position of the log, and that it was not told by again since: those
 * of the generation that ended first then, and of the later ones.
 */
export function rowsIn(
  envelopes: readonly EventEnvelope<TicketEvent>[],
  after: Position | undefined,
): ReadonlySet<string> {
  const ends = envelopes.flatMap(({ event }, place) => (event.type === 'TicketImportWithdrawn' ? [place] : []))
  const first = ends.find((place) => after === undefined || (envelopes[place]?.position ?? after) > after)
  const begin = 1 + (ends.findLast((place) => first !== undefined && place < first) ?? -1)
  const present = 1 + (ends.at(-1) ?? -1)
  const identities = (part: typeof envelopes): string[] =>
    part.flatMap(({ commandId }) => rowOf(commandId)?.identity ?? [])
  const rows = new Set(identities(envelopes.slice(begin, present)))
  for (const identity of identities(envelopes.slice(present))) rows.delete(identity)
  return rows
}

/** Whether an event is somebody's work at this desk: neither imported nor the engine's own. */
export const isWork = ({ by }: Pick<TicketEvent, 'by'>, correlationId: string): boolean =>
  importIdOf(correlationId) === undefined && !isEngineActor(by)

/** The history of a case as it was after a number of events. */
export function historyAt(
  aggregate: TicketAggregate,
  stored: StoredHistory,
  { version, at }: { readonly version: number; readonly at: Instant | undefined },
): CaseHistory {
  const state = fold(aggregate, stored.events.slice(0, version))
  const told = stored.commandIds
    .slice(stored.from, version)
    .reduce(withImportedRow, new Map<string, string | undefined>())
  return { state, version, at, told, stored, toldUntil: undefined }
}

/** The history of a case that the store holds already, told through another file, all of it. */
export function historyFromOtherFile(aggregate: TicketAggregate, stored: StoredHistory): CaseHistory {
  const { events, importedUntil } = stored
  return { ...historyAt(aggregate, stored, { version: events.length, at: undefined }), toldUntil: importedUntil }
}

/** The history of a case as it was just before a row that the store holds; undefined when it does not hold it. */
export function historyBefore(
  aggregate: TicketAggregate,
  stored: StoredHistory,
  identity: string,
): CaseHistory | undefined {
  const version = placesOf(stored).get(identity)?.first
  return version === undefined ? undefined : historyAt(aggregate, stored, { version, at: undefined })
}

/** The history of a case just after a row that the store holds; undefined when it does not hold it. */
export function historyThrough(
  aggregate: TicketAggregate,
  history: CaseHistory,
  row: CaseRow,
): CaseHistory | undefined {
  const { stored, version } = history
  const last = stored && placesOf(stored).get(row.identity)?.last
  if (!stored || last === undefined || last < version) return undefined
  const end = last + 1
  for (const commandId of stored.commandIds.slice(Math.max(version, stored.from), end))
    withImportedRow(history.told, commandId)
  const state = fold({ initial: history.state, evolve: aggregate.evolve }, stored.events.slice(version, end))
  const toldAt = stored.events[last]?.at ?? row.at
  return { ...history, state, version: end, at: laterOf(laterOf(history.at, row.at), toldAt) }
}

/** The time that the history of a case has reached with a row: a row that is a little behind does not set it back. */
export const laterOf = (at: Instant | undefined, rowAt: Instant): Instant =>
  at === undefined ? rowAt : latest(at, rowAt)

/** What is kept of a case that has not been heard of for a while: enough to fold its state again. */
type Settled = { readonly version: number; readonly at: Instant | undefined; readonly toldUntil: Instant | undefined }

/** The histories of the cases of a log. Only the latest are kept in full; of the others about a hundred bytes remain. */
type CaseBook = {
  open(ticketId: string): Promise<CaseHistory>
  keep(ticketId: string, history: CaseHistory): void
  /** The cases whose tickets exist, in the order they came up. */
  tickets(): Iterable<string>
}

/** `desk` reads histories again that have been put away; without one (a dry run) all are kept. */
export function createCaseBook(aggregate: TicketAggregate, desk: Desk | undefined, keepOpen = 1_000): CaseBook {
  const latest = new LruCache<string, CaseHistory>({ maxEntries: desk ? keepOpen : Infinity })
  const settled = new Map<string, Settled>()

  return {
    open: async (ticketId) => {
      const history = latest.get(ticketId)
      if (history) return history
      const put = settled.get(ticketId)
      if (!put || !desk) return emptyHistory()
      return { ...historyAt(aggregate, await readStored(desk, ticketId), put), toldUntil: put.toldUntil }
    },
    keep: (ticketId, history) => {
      latest.set(ticketId, history)
      const { version, at, toldUntil } = history
      settled.set(ticketId, { version, at, toldUntil })
    },
    tickets: function* () {
      for (const [ticketId, { version }] of settled) if (version > 0) yield ticketId
    },
  }
}
