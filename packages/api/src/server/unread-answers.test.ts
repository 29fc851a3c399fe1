import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import type { Principal } from '../auth/index.ts'
import { createUnreadAnswers } from './unread-answers.ts'

const zoe = { id: 'zoe', role: 'customer' } as Principal
const max = { id: 'max', role: 'customer' } as Principal
const connection = () => new EventEmitter() as unknown as ServerResponse

it('sends one answer of a principal whatever its length, and no more than they may leave unread', () => {
  const { hold } = createUnreadAnswers({ unreadBytes: 100 })
  const first = connection()
  expect(hold(zoe, 300, first)).toBeUndefined()
  expect(hold(zoe, 1, connection())?.extensions).toMatchObject({ code: 'quota_exceeded' })
  expect(hold(max, 60, connection())).toBeUndefined()
  first.emit('close')
  expect(hold(zoe, 60, connection())).toBeUndefined()
  expect(hold(zoe, 60, connection())).toBeDefined()
})

it('holds no more for all principals together than there is room for', () => {
  const { hold } = createUnreadAnswers({ unreadBytes: 100 })
  const first = connection()
  expect(hold(zoe, 750, first)).toBeUndefined()
  expect(hold(max, 100, connection())).toBeDefined()
  first.emit('close')
  expect(hold(max, 100, connection())).toBeUndefined()
})
