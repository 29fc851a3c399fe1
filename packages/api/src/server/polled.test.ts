import type { ExecutionResult } from 'graphql'
import { expect, it, vi } from 'vitest'
import { endingSoon, pollSecondsOf } from './polled.ts'

async function* results(count: number, ended: () => void): AsyncGenerator<ExecutionResult, void, void> {
  try {
    for (let n = 1; n <= count; n++) yield { data: { n } }
    await new Promise(() => undefined)
  } finally {
    ended()
  }
}
const all = async (polled: AsyncGenerator<ExecutionResult>): Promise<unknown[]> => {
  const given: unknown[] = []
  for await (const { data } of polled) given.push(data?.['n'])
  return given
}

it.each([
  [0, []],
  [2, [1, 2]],
])('ends after the results that are there: %i', async (count, expected) => {
  const polled = results(count, () => undefined)
  expect(await all(endingSoon(polled, 1))).toEqual(expected)
})

it('ends what it was given, and leaves a subscription that is not polled as it is', async () => {
  const ended = vi.fn()
  const source: AsyncGenerator<ExecutionResult> = {
    next: () => new Promise(() => undefined),
    return: async () => {
      ended()
      return { done: true, value: undefined }
    },
    throw: async (error) => {
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
  expect(await all(endingSoon(source, 1))).toEqual([])
  expect(ended).toHaveBeenCalledOnce()
  expect(endingSoon(source, undefined)).toBe(source)
})

it('takes whole seconds from 1 to 25', () => {
  const of = (poll: string): number | undefined => pollSecondsOf(`http://desk.example/graphql?poll=${poll}`)
  expect([of('1'), of('25'), pollSecondsOf('/graphql')]).toEqual([1, 25, undefined])
  for (const wrong of ['0', '26', '-1', '1.5', '', 'ten', '1e1']) expect(() => of(wrong)).toThrow('poll is a number')
})
