import { expect, it, vi } from 'vitest'
import { startWork } from './work.ts'

const patience = { interval: 2 }

/** Work that is claimed in order, and ends when it is told to. */
function queueOf(count: number) {
  const waiting = Array.from({ length: count }, (_, number) => number)
  const underWay = new Map<number, () => void>()
  const claims: number[] = []
  return {
    claims,
    underWay,
    claim: async (limit: number) => {
      claims.push(limit)
      return waiting.splice(0, limit)
    },
    process: (claimed: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const end = () => {
          underWay.delete(claimed)
          resolve()
        }
        underWay.set(claimed, end)
        signal.addEventListener('abort', end)
      }),
  }
}

it('claims as much as there is room for, and more as soon as some of it has ended', async () => {
  const queue = queueOf(4)
  const idle = vi.fn(async () => 60_000)
  const work = startWork({ name: 'work', concurrency: 2, ...queue, idle, onError: () => undefined, graceMs: 1 })
  await vi.waitUntil(() => queue.underWay.size === 2, patience)
  queue.underWay.get(0)?.()
  await vi.waitUntil(() => queue.underWay.has(2), patience)
  expect([...queue.underWay.keys()]).toEqual([1, 2])
  expect(idle).not.toHaveBeenCalled()
  queue.underWay.get(1)?.()
  queue.underWay.get(2)?.()
  await vi.waitUntil(() => idle.mock.calls.length === 1, patience)
  expect([...queue.underWay.keys()]).toEqual([3])
  await work.stop()
  expect(queue.claims[0]).toBe(2)
})

it('lets work under way end when it is stopped, and breaks it off after the time of grace', async () => {
  const queue = queueOf(1)
  const work = startWork({
    name: 'work',
    concurrency: 2,
    ...queue,
    idle: async () => 60_000,
    onError: () => undefined,
    graceMs: 20,
  })
  await vi.waitUntil(() => queue.underWay.size === 1, patience)
  await work.stop()
  expect(queue.underWay.size).toBe(0)
})

it('reports a claim that fails once, until one has succeeded', async () => {
  const failures = [true, true, false, true, false]
  const onError = vi.fn()
  const health = { failed: vi.fn(), succeeded: vi.fn() }
  const work = startWork<never>({
    name: 'looking for work',
    concurrency: 1,
    claim: async () => {
      if (failures.shift()) throw new Error('away')
      return []
    },
    process: async () => undefined,
    idle: async () => (failures.length === 0 ? 60_000 : 0),
    onError,
    health,
  })
  await vi.waitUntil(() => failures.length === 0 && health.succeeded.mock.calls.length === 2, { timeout: 20_000 })
  await work.stop()
  expect(onError.mock.calls).toEqual(Array.from({ length: 2 }, () => [new Error('away'), 'looking for work']))
  expect(health.failed).toHaveBeenCalledTimes(3)
})
