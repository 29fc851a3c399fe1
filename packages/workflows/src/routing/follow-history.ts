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
  const readAll: EventStore['readAll'] = async (request) => {
    const began = Date.now()
    const events = await store.readAll(request)
    const last = events.at(-1)
    known.asOf = last ? Math.min(began, Date.parse(last.recordedAt)) : began
    if (!last) onKnown([])
    return events
  }
  const lookUp = async (stream: string): Promise<void> => {
    let item: WorkItem | undefined
    for await (const page of readInPages(store, stream)) {
      for (const envelope of page) item = evolveWorkItem(item, envelope as Parameters<typeof evolveWorkItem>[1])
    }
    if (item) board.learnTicket(item)
  }
  await subscribe(
    { ...store, readAll },
    {
      after: known.position,
      gatherMs,
      signal,
      onBatch: async (events) => {
        for (const envelope of events) {
          if (board.learn(envelope) === 'unknown_ticket') await lookUp(envelope.stream)
        }
        known.position = events.at(-1)?.position
        onKnown(events)
      },
      onError: (error, failures) => {
        if (failures === 1) onError(error)
        health.failed('routing', error)
      },
      onSuccess: () => health.succeeded('routing'),
    },
  )
}
