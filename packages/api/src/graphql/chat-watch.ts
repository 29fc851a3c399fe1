import type { Instant, Position } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import { projectionsBehind } from '@guichet/projections'
import type { ChangeFeed, ChatWatch } from './services.ts'

/** How long changes are gathered before the read models are read for all who watch, in milliseconds. */
const gatherMs = 250

/** How long a look waits for the read models, in milliseconds; then it shows what they have, and looks again. */
const patienceMs = 2_000

type Parts = {
  readonly changes: ChangeFeed
  readonly runner: Pick<ProjectionRunner, 'reached'>
  readonly readModels: Pick<ReadModels, 'chats' | 'chatQueue'>
  readonly now: () => Instant
  readonly onError: (error: unknown) => void
}

const models = [...new Set([...projectionsBehind.chats, ...projectionsBehind.chatQueue])]

/** Creates the watch of a process. It reads only while somebody watches, and two statements a look, however many do. */
export function createChatWatch({ changes, runner, readModels, now, onError }: Parts): ChatWatch {
  const listeners = new Set<Parameters<ChatWatch['follow']>[0]>()
  let changed = new Set<string>()
  let last: Position | undefined
  let timer: NodeJS.Timeout | undefined
  let looking = false

  const look = async (): Promise<void> => {
    const ids = [...changed]
    const until = last
    changed = new Set()
    looking = true
    try {
      const reached = until === undefined || (await runner.reached(until, patienceMs, models))
      const [rows, queue] = await Promise.all([readModels.chats.byIds(ids), readModels.chatQueue.queue(now())])
      const chats = rows.filter((row) => row !== undefined)
      for (const listener of listeners) listener({ chats, queue })
      if (!reached) for (const id of ids) changed.add(id)
    } catch (error) {
      onError(error)
      for (const id of ids) changed.add(id)
    } finally {
      looking = false
      if (changed.size > 0) later()
    }
  }
  const later = (): void => {
    if (timer !== undefined || looking || listeners.size === 0) return
    timer = setTimeout(() => {
      timer = undefined
      void look()
    }, gatherMs)
  }

  return {
    follow: async (listener) => {
      const leave = await changes.listen((events) => {
        let concerns = false
        for (const { stream, position } of events) {
          const { category, id } = parseStream(stream)
          if (category === 'chat') changed.add(id)
          if (category !== 'chat' && category !== 'agent') continue
          last = position
          concerns = true
        }
        if (concerns) later()
      })
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        leave()
        if (listeners.size > 0) return
        clearTimeout(timer)
        timer = undefined
        changed = new Set()
      }
    },
  }
}
