import { expect, it } from 'vitest'
import type { Actor } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { deskInMemory } from '../testing/desk.ts'
import { alex } from '../testing/examples.ts'
import { agentProfile } from '../testing/specification.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { carryRedactions } from './convert-chat.ts'
import type { Desk } from './processes.ts'
import { filesToDelete } from './redacted-files.ts'

const camille: Actor = { kind: 'customer', id: 'camille' }
const customer = { id: 'camille' }

const upload = (desk: Desk, fileId: string, owner: string) => {
  const content = { name: 'a.png', bytes: 3, sha256: 'a'.repeat(64), mediaType: 'image/png', scan: false }
  return desk.execute('file', fileId, { type: 'store', owner, ...content }, { by: camille })
}

async function chatWithFiles(...fileIds: readonly string[]): Promise<Desk> {
  const desk = deskInMemory()
  const staff = { kind: 'system', id: 'staff' } as const
  await desk.execute('agent', 'alex', { type: 'register', profile: agentProfile({ name: 'Alex' }) }, { by: staff })
  await desk.execute('agent', 'alex', { type: 'setAvailability', availability: 'available' }, { by: staff })
  await desk.startChat('one', { customer, message: { messageId: 'm1', body: 'Hello' } }, { by: camille })
  await desk.acceptChat('one', { by: alex })
  for (const fileId of fileIds) await upload(desk, fileId, 'chat-one')
  return desk
}

const show = async (desk: Desk, messageId: string, ...fileIds: readonly string[]) => {
  const attachments = fileIds.map((fileId) => ({ fileId }))
  const sent = { type: 'send', kind: 'file', messageId, body: '', attachments } as const
  expect(await desk.execute('chat', 'one', sent, { by: camille })).toMatchObject({ ok: true })
}

const redact = async (desk: Desk, messageId: string): Promise<readonly string[]> => {
  await desk.execute('chat', 'one', { type: 'redact', messageId }, { by: camille })
  return filesToDelete(desk, 'chat-one', { type: 'ChatMessageRedacted', messageId })
}

it('are those of the removed message that no other message of the chat names', async () => {
  const desk = await chatWithFiles('mine', 'shared', 'other')
  await show(desk, 'first', 'mine', 'shared')
  await show(desk, 'second', 'shared', 'other')
  expect(await redact(desk, 'first')).toEqual(['mine'])
  expect(await redact(desk, 'second')).toEqual(['shared', 'other'])
  await desk.execute('file', 'other', { type: 'delete', reason: 'gone' }, { by: alex })
  expect(await redact(desk, 'second')).toEqual(['shared'])
})

it('wait until they are removed from the ticket that was made of the chat', async () => {
  const desk = await chatWithFiles('mine')
  await show(desk, 'first', 'mine')
  await desk.convertChat('one', 'Help', { by: alex })
  expect(await redact(desk, 'first')).toEqual([])
  await carryRedactions(desk, 'one')
  const { state } = await desk.read('chat', 'one')
  const ticket = `ticket-${state.status === 'absent' ? '' : state.conversion?.ticketId}`
  const history = (await desk.store.readStream(ticket)) as readonly EventEnvelope<TicketEvent>[]
  const removals = history.flatMap(({ event }) => (event.type === 'TicketMessageRedacted' ? [event] : []))
  expect(removals).toHaveLength(1)
  for (const removal of removals) expect(await filesToDelete(desk, ticket, removal)).toEqual(['mine'])
})

it('stay while the chat shows what was removed from its ticket alone', async () => {
  const desk = await chatWithFiles('mine')
  await show(desk, 'first', 'mine')
  await desk.convertChat('one', 'Help', { by: alex })
  const removal = { type: 'TicketMessageRedacted', attachmentIds: ['mine'] } as const
  expect(await filesToDelete(desk, 'ticket-x', removal)).toEqual([])
})

it('are those of a removed message of a ticket', async () => {
  const desk = deskInMemory()
  await desk.execute('ticket', 't', { type: 'open', subject: 'Help', body: 'x', customer }, { by: camille })
  for (const fileId of ['one', 'two']) await upload(desk, fileId, 'ticket-t')
  const attachments = [{ fileId: 'one' }, { fileId: 'two' }]
  const reply = { type: 'customerReply', messageId: 'm', body: 'See.', attachments } as const
  await desk.execute('ticket', 't', reply, { by: camille })
  const removal = { type: 'redactMessage' as const, messageId: 'm', attachmentIds: ['one'] }
  expect(await desk.execute('ticket', 't', removal, { by: alex })).toMatchObject({ ok: true })
  const event = { type: 'TicketMessageRedacted', attachmentIds: ['one'] } as const
  expect(await filesToDelete(desk, 'ticket-t', event)).toEqual(['one'])
  expect(await filesToDelete(desk, 'ticket-t', { ...event, attachmentIds: ['two', 'none'] })).toEqual([])
})
