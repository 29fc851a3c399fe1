import { expect, it } from 'vitest'
import { AppendOutcomeUnknown } from './failure.ts'
import { retryWhileAway } from './sending.ts'

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

/** Work that fails with each of the errors, then succeeds. */
function failingWith(...errors: readonly Error[]): () => Promise<string> {
  const left = [...errors]
  return async () => {
    const error = left.shift()
    if (error) throw error
    return 'done'
  }
}

it('retries work until the database is back, and reports lost answers', async () => {
  let unknown = 0
  const work = failingWith(away, new AppendOutcomeUnknown(away), away)
  expect(await retryWhileAway(work, { onUnknown: () => void unknown++ })).toBe('done')
  expect(unknown).toBe(1)
})

it('rethrows other errors at once', async () => {
  const refused = new TypeError('x is undefined')
  await expect(retryWhileAway(failingWith(refused))).rejects.toBe(refused)
})

it('is aborted during a back-off by the signal, with its reason', async () => {
  const interruption = new AbortController()
  const reason = new Error('interrupted')
  const work = async (): Promise<never> => {
    queueMicrotask(() => interruption.abort(reason))
    throw away
  }
  await expect(retryWhileAway(work, { signal: interruption.signal })).rejects.toBe(reason)
})
