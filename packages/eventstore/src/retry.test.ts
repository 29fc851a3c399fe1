import { describe, expect, it, vi } from 'vitest'
import type { Retry } from './retry.ts'
import { pauseAfter, retryWithBackOff } from './retry.ts'

const quickly = { first: 0, last: 0 }
const failing = (times: number) => {
  let attempts = 0
  return vi.fn(async () => {
    if (++attempts <= times) throw new Error(`failure ${attempts}`)
    return attempts
  })
}

describe('the pause of a back-off', () => {
  it('doubles from the first to the last, however often it was needed', () => {
    const backOff = { first: 100, last: 5_000 }
    expect([1, 2, 3, 6, 7, 10_000].map((times) => pauseAfter(times, backOff))).toEqual([
      100, 200, 400, 3_200, 5_000, 5_000,
    ])
    expect(pauseAfter(0, backOff)).toBe(100)
  })
})

describe('a retry with back-off', () => {
  it('returns the result of the first successful attempt', async () => {
    const failures: [string, number][] = []
    const onFailure: Retry['onFailure'] = (error, inARow) => void failures.push([(error as Error).message, inARow])
    expect(await retryWithBackOff(failing(2), { backOff: quickly, onFailure })).toBe(3)
    expect(failures).toEqual([
      ['failure 1', 1],
      ['failure 2', 2],
    ])
  })

  it.each<{ how: string; retry: Partial<Retry>; attempts: number }>([
    { how: 'at once what no retry can help', retry: { isRetryable: () => false }, attempts: 1 },
    { how: 'when its retries are used up', retry: { retries: 2 }, attempts: 3 },
    { how: 'when its patience is over', retry: { patienceMs: -1 }, attempts: 1 },
  ])('throws $how', async ({ retry, attempts }) => {
    const work = failing(10)
    await expect(retryWithBackOff(work, { backOff: quickly, ...retry })).rejects.toThrow(`failure ${attempts}`)
    expect(work).toHaveBeenCalledTimes(attempts)
  })

  it('makes each pause as long as its back-off says', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const work = failing(10)
      const pauses: number[] = []
      const onFailure: Retry['onFailure'] = (_, inARow) => void pauses.push(inARow)
      const retried = retryWithBackOff(work, { backOff: { first: 20, last: 60 }, retries: 3, onFailure })
      retried.catch(() => undefined)
      for (const [made, pause] of [20, 40, 60].entries()) {
        await vi.waitFor(() => expect(pauses).toHaveLength(made + 1), { interval: 1 })
        await vi.advanceTimersByTimeAsync(pause - 1)
        expect(work).toHaveBeenCalledTimes(made + 1)
        await vi.advanceTimersByTimeAsync(1)
      }
      await expect(retried).rejects.toThrow('failure 4')
    } finally {
      vi.useRealTimers()
    }
  })

  it('restarts its count once long-running work reports success', async () => {
    let attempts = 0
    const inARow: number[] = []
    const work = async ({ succeeded }: { readonly succeeded: () => void }) => {
      if (++attempts > 4) return 'done'
      if (attempts > 2) succeeded()
      throw new Error('failure')
    }
    const onFailure: Retry['onFailure'] = (_, failures) => void inARow.push(failures)
    expect(await retryWithBackOff(work, { backOff: quickly, retries: 2, onFailure })).toBe('done')
    expect(inARow).toEqual([1, 2, 1, 1])
  })

  it('ends in the middle of a pause with the reason of its signal', async () => {
    const ending = new AbortController()
    const onFailure = (): void => queueMicrotask(() => ending.abort(new Error('enough')))
    const backOff = { first: 600_000, last: 600_000 }
    const retried = retryWithBackOff(failing(1), { backOff, signal: ending.signal, onFailure })
    await expect(retried).rejects.toThrow('enough')
  })

  it('ends with an attempt during which the signal came, and does not report its failure', async () => {
    const ending = new AbortController()
    const onFailure = vi.fn()
    const work = async (): Promise<never> => {
      ending.abort(new Error('enough'))
      throw new Error('broken off')
    }
    const retried = retryWithBackOff(work, { backOff: quickly, signal: ending.signal, onFailure })
    await expect(retried).rejects.toThrow('enough')
    expect(onFailure).not.toHaveBeenCalled()
  })
})
