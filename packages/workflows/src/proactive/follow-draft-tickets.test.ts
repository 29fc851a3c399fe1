import type { Desk, Draft } from '@guichet/domain'
import { configurationSchema, proactiveTag, suspectCommand } from '@guichet/domain'
import { deskInMemory, exampleSuspicion } from '@guichet/domain/testing'
import { expect, it } from 'vitest'
import { personIdsAt } from '../reaction/person-ids.ts'
import type { Reaction } from '../reaction/reaction.ts'
import { followDraftTickets, endReportedDrafts, redactDrafts } from './draft-tickets.ts'

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

/** Reads ids of people, with a visitor whom the read model of customers shows as claimed. */
const personIds = (visitor?: string) =>
  personIdsAt({
    reached: async () => true,
    withMerged: async (id) => [id, ...(visitor === undefined ? [] : [visitor])],
  })

/** Has a reaction process all that has happened. */
async function runReaction(reaction: Reaction, desk: Desk): Promise<void> {
  for (const envelope of await desk.store.readAll({ limit: 1_000 }))
    if (reaction.on.includes(envelope.event.type)) await reaction.react([envelope], desk)
}

/** The ticket of the draft as its stream has it, after the reaction to all that has happened. */
async function followed(desk: Desk): Promise<Draft['ticket']> {
  await runReaction(followDraftTickets, desk)
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
  await runReaction(endReportedDrafts(personIds()), desk)
  expect((await desk.read('draft', 'zoe')).state.drafts).toMatchObject([{ status: 'reported' }])
})

it('ends the draft of a visitor when a ticket is opened for the customer who has claimed them, and for nobody else', async () => {
  const desk = deskInMemory()
  const configuration = configurationSchema.parse({ proactive: { holdout: 0 } })
  await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: ana })
  const visitor = 'visitor-00000000-0000-4000-8000-000000000001'
  await desk.engine.execute('draft', visitor, suspectCommand(suspicion, 'rules', text), engine)
  expect(await desk.claimVisitor(visitor, { customer: { id: 'zoe' } })).toMatchObject({ ok: true })
  const statuses = async (): Promise<readonly string[]> => {
    await runReaction(endReportedDrafts(personIds(visitor)), desk)
    return (await desk.read('draft', visitor)).state.drafts.map(({ status }) => status)
  }
  for (const [ticketId, id, status] of [
    ['t1', 'max', 'offered'],
    ['t2', 'zoe', 'reported'],
  ] as const) {
    const opening = { type: 'open', subject: 'x', body: 'y', customer: { id } } as const
    expect(await desk.execute('ticket', ticketId, opening, { by: ana })).toMatchObject({ ok: true })
    expect(await statuses()).toEqual([status])
  }
})

it('waits for the read model of customers before it ends drafts', async () => {
  const desk = await deskWithTickets()
  const behind = endReportedDrafts(personIdsAt({ reached: async () => false, withMerged: async (id) => [id] }))
  const failure = await runReaction(behind, desk).catch((error: unknown) => error)
  expect(behind.isOutage?.(failure)).toBe(true)
})

it('removes from a draft what is removed from the first message and the subject of its ticket alone', async () => {
  const desk = await deskWithTickets()
  const reply = { type: 'customerReply', messageId: 'reply', body: 'My card is 4970.' } as const
  expect(await desk.execute('ticket', 't1', reply, { by: zoe })).toMatchObject({ ok: true })
  const { state } = await desk.read('ticket', 't1')
  const messageId = state.status === 'absent' ? '' : state.firstMessageId
  const textAfter = async (removal: { readonly messageId: string; readonly subject?: string }) => {
    const redacted = await desk.execute('ticket', 't1', { type: 'redactMessage', ...removal }, { by: ana })
    expect(redacted).toMatchObject({ ok: true })
    await runReaction(redactDrafts, desk)
    const [draft] = (await desk.read('draft', 'zoe')).state.drafts
    return [draft?.subject, draft?.body]
  }
  expect(await textAfter({ messageId: 'reply' })).toEqual([text.subject, text.body])
  expect(await textAfter({ messageId: 'reply', subject: 'A card' })).toEqual(['A card', text.body])
  expect(await textAfter({ messageId })).toEqual(['A card', ''])
})
