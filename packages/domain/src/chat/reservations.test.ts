import { describe, it } from 'vitest'
import { camille, chatEvent, chatStarted } from '../testing/examples.ts'
import { nothing, refused, specifyChat } from '../testing/specification.ts'

const { given, when } = specifyChat()
const asEngine = { by: { kind: 'system', id: 'engine' } } as const
const asCustomer = { by: camille }
const fenced = (reservation: number) => chatEvent('ChatFenced', { reservation }, asEngine)
const closed = chatEvent('ChatClosed', { from: 'waiting', reason: 'left' }, asCustomer)
const lost = refused('chat_reservation_lost')
const start = { type: 'start', customer: { id: 'camille' } } as const
const fence = { type: 'fence', reservation: 2 } as const

describe('a chat that is fenced', () => {
  it('is not started by a reservation up to the fence, but by a later one', () => {
    when(fence, asEngine).then({ type: 'ChatFenced', reservation: 2 })
    const never = given(fenced(2))
    never.when({ ...start, reservation: 2 }, asCustomer).then(lost)
    never.when({ ...start, reservation: 3 }, asCustomer).then({ type: 'ChatStarted', reservation: 3 })
    never.when(fence, asEngine).then(nothing)
    never.when({ type: 'end' }, asCustomer).then(refused('chat_not_found'))
  })

  it('is not reopened by a reservation up to the fence, but by a later one', () => {
    const ended = given(chatStarted({ reservation: 1 }), closed)
    ended.when(fence, asEngine).then({ type: 'ChatFenced', reservation: 2 })
    const over = given(chatStarted({ reservation: 1 }), closed, fenced(2))
    over.when({ type: 'reopen', reservation: 2 }, asCustomer).then(lost)
    over.when({ type: 'reopen', reservation: 3 }, asCustomer).then({ type: 'ChatReopened', reservation: 3 })
  })

  it('is one that is not open', () => {
    given(chatStarted({ reservation: 1 }))
      .when(fence, asEngine)
      .then(nothing)
  })
})

describe('a chat that was started by a reservation', () => {
  const ended = given(chatStarted({ reservation: 1 }), closed)

  it('is not reopened without one', () => {
    ended.when({ type: 'reopen' }, asCustomer).then(lost)
    given(chatStarted(), closed).when({ type: 'reopen' }, asCustomer).then({ type: 'ChatReopened' })
  })

  it('is reopened by one of its customer alone', () => {
    const reopen = { type: 'reopen', reservation: 2 } as const
    ended.when({ ...reopen, reservedFor: 'zoe' }, asCustomer).then(lost)
    ended.when({ ...reopen, reservedFor: 'camille' }, asCustomer).then({ type: 'ChatReopened' })
  })
})
