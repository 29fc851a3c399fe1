import type { Desk, Draft } from '@guichet/domain'
import { configurationSchema, proactiveTag, suspectCommand } from '@guichet/domain'
import { deskInMemory, exampleSuspicion } from '@guichet/domain/testing'
import { expect, it } from 'vitest'
import { followDraftTickets, endReportedDrafts } from './draft-tickets.ts'

const zoe = { kind: 'customer', id: 'zoe' } as const
const ana = { kind: 'agent', id: 'ana' } as const
const engine = { by: { kind: 'system', id: 'proactive' } } as const

const suspicion = exampleSuspicion()
const text = { subject: 'An error that comes back', body: 'Since noon.', language: 'en' }

/** A desk with a draft that its customer has opened as the ticket `t1`, and their other ticket `t2`. */
async function deskWithTickets(): Promise<Desk> {
  const desk = deskInMemory()
  const configuration = configurationSchema.parse({ proactive: { holdout: 0 } })
  await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: ana })
  await desk.engine.execute('draft', 'zoe', suspectCommand(suspicion, 'rules', text), engine)
  const opened = await desk.openDraft('zoe', { number: 1, ticketId: 't1' }, { by: zoe })
  const other = { type: 'open', subject: 'x', body: 'y', customer: { id: 'zoe' } } as const
  const second = await desk.execute('ticket', 't2', other, { by: zoe })
  expect([opened.ok, second.ok]).toEqual([true, true])
  return desk
}

/** The ticket of the draft as its stream has it, after the reaction to all that has happened. */
async function followed(desk: Desk): Promise<Draft['ticket']> {
  for (const envelope of await desk.store.readAll({ limit: 1_000 }))
    if (followDraftTickets.on.includes(envelope.event.type)) await followDraftTickets.react([envelope], desk)
  return (await desk.read('draft', 'zoe')).state.drafts[0]?.ticket
}

it('settles a draft with its ticket, whatever tags agents take away', async () => {
  const desk = await deskWithTickets()
  await desk.execute('ticket', 't1', { type: 'untag', tag: proactiveTag }, { by: ana })
  await desk.execute('ticket', 't1', { type: 'resolve' }, { by: ana })
  expect(await followed(desk)).toEqual({ id: 't1', isOpen: false, outcome: 'resolved' })
})

it('follows no ticket that only has the tag', async () => {
  const desk = await deskWithTickets()
  await desk.execute('ticket', 't2', { type: 'tag', tag: proactiveTag }, { by: ana })
  await desk.execute('ticket', 't2', { type: 'resolve' }, { by: ana })
  expect(await followed(desk)).toEqual({ id: 't1', isOpen: true })
})

it('says that spam was not solved, also when it was resolved before', async () => {
  const desk = await deskWithTickets()
  await desk.execute('ticket', 't1', { type: 'resolve' }, { by: ana })
  expect(await followed(desk)).toMatchObject({ outcome: 'resolved' })
  await desk.execute('ticket', 't1', { type: 'markSpam' }, { by: ana })
  expect(await followed(desk)).toMatchObject({ isOpen: false, outcome: 'closed' })
})

it('keeps a draft under way while the ticket that its own was merged into is open', async () => {
  const desk = await deskWithTickets()
  expect(await desk.mergeTickets('t1', 't2', { by: ana })).toMatchObject({ ok: true })
  expect(await followed(desk)).toEqual({ id: 't1', isOpen: true })
  await desk.execute('ticket', 't2', { type: 'resolve' }, { by: ana })
  expect(await followed(desk)).toEqual({ id: 't1', isOpen: false, outcome: 'merged' })
  await desk.execute('ticket', 't2', { type: 'reopen' }, { by: ana })
  expect(await followed(desk)).toEqual({ id: 't1', isOpen: true })
})

it('ends a draft when another ticket is opened for its customer, under whatever id they have', async () => {
  const desk = deskInMemory()
  const configuration = configurationSchema.parse({ proactive: { holdout: 0 } })
  await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: ana })
  for (const id of ['zoe', 'z2']) await desk.execute('customer', id, { type: 'register' }, { by: ana })
  expect(await desk.mergeCustomers('z2', 'zoe', { by: ana })).toMatchObject({ ok: true })
  await desk.engine.execute('draft', 'zoe', suspectCommand(suspicion, 'rules', text), engine)
  const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'z2' } } as const
  expect(await desk.execute('ticket', 't2', opening, { by: ana })).toMatchObject({ ok: true })
  for (const envelope of await desk.store.readAll({ limit: 1_000 }))
    if (endReportedDrafts.on.includes(envelope.event.type)) await endReportedDrafts.react([envelope], desk)
  expect((await desk.read('draft', 'zoe')).state.drafts).toMatchObject([{ status: 'reported' }])
})
