import { describe, expect, it } from 'vitest'
import { deskInMemory } from '../testing/desk.ts'
import { alex, camille, monday } from '../testing/examples.ts'
import { nothing, refused, specifyCustomer } from '../testing/specification.ts'
import type { CustomerEvent } from './events.ts'

const { given, when } = specifyCustomer()
const desk = { kind: 'system', id: 'desk' } as const
const registered: CustomerEvent = { type: 'CustomerRegistered', at: monday, by: desk }
const reserved = (chatId: string): CustomerEvent => ({ type: 'ChatReserved', at: monday, by: desk, chatId })
const released = (chatId: string): CustomerEvent => ({ type: 'ChatReservationReleased', at: monday, by: desk, chatId })

describe('the chat of a customer', () => {
  it('is reserved, and registers a customer who is not known yet', () => {
    when({ type: 'reserveChat', chatId: 'c1' }).then([
      { type: 'CustomerRegistered' },
      { type: 'ChatReserved', chatId: 'c1' },
    ])
    given(registered).when({ type: 'reserveChat', chatId: 'c1' }).then({ type: 'ChatReserved', chatId: 'c1' })
  })

  it('is one at a time, and the state shows which', () => {
    const busy = given(registered, reserved('c1'))
    busy.when({ type: 'reserveChat', chatId: 'c1' }).then(nothing)
    const second = busy.when({ type: 'reserveChat', chatId: 'c2' })
    second.then(refused('chat_already_active'))
    expect(second.state).toMatchObject({ status: 'known', chatId: 'c1' })
  })

  it('is released by its own id alone; then another one can begin', () => {
    const busy = given(registered, reserved('c1'))
    busy.when({ type: 'releaseChat', chatId: 'c2' }).then(nothing)
    busy.when({ type: 'releaseChat', chatId: 'c1' }).then({ type: 'ChatReservationReleased', chatId: 'c1' })
    const free = given(registered, reserved('c1'), released('c1'))
    free.when({ type: 'releaseChat', chatId: 'c1' }).then(nothing)
    free.when({ type: 'reserveChat', chatId: 'c2' }).then({ type: 'ChatReserved', chatId: 'c2' })
    when({ type: 'releaseChat', chatId: 'c1' }).then(nothing)
  })

  it('is reserved and released by the system alone', () => {
    for (const by of [alex, camille]) {
      when({ type: 'reserveChat', chatId: 'c1' }, { by }).then(refused('not_for_this_actor', 'by'))
      given(registered, reserved('c1'))
        .when({ type: 'releaseChat', chatId: 'c1' }, { by })
        .then(refused('not_for_this_actor', 'by'))
    }
  })

  it('is one of many that begin at once', async () => {
    const { execute, read } = deskInMemory()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        execute('customer', 'auth0|camille', { type: 'reserveChat', chatId: `c${i}` }, { by: desk }),
      ),
    )
    const won = outcomes.flatMap((outcome, i) => (outcome.ok ? [`c${i}`] : []))
    expect(won).toHaveLength(1)
    const { state } = await read('customer', 'auth0|camille')
    expect(state).toMatchObject({ chatId: won[0] })
    for (const outcome of outcomes) if (!outcome.ok) expect(outcome.refusal.code).toBe('chat_already_active')
  })
})
