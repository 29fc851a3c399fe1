import type { StreamDesk } from '../desk/port.ts'
import type { ImportState } from '../history-import.ts'
import { importIdOf } from '../history-import.ts'
import { readHistory } from '../history.ts'
import { clockActor, isEngineActor } from '../kernel/actor.ts'
import type { Deadline } from '../kernel/decider.ts'
import type { DomainEvent, EventEnvelope, StreamName } from '../kernel/event.ts'
import { parseStream, unlessDeleted } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { TicketEvent, TicketEventOf } from '../ticket/events.ts'

/** The import that last wrote a ticket's history. */
export type ImportedPast = {
  readonly importId: string
  /** When the import was completed or abandoned; undefined while it is not. */
  readonly endedAt: Instant | undefined
  /** The waits for the customer in which a chase was part of the import. */
  readonly chased: ReadonlySet<number>
  /** When somebody first worked on the ticket since; undefined if nobody has. */
  readonly workedAt: Instant | undefined
}

/** The number of events at the end of a stream that are read first. */
const tail = 20

/**
 * The import of a ticket's history, while some deadlines may belong to it; undefined without one, and once later work
 * fills the end of the stream. An import whose own stream was deleted counts as ended when the ticket's last row was stored.
 */
export async function importedPast(
  { store, read }: Pick<StreamDesk, 'store' | 'read'>,
  stream: StreamName,
  version: number,
): Promise<ImportedPast | undefined> {
  const { category, id } = parseStream(stream)
  if (category !== 'ticket') return undefined
  const last = await readHistory(store, 'ticket', id, Math.max(1, version - tail + 1))
  const envelopes = last.some(isTelling) || version <= tail ? last : await readHistory(store, 'ticket', id)
  const lastRow = envelopes.findLastIndex((envelope) => isTelling(envelope) && isImported(envelope))
  const importId = importIdOf(envelopes[lastRow]?.correlationId ?? '')
  if (importId === undefined) return undefined
  const imported = await unlessDeleted(read('import', importId), () => undefined)
  return {
    importId,
    endedAt: imported ? endOf(imported.state) : envelopes[lastRow]?.recordedAt,
    chased: chasedIn(envelopes),
    workedAt: envelopes.slice(lastRow + 1).find(isTelling)?.event.at,
  }
}

const endOf = (state: ImportState): Instant | undefined => ('endedAt' in state ? state.endedAt : undefined)

/**
 * The import that a deadline belongs to, so that nobody is notified of it: it fell due before the import ended, or it
 * belongs to a wait with a chase that did. Tickets that somebody worked on during the import do not belong to it.
 */
export function importOf(
  { kind, cycle, dueAt }: Pick<Deadline, 'kind' | 'cycle' | 'dueAt'>,
  past: ImportedPast | undefined,
): string | undefined {
  if (past === undefined) return undefined
  const { importId, endedAt, chased, workedAt } = past
  if (workedAt !== undefined) {
    return endedAt !== undefined && workedAt > endedAt && dueAt <= endedAt ? importId : undefined
  }
  const ofTheWait = kind === 'chase' || kind === 'close_unanswered'
  return endedAt === undefined || dueAt <= endedAt || (ofTheWait && chased.has(cycle)) ? importId : undefined
}

/**
 * The events of a command with a mark on the breaches that belong to an import: the clock would have marked them, had
 * it recorded them first.
 */
export async function withImportedPast<E extends DomainEvent>(
  desk: Pick<StreamDesk, 'store' | 'read'>,
  stream: StreamName,
  version: number,
  events: readonly E[],
): Promise<readonly E[]> {
  if (!events.some(isBreach)) return events
  const past = await importedPast(desk, stream, version)
  return events.map((event) =>
    isBreach(event) && importOf({ ...event, kind: `${event.target}_breach` }, past) !== undefined
      ? { ...event, imported: true }
      : event,
  )
}

const isBreach = (event: DomainEvent): event is TicketEventOf<'TargetBreached'> => event.type === 'TargetBreached'

const isImported = ({ correlationId }: EventEnvelope): boolean => importIdOf(correlationId) !== undefined

/** Whether an event is an imported row or somebody's work, and not a consequence recorded by the engine. */
const isTelling = (envelope: EventEnvelope): boolean => {
  const { by } = envelope.event
  return isImported(envelope) ? by.id !== clockActor.id : !isEngineActor(by)
}

const chasedIn = (history: readonly EventEnvelope<TicketEvent>[]): ReadonlySet<number> =>
  new Set(history.filter(isImported).flatMap(({ event }) => (event.type === 'ChaseSent' ? [event.cycle] : [])))
