import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emailIdentity, phoneIdentities } from '../customer/details.ts'
import { identitiesOfCustomer } from '../customer/events.ts'
import type { CustomerCommandInput } from '../customer/commands.ts'
import { StreamDeleted, streamName } from '../kernel/event.ts'
import { identityId } from '../identity.ts'
import { importCorrelation } from '../history-import.ts'
import { identityActor, importActor } from '../kernel/actor.ts'
import { alex } from '../testing/examples.ts'
import { complete, deskInMemory, ignoringDeath, processOver } from '../testing/desk.ts'
import { holderOf, settleIdentities } from './claim-identities.ts'
import { customerBy, identifyCustomer } from './customers.ts'
import type { Desk } from './processes.ts'

const zoe = 'zoe@example.org'
const domain = 'acme.example'
const by = { kind: 'system', id: 'mail' } as const

const settle = (desk: Desk): Promise<void> => complete(desk, settleIdentities)

/** Each identity of a customer is held by them, and by nobody else. */
async function checkExact(desk: Desk, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { state } = await desk.read('customer', id)
    for (const identity of identitiesOfCustomer(state)) expect(await holderOf(desk, identity)).toBe(id)
  }
}

describe('an identity', () => {
  it('belongs to one customer: another is refused, and gets it when it was removed', async () => {
    const desk = deskInMemory()
    const execute = (id: string, command: CustomerCommandInput) => desk.execute('customer', id, command, { by: alex })
    const email = { address: zoe, verified: true }
    expect(await execute('A', { type: 'register', emails: [email] })).toMatchObject({ ok: true })
    const taken = { ok: false, refusal: { code: 'identity_taken', field: 'address' } }
    expect(await execute('B', { type: 'register', emails: [{ ...email, address: 'ZOE@example.org' }] })).toMatchObject(
      taken,
    )
    expect(await customerBy(desk, { email: zoe })).toBe('A')
    expect(await execute('A', { type: 'removeEmail', address: zoe })).toMatchObject({ ok: true })
    expect(await customerBy(desk, { email: zoe })).toBeUndefined()
    expect(await execute('B', { type: 'register', emails: [email] })).toMatchObject({ ok: true })
    expect(await customerBy(desk, { email: zoe })).toBe('B')
    expect(await execute('A', { type: 'addEmail', ...email })).toMatchObject(taken)
  })

  it('is in no command id, and a repeat of a command that was stored under ids with it changes nothing', async () => {
    const desk = deskInMemory()
    const phone = { number: '+33612345678', verified: true }
    const emails = [{ address: zoe, verified: true }]
    const register: CustomerCommandInput = { type: 'register', emails, phones: [phone] }
    const remove = { type: 'removeEmail', address: zoe } as const
    await desk.execute('customer', 'A', register, { by: alex, commandId: 'r' })
    await desk.execute('customer', 'A', remove, { by: alex, commandId: 'x' })
    const ids = async () => (await desk.store.readAll({ limit: 100 })).map(({ commandId }) => commandId)
    expect((await ids()).filter((id) => id.startsWith('derived/'))).toHaveLength(3)
    expect((await ids()).join(' ')).not.toMatch(/zoe|33612345678|612345678/)
    const before = deskInMemory()
    const claim = { type: 'claim', kind: 'email', value: zoe, holder: 'A', version: 1 } as const
    const former = { by: identityActor, commandId: `derived/r/claim/email/${zoe}/A/1` }
    expect(await before.engine.execute('identity', identityId(claim), claim, former)).toMatchObject({ ok: true })
    const late = { by: alex, commandId: 'r' }
    for (let times = 0; times < 2; times++)
      expect(await before.execute('customer', 'A', register, late)).toMatchObject({ ok: true })
    await checkExact(before, ['A'])
    expect(
      (await before.store.readAll({ limit: 100 })).filter(({ stream }) => stream === `identity-${identityId(claim)}`),
    ).toHaveLength(1)
  })

  it('is never what a visitor typed: unverified data leads to nobody, and keeps nobody from proving theirs', async () => {
    const desk = deskInMemory()
    const typed: CustomerCommandInput = {
      type: 'register',
      emails: [{ address: zoe }],
      phones: [{ number: '+33123456789' }],
    }
    expect(await desk.execute('customer', 'visitor', typed, { by })).toMatchObject({ ok: true })
    expect(await customerBy(desk, { email: zoe })).toBeUndefined()
    expect(await customerBy(desk, { phone: '+33123456789' })).toBeUndefined()
    const found = await identifyCustomer(desk, { email: zoe }, 'zoe', { by, commandId: 'mail-1' })
    expect(found).toMatchObject({ ok: true, value: { customerId: 'zoe' } })
    expect(
      await desk.execute('customer', 'visitor', { type: 'addEmail', address: zoe, verified: true }, { by }),
    ).toMatchObject({ ok: false, refusal: { code: 'identity_taken' } })
  })

  it.each([
    ['+5541987991234', '+554187991234'],
    ['+525512345678', '+5215512345678'],
    ['+5491123456789', '+541123456789'],
  ])('of the number %s is also that of its other form %s, from the first claim to the removal', async (one, other) => {
    for (const [number, written] of [
      [one, other],
      [other, one],
    ] as const) {
      const desk = deskInMemory()
      const execute = (id: string, command: CustomerCommandInput) => desk.execute('customer', id, command, { by: alex })
      const phone = { number, verified: true }
      expect(await execute('A', { type: 'register', phones: [phone] })).toMatchObject({ ok: true })
      for (const form of [number, written]) {
        expect(await customerBy(desk, { phone: form })).toBe('A')
        const sender = { by, commandId: `call-${form}` }
        expect(await identifyCustomer(desk, { phone: form }, 'new', sender)).toMatchObject({
          value: { customerId: 'A', registered: undefined },
        })
        expect(await execute('B', { type: 'register', phones: [{ number: form, verified: true }] })).toMatchObject({
          refusal: { code: 'identity_taken', field: 'number' },
        })
      }
      await checkExact(desk, ['A'])
      expect(await execute('A', { type: 'removePhone', number })).toMatchObject({ ok: true })
      for (const form of [number, written]) expect(await customerBy(desk, { phone: form })).toBeUndefined()
      expect(await execute('B', { type: 'register', phones: [{ ...phone, number: written }] })).toMatchObject({
        ok: true,
      })
      expect(await customerBy(desk, { phone: number })).toBe('B')
    }
  })

  it('of a number that was claimed in one form alone leads there by its other form', async () => {
    const desk = deskInMemory()
    const identity = { kind: 'phone', value: '+5491123456789' } as const
    await desk.engine.execute(
      'identity',
      identityId(identity),
      { type: 'claim', ...identity, holder: 'A', version: 1 },
      { by },
    )
    expect(await customerBy(desk, { phone: '+541123456789' })).toBe('A')
  })

  it.each([
    ['an address', [{ email: zoe }]],
    ['a number in two forms', [{ phone: '+5491123456789' }, { phone: '+541123456789' }]],
  ] as const)(
    '(%s) of two first contacts at once leads to one customer, whatever the order of their steps',
    async (_, forms) => {
      await fc.assert(
        fc.asyncProperty(
          fc.scheduler(),
          fc.integer({ min: 2, max: 4 }),
          fc.nat(12),
          async (scheduler, contacts, dies) => {
            const { store } = deskInMemory()
            const turn = () => scheduler.schedule(Promise.resolve())
            const found: string[] = []
            const contact = async (n: number): Promise<void> => {
              const desk = processOver(store, `p${n}`, turn, n === 0 ? dies : Infinity)
              const outcome = await identifyCustomer(desk, forms[n % forms.length] ?? forms[0], `c${n}`, {
                by,
                commandId: `mail-${n}`,
              })
              if (!outcome.ok) return
              const { customerId } = outcome.value
              found.push(customerId)
              expect((await deskInMemory({ store }).read('customer', customerId)).state.status).toBe('known')
            }
            const all = Array.from({ length: contacts }, (_, n) => ignoringDeath(contact(n)))
            const settling = settle(processOver(store, 'reaction', turn))
            await scheduler.waitFor(Promise.all([...all, settling]))
            const desk = deskInMemory({ store, newId: () => 'later' })
            await settle(desk)
            const ids = Array.from({ length: contacts }, (_, n) => `c${n}`)
            await checkExact(desk, ids)
            const holder = await customerBy(desk, forms[0])
            expect(new Set(found)).toEqual(new Set(found.length > 0 ? [holder] : []))
            expect(found.length).toBeGreaterThanOrEqual(contacts - 1)
            const states = await Promise.all(ids.map(async (id) => (await desk.read('customer', id)).state))
            expect(states.filter((state) => identitiesOfCustomer(state).length > 0)).toHaveLength(1)
          },
        ),
        { numRuns: 100 },
      )
    },
  )

  it('stays claimed by its holder while others add and remove it at once, and die', async () => {
    const id = fc.constantFrom('A', 'B')
    const act = fc.record({
      id,
      type: fc.constantFrom('add', 'remove'),
      email: fc.constantFrom('x@example.org', zoe),
      dies: fc.oneof(fc.constant(99), fc.nat(8)),
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(act, { minLength: 2, maxLength: 8 }), async (scheduler, acts) => {
        const { store, execute } = deskInMemory()
        for (const each of ['A', 'B']) await execute('customer', each, { type: 'register' }, { by: alex })
        const turn = () => scheduler.schedule(Promise.resolve())
        const working = acts.map(({ id: customer, type, email: address, dies }, n) => {
          const desk = processOver(store, `p${n}`, turn, dies)
          const command =
            type === 'add'
              ? ({ type: 'addEmail', address, verified: true } as const)
              : ({ type: 'removeEmail', address } as const)
          return ignoringDeath(desk.execute('customer', customer, command, { by: alex }))
        })
        await scheduler.waitFor(Promise.all([...working, settle(processOver(store, 'reaction', turn))]))
        const desk = deskInMemory({ store, newId: () => 'later' })
        await checkExact(desk, ['A', 'B'])
        await settle(desk)
        await settle(desk)
        await checkExact(desk, ['A', 'B'])
        for (const address of ['x@example.org', zoe]) {
          const holder = await holderOf(desk, emailIdentity(address))
          if (holder === undefined) continue
          const { state } = await desk.read('customer', holder)
          expect(identitiesOfCustomer(state)).toContainEqual(emailIdentity(address))
        }
      }),
      { numRuns: 100 },
    )
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19])(
    'is free again where the record was taken back with its import, whose process died before access %i',
    async (dies) => {
      const desk = deskInMemory()
      const { store } = desk
      const imported = { by: importActor, correlationId: importCorrelation('old') }
      const customer: CustomerCommandInput = { type: 'register', emails: [{ address: zoe, verified: true }] }
      await desk.engine.execute('customer', 'A', customer, imported)
      const acme = [
        { command: { type: 'register', name: 'ACME' } },
        { command: { type: 'addDomain', domain } },
      ] as const
      await desk.engine.executeTogether('organisation', 'acme', acme, imported)
      const undoing = processOver(store, 'undo', () => Promise.resolve(), dies)
      const withdrawal = { type: 'withdrawImport', importId: 'old' } as const
      await ignoringDeath(
        undoing.engine
          .execute('customer', 'A', withdrawal, imported)
          .then(() => undoing.engine.execute('organisation', 'acme', withdrawal, imported)),
      )
      const after = deskInMemory({ store, newId: () => 'later' })
      const isGone = async (category: 'customer' | 'organisation', id: string) =>
        (await after.read(category, id)).state.status === 'absent'
      if (await isGone('customer', 'A')) expect(await customerBy(after, { email: zoe })).toBeUndefined()
      await settle(after)
      expect(await holderOf(after, emailIdentity(zoe))).toBe((await isGone('customer', 'A')) ? undefined : 'A')
      const holder = await holderOf(after, { kind: 'domain', value: domain })
      expect(holder).toBe((await isGone('organisation', 'acme')) ? undefined : 'acme')
    },
  )

  it('is free again where the stream of another identity of the same record was deleted', async () => {
    const before = deskInMemory()
    const { store } = before
    const imported = { by: importActor, correlationId: importCorrelation('old') }
    const emails = ['one@example.org', zoe].map((address) => ({ address, verified: true }))
    await before.engine.execute('customer', 'A', { type: 'register', emails }, imported)
    const lost = streamName('identity', identityId(emailIdentity('one@example.org')))
    const refuse = (stream: string): void => {
      if (stream === lost) throw new StreamDeleted(lost)
    }
    const without = {
      ...store,
      readStream: async (...given: Parameters<typeof store.readStream>) => (
        refuse(given[0]),
        store.readStream(...given)
      ),
      append: async (request: Parameters<typeof store.append>[0]) => (refuse(request.stream), store.append(request)),
    }
    const withdrawal = { type: 'withdrawImport', importId: 'old' } as const
    await ignoringDeath(
      processOver(without, 'undo', () => Promise.resolve(), 5).engine.execute('customer', 'A', withdrawal, imported),
    )
    const after = deskInMemory({ store: without, newId: () => 'later' })
    expect((await after.read('customer', 'A')).state).toMatchObject({ status: 'absent' })
    expect(await holderOf(after, emailIdentity(zoe))).toBe('A')
    await settle(after)
    expect(await holderOf(after, emailIdentity(zoe))).toBeUndefined()
  })

  it('that is completed for an import belongs to the import', async () => {
    const desk = deskInMemory()
    const claim = { type: 'claim', kind: 'email', value: zoe, holder: 'A', version: 1 } as const
    const imported = { by: importActor, correlationId: importCorrelation('old') }
    await desk.engine.execute('identity', 'of-zoe', claim, imported)
    await settle(desk)
    const history = await desk.store.readStream('customer-A')
    expect(history.map(({ event, correlationId }) => [event.type, correlationId])).toEqual([
      ['CustomerRegistered', importCorrelation('old')],
      ['CustomerEmailAdded', importCorrelation('old')],
    ])
  })

  it('shares its stream with others of the same hash', async () => {
    const desk = deskInMemory()
    const stream = 'of-both'
    const claim = (value: string, holder: string) =>
      desk.engine.execute('identity', stream, { type: 'claim', kind: 'phone', value, holder, version: 1 }, { by })
    expect(await claim('+33123456789', 'A')).toMatchObject({ ok: true })
    expect(await claim('+33123456780', 'B')).toMatchObject({ ok: true })
    expect(await claim('+33123456789', 'B')).toMatchObject({ ok: false, refusal: { code: 'identity_taken' } })
    expect(phoneIdentities('+33123456789')).toEqual([{ kind: 'phone', value: '+33123456789' }])
  })
})
