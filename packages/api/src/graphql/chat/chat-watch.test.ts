import { expect, it, vi } from 'vitest'
import type { EventEnvelope, Position } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { ChatQueue, ChatRow } from '@guichet/projections'
import { createChatWatch } from './chat-watch.ts'
import type { Listener } from '../services.ts'

function withResolvers() {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const ana = { id: 'ana', centre: null, shift: null }

/** A watch whose feed, read models and runner are moved by hand. */
function watched({ head = '1' } = {}) {
  const listeners = new Set<Listener>()
  const rows = new Map<string, ChatRow>()
  let queue = { chats: [], places: 0 } as unknown as ChatQueue
  let staff: ReturnType<Parameters<typeof createChatWatch>[0]['staffAt']> = () => true
  let reading: Promise<void> = Promise.resolve()
  let isFailing = false
  const errors: unknown[] = []
  const reads = { queue: 0, reached: [] as string[] }
  const watch = createChatWatch({
    changes: {
      listen: async (listener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      follow: async () => () => undefined,
    },
    store: { head: async () => head as Position, comparePositions: (a, b) => Number(a) - Number(b) },
    runner: {
      reached: async (position) => {
        reads.reached.push(position)
        return true
      },
    },
    readModels: {
      chats: { byIds: async (ids: readonly string[]) => ids.map((id) => rows.get(id)) },
      chatQueue: {
        queue: async (_: unknown, isThere: typeof staff) => {
          reads.queue++
          const present = isThere(ana) ? queue : { ...queue, places: 0 }
          await reading
          if (isFailing) throw new Error('no database')
          return present
        },
      },
    } as unknown as Parameters<typeof createChatWatch>[0]['readModels'],
    now: () => instant('2026-03-27T09:00:00Z'),
    staffAt: () => staff,
    onError: (error) => void errors.push(error),
  })
  return {
    watch,
    reads,
    errors,
    listeners,
    fail: (fails: boolean) => {
      isFailing = fails
    },
    happened: (stream: string, position: string) => {
      for (const listener of listeners) listener([{ stream, position } as EventEnvelope])
    },
    places: (places: number) => {
      queue = { chats: [], places } as unknown as ChatQueue
    },
    waits: (chatId: string) => {
      queue = { ...queue, chats: [{ chatId }] } as unknown as ChatQueue
    },
    leaves: () => {
      staff = () => false
    },
    holdReading: () => {
      const { promise, resolve } = withResolvers()
      reading = promise
      return resolve
    },
  }
}

it('reads the queue once for all who come, and not again for those who come before it changes', async () => {
  const { watch, reads } = watched({ head: '41' })
  const got: ChatQueue[] = []
  const follow = () => watch.follow(({ queue }) => void got.push(queue))
  const leaves = await Promise.all(Array.from({ length: 50 }, follow))
  await vi.waitFor(() => expect(got).toHaveLength(50))
  leaves.push(await follow())
  await vi.waitFor(() => expect(got).toHaveLength(51))
  expect(reads).toEqual({ queue: 1, reached: ['41'] })
  for (const leave of leaves) leave()
})

it('reads the queue again for an agent who came while it was being read', async () => {
  const { watch, reads, happened, places, holdReading } = watched()
  const got: number[] = []
  const leave = await watch.follow(({ queue }) => void got.push(queue.places))
  await vi.waitFor(() => expect(got).toEqual([0]))
  const release = holdReading()
  happened('agent-1', '2')
  await vi.waitFor(() => expect(reads.queue).toBe(2))
  places(3)
  happened('agent-1', '3')
  release()
  await vi.waitFor(() => expect(got).toEqual([0, 0, 3]))
  expect(reads.reached.at(-1)).toBe('3')
  leave()
})

it('forgets what it read when nobody watches any more', async () => {
  const { watch, reads, listeners } = watched()
  const once = async () => {
    const { promise, resolve } = withResolvers()
    const leave = await watch.follow(() => resolve())
    await promise
    leave()
  }
  await once()
  expect(listeners.size).toBe(0)
  await once()
  expect(reads.queue).toBe(2)
})

it('reads anew for who comes after the only one who watched left during a read', async () => {
  const { watch, reads, places, holdReading } = watched()
  const release = holdReading()
  const leave = await watch.follow(() => undefined)
  await vi.waitFor(() => expect(reads.queue).toBe(1))
  leave()
  places(3)
  const got: number[] = []
  const leaveToo = await watch.follow(({ queue }) => void got.push(queue.places))
  release()
  await vi.waitFor(() => expect(got).toEqual([3]))
  leaveToo()
})

it('shows without an event, while somebody waits, that an agent is no longer there', async () => {
  vi.useFakeTimers()
  try {
    const { watch, reads, places, waits, leaves, happened } = watched()
    const got: number[] = []
    const leave = await watch.follow(({ queue }) => void got.push(queue.places))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reads.queue).toBe(1)
    places(3)
    waits('chat-1')
    happened('chat-chat-1', '2')
    await vi.advanceTimersByTimeAsync(1_000)
    leaves()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(got).toEqual([0, 3, 0])
    leave()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

it('reports an outage once, reads less and less often during it, and again after it', async () => {
  vi.useFakeTimers()
  try {
    const { watch, reads, errors, fail } = watched()
    fail(true)
    const got: number[] = []
    const leave = await watch.follow(({ queue }) => void got.push(queue.places))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(errors).toHaveLength(1)
    expect(reads.queue).toBe(11)
    fail(false)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(got).toEqual([0])
    leave()
  } finally {
    vi.useRealTimers()
  }
})
