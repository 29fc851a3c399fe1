import { expect, it } from 'vitest'
import { sharedAnswer } from './health.ts'

/** Returns work that ends on demand, behind a clock that is set by hand. */
function setUp() {
  const begun: { readonly end: (answer: string) => void; readonly fail: (error: Error) => void }[] = []
  const clock = { now: 0 }
  const work = (): Promise<string> => new Promise((end, fail) => void begun.push({ end, fail }))
  return { begun, clock, ask: sharedAnswer(work, { cachedFor: 1_000, givenUpAfter: 30_000 }, () => clock.now) }
}

it('does the work once for all calls while it runs, and for a while after', async () => {
  const { begun, clock, ask } = setUp()
  const answers = [ask(), ask()]
  clock.now = 5_000
  answers.push(ask())
  begun[0]?.end('one')
  expect(await Promise.all(answers)).toEqual(['one', 'one', 'one'])
  clock.now = 5_999
  expect(await ask()).toBe('one')
  expect(begun).toHaveLength(1)
  clock.now = 6_000
  void ask()
  expect(begun).toHaveLength(2)
})

it('keeps a failure no longer than an answer', async () => {
  const { begun, clock, ask } = setUp()
  const answer = ask()
  begun[0]?.fail(new Error('away'))
  await expect(answer).rejects.toThrow('away')
  await expect(ask()).rejects.toThrow('away')
  clock.now = 1_000
  const again = ask()
  begun[1]?.end('back')
  expect(await again).toBe('back')
})

it('gives up work that does not end, and does not return its late answer as a new one', async () => {
  const { begun, clock, ask } = setUp()
  const first = ask()
  clock.now = 30_000
  const second = ask()
  begun[0]?.end('late')
  expect(await first).toBe('late')
  begun[1]?.end('new')
  expect([await second, await ask()]).toEqual(['new', 'new'])
  expect(begun).toHaveLength(2)
})
