import type { Board, EventEnvelope, EventStore, Position, WorkItem } from '@guichet/domain'
import { evolveWorkItem, readInPages } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { subscribe } from '@guichet/eventstore'

/** How far a board knows the history. */
export type Known = {
  /** The last event that it knows. */
  position: Position | undefined
  /** As of when it knows all that could be read, in milliseconds of the epoch. */
  asOf: number
}

type Following = {
  readonly gatherMs: number
  readonly signal: AbortSignal
  /** Hears of events that the board has learned; none when it knows them all. */
  onKnown(events: readonly EventEnvelope[]): void
  onError(error: unknown): void
  readonly health: FollowerReports
}

/**
 * Lets a board learn every event after a position, then new ones, until the signal. How far it has come is written to `known`, where it
 * begins too; resolves when the batch under way has been learned.
 */
export async function followHistory(
  store: EventStore,
  board: Board,
  known: Known,
  { gatherMs, signal, onKnown, onError, health }: Following,
): Promise<void> {
  const lookUp = async (stream: string): Promise<void> => {
    let item: WorkItem | undefined
    for await (const page of readInPages(store, stream)) {
      for (const envelope of page) item = evolveWorkItem(item, envelope as Parameters<typeof evolveWorkItem>[1])
    }
    if (item) board.learnTicket(item)
  }
  await subscribe(store, {
    after: known.position,
    gatherMs,
    signal,
    onBatch: async (events, to) => {
      for (const envelope of events) {
        if (board.learn(envelope) === 'unknown_ticket') await lookUp(envelope.stream)
      }
      known.position = to
      const last = events.at(-1)
      if (last) known.asOf = Math.min(Date.now(), Date.parse(last.recordedAt))
      onKnown(events)
    },
    onCaughtUp: (asOf) => {
      known.asOf = asOf
      onKnown([])
    },
    onError: (error, failures) => {
      if (failures === 1) onError(error)
      health.failed('routing', error)
    },
    onSuccess: () => health.succeeded('routing'),
  })
}
