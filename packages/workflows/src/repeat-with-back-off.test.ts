import { describe, expect, it, vi } from 'vitest'
import { repeatWithBackOff } from './supervision.ts'

const backOff = { first: 1, last: 4 }
const patience = { timeout: 15_000, interval: 2 }

describe('work that goes on in spite of failures', () => {
  it('ends when all is done', async () => {
    const outcomes = [0, 0, undefined]
    const work = vi.fn(async () => outcomes.shift())
    const { stop } = repeatWithBackOff({ work, backOff, failed: () => undefined })
    await vi.waitUntil(() => outcomes.length === 0, patience)
    await stop()
    expect(work).toHaveBeenCalledTimes(3)
  })

  it('tells of each failure, and once that it goes well again', async () => {
    const told: string[] = []
    let turns = 0
    const work = repeatWithBackOff({
      work: async () => {
        turns += 1
        if (turns <= 3) throw new Error(`failure ${turns}`)
        return turns < 6 ? 0 : undefined
      },
      backOff,
      failed: (error) => void told.push((error as Error).message),
      recovered: () => void told.push('well again'),
    })
    await vi.waitUntil(() => turns === 6, patience)
    await work.stop()
    expect(told).toEqual(['failure 1', 'failure 2', 'failure 3', 'well again'])
  })

  it('goes well as soon as a long turn says so', async () => {
    const told: string[] = []
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
      failed: () => void told.push('failure'),
      recovered: () => void told.push('well again'),
    })
    await vi.waitUntil(() => told.length === 2, patience)
    expect(told).toEqual(['failure', 'well again'])
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

  it('makes no pause longer than the longest one, of which the twentieth would last for minutes', async () => {
    let failures = 0
    const work = repeatWithBackOff({
      work: () => Promise.reject(new Error('failure')),
      backOff: { first: 1, last: 2 },
      failed: () => void failures++,
    })
    await vi.waitUntil(() => failures === 20, patience)
    await work.stop()
  })

  it('begins no turn before it is ready, nor after it was stopped', async () => {
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
