import { describe, expect, it } from 'vitest'
import { chatActor, clockActor, filesActor } from '../kernel/actor.ts'
import { hours } from '../kernel/time.ts'
import { deskAround, deskInMemory } from '../testing/desk.ts'
import { after, alex, camille } from '../testing/examples.ts'
import { levels, policyOf } from '../testing/target-story.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import type { TicketEvent, TicketEventOf } from '../ticket/events.ts'
import { targetStatuses } from '../ticket/targets.ts'
import type { Desk } from './processes.ts'
import { splitTicket } from './split-ticket.ts'

const policy = policyOf(levels({ name: 'all', firstResponse: '4h', nextResponse: '2h' }))
const split = { source: 'T1', messageId: 'm2', subject: 'Autre question' }

async function deskWithQuestions(terms = policy): Promise<Desk> {
  const desk = deskInMemory({ policy: terms })
  const opening = {
    type: 'open',
    subject: 'x',
    body: 'x',
    messageId: 'm1',
    customer: { id: 'camille' },
    plan: 'premium',
  } as const
  await desk.execute('ticket', 'T1', opening, { by: camille })
  await desk.execute('ticket', 'T1', { type: 'agentReply', body: 'Voilà' }, { by: alex, at: after(hours(1)) })
  await desk.execute(
    'ticket',
    'T1',
    { type: 'customerReply', messageId: 'm2', body: 'Et ma facture ?' },
    { by: camille, at: after(hours(2)) },
  )
  return desk
}
const deadlines = async (desk: Desk, id: string) =>
  (await desk.clockState(`ticket-${id}`)).deadlines.map(({ kind, dueAt }) => [kind, dueAt])
const sender = { by: alex, commandId: 'split-1', at: after(hours(3)) }

/** A desk that records how many events each read of a stream requests. */
function notingLimits(desk: Desk) {
  const limits: (number | undefined)[] = []
  const readStream: Desk['store']['readStream'] = (stream, from, limit) => {
    limits.push(limit)
    return desk.store.readStream(stream, from, limit)
  }
  return { limits, noting: { ...desk, store: { ...desk.store, readStream } } }
}

describe('a split', () => {
  it('reads the ticket in pages, no further than the message', async () => {
    const desk = await deskWithQuestions()
    const reply = { type: 'customerReply', body: 'Encore' } as const
    for (let n = 3; n <= 80; n++) {
      await desk.execute('ticket', 'T1', { ...reply, messageId: `m${n}` }, { by: camille, at: after(hours(2)) })
    }
    const { limits, noting } = notingLimits(desk)
    expect((await splitTicket(noting, { ...split, messageId: 'm3' }, sender)).ok).toBe(true)
    const bySplit = limits.splice(0)
    expect(bySplit).not.toContain(undefined)
    expect(bySplit.filter((limit) => limit === 32)).toHaveLength(2)
    expect(await splitTicket(noting, { ...split, messageId: 'm99' }, { ...sender, commandId: 'x' })).toMatchObject({
      refusal: { code: 'message_not_found' },
    })
    expect(limits).toEqual([])
  })

  it('opens a ticket of the same customer for a message, whose clocks count since it was written', async () => {
    const desk = await deskWithQuestions()
    const outcome = await desk.splitTicket(split, sender)
    expect(outcome).toMatchObject({
      ok: true,
      value: { state: { subject: 'Autre question', customer: { id: 'camille' }, plan: 'premium', status: 'new' } },
    })
    const into = outcome.ok ? outcome.value.stream.slice('ticket-'.length) : ''
    expect(await deadlines(desk, into)).toEqual([['first_response_warning', after(hours(5))]])
    expect((await deadlines(desk, 'T1')).map(([kind]) => kind)).toEqual(['stagnation'])
    expect((await desk.read('ticket', 'T1')).state).toMatchObject({ splits: [{ messageId: 'm2', into }] })
  })

  it('lets nothing fall due before the split', async () => {
    const desk = await deskWithQuestions()
    const outcome = await desk.splitTicket(split, { ...sender, at: after(hours(30)) })
    const stream = outcome.ok ? outcome.value.stream : 'ticket-none'
    expect((await desk.clockState(stream as 'ticket-x')).deadlines).toMatchObject([{ dueAt: after(hours(30)) }])
  })

  it('leaves the other waiting messages behind, and a next response for the oldest of them', async () => {
    const desk = await deskWithQuestions()
    const reply = { type: 'customerReply', messageId: 'm3', body: 'Alors ?' } as const
    await desk.execute('ticket', 'T1', reply, { by: camille, at: after(hours(2.5)) })
    await desk.splitTicket(split, sender)
    expect(await deadlines(desk, 'T1')).toContainEqual(['next_response_warning', after(hours(4))])
    expect((await desk.clockState('ticket-T1')).deadlines).toContainEqual(expect.objectContaining({ cycle: 2 }))
    await desk.splitTicket({ ...split, messageId: 'm3' }, { ...sender, commandId: 'split-2' })
    expect((await deadlines(desk, 'T1')).map(([kind]) => kind)).toEqual(['stagnation'])
  })

  it('leaves the next response to the oldest message unchanged when a later one is split off', async () => {
    const desk = await deskWithQuestions()
    const reply = { type: 'customerReply', messageId: 'm3', body: 'Alors ?' } as const
    await desk.execute('ticket', 'T1', reply, { by: camille, at: after(hours(2.5)) })
    await desk.splitTicket({ ...split, messageId: 'm3' }, sender)
    expect(await deadlines(desk, 'T1')).toContainEqual(['next_response_warning', after(hours(3.5))])
  })

  it('lets nothing fall due before the split on the old ticket either', async () => {
    const desk = await deskWithQuestions()
    const reply = { type: 'customerReply', messageId: 'm3', body: 'Alors ?' } as const
    await desk.execute('ticket', 'T1', reply, { by: camille, at: after(hours(2.5)) })
    await desk.splitTicket(split, { ...sender, at: after(hours(30)) })
    expect(await deadlines(desk, 'T1')).toContainEqual(['next_response_warning', after(hours(30))])
  })

  it('counts from the split for an answered message, however often it is repeated', async () => {
    const desk = await deskWithQuestions()
    await desk.execute('ticket', 'T1', { type: 'agentReply', body: 'Ici' }, { by: alex, at: after(hours(2.2)) })
    const later = { ...sender, at: after(hours(30)) }
    const outcome = await desk.splitTicket(split, later)
    const stream = outcome.ok ? outcome.value.stream : 'ticket-none'
    const first = [{ kind: 'first_response_warning', dueAt: after(hours(33)) }]
    expect((await desk.clockState(stream as 'ticket-x')).deadlines).toMatchObject(first)
    expect(await desk.splitTicket(split, { ...later, at: after(hours(31)) })).toMatchObject({ ok: true })
    expect((await desk.clockState(stream as 'ticket-x')).deadlines).toMatchObject(first)
  })

  it('does not count the pauses of the old ticket’s clocks', async () => {
    const desk = await deskWithQuestions()
    const at = (n: number) => ({ by: alex, at: after(hours(n)) })
    await desk.execute('ticket', 'T1', { type: 'pauseClocks', reason: 'Panne' }, at(2.5))
    await desk.execute('ticket', 'T1', { type: 'resumeClocks' }, at(3.5))
    await desk.execute('ticket', 'T1', { type: 'waitForCustomer' }, at(4))
    const outcome = await desk.splitTicket(split, { ...sender, at: after(hours(4.5)) })
    const stream = outcome.ok ? outcome.value.stream : 'ticket-none'
    expect((await desk.clockState(stream as 'ticket-x')).deadlines).toMatchObject([{ dueAt: after(hours(6.5)) }])
  })

  it('excludes the wait for the customer from the resolution, and not from the first response', async () => {
    const desk = deskInMemory({ policy: policyOf(levels({ name: 'all', firstResponse: '4h', resolution: '8h' })) })
    const by = (n: number) => ({ by: alex, at: after(hours(n)) })
    const opening = { type: 'open', subject: 'x', body: 'x', messageId: 'm2', customer: { id: 'camille' } } as const
    await desk.execute('ticket', 'T1', opening, { by: camille })
    await desk.execute('ticket', 'T1', { type: 'waitForCustomer' }, by(1))
    await desk.execute('ticket', 'T1', { type: 'pauseClocks', reason: 'Strike' }, by(2))
    await desk.execute('ticket', 'T1', { type: 'resumeClocks' }, by(2.5))
    const outcome = await desk.splitTicket(split, sender)
    const state = outcome.ok ? outcome.value.state : undefined
    const statuses = state?.status === 'new' ? targetStatuses(state, desk.timeline, sender.at) : []
    expect(statuses).toMatchObject([
      { target: 'first_response', timeUsed: hours(2.5) },
      { target: 'resolution', timeUsed: hours(1) },
    ])
  })

  it('starts updates of its own when the message was written, and keeps those of the old ticket', async () => {
    const desk = await deskWithQuestions(policyOf(levels({ name: 'all', update: '4h' })))
    const outcome = await desk.splitTicket(split, sender)
    const stream = outcome.ok ? outcome.value.stream : 'ticket-none'
    const warning = { kind: 'update_warning', cycle: 1, dueAt: after(hours(5)) }
    expect((await desk.clockState(stream as 'ticket-x')).deadlines).toEqual([warning])
    expect(await deadlines(desk, 'T1')).toContainEqual(['update_warning', after(hours(4))])
  })

  it('takes place once, however often it is repeated, and is completed after a crash between the two steps', async () => {
    const desk = await deskWithQuestions()
    const dying = deskAround(desk, () => ({ executeTogether: () => Promise.reject(new Error('died')) }))
    const { splitTicket } = await import('./split-ticket.ts')
    await expect(splitTicket(dying, split, sender)).rejects.toThrow('died')
    const [first, second] = [await desk.splitTicket(split, sender), await desk.splitTicket(split, sender)]
    expect(first.ok && second.ok && first.value.stream === second.value.stream).toBe(true)
    expect(await desk.splitTicket(split, { ...sender, commandId: 'other' })).toMatchObject({
      ok: false,
      refusal: { code: 'message_split' },
    })
  })

  it('takes the attachments of the message along, without what was removed or deleted meanwhile', async () => {
    const desk = await deskWithQuestions()
    const send = async (command: TicketCommandInput, by = camille) =>
      expect(await desk.execute('ticket', 'T1', command, { by, at: after(hours(2)) })).toMatchObject({ ok: true })
    const content = { bytes: 3, sha256: 'a'.repeat(64), mediaType: 'image/png', scan: false }
    for (const id of ['kept', 'deleted', 'removed', 'other']) {
      const stored = { type: 'store', owner: 'ticket-T1', name: `${id}.png`, ...content } as const
      expect(await desk.execute('file', id, stored, { by: camille })).toMatchObject({ ok: true })
    }
    const described = { type: 'attach', name: 'a.pdf', mediaType: 'application/pdf', bytes: 7 } as const
    const attachments = [{ fileId: 'kept' }, { fileId: 'deleted' }, { fileId: 'removed' }]
    await send({ type: 'customerReply', messageId: 'm3', body: 'Voici', attachments })
    await send({ type: 'addNote', body: 'Vu' }, alex)
    await send({ ...described, attachmentId: 'loose' })
    await send({ ...described, attachmentId: 'internal', messageId: 'm3', visibility: 'internal' }, alex)
    await send({ type: 'agentReply', messageId: 'm4', body: 'Merci' }, alex)
    await send({ type: 'attach', fileId: 'other', messageId: 'm2' })
    await send({ ...described, attachmentId: 'of the answer' })
    await send({ type: 'redactMessage', messageId: 'm3', remainder: 'Voici', attachmentIds: ['removed'] }, alex)
    const deletion = { type: 'delete', reason: 'expired' } as const
    expect(await desk.engine.execute('file', 'deleted', deletion, { by: filesActor })).toMatchObject({ ok: true })

    const outcome = await desk.splitTicket({ ...split, messageId: 'm3' }, sender)
    expect(await desk.splitTicket({ ...split, messageId: 'm3' }, sender)).toMatchObject({ ok: true })
    const stream = outcome.ok ? outcome.value.stream : 'ticket-none'
    const events = (await desk.store.readStream(stream)).map(({ event }) => event as TicketEvent)
    const [opened] = events
    const messageId = opened?.type === 'TicketOpened' ? opened.messageId : undefined
    const added = { type: 'AttachmentAdded', messageId }
    expect(events.slice(1)).toMatchObject([
      { ...added, fileId: 'kept', name: 'kept.png', visibility: 'public' },
      { ...added, attachmentId: 'loose', name: 'a.pdf', bytes: 7, visibility: 'public' },
      { ...added, attachmentId: 'internal', visibility: 'internal' },
    ])
    expect((events[2] as { readonly fileId?: string }).fileId).toBeUndefined()
  })

  it('takes along the attachments of a message that was split off before, and those of a chat', async () => {
    const desk = await deskWithQuestions()
    const content = { bytes: 3, sha256: 'a'.repeat(64), name: 'a.png', mediaType: 'image/png', scan: false }
    await desk.execute('file', 'f', { type: 'store', owner: 'chat-c', ...content }, { by: camille })
    await desk.engine.execute(
      'ticket',
      'T2',
      { type: 'open', subject: 'x', body: 'x', messageId: 'm1', customer: { id: 'camille' }, chatId: 'c' },
      { by: alex },
    )
    await desk.engine.execute('ticket', 'T2', { type: 'attach', fileId: 'f', messageId: 'm1' }, { by: chatActor })
    let source = 'T2'
    let messageId = 'm1'
    for (const commandId of ['one', 'two']) {
      const outcome = await desk.splitTicket({ source, messageId, subject: 'x' }, { ...sender, commandId })
      const stream = outcome.ok ? outcome.value.stream : 'ticket-none'
      const [opened, attached] = await desk.store.readStream(stream)
      source = stream.slice('ticket-'.length)
      if (opened?.event.type === 'TicketOpened') ({ messageId } = opened.event as TicketEventOf<'TicketOpened'>)
      expect(attached?.event).toMatchObject({ type: 'AttachmentAdded', fileId: 'f', messageId })
    }
  })

  it.each([
    [{ ...split, source: 'none' }, 'ticket_not_found'],
    [{ ...split, messageId: 'm9' }, 'message_not_found'],
    [{ ...split, subject: '' }, 'invalid_command'],
  ])('is refused for %o', async (split, code) => {
    const desk = await deskWithQuestions()
    expect(await desk.splitTicket(split, sender)).toMatchObject({ ok: false, refusal: { code } })
  })

  it('is not allowed for customers', async () => {
    const desk = await deskWithQuestions()
    expect(await desk.splitTicket(split, { ...sender, by: camille })).toMatchObject({
      ok: false,
      refusal: { code: 'not_for_this_actor' },
    })
    expect(await desk.engine.splitTicket(split, { ...sender, by: clockActor })).toMatchObject({ ok: true })
  })
})
