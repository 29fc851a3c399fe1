import type { EventStore, Instant, Position } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import { pauseAfter } from '@guichet/eventstore'
import type { AvailableAgent, ChatQueue, ProjectionRunner, ReadModels } from '@guichet/projections'
import { projectionsBehind } from '@guichet/projections'
import { createAudience } from '../audience.ts'
import type { ChangeFeed, ChatWatch, Listener } from '../services.ts'

/** How long changes are gathered before the read models are read for all who watch, in milliseconds. */
const gatherMs = 250

/** The pause before a read that follows failed ones, in milliseconds. */
const retryMs = { first: gatherMs, last: 10_000 }

/** How long a queue in which somebody waits is shown without another read, in milliseconds: the last hour and who is there move without an event. */
const refreshMs = 10_000

/** How long a read waits for the read models, in milliseconds; then it shows what they have, and reads again. */
const patienceMs = 2_000

type Parts = {
  readonly changes: ChangeFeed
  readonly store: Pick<EventStore, 'head' | 'comparePositions'>
  readonly runner: Pick<ProjectionRunner, 'reached'>
  readonly readModels: Pick<ReadModels, 'chats' | 'chatQueue'>
  readonly now: () => Instant
  /** Returns which of the available agents are there for chats at an instant. */
  readonly staffAt: (at: Instant) => (agent: AvailableAgent) => boolean
  readonly onError: (error: unknown) => void
}

type Follower = Parameters<ChatWatch['follow']>[0]

const models = [...new Set([...projectionsBehind.chats, ...projectionsBehind.chatQueue])]

/**
 * Creates the watch of a process. It reads only while somebody watches: two statements for all changes of a quarter of a second, however
 * many watch. Who comes while nothing has changed since the last read is given its queue.
 */
export function createChatWatch({ changes, store, runner, readModels, now, staffAt, onError }: Parts): ChatWatch {
  const listeners = new Set<Follower>()
  let changed = new Set<string>()
  let last: Position | undefined
  /** The queue since which nothing has changed that concerns it. */
  let present: ChatQueue | undefined
  let timer: NodeJS.Timeout | undefined
  /** When the timer reads, by `performance.now()`. */
  let dueAt = Infinity
  let isReading = false
  /** How many reads in a row have failed; the first is reported. */
  let failures = 0

  const read = async (): Promise<void> => {
    const ids = [...changed]
    const [until, ownReading] = [last, reading()]
    changed = new Set()
    isReading = true
    try {
      const reached = until === undefined || (await runner.reached(until, patienceMs, models))
      const at = now()
      const [rows, queue] = await Promise.all([
        readModels.chats.byIds(ids),
        readModels.chatQueue.queue(at, staffAt(at)),
      ])
      const chats = rows.filter((row) => row !== undefined)
      if (ownReading !== reading()) return
      failures = 0
      for (const listener of listeners) listener({ chats, queue })
      if (reached && until === last) present = queue
      if (!reached) for (const id of ids) changed.add(id)
    } catch (error) {
      if (ownReading !== reading()) return
      if (failures++ === 0) onError(error)
      for (const id of ids) changed.add(id)
    } finally {
      isReading = false
      if (!present) later()
      else if (present.chats.length > 0) readWithin(refreshMs)
    }
  }
  const readWithin = (pauseMs: number): void => {
    const at = performance.now() + pauseMs
    if (isReading || listeners.size === 0 || at >= dueAt) return
    clearTimeout(timer)
    dueAt = at
    timer = setTimeout(() => {
      dueAt = Infinity
      void read()
    }, pauseMs)
  }
  const later = (): void => readWithin(pauseAfter(failures, retryMs))

  const onEvents: Listener = (events) => {
    for (const { stream, position } of events) {
      const { category, id } = parseStream(stream)
      if (category === 'chat') changed.add(id)
      if (category !== 'chat' && category !== 'agent') continue
      last = position
      present = undefined
    }
    if (!present) later()
  }
  /** Listens to the feed; `last` is then at least as far as the log was. */
  const begin = async (): Promise<() => void> => {
    const stop = await changes.listen(onEvents)
    try {
      const head = await store.head()
      if (head !== undefined && (last === undefined || store.comparePositions(last, head) < 0)) {
        last = head
        present = undefined
      }
      return stop
    } catch (error) {
      stop()
      throw error
    }
  }
  const { join, reading } = createAudience(begin, () => {
    clearTimeout(timer)
    dueAt = Infinity
    changed = new Set()
    present = undefined
    failures = 0
  })

  return {
    follow: async (listener) => {
      listeners.add(listener)
      const leave = await join(() => void listeners.delete(listener))
      if (present) listener({ chats: [], queue: present })
      else later()
      return leave
    },
  }
}
