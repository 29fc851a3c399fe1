import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDrain } from './draining.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** Ends a number of streams, and returns how many had ended after each second. */
async function drained(count: number, options: Parameters<typeof createDrain>[0], seconds: number) {
  const drain = createDrain(options)
  let ended = 0
  const leaves = Array.from({ length: count }, () => drain.join(() => void ended++))
  const running = drain.run()
  const after: number[] = []
  for (let second = 0; second < seconds; second++) {
    await vi.advanceTimersByTimeAsync(1_000)
    after.push(ended)
  }
  return { drain, after, running, leaves }
}

describe('a stopping server', () => {
  it('ends its streams evenly, 500 a second', async () => {
    const { after, running } = await drained(2_000, {}, 5)
    for (const [second, ended] of after.slice(0, 3).entries()) {
      expect(ended).toBeGreaterThan(500 * (second + 1) - 60)
      expect(ended).toBeLessThanOrEqual(500 * (second + 1) + 30)
    }
    expect(after[4]).toBe(2_000)
    await running
  })

  it('takes no longer than its limit, however many there are', async () => {
    const { after, running } = await drained(20_000, { withinMs: 10_000 }, 11)
    expect(after[4]).toBeGreaterThan(9_000)
    expect(after[4]).toBeLessThan(11_000)
    expect(after[10]).toBe(20_000)
    await running
  })

  it('ends a few streams without delay, and all of them at once where the limit is 0', async () => {
    const few = await drained(3, {}, 1)
    expect(few.after).toEqual([3])
    const drain = createDrain({ withinMs: 0 })
    let ended = 0
    for (let n = 0; n < 100; n++) drain.join(() => void ended++)
    await drain.run()
    expect(ended).toBe(100)
  })

  it('ends a stream that begins meanwhile, one that begins later at once, and none that has left', async () => {
    const drain = createDrain({ perSecond: 10 })
    const ended: string[] = []
    for (let n = 0; n < 20; n++) drain.join(() => void ended.push('old'))
    drain.join(() => void ended.push('left'))()
    const running = drain.run()
    await vi.advanceTimersByTimeAsync(500)
    drain.join(() => void ended.push('meanwhile'))
    await vi.advanceTimersByTimeAsync(10_000)
    await running
    drain.join(() => void ended.push('later'))
    expect(ended).toEqual([...Array.from({ length: 20 }, () => 'old'), 'meanwhile', 'later'])
  })
})
