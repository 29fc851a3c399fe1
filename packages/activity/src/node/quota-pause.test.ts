import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Activity } from '../activity.ts'
import { newActivity } from '../activity.ts'
import { createQuotaPause } from './quota-pause.ts'

let released: Activity[]
let pause: ReturnType<typeof createQuotaPause>

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  released = []
  pause = createQuotaPause((activity) => released.push(activity))
})
afterEach(() => void vi.useRealTimers())

const make = (code: string): Activity => newActivity('login_failed', { code }, {})

it('releases each a minute after it came, in its order, with one timer', () => {
  const [first, second, third] = [make('a'), make('b'), make('c')]
  pause.add(first)
  pause.add(second)
  vi.advanceTimersByTime(30_000)
  pause.add(third)
  expect([pause.size(), vi.getTimerCount()]).toEqual([3, 1])
  vi.advanceTimersByTime(29_999)
  expect(released).toEqual([])
  vi.advanceTimersByTime(1)
  expect(released).toEqual([first, second])
  vi.advanceTimersByTime(29_999)
  expect(pause.size()).toBe(1)
  vi.advanceTimersByTime(1)
  expect(released).toEqual([first, second, third])
  expect([pause.size(), vi.getTimerCount()]).toEqual([0, 0])
})

it('gives away the oldest, and releases them no more', () => {
  const [first, second] = [make('a'), make('b')]
  pause.add(first)
  pause.add(second)
  expect([pause.take(-1), pause.take(1)]).toEqual([[], [first]])
  vi.advanceTimersByTime(60_000)
  expect(released).toEqual([second])
})
