import { describe, expect, it } from 'vitest'
import type { Instant } from '../kernel/time.ts'
import { days, later } from '../kernel/time.ts'
import { deskInMemory } from '../testing/desk.ts'
import { alex, byAlex, camille, monday } from '../testing/examples.ts'
import { nothing, refused, specify, specifyCustomer } from '../testing/specification.ts'
import type { CustomerTerms } from './customer.ts'
import { customerAggregate } from './customer.ts'
import type { CustomerEvent } from './events.ts'

const { given, when } = specifyCustomer()
const desk = { kind: 'system', id: 'desk' } as const
const registered: CustomerEvent = { type: 'CustomerRegistered', at: monday, by: desk }
const reserved = (chatId: string): CustomerEvent => ({ type: 'ChatReserved', at: monday, by: desk, chatId })
const released = (chatId: string): CustomerEvent => ({ type: 'ChatReservationReleased', at: monday, by: desk, chatId })

const fields: CustomerTerms = {
  plans: new Set(['gold', 'silver']),
  fields: [
    { name: 'seats', type: 'number' },
    { name: 'since', type: 'date' },
    { name: 'tier', type: 'choice', choices: ['a', 'b'] },
    { name: 'vip', type: 'boolean' },
  ],
}
const desired = specifyCustomer(fields)

describe('the details of a customer', () => {
  it('are registered, and later only what was missing is filled in', () => {
    const emails = [{ address: 'Zoe@example.org', verified: true }]
    const zoe = { type: 'register' as const, name: 'Zoé', emails }
    when(zoe).then([
      { type: 'CustomerRegistered', name: 'Zoé' },
      { type: 'CustomerEmailAdded', address: 'Zoe@example.org', verified: true },
    ])
    const known = given({ ...registered, name: 'Zoé' })
    known.when({ type: 'register', name: 'Somebody' }).then(nothing)
    known
      .when({ type: 'register', name: 'Somebody', language: 'fr' })
      .then({ type: 'CustomerChanged', language: 'fr', name: undefined })
  })

  it('change one by one, null removes one, and a repeat changes nothing', () => {
    const known = given({ ...registered, name: 'Zoé', country: 'FR' })
    known
      .when({ type: 'change', changes: { name: 'Zoé', country: null, timeZone: 'Europe/Paris' } })
      .then({ type: 'CustomerChanged', country: null, timeZone: 'Europe/Paris', name: undefined })
    known.when({ type: 'change', changes: { name: 'Zoé', plan: null } }).then(nothing)
    const { state } = known.when({ type: 'change', changes: { country: null } })
    expect(state).toMatchObject({ details: { name: 'Zoé' } })
    when({ type: 'change', changes: {} }).then(refused('customer_not_found'))
  })

  it('have the plans of the desk, and own fields of the types that it configures', () => {
    const change = (values: Record<string, string>) =>
      desired.given(registered).when({ type: 'change', changes: { fields: values } })
    change({ seats: '12.5', since: '2024-02-29', tier: 'b', vip: 'true' }).then({
      type: 'CustomerChanged',
      fields: { seats: 12.5, since: '2024-02-29', tier: 'b', vip: true },
    })
    for (const [name, value] of [
      ['seats', 'many'],
      ['seats', '1e999'],
      ['since', '2023-02-29'],
      ['tier', 'c'],
      ['vip', 'yes'],
    ] as const)
      change({ [name]: value }).then(refused('field_invalid', `fields.${name}`))
    change({ shoe: '43' }).then(refused('field_unknown', 'fields.shoe'))
    const { state } = desired
      .given({ ...registered, fields: { seats: 3, vip: true } })
      .when({ type: 'change', changes: { fields: { seats: '' } } })
    expect(state).toMatchObject({ fields: { vip: true } })
    desired.when({ type: 'register', plan: 'bronze' }).then(refused('plan_unknown', 'plan'))
  })

  it('have the plans of the moment that a command is decided for, also when the clock of its sender is behind', () => {
    const tuesday = later(monday, days(1))
    const termsAt = (at: Instant): CustomerTerms => ({ plans: new Set([at < tuesday ? 'gold' : 'bronze']), fields: [] })
    const changing = specify(customerAggregate.under(termsAt), { ...byAlex, aggregateId: 'camille' })
    const { when: change } = changing.given({ ...registered, at: tuesday })
    change({ type: 'change', changes: { plan: 'bronze' } }).then({ type: 'CustomerChanged', at: tuesday })
    change({ type: 'change', changes: { plan: 'gold' } }).then(refused('plan_unknown', 'plan'))
  })

  it('hold addresses and numbers in their normal form only', () => {
    when({ type: 'register', emails: [{ address: 'zoe@Example.org' }] }).then(
      refused('invalid_command', 'emails.0.address'),
    )
    when({ type: 'register', phones: [{ number: '01 23 45 67 89' }] }).then(
      refused('invalid_command', 'phones.0.number'),
    )
  })

  it('hold an address once whatever its case; what was verified stays verified', () => {
    const known = given(registered, {
      type: 'CustomerEmailAdded',
      at: monday,
      by: desk,
      address: 'Zoe@example.org',
      verified: false,
    })
    known.when({ type: 'addEmail', address: 'zoe@example.org' }).then(nothing)
    const verified = known.when({ type: 'addEmail', address: 'zoe@example.org', verified: true })
    verified.then({ type: 'CustomerEmailAdded', verified: true })
    expect(verified.state).toMatchObject({ emails: [{ address: 'zoe@example.org', verified: true }] })
    known.when({ type: 'removeEmail', address: 'ZOE@example.org' }).then({ type: 'CustomerEmailRemoved' })
  })

  it('are the desk’s: customers change none, and a blocked one begins no chat', () => {
    when({ type: 'register', name: 'Zoé' }, { by: camille }).then(refused('not_for_this_actor', 'by'))
    const blocked = given(registered, { type: 'CustomerBlocked', at: monday, by: alex, reason: 'Insults' })
    blocked.when({ type: 'reserveChat', chatId: 'c1' }).then(refused('customer_blocked'))
    blocked.when({ type: 'block', reason: 'Insults' }).then(nothing)
    blocked.when({ type: 'unblock' }, { by: alex }).then({ type: 'CustomerUnblocked' })
    given(registered).when({ type: 'unblock' }).then(nothing)
  })
})

describe('the language of a customer', () => {
  const detected: CustomerEvent = { type: 'CustomerLanguageDetected', at: monday, by: desk, language: 'fr' }
  const detect = { type: 'detectLanguage', language: 'en' } as const

  it('is detected once, also of one who is not known yet, and by the engine alone', () => {
    when(detect, { by: desk }).then([
      { type: 'CustomerRegistered' },
      { type: 'CustomerLanguageDetected', language: 'en' },
    ])
    const first = given(registered).when(detect, { by: desk })
    first.then({ type: 'CustomerLanguageDetected', language: 'en' })
    expect(first.state).toMatchObject({ detectedLanguage: 'en', details: {} })
    given(registered, detected).when(detect, { by: desk }).then(nothing)
    given(registered).when(detect, { by: alex }).then(refused('not_for_this_actor', 'by'))
  })

  it('is not detected once somebody says it, and who has said it is known', () => {
    given({ ...registered, language: 'fr' })
      .when(detect, { by: desk })
      .then(nothing)
    const change = { type: 'change', changes: { language: 'de' } } as const
    expect(given(registered, detected).when(change, { by: alex }).state).toMatchObject({
      details: { language: 'de' },
      isLanguageCorrected: true,
      detectedLanguage: 'fr',
    })
    const host = { kind: 'system', id: 'crm' } as const
    expect(given(registered).when(change, { by: host }).state).not.toHaveProperty('isLanguageCorrected', true)
  })
})

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
    expect(second.state).toMatchObject({ status: 'known', reservation: { chatId: 'c1', number: 1 } })
  })

  it('is released by its own id alone; then another one can begin', () => {
    const busy = given(registered, reserved('c1'))
    busy.when({ type: 'releaseChat', chatId: 'c2', reservation: 1 }).then(nothing)
    busy
      .when({ type: 'releaseChat', chatId: 'c1', reservation: 1 })
      .then({ type: 'ChatReservationReleased', chatId: 'c1' })
    const free = given(registered, reserved('c1'), released('c1'))
    free.when({ type: 'releaseChat', chatId: 'c1', reservation: 1 }).then(nothing)
    free.when({ type: 'reserveChat', chatId: 'c2' }).then({ type: 'ChatReserved', chatId: 'c2' })
    when({ type: 'releaseChat', chatId: 'c1', reservation: 1 }).then(nothing)
  })

  it('has a higher number with every reservation, so that an older release leaves a newer one alone', () => {
    const again = given(registered, reserved('c1'), released('c1'), reserved('c1'))
    again.when({ type: 'releaseChat', chatId: 'c1', reservation: 1 }).then(nothing)
    again
      .when({ type: 'releaseChat', chatId: 'c1', reservation: 2 })
      .then({ type: 'ChatReservationReleased', chatId: 'c1' })
    const withdrawn: CustomerEvent = { type: 'CustomerImportWithdrawn', at: monday, by: desk, importId: 'i' }
    given(registered, reserved('c1'), withdrawn)
      .when({ type: 'reserveChat', chatId: 'c1' })
      .then([{ type: 'CustomerRegistered' }, { type: 'ChatReserved', reservation: 2 }])
  })

  it('of a customer who was merged is reserved by them and, under the same number, by the one who survives', () => {
    const merged: CustomerEvent = { type: 'CustomerMerged', at: monday, by: desk, into: 'survivor' }
    given(registered, merged)
      .when({ type: 'reserveChat', chatId: 'c1' })
      .then({ type: 'ChatReserved', chatId: 'c1', reservation: 1 })
    given(registered)
      .when({ type: 'reserveChat', chatId: 'c1', reservation: 7 })
      .then({ type: 'ChatReserved', chatId: 'c1', reservation: 7 })
  })

  it('is reserved and released by the system alone', () => {
    for (const by of [alex, camille]) {
      when({ type: 'reserveChat', chatId: 'c1' }, { by }).then(refused('not_for_this_actor', 'by'))
      given(registered, reserved('c1'))
        .when({ type: 'releaseChat', chatId: 'c1', reservation: 1 }, { by })
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
    expect(state).toMatchObject({ reservation: { chatId: won[0] } })
    for (const outcome of outcomes) if (!outcome.ok) expect(outcome.refusal.code).toBe('chat_already_active')
  })
})
