import { expect, it } from 'vitest'
import type { CustomerCommandInput } from '../customer/commands.ts'
import type { CustomerEvent, CustomerEventOf } from '../customer/events.ts'
import { importCorrelation } from '../history-import.ts'
import { importActor } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { StreamDeleted } from '../kernel/event.ts'
import type { EventStore } from '../kernel/event-store.ts'
import { complete, deskInMemory, Died, ignoringDeath, processOver } from '../testing/desk.ts'
import { alex } from '../testing/examples.ts'
import { settleIdentities } from './claim-identities.ts'
import { customerBy, settleCustomerMerges } from './customers.ts'
import { mailAddressOf } from './mail-address.ts'
import type { Desk } from './processes.ts'
import { settleRemovalFromMerged } from './remove-from-merged.ts'

const address = 'zoe@old.example'
const number = '+33612345678'
const crm = { system: 'crm', id: '7' }
const removals = [
  { type: 'removeEmail', address },
  { type: 'removePhone', number },
  { type: 'removeExternalId', ...crm },
] as const satisfies readonly CustomerCommandInput[]

const send = async (desk: Desk, id: string, command: CustomerCommandInput, commandId?: string) =>
  expect(await desk.execute('customer', id, command, { by: alex, commandId })).toMatchObject({ ok: true })

const merge = async (desk: Desk, source: string, target: string) =>
  expect(await desk.mergeCustomers(source, target, { by: alex })).toMatchObject({ ok: true })

/** C, who has all, was merged into B, and B into A; A has nothing. D, who was merged into A too, has another address. */
async function merged(): Promise<Desk> {
  const desk = deskInMemory()
  for (const id of ['A', 'B', 'C', 'D']) await send(desk, id, { type: 'register', name: id })
  await send(desk, 'C', { type: 'addEmail', address, verified: true })
  await send(desk, 'C', { type: 'addPhone', number, verified: true })
  await send(desk, 'C', { type: 'addExternalId', ...crm })
  await send(desk, 'B', { type: 'addEmail', address: 'ZOE@old.example', verified: false })
  await send(desk, 'D', { type: 'addEmail', address: 'zoe@other.example', verified: false })
  for (const [source, target] of [
    ['C', 'B'],
    ['B', 'A'],
    ['D', 'A'],
  ] as const)
    await merge(desk, source, target)
  return desk
}

/** Completes removals and merges, from the beginning of the history, until nothing is left to do. */
async function settle(desk: Desk): Promise<void> {
  const before = await stored(desk)
  await complete(desk, settleCustomerMerges, settleIdentities)
  if ((await stored(desk)) > before) await settle(desk)
}

let ids = 0
const newIdOf = (process: string) => () => `${process}-${++ids}`

/** A desk of another process, which does something else, or dies, after its append of one type of event. */
const interrupted = ({ store }: Desk, type: CustomerEvent['type'], then: () => Promise<unknown>): Desk =>
  deskInMemory({
    newId: newIdOf('interrupted'),
    store: {
      ...store,
      append: async (request) => {
        const outcome = await store.append(request)
        if (request.events.some((event) => event.type === type)) await then()
        return outcome
      },
    },
  })

const death = () => Promise.reject(new Died())

async function expectUnlisted(desk: Desk): Promise<void> {
  for (const id of ['A', 'B', 'C'])
    expect((await desk.read('customer', id)).state).toMatchObject({ emails: [], phones: [], externalIds: [] })
  expect((await desk.read('customer', 'D')).state).toMatchObject({ emails: [{ address: 'zoe@other.example' }] })
}

async function expectRemoved(desk: Desk): Promise<void> {
  await expectUnlisted(desk)
  for (const identity of [{ email: address }, { phone: number }, { externalId: crm }])
    expect(await customerBy(desk, identity)).toBeUndefined()
}

const stored = async (desk: Desk): Promise<number> => (await desk.store.readAll({ limit: 10_000 })).length

it('is in no command id, and a repeat of one whose removals were stored under ids with it removes nothing again', async () => {
  const desk = await merged()
  for (const command of removals) await send(desk, 'A', command, `of-${command.type}`)
  const all = await desk.store.readAll({ limit: 10_000 })
  const taken = all.filter(({ commandId, event }) => commandId.startsWith('derived/of-') && /Removed$/.test(event.type))
  expect(new Set(taken.map(({ event }) => event.type)).size).toBe(removals.length)
  for (const { commandId } of taken) expect(commandId).not.toMatch(/zoe|612345678|crm|example/)

  const upgraded = await merged()
  await send(upgraded, 'A', { type: 'removeEmail', address }, 'mail')
  const removed = await stored(upgraded)
  const former = { by: alex, commandId: `derived/mail/merged/B/${address}` }
  await upgraded.engine.execute('customer', 'B', { type: 'removeEmail', address }, former)
  await send(upgraded, 'A', { type: 'removeEmail', address }, 'mail')
  expect(await stored(upgraded)).toBe(removed)
})

it('follows merges over two levels, one command at a time or several together, and a repeat stores nothing', async () => {
  for (const together of [false, true]) {
    const desk = await merged()
    const steps = removals.map((command) => ({ command }))
    if (together) expect(await desk.executeTogether('customer', 'A', steps, { by: alex })).toMatchObject({ ok: true })
    else for (const command of removals) await send(desk, 'A', command)
    await expectRemoved(desk)
    const before = await stored(desk)
    for (const command of removals) await send(desk, 'A', command)
    await settle(desk)
    expect(await stored(desk)).toBe(before)
  }
})

it('is complete at the position of its outcome', async () => {
  const desk = await merged()
  const outcome = await desk.execute('customer', 'A', removals[1], { by: alex })
  const [last] = (await desk.store.readAll({ limit: 10_000 })).filter(({ stream }) => stream === 'customer-C').slice(-1)
  expect(outcome).toMatchObject({ ok: true, value: { stream: 'customer-A', position: last?.position } })
})

it('stops mail at once, and is completed by a repeat or by the reaction, wherever its process dies', async () => {
  for (const completing of ['repeat', 'reaction'] as const) {
    for (let dies = 0; dies < 40; dies++) {
      const desk = await merged()
      const before = await desk.read('customer', 'A')
      const dying = processOver(desk.store, 'dying', () => Promise.resolve(), dies)
      const steps = removals.map((command) => ({ command }))
      await ignoringDeath(dying.executeTogether('customer', 'A', steps, { by: alex, commandId: 'removal' }))
      const isStored = (await desk.read('customer', 'A')).version > before.version
      expect(await mailAddressOf(desk, 'A', undefined)).toBe(isStored ? undefined : address)
      if (completing === 'repeat') {
        const repeated = await desk.executeTogether('customer', 'A', steps, { by: alex, commandId: 'removal' })
        expect(repeated).toMatchObject({ ok: true })
        await expectUnlisted(desk)
      }
      await settle(desk)
      if (isStored || completing === 'repeat') await expectRemoved(desk)
    }
  }
})

it.each([
  ['its sender goes on', 'nobody'],
  ['its sender dies, and repeats it', 'repeat'],
  ['its sender dies, and the reaction is left', 'reaction'],
] as const)('outlasts a merge that is completed before it is carried on, when %s', async (_, completing) => {
  const desk = await merged()
  await send(desk, 'E', { type: 'register', name: 'E' })
  const remover = interrupted(desk, 'CustomerEmailRemoved', async () => {
    await merge(desk, 'E', 'A')
    expect(await mailAddressOf(desk, 'A', undefined)).toBeUndefined()
    if (completing !== 'nobody') throw new Died()
  })
  const steps = removals.map((command) => ({ command }))
  const given = { by: alex, commandId: 'removal' }
  await ignoringDeath(remover.executeTogether('customer', 'A', steps, given))
  expect(await mailAddressOf(desk, 'A', undefined)).toBeUndefined()
  if (completing === 'repeat')
    expect(await desk.executeTogether('customer', 'A', steps, given)).toMatchObject({ ok: true })
  if (completing === 'reaction') await settle(desk)
  await expectUnlisted(desk)
  await settle(desk)
  await expectRemoved(desk)
})

const steps = ['CustomerMergeBegun', 'CustomerMerged', 'CustomerMergeCompleted'] as const
const cases = steps.flatMap((type) =>
  [false, true].flatMap((mergerDies) => [false, true].map((removerDies) => [type, mergerDies, removerDies] as const)),
)

it.each(cases)('reaches who is being merged, after %s; merger dies: %s, remover dies: %s', async (type, ...dies) => {
  const [mergerDies, removerDies] = dies
  const desk = await merged()
  await send(desk, 'E', { type: 'register', name: 'E' })
  const merger = interrupted(desk, type, async () => {
    const remover = removerDies ? interrupted(desk, 'CustomerEmailRemoved', death) : desk
    const together = removals.map((command) => ({ command }))
    await ignoringDeath(remover.executeTogether('customer', 'E', together, { by: alex }))
    if (mergerDies) throw new Died()
  })
  await ignoringDeath(merger.mergeCustomers('A', 'E', { by: alex }))
  const isOver = type !== 'CustomerMergeCompleted' || !removerDies
  if (!mergerDies && isOver) await expectUnlisted(desk)
  await settle(desk)
  await expectRemoved(desk)
  for (const id of ['A', 'E']) expect(await mailAddressOf(desk, id, address)).toBe('zoe@other.example')
})

it('leaves alone whose merge was given up, and who is merged only after it', async () => {
  const desk = await merged()
  await send(desk, 'E', { type: 'register', emails: [{ address }] })
  const merger = interrupted(desk, 'CustomerMergeBegun', async () => {
    await send(desk, 'A', removals[0])
    await send(desk, 'E', { type: 'beginMerge', source: 'F' })
  })
  const refused = { refusal: { code: 'customer_merge_pending' } }
  expect(await merger.mergeCustomers('E', 'A', { by: alex })).toMatchObject(refused)
  await send(desk, 'E', { type: 'revertMerge', source: 'F' })
  await merge(desk, 'E', 'A')
  await settle(desk)
  expect((await desk.read('customer', 'C')).state).toMatchObject({ emails: [] })
  expect((await desk.read('customer', 'E')).state).toMatchObject({ emails: [{ address }] })
})

it('is not that of an undone import, which takes back what it has added and no more', async () => {
  const desk = await merged()
  const sender = { by: importActor, correlationId: importCorrelation('i1') }
  const undo = async () => {
    for (const command of removals)
      expect(await desk.engine.execute('customer', 'A', command, sender)).toMatchObject({ ok: true })
  }
  const before = await stored(desk)
  await undo()
  expect(await stored(desk)).toBe(before)
  const added = { type: 'addEmail', address, verified: false } as const
  expect(await desk.engine.execute('customer', 'A', added, sender)).toMatchObject({ ok: true })
  await undo()
  await settle(desk)
  expect((await desk.read('customer', 'A')).state).toMatchObject({ emails: [] })
  expect((await desk.read('customer', 'B')).state).toMatchObject({ emails: [{ address: 'ZOE@old.example' }] })
  expect((await desk.read('customer', 'C')).state).toMatchObject({ emails: [{ address, verified: true }] })
  for (const given of [undefined, address]) expect(await mailAddressOf(desk, 'A', given)).toBe(address)
})

it('stays when an import lists it again and is undone', async () => {
  const desk = await merged()
  await send(desk, 'A', { type: 'addEmail', address, verified: false })
  const dying = interrupted(desk, 'CustomerEmailRemoved', death)
  await ignoringDeath(dying.execute('customer', 'A', removals[0], { by: alex }))
  const sender = { by: importActor, correlationId: importCorrelation('i1') }
  await desk.engine.execute('customer', 'A', { type: 'addEmail', address, verified: false }, sender)
  await desk.engine.execute('customer', 'A', removals[0], sender)
  expect(await mailAddressOf(desk, 'A', address)).toBe('zoe@other.example')
  await settle(desk)
  expect((await desk.read('customer', 'C')).state).toMatchObject({ emails: [] })
})

it('stores nothing, and forgets no removal, when no record lists what is removed', async () => {
  const desk = await merged()
  const dying = interrupted(desk, 'CustomerEmailRemoved', death)
  await ignoringDeath(dying.execute('customer', 'A', removals[0], { by: alex }))
  const before = await stored(desk)
  for (let at = 0; at < 51; at++) await send(desk, 'A', { type: 'removeEmail', address: `nobody-${at}@old.example` })
  await send(desk, 'A', { type: 'removePhone', number: '+33698765432' })
  await send(desk, 'A', { type: 'removeExternalId', system: 'crm', id: '8' })
  expect(await stored(desk)).toBe(before)
  expect(await mailAddressOf(desk, 'A', undefined)).toBeUndefined()
  await settle(desk)
  expect((await desk.read('customer', 'C')).state).toMatchObject({ emails: [] })
})

it('removes everything that the merged records list, in one append', async () => {
  const desk = await merged()
  const all = Array.from({ length: 60 }, (_, at) => `zoe-${at}@old.example`)
  for (const [at, id] of ['E', 'F', 'G'].entries()) {
    const emails = all.slice(at * 20, at * 20 + 20).map((each) => ({ address: each }))
    await send(desk, id, { type: 'register', emails })
    await merge(desk, id, 'A')
  }
  const together = all.map((each) => ({ command: { type: 'removeEmail', address: each } as const }))
  expect(await desk.executeTogether('customer', 'A', together, { by: alex })).toMatchObject({ ok: true })
  for (const id of ['E', 'F', 'G']) expect((await desk.read('customer', id)).state).toMatchObject({ emails: [] })
})

it.each([
  ['+5511987654321', '+551187654321'],
  ['+551187654321', '+5511987654321'],
  ['+5491123456789', '+541123456789'],
  ['+525512345678', '+5215512345678'],
])('takes %s away when it is removed as %s, which is the same number', async (listed, removed) => {
  const desk = await merged()
  await send(desk, 'C', { type: 'removePhone', number })
  for (const [id, customer] of [
    ['own', 'own'],
    ['merged', 'survivor'],
  ] as const) {
    for (const each of new Set([id, customer])) await send(desk, each, { type: 'register', name: each })
    await send(desk, id, { type: 'addPhone', number: listed, verified: true })
    await send(desk, id, { type: 'addPhone', number: removed, verified: false })
    if (id !== customer) await merge(desk, id, customer)
    await send(desk, customer, { type: 'removePhone', number: removed })
    for (const phone of [listed, removed]) expect(await customerBy(desk, { phone })).toBeUndefined()
    for (const each of [id, customer]) expect((await desk.read('customer', each)).state).toMatchObject({ phones: [] })
  }
})

it('takes the form of a number that an undone import has added, and leaves the other one', async () => {
  const desk = await merged()
  await send(desk, 'A', { type: 'addPhone', number: '+5511987654321', verified: false })
  await send(desk, 'A', { type: 'addPhone', number: '+551187654321', verified: false })
  const sender = { by: importActor, correlationId: importCorrelation('i1') }
  await desk.engine.execute('customer', 'A', { type: 'removePhone', number: '+551187654321' }, sender)
  expect((await desk.read('customer', 'A')).state).toMatchObject({ phones: [{ number: '+5511987654321' }] })
})

/** A desk on which each append to one stream meets another writer. */
const conflicting = ({ store }: Desk, stream: string): Desk => {
  const append: EventStore['append'] = (request) =>
    request.stream === stream ? Promise.resolve({ kind: 'conflict', actualVersion: 99 }) : store.append(request)
  return deskInMemory({ newId: newIdOf('conflicting'), store: { ...store, append } })
}

it.each(['customer-B', 'customer-C'])('says that it is not complete while %s changes too fast', async (stream) => {
  const refused = { ok: false, refusal: { code: 'too_many_conflicts' } }
  const desk = await merged()
  const busy = conflicting(desk, stream)
  expect(await busy.execute('customer', 'A', removals[0], { by: alex, commandId: 'removal' })).toMatchObject(refused)
  const [removal] = (await desk.store.readStream('customer-A')).slice(-1)
  expect(removal).toMatchObject({ event: { type: 'CustomerEmailRemoved' } })
  const settling = removal as EventEnvelope<CustomerEventOf<'CustomerEmailRemoved'>>
  await expect(settleRemovalFromMerged(busy, settling)).rejects.toThrow()
  await settleRemovalFromMerged(desk, settling)
  for (const id of ['B', 'C']) expect((await desk.read('customer', id)).state).toMatchObject({ emails: [] })
})

it('says that a merge is not complete while who was merged changes too fast', async () => {
  const desk = await merged()
  await send(desk, 'E', { type: 'register', emails: [{ address }] })
  const merger = interrupted(desk, 'CustomerMerged', async () => {
    const remover = interrupted(desk, 'CustomerEmailRemoved', death)
    await ignoringDeath(remover.execute('customer', 'A', removals[0], { by: alex }))
    throw new Died()
  })
  await ignoringDeath(merger.mergeCustomers('E', 'A', { by: alex }))
  const busy = conflicting(desk, 'customer-E')
  expect(await busy.mergeCustomers('E', 'A', { by: alex })).toMatchObject({ refusal: { code: 'too_many_conflicts' } })
  const [merging] = (await desk.store.readStream('customer-E')).slice(-1) as [
    EventEnvelope<CustomerEventOf<'CustomerMerged'>>,
  ]
  await expect(settleCustomerMerges.complete(merging, busy)).rejects.toThrow()
  await settleCustomerMerges.complete(merging, desk)
  expect((await desk.read('customer', 'E')).state).toMatchObject({ status: 'merged', emails: [] })
})

it('takes nothing from merged records when the same commands add it again', async () => {
  const desk = await merged()
  await send(desk, 'A', { type: 'addEmail', address, verified: false })
  const steps = [{ command: removals[0] }, { command: { type: 'addEmail', address, verified: false } as const }]
  expect(await desk.executeTogether('customer', 'A', steps, { by: alex })).toMatchObject({ ok: true })
  expect((await desk.read('customer', 'C')).state).toMatchObject({ emails: [{ address, verified: true }] })
  expect(await mailAddressOf(desk, 'A', undefined)).toBe(address)
})

it('ends with a split: what is added and merged after it stays, also when the reaction is late', async () => {
  const desk = await merged()
  await send(desk, 'A', removals[0])
  expect(await desk.splitCustomer('D', { by: alex })).toMatchObject({ ok: true })
  await send(desk, 'D', { type: 'addEmail', address, verified: true })
  await merge(desk, 'D', 'A')
  await settle(desk)
  expect((await desk.read('customer', 'D')).state).toMatchObject({ emails: [{}, { address, verified: true }] })
  for (const given of [undefined, address]) expect(await mailAddressOf(desk, 'A', given)).toBe(address)
  await send(desk, 'A', removals[0])
  expect(await mailAddressOf(desk, 'A', address)).toBe('zoe@other.example')
})

it('concerns the own record alone where nobody was merged', async () => {
  const desk = await merged()
  await send(desk, 'E', { type: 'register', name: 'E' })
  const before = await stored(desk)
  for (const command of removals) await send(desk, 'E', command)
  expect(await stored(desk)).toBe(before)
  await send(desk, 'D', { type: 'removeEmail', address: 'zoe@other.example' })
  expect((await desk.read('customer', 'C')).state).toMatchObject({ emails: [{ address }] })
})

it('passes over merged records whose streams were deleted, and goes on with the others', async () => {
  const before = await merged()
  await send(before, 'A', { type: 'addEmail', address: 'zoe@own.example', verified: true })
  await send(before, 'A', removals[1], 'interrupted')
  const [removal] = (await before.store.readStream('customer-A')).slice(-1)
  const desk = deskInMemory({
    newId: newIdOf('later'),
    store: {
      ...before.store,
      readStream: async (stream, ...rest) => {
        if (stream === 'customer-B') throw new StreamDeleted(stream)
        return before.store.readStream(stream, ...rest)
      },
    },
  })
  for (const each of ['zoe@own.example', 'zoe@other.example', 'nobody@old.example', address])
    await send(desk, 'A', { type: 'removeEmail', address: each })
  for (const id of ['A', 'D']) expect((await desk.read('customer', id)).state).toMatchObject({ emails: [] })
  expect(await desk.execute('customer', 'A', removals[1], { by: alex, commandId: 'interrupted' })).toMatchObject({
    value: { repeated: true },
  })
  await settleRemovalFromMerged(desk, removal as EventEnvelope<CustomerEventOf<'CustomerPhoneRemoved'>>)
})

it('passes over a merged record of which only an append finds that its stream was cut', async () => {
  const { store } = await merged()
  const desk = deskInMemory({
    newId: newIdOf('later'),
    store: {
      ...store,
      append: async (request) => {
        if (request.stream === 'customer-B') throw new StreamDeleted(request.stream)
        return store.append(request)
      },
    },
  })
  await send(desk, 'A', removals[0])
  expect((await desk.read('customer', 'C')).state).toMatchObject({ emails: [] })
})
