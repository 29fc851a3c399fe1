import { describe, expect, it, vi } from 'vitest'
import { repeatWithBackOff } from './supervision.ts'

const backOff = { first: 1, last: 4 }
const patience = { interval: 2 }

describe('work that continues after failures', () => {
  it('ends when all is done', async () => {
    const outcomes = [0, 0, undefined]
    const work = vi.fn(async () => outcomes.shift())
    const { stop } = repeatWithBackOff({ work, backOff, failed: () => undefined })
    await vi.waitUntil(() => outcomes.length === 0, patience)
    await stop()
    expect(work).toHaveBeenCalledTimes(3)
  })

  it('reports each failure, and the recovery once', async () => {
    const reported: string[] = []
    let turns = 0
    const work = repeatWithBackOff({
      work: async () => {
        turns += 1
        if (turns <= 3) throw new Error(`failure ${turns}`)
        return turns < 6 ? 0 : undefined
      },
      backOff,
      failed: (error) => void reported.push((error as Error).message),
      recovered: () => void reported.push('well again'),
    })
    await vi.waitUntil(() => turns === 6, patience)
    await work.stop()
    expect(reported).toEqual(['failure 1', 'failure 2', 'failure 3', 'well again'])
  })

  it('recovers as soon as a long turn reports success', async () => {
    const reported: string[] = []
    let turns = 0
    const work = repeatWithBackOff({
      work: async ({ signal, well }) => {
        turns += 1
        if (turns === 1) throw new Error('failure')
        well()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return 0
      },
      backOff,
      failed: () => void reported.push('failure'),
      recovered: () => void reported.push('well again'),
    })
    await vi.waitUntil(() => reported.length === 2, patience)
    expect(reported).toEqual(['failure', 'well again'])
    await work.stop()
  })

  it('doubles its pauses up to the longest one', async () => {
    const at: number[] = []
    const work = repeatWithBackOff({
      work: () => Promise.reject(new Error('failure')),
      backOff: { first: 20, last: 80 },
      failed: () => void at.push(performance.now()),
    })
    await vi.waitUntil(() => at.length === 5, patience)
    await work.stop()
    const pauses = at.slice(1).map((instant, index) => instant - at[index]!)
    for (const [index, least] of [20, 40, 80, 80].entries()) expect(pauses[index]).toBeGreaterThanOrEqual(least - 2)
  })

  it('limits its pauses to the longest one, also after twenty failures', async () => {
    let failures = 0
    const work = repeatWithBackOff({
      work: () => Promise.reject(new Error('failure')),
      backOff: { first: 1, last: 2 },
      failed: () => void failures++,
    })
    await vi.waitUntil(() => failures === 20, patience)
    await work.stop()
  })

  it('starts no turn before it is ready, nor after it was stopped', async () => {
    const work = vi.fn(async () => 0)
    const waiting = repeatWithBackOff({
      work,
      backOff,
      ready: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      failed: () => undefined,
    })
    await waiting.stop()
    expect(work).not.toHaveBeenCalled()
  })

  it('does not wait for the end of a pause when it is stopped', async () => {
    let turns = 0
    const work = repeatWithBackOff({ work: async () => (turns++, 60_000), backOff, failed: () => undefined })
    await vi.waitUntil(() => turns === 1, patience)
    await work.stop()
    expect(turns).toBe(1)
  })
})
