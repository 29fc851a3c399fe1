import { expect, it } from 'vitest'
import type { Principal } from '../auth/principal.ts'
import { createUnreadAnswers } from './http.ts'

const zoe = { id: 'zoe', role: 'customer' } as Principal
const max = { id: 'max', role: 'customer' } as Principal

it('sends one answer of any length to a principal, and no more beyond the limit of unread ones', () => {
  const { hold } = createUnreadAnswers({ unreadBytes: 100 })
  const release = hold(zoe, 300)
  expect(release).toBeDefined()
  expect(hold(zoe, 1)).toBeUndefined()
  expect(hold(max, 60)).toBeDefined()
  release?.()
  release?.()
  expect(hold(zoe, 60)).toBeDefined()
  expect(hold(zoe, 60)).toBeUndefined()
})

it('holds no more for all principals together than there is room for', () => {
  const { hold } = createUnreadAnswers({ unreadBytes: 100 })
  const release = hold(zoe, 750)
  expect(hold(max, 100)).toBeUndefined()
  release?.()
  expect(hold(max, 100)).toBeDefined()
})

it('counts what is sent in any case', () => {
  const { hold, count } = createUnreadAnswers({ unreadBytes: 100 })
  const releases = [count(zoe, 80), count(zoe, 80)]
  expect(hold(zoe, 1)).toBeUndefined()
  for (const release of releases) release()
  expect(hold(zoe, 1)).toBeDefined()
})
