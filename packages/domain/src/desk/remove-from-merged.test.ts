import { expect, it } from 'vitest'
import type { CustomerCommandInput } from '../customer/commands.ts'
import { emailIdentity, externalIdentity, phoneIdentity } from '../customer/details.ts'
import type { CustomerEventOf } from '../customer/events.ts'
import { importCorrelation } from '../history-import.ts'
import { importActor } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import { deskInMemory, ignoringDeath, processOver } from '../testing/desk.ts'
import { alex } from '../testing/examples.ts'
import { settleRemoval } from './claim-identities.ts'
import { customerBy } from './customers.ts'
import { mailAddressOf } from './mail-address.ts'
import type { Desk } from './port.ts'
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

/** What the reaction to removals does, from the beginning of the history until it has nothing left to do. */
async function settle(desk: Desk): Promise<void> {
  const before = await stored(desk)
  for (const envelope of await desk.store.readAll({ limit: 10_000 })) {
    if (!/^Customer(Email|Phone|ExternalId)Removed$/.test(envelope.event.type)) continue
    for (const identity of [emailIdentity(address), phoneIdentity(number), externalIdentity(crm)])
      await settleRemoval(desk, parseStream(envelope.stream).id, identity)
    await settleRemovalFromMerged(desk, envelope as EventEnvelope<CustomerEventOf<'CustomerEmailRemoved'>>)
  }
  if ((await stored(desk)) > before) await settle(desk)
}

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

it('is that of an undone import, too', async () => {
  const desk = await merged()
  await send(desk, 'A', { type: 'addEmail', address, verified: false })
  const sender = { by: importActor, correlationId: importCorrelation('i1') }
  const steps = [{ command: removals[0] }]
  expect(await desk.engine.executeTogether('customer', 'A', steps, sender)).toMatchObject({ ok: true })
  for (const id of ['A', 'B', 'C']) expect((await desk.read('customer', id)).state).toMatchObject({ emails: [] })
  expect(await mailAddressOf(desk, 'A', address)).toBe('zoe@other.example')
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
