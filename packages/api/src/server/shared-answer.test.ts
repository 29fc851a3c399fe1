import { expect, it } from 'vitest'
import { lastKnown, sharedAnswer } from './health.ts'

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

it('asks a server of others once in a while, and answers meanwhile with what it knows', async () => {
  const begun: { readonly end: () => void; readonly fail: (error: Error) => void }[] = []
  let now = 0
  const check = lastKnown(() => new Promise<void>((end, fail) => void begun.push({ end, fail })), 60_000, {
    now: () => now,
  })
  const first = Promise.all([check(), check()])
  begun[0]?.end()
  await first
  now = 59_999
  await check()
  expect(begun).toHaveLength(1)

  now = 60_000
  await check()
  await check()
  expect(begun).toHaveLength(2)
  begun[1]?.fail(new Error('away'))
  await expect.poll(() => check().then(() => 'there', String)).toBe('Error: away')

  now = 120_000
  await expect(check()).rejects.toThrow('away')
  expect(begun).toHaveLength(3)
  now = 500_000
  await expect(check()).rejects.toThrow('away')
  expect(begun).toHaveLength(3)
  begun[2]?.end()
  await expect.poll(() => check().then(() => 'there', String)).toBe('there')
})

it('waits for the next outcome where the last one is too old', async () => {
  const ends: ((count: number) => void)[] = []
  let now = 0
  const count = lastKnown(() => new Promise<number>((end) => void ends.push(end)), 1_000, {
    oldestMs: 10_000,
    now: () => now,
  })
  const first = count()
  ends[0]?.(1)
  expect(await first).toBe(1)

  now = 36_000_000
  const morning = Promise.all([count(), count()])
  expect(ends).toHaveLength(2)
  ends[1]?.(2)
  expect(await morning).toEqual([2, 2])
  now += 5_000
  expect(await count()).toBe(2)
  expect(ends).toHaveLength(3)
})
