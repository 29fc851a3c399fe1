import { describe, expect, it } from 'vitest'
import { configurationSchema } from '../configuration/consistency.ts'
import { engineCommandId, proactiveActor } from '../kernel/actor.ts'
import { suspectCommand } from '../proactive/draft.ts'
import { complete, deskInMemory } from '../testing/desk.ts'
import { alex, exampleSuspicion } from '../testing/examples.ts'
import { openDraftTickets, proactiveTag } from './open-draft.ts'
import type { Desk } from './processes.ts'

const zoe = { kind: 'customer', id: 'zoe' } as const
const sender = { by: zoe, commandId: 'open-1' }

const payment = exampleSuspicion({ priority: 'high' })

const text = { subject: 'An error that comes back', body: 'It comes back.', language: 'en' }

/** A desk that has offered a draft to a customer. */
async function deskWithDraft(): Promise<Desk> {
  const desk = deskInMemory()
  const configuration = configurationSchema.parse({ proactive: { holdout: 0 } })
  const applied = await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: alex })
  const engine = { by: proactiveActor, commandId: engineCommandId('proactive', 'suspect', 'zoe') }
  const offered = await desk.engine.execute('draft', 'zoe', suspectCommand(payment, 'rules', text), engine)
  expect([applied.ok, offered.ok]).toEqual([true, true])
  return desk
}

const ticketOf = async (desk: Desk, id = 't1') => (await desk.read('ticket', id)).state

const draftOf = async (desk: Desk) => (await desk.read('draft', 'zoe')).state.drafts[0]

describe('opening a draft', () => {
  it('opens a ticket in the name of its customer, with the text, the tag and the priority', async () => {
    const desk = await deskWithDraft()
    const opened = await desk.openDraft('zoe', { number: 1, ticketId: 't1', subject: 'Paying fails' }, sender)
    expect(opened).toMatchObject({ ok: true, value: { stream: 'draft-zoe' } })
    expect(await ticketOf(desk)).toMatchObject({
      status: 'new',
      subject: 'Paying fails',
      customer: { id: 'zoe' },
      language: 'en',
      priority: 'high',
      tags: [proactiveTag],
    })
    expect(await draftOf(desk)).toMatchObject({ status: 'opened', ticket: { id: 't1', isOpen: true } })
  })

  it('opens the ticket with what the token of its customer says, and a note of their number', async () => {
    const desk = await deskWithDraft()
    const customer = { id: 'zoe', name: 'Zoé', email: 'zoe@example.com' }
    const opening = { number: 1, ticketId: 't1', customer, plan: 'gold', phone: '+33123456789' }
    const offer = { subject: 'Une erreur qui revient', body: 'Elle revient.', language: 'fr' }
    expect(await desk.openDraft('zoe', { ...opening, offer }, sender)).toMatchObject({ ok: true })
    expect(await ticketOf(desk)).toMatchObject({ customer, plan: 'gold', language: 'fr', subject: offer.subject })
    const notes = (await desk.store.readStream('ticket-t1')).filter(({ event }) => event.type === 'InternalNoteAdded')
    expect(notes).toMatchObject([{ event: { body: opening.phone, by: proactiveActor } }])
  })

  it('opens the same ticket when its sender died after the first step', async () => {
    const [completed, crashed] = [await deskWithDraft(), await deskWithDraft()]
    const customer = { id: 'zoe', name: 'Zoé', email: 'zoe@example.com' }
    const opening = { number: 1, ticketId: 't1', customer, plan: 'gold', phone: '+33123456789' }
    await completed.openDraft('zoe', opening, sender)
    await crashed.execute('draft', 'zoe', { type: 'open', ...opening }, sender)
    await complete(crashed, openDraftTickets)
    expect(await ticketOf(crashed)).toMatchObject({ status: 'new' })
    expect(await ticketOf(crashed)).toEqual(await ticketOf(completed))
  })

  it('names the draft in the ticket, which no customer can', async () => {
    const desk = await deskWithDraft()
    await desk.openDraft('zoe', { number: 1, ticketId: 't1' }, sender)
    expect(await ticketOf(desk)).toMatchObject({ draft: { customerId: 'zoe', number: 1 } })
    const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'zoe' } } as const
    const forged = await desk.execute('ticket', 't2', { ...open, draft: { customerId: 'zoe', number: 1 } }, { by: zoe })
    expect(forged).toMatchObject({ ok: false, refusal: { code: 'not_for_this_actor', field: 'draft' } })
  })

  it('is done for a draft of theirs by the customer who survives, and by nobody else', async () => {
    const desk = await deskWithDraft()
    for (const id of ['zoe', 'max', 'eve']) await desk.execute('customer', id, { type: 'register' }, { by: alex })
    const merged = await desk.mergeCustomers('zoe', 'max', { by: alex })
    expect(merged).toMatchObject({ ok: true })
    const by = (id: string) => ({ by: { kind: 'customer', id }, commandId: `open-by-${id}` }) as const
    const opening = (id: string) => ({ number: 1, ticketId: 't1', customer: { id } })
    const foreign = await desk.openDraft('zoe', opening('eve'), by('eve'))
    expect(foreign).toMatchObject({ ok: false, refusal: { code: 'not_the_customer' } })
    expect(await desk.openDraft('zoe', opening('max'), by('max'))).toMatchObject({ ok: true })
    expect(await ticketOf(desk)).toMatchObject({ customer: { id: 'max' }, draft: { customerId: 'zoe', number: 1 } })
  })

  it('opens no second ticket when it is repeated', async () => {
    const desk = await deskWithDraft()
    await desk.openDraft('zoe', { number: 1, ticketId: 't1' }, sender)
    expect(await desk.openDraft('zoe', { number: 1, ticketId: 't1' }, sender)).toMatchObject({ ok: true })
    await complete(desk, openDraftTickets)
    const opened = await desk.store.readStream('ticket-t1')
    expect(opened.filter(({ event }) => event.type === 'TicketOpened')).toHaveLength(1)
  })

  it('is completed when its sender died after the first step', async () => {
    const desk = await deskWithDraft()
    await desk.execute('draft', 'zoe', { type: 'open', number: 1, ticketId: 't1' }, sender)
    expect(await ticketOf(desk)).toMatchObject({ status: 'absent' })
    await complete(desk, openDraftTickets)
    expect(await ticketOf(desk)).toMatchObject({ status: 'new', tags: [proactiveTag] })
  })

  it('is refused under the id of a ticket that is there', async () => {
    const desk = await deskWithDraft()
    const customer = { id: 'max' }
    await desk.execute('ticket', 't1', { type: 'open', subject: 'x', body: 'y', customer }, { by: alex })
    expect(await desk.openDraft('zoe', { number: 1, ticketId: 't1' }, sender)).toMatchObject({
      ok: false,
      refusal: { code: 'ticket_already_open', field: 'ticketId' },
    })
    expect(await draftOf(desk)).toMatchObject({ status: 'offered' })
  })

  it('is refused when another ticket has taken the id meanwhile, and settles the draft', async () => {
    const desk = await deskWithDraft()
    await desk.execute('draft', 'zoe', { type: 'open', number: 1, ticketId: 't1' }, sender)
    await desk.execute('ticket', 't1', { type: 'open', subject: 'x', body: 'y', customer: { id: 'max' } }, { by: alex })
    await complete(desk, openDraftTickets)
    expect(await draftOf(desk)).toMatchObject({ ticket: { isOpen: false, outcome: 'refused' } })
    expect(await desk.openDraft('zoe', { number: 1, ticketId: 't1' }, sender)).toMatchObject({
      ok: false,
      refusal: { code: 'ticket_already_open' },
    })
  })

  it('is refused when the desk refuses the ticket, as that of a blocked customer, and settles the draft', async () => {
    const desk = await deskWithDraft()
    await desk.execute('customer', 'zoe', { type: 'register' }, { by: alex })
    await desk.execute('customer', 'zoe', { type: 'block', reason: 'spam' }, { by: alex })
    const blocked = { ok: false, refusal: { code: 'customer_blocked' } }
    expect(await desk.openDraft('zoe', { number: 1, ticketId: 't1' }, sender)).toMatchObject(blocked)
    expect(await ticketOf(desk)).toMatchObject({ status: 'absent' })
    const ticket = { id: 't1', isOpen: false, outcome: 'refused', refusal: 'customer_blocked' }
    expect(await draftOf(desk)).toMatchObject({ status: 'opened', ticket })
    await complete(desk, openDraftTickets)
    expect(await desk.openDraft('zoe', { number: 1, ticketId: 't1' }, sender)).toMatchObject(blocked)
    expect(await ticketOf(desk)).toMatchObject({ status: 'absent' })
  })
})
