import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createChatBoard } from '@guichet/domain'
import { createRoutingBackOff, createRoutingPass } from './passes.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 0 }))
afterEach(() => void vi.useRealTimers())

function beginPass(pace: ReturnType<typeof createRoutingBackOff>) {
  const unused = (): never => {
    throw new Error('no step is run')
  }
  return createRoutingPass({
    category: 'chat',
    roster: createChatBoard().roster,
    pace,
    underWay: new Map(),
    concurrency: 1,
    run: unused,
    give: unused,
  })
}

it('finds due what it plans itself, however long it takes, so that nothing behind it comes first', () => {
  const pace = createRoutingBackOff(Date.now)
  expect(beginPass(pace).isDue('behind', 1, 'offer')).toBe(true)
  const pass = beginPass(pace)
  vi.setSystemTime(6)
  expect(['ahead', 'behind'].map((id) => pass.isDue(id, 1, 'offer'))).toEqual([true, true])
})

it('leaves to a later pass what is to wait', () => {
  const pace = createRoutingBackOff(Date.now)
  const pass = beginPass(pace)
  expect(pass.isDue('chat', 1, 'requeue', 1_000)).toBe(false)
  expect(pass.end()).toEqual({ left: true, next: 1_000 })
  vi.setSystemTime(1_000)
  expect(beginPass(pace).isDue('chat', 1, 'requeue', 1_000)).toBe(true)
})
