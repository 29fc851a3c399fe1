import type { Desk, EventEnvelope, Instant, TicketAggregate, TicketEvent, TicketState } from '@guichet/domain'
import { fold, latest, streamName } from '@guichet/domain'
import { persistently } from '../../sending/persistently.ts'
import type { CaseRow } from '../read-row.ts'
import { rowPrefix } from '../read-row.ts'

/** How far the log has told the history of one case, and what the store holds of it. */
export type CaseHistory = {
  readonly state: TicketState
  /** How many events the rows told so far stand for. */
  readonly version: number
  /** The time of the last row. */
  readonly at: Instant | undefined
  /** The identities of the rows that changed the ticket: a row that is the same again is the same row. */
  readonly told: Set<string>
  /** What the store held when it was asked. */
  readonly stored: StoredHistory | undefined
  /** The part of the history up to this time came in through another file, which cut the case in two. */
  readonly toldUntil: Instant | undefined
}

/** A ticket's history as stored. */
export type StoredHistory = {
  readonly events: readonly TicketEvent[]
  /** The command of each event: for an imported one the identity of its row. */
  readonly commandIds: readonly string[]
  /** The time of the last event that an import has told. */
  readonly importedUntil: Instant | undefined
}

/** The history of a case of which no row has been told. */
export const untold = (): CaseHistory => ({
  state: { status: 'absent' },
  version: 0,
  at: undefined,
  told: new Set(),
  stored: undefined,
  toldUntil: undefined,
})

/** Reads what the store holds of a ticket. */
export async function readStored(desk: Desk, ticketId: string): Promise<StoredHistory> {
  const stream = streamName('ticket', ticketId)
  const read = await persistently(() => desk.store.readStream(stream))
  const envelopes = read as readonly EventEnvelope<TicketEvent>[]
  const commandIds = envelopes.map(({ commandId }) => commandId)
  return {
    events: envelopes.map(({ event }) => event),
    commandIds,
    importedUntil: envelopes.findLast(({ commandId }) => commandId.startsWith(rowPrefix))?.event.at,
  }
}

/** The history of a case as it was after a number of events. */
export function historyAt(
  aggregate: TicketAggregate,
  stored: StoredHistory,
  told: { readonly version: number; readonly at: Instant | undefined },
): CaseHistory {
  const { version, at } = told
  const state = fold(aggregate, stored.events.slice(0, version))
  return { state, version, at, told: new Set(stored.commandIds.slice(0, version)), stored, toldUntil: undefined }
}

/** The history of a case that the store holds already, told through another file, all of it. */
export function historyToldElsewhere(aggregate: TicketAggregate, stored: StoredHistory): CaseHistory {
  const { events, importedUntil } = stored
  return { ...historyAt(aggregate, stored, { version: events.length, at: undefined }), toldUntil: importedUntil }
}

/** The history of a case as it was just before a row that the store holds; undefined when it does not hold it. */
export function historyBefore(
  aggregate: TicketAggregate,
  stored: StoredHistory,
  identity: string,
): CaseHistory | undefined {
  const version = stored.commandIds.indexOf(identity)
  return version < 0 ? undefined : historyAt(aggregate, stored, { version, at: undefined })
}

/** The history of a case just after a row that the store holds; undefined when it does not hold it. */
export function historyThrough(
  aggregate: TicketAggregate,
  history: CaseHistory,
  row: CaseRow,
): CaseHistory | undefined {
  const { stored, version } = history
  const end = (stored?.commandIds.lastIndexOf(row.identity) ?? -1) + 1
  if (!stored || end <= version) return undefined
  for (const commandId of stored.commandIds.slice(version, end)) history.told.add(commandId)
  const state = fold({ initial: history.state, evolve: aggregate.evolve }, stored.events.slice(version, end))
  return { ...history, state, version: end, at: laterOf(history.at, row.at) }
}

/** The time that the history of a case has reached with a row: a row that is a little behind does not set it back. */
export const laterOf = (at: Instant | undefined, rowAt: Instant): Instant =>
  at === undefined ? rowAt : latest(at, rowAt)
