import type { EventStore } from '@guichet/domain'
import { AppendOutcomeUnknown, StoreUnavailable } from '@guichet/eventstore'

/** Whether an error says that the event store is away, which `tellOutages` has told of. */
export const isOutage = (error: unknown): boolean =>
  error instanceof StoreUnavailable || error instanceof AppendOutcomeUnknown

/** The same store, which says once that its server is away, and once that it is back. */
export function tellOutages(store: EventStore, say: (message: string) => void): EventStore {
  let away = false
  let lastWell = 0
  const watched =
    <P extends readonly unknown[], R>(call: (...parameters: P) => Promise<R>) =>
    async (...parameters: P): Promise<R> => {
      const begun = performance.now()
      try {
        const answer = await call(...parameters)
        lastWell = performance.now()
        if (away) say('EventStoreDB answers again; everything goes on')
        away = false
        return answer
      } catch (error) {
        // A call that another one has overtaken tells of an outage that is over.
        if (isOutage(error) && !away && begun >= lastWell) {
          away = true
          const heard = error instanceof Error ? error.message : String(error)
          say(
            `EventStoreDB does not answer (${heard}); start it, or look into its log. Until then commands are answered ` +
              'with unavailable, and read models, clocks and reactions wait',
          )
        }
        throw error
      }
    }
  return {
    ...store,
    append: watched(store.append),
    readStream: watched(store.readStream),
    readAll: watched(store.readAll),
    findCommand: watched(store.findCommand),
    head: watched(store.head),
    isAhead: watched(store.isAhead),
  }
}
