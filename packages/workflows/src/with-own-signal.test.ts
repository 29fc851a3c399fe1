import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { withOwnSignal } from './supervision.ts'

it('leaves nothing on the signal after the work, whether it succeeds or fails', async () => {
  const { signal } = new AbortController()
  for (let turn = 0; turn < 20; turn++) {
    await withOwnSignal(signal, async (own) => own.signal.addEventListener('abort', () => undefined))
    await withOwnSignal(signal, () => Promise.reject(new Error('broken'))).catch(() => undefined)
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('ends with the signal, also with one that was aborted before, and by itself', async () => {
  const ending = new AbortController()
  const reasonOf = ({ signal }: AbortController): Promise<unknown> =>
    new Promise((resolve) => {
      if (signal.aborted) resolve(signal.reason)
      else signal.addEventListener('abort', () => resolve(signal.reason))
    })
  const reason = withOwnSignal(ending.signal, reasonOf)
  ending.abort('stopped')
  expect(await reason).toBe('stopped')
  expect(await withOwnSignal(ending.signal, reasonOf)).toBe('stopped')
  const other = new AbortController()
  await withOwnSignal(other.signal, async (own) => own.abort('failed'))
  expect(other.signal.aborted).toBe(false)
})

it('ends with the first of several signals, and leaves nothing on any', async () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const reason = withOwnSignal([one.signal, other.signal], async (own) => {
    other.abort('stopped')
    one.abort('too late')
    return own.signal.reason as unknown
  })
  expect(await reason).toBe('stopped')
  expect([one, other].flatMap(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([])
})
