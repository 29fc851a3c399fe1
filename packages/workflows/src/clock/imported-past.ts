import type { Deadline, Desk, EventEnvelope, Instant, StreamName, TicketEvent } from '@guichet/domain'
import { importIdOf, isEngineActor, parseStream } from '@guichet/domain'

/** A ticket's imported history that nobody has worked on since. */
export type ImportedPast = {
  readonly importId: string
  /** When the import was completed or abandoned; undefined while it is not. */
  readonly endedAt: Instant | undefined
  /** The waits for the customer in which a chase was part of the import. */
  readonly chased: ReadonlySet<number>
}

/** So many events at the end of a stream are looked at first. */
const tail = 20

/** The import whose history ends a ticket's stream, but for what the engine itself has done since; undefined without one. */
export async function importedPast(desk: Desk, stream: StreamName, version: number): Promise<ImportedPast | undefined> {
  if (parseStream(stream).category !== 'ticket') return undefined
  const last = await desk.store.readStream(stream, Math.max(1, version - tail + 1))
  const known = last.some(isTelling) || version <= tail ? last : await desk.store.readStream(stream)
  const importId = importIdOf(known.findLast(isTelling)?.correlationId ?? '')
  if (importId === undefined) return undefined
  const { state } = await desk.read('import', importId)
  return { importId, endedAt: 'endedAt' in state ? state.endedAt : undefined, chased: chasedIn(known) }
}

/**
 * The import that a deadline is part of: its time had come before that ended, so that nobody is notified of it; or it belongs to
 * a wait in which that holds of a chase.
 */
export function importOf({ kind, cycle, dueAt }: Deadline, past: ImportedPast | undefined): string | undefined {
  if (past === undefined) return undefined
  const ofTheWait = kind === 'chase' || kind === 'close_unanswered'
  const isPast = past.endedAt === undefined || dueAt <= past.endedAt || (ofTheWait && past.chased.has(cycle))
  return isPast ? past.importId : undefined
}

/** Whether an event is imported or somebody's work, and not the engine's own. */
const isTelling = ({ event, correlationId }: EventEnvelope): boolean =>
  importIdOf(correlationId) !== undefined || !isEngineActor(event.by)

function chasedIn(events: readonly EventEnvelope[]): ReadonlySet<number> {
  const imported = events.filter(({ correlationId }) => importIdOf(correlationId) !== undefined)
  return new Set(
    imported.flatMap(({ event }) => {
      const chase = event as TicketEvent
      return chase.type === 'ChaseSent' ? [chase.cycle] : []
    }),
  )
}
