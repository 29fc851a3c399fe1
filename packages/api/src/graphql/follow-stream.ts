import type { EventEnvelope, EventStore, Position, StreamName } from '@guichet/domain'
import { readInPages } from '@guichet/domain'
import type { ApiContext } from './services.ts'
import type { Source, StreamContext } from './subscription.ts'

/** How many events may wait for a reader before they are read from the store again. */
const mostQueued = 8

/** A stream as one reader follows it. */
type FollowOptions = {
  readonly stream: StreamName
  /** The version after which it begins; 0 for the whole stream. It may be of any age. */
  readonly after: number
  /** Whether an event is for the audience of the reader; all are by default. Others neither wake it nor wait for it. */
  readonly shows?: (envelope: EventEnvelope) => boolean
  /** Called with each event when it happens, however far behind the reader is. */
  readonly onEvent?: (envelope: EventEnvelope) => void
  /** Called once, when the stream is followed. */
  readonly begin?: () => Promise<void>
}

type FollowingContext = StreamContext & {
  readonly services: StreamContext['services'] & { readonly store: Pick<EventStore, 'readStream'> }
  readonly budget: Pick<ApiContext['budget'], 'events' | 'release'>
}

/**
 * The source of a subscription to one stream. `valueOf` receives the events of the stream after a version, each once and in
 * order, and returns what is sent for one, if anything: first those that are stored, page by page, then those of the process's feed as
 * they happen, without another read. A reader that falls more than some events behind reads the store again from where it is, so that it
 * holds few events, however slow it is. The events count for the reading budget of the operation.
 */
export function followStream<T>(
  context: FollowingContext,
  followed: FollowOptions,
  valueOf: (envelope: EventEnvelope) => Promise<T | undefined>,
): Source<T> {
  const { services, budget } = context
  const { stream, after, shows = () => true, onEvent = () => undefined, begin = async () => undefined } = followed
  /** The version of the last event that the reader has taken, or that is not for it. */
  let takenTo = after
  /** The events after it that happened since, up to a version; none while the reader is behind and reads the store. */
  let queue: EventEnvelope[] = []
  let queuedTo = after
  let behind = true
  let heardTo = after

  const hear = (events: readonly EventEnvelope[]): boolean => {
    for (const envelope of events) {
      onEvent(envelope)
      heardTo = Math.max(heardTo, envelope.version)
      if (behind || envelope.version <= queuedTo) continue
      const isShown = shows(envelope)
      if (envelope.version === queuedTo + 1 && (queue.length < mostQueued || !isShown)) {
        queuedTo = envelope.version
        if (isShown) queue.push(envelope)
      } else {
        behind = true
        queue = []
      }
    }
    return behind || queue.length > 0
  }

  const count = (events: readonly EventEnvelope[]): void => {
    budget.events(events)
    budget.release()
  }

  async function* stored(): AsyncGenerator<T, void, undefined> {
    for (let from = -1; from < takenTo;) {
      from = takenTo
      for await (const page of readInPages(services.store, stream, takenTo + 1)) {
        count(page)
        for (const envelope of page) {
          const value = shows(envelope) ? await valueOf(envelope) : undefined
          if (value !== undefined) yield value
          takenTo = envelope.version
        }
      }
      if (heardTo <= takenTo) break
    }
    queuedTo = takenTo
    behind = false
  }

  return {
    listen: (wake) =>
      services.changes.follow(stream, (happened) => {
        if (hear(happened)) wake()
      }),
    begin,
    values: async function* () {
      for (;;) {
        if (behind) yield* stored()
        const next = queue.shift()
        if (next) {
          count([next])
          takenTo = next.version
          const value = await valueOf(next)
          if (value !== undefined) yield value
        } else if (!behind) {
          takenTo = queuedTo
          return
        }
      }
    },
  }
}

/** The version that a stream of a given length had at a position: 0 before its first event. Reads few events of a long stream. */
export async function versionAt(
  store: Pick<EventStore, 'readStream' | 'comparePositions'>,
  stream: StreamName,
  length: number,
  position: Position,
): Promise<number> {
  let [from, to] = [0, length]
  while (from < to) {
    const middle = Math.ceil((from + to) / 2)
    const [envelope] = await store.readStream(stream, middle, 1)
    if (envelope && store.comparePositions(envelope.position, position) <= 0) from = middle
    else to = middle - 1
  }
  return from
}
