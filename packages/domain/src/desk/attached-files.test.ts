import { expect, it } from 'vitest'
import { instant } from '../kernel/time.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { guichetEvents } from './categories.ts'
import { createDesk } from './desk.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import type { Desk } from './processes.ts'

const zoe = { by: { kind: 'customer', id: 'zoe' } } as const
const ana = { by: { kind: 'agent', id: 'ana' } } as const
const service = { by: { kind: 'system', id: 'scanner' } } as const
const customer = { id: 'zoe' }

async function deskWithTickets(): Promise<Desk> {
  let ids = 0
  const desk = createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now: () => instant('2026-06-01T09:00:00Z'),
    newId: () => `id-${++ids}`,
  })
  for (const id of ['t', 'u']) {
    await desk.execute('ticket', id, { type: 'open', subject: 'Help', body: 'It broke.', customer }, zoe)
  }
  return desk
}

const content = { name: 'a.png', bytes: 3, sha256: 'a'.repeat(64), mediaType: 'image/png', scan: true }
const upload = (desk: Desk, id: string, sender: typeof zoe | typeof ana, owner = 'ticket-t') =>
  desk.execute('file', id, { type: 'store', owner, ...content }, sender)

const eventsOf = async (desk: Desk, stream: string) => (await desk.store.readStream(stream)).map(({ event }) => event)

it('attaches the files that a reply names, as the desk knows them and not as the sender says', async () => {
  const desk = await deskWithTickets()
  await upload(desk, 'f', zoe)
  const claimed = {
    name: 'x',
    mediaType: 'text/html',
    bytes: 1,
    here: true,
    status: 'clean',
    storedBy: zoe.by,
  } as const
  const attachments = [{ fileId: 'f', file: claimed }]
  const reply = { type: 'customerReply', messageId: 'm', body: 'See here.', attachments } as const
  expect(await desk.execute('ticket', 't', reply, { ...zoe, commandId: 'c' })).toMatchObject({ ok: true })
  const { name, mediaType, bytes } = content
  expect(await eventsOf(desk, 'ticket-t')).toMatchObject([
    { type: 'TicketOpened' },
    { type: 'CustomerReplied', messageId: 'm' },
    {
      type: 'AttachmentAdded',
      attachmentId: 'f',
      fileId: 'f',
      messageId: 'm',
      name,
      mediaType,
      bytes,
      visibility: 'public',
    },
  ])
})

it('gives the first outcome to a repeat, though the scanner has found something meanwhile', async () => {
  const desk = await deskWithTickets()
  await upload(desk, 'f', zoe)
  const reply = { type: 'customerReply' as const, body: 'See here.', attachments: [{ fileId: 'f' }] }
  expect(await desk.execute('ticket', 't', reply, { ...zoe, commandId: 'c' })).toMatchObject({ ok: true })
  await desk.engine.execute('file', 'f', { type: 'recordScan', verdict: 'infected' }, service)
  expect(await desk.execute('ticket', 't', reply, { ...zoe, commandId: 'c' })).toMatchObject({
    ok: true,
    value: { repeated: true },
  })
})

it('stores nothing of a reply that names a file that it may not name', async () => {
  const desk = await deskWithTickets()
  await upload(desk, 'elsewhere', ana, 'ticket-u')
  await upload(desk, 'of-zoe', zoe)
  await upload(desk, 'infected', ana)
  await desk.engine.execute('file', 'infected', { type: 'recordScan', verdict: 'infected' }, service)
  const refused = async (fileId: string) => {
    const reply = { type: 'agentReply' as const, body: 'Here.', attachments: [{ fileId }] }
    const outcome = await desk.execute('ticket', 't', reply, ana)
    return outcome.ok ? 'accepted' : [outcome.refusal.code, outcome.refusal.field]
  }
  expect(await refused('missing')).toEqual(['file_not_found', 'attachments[0].fileId'])
  expect(await refused('elsewhere')).toEqual(['file_elsewhere', 'attachments[0].fileId'])
  expect(await refused('of-zoe')).toEqual(['file_not_yours', 'attachments[0].fileId'])
  expect(await refused('infected')).toEqual(['file_infected', 'attachments[0].fileId'])
  expect(await eventsOf(desk, 'ticket-t')).toHaveLength(1)
})

it('keeps the file of a note from customers, and attaches a file to one message', async () => {
  const desk = await deskWithTickets()
  await upload(desk, 'f', ana)
  const attachments = [{ fileId: 'f' }]
  await desk.execute('ticket', 't', { type: 'addNote', body: 'Look.', attachments }, ana)
  const [, , attached] = await eventsOf(desk, 'ticket-t')
  expect(attached).toMatchObject({ type: 'AttachmentAdded', visibility: 'internal' })
  const again = await desk.execute('ticket', 't', { type: 'agentReply', body: 'Here.', attachments }, ana)
  expect(again).toMatchObject({ refusal: { code: 'attachment_id_reused', field: 'attachments[0].fileId' } })
})

it('attaches the files that the first message of a ticket names, uploaded before the ticket is there', async () => {
  const desk = await deskWithTickets()
  await upload(desk, 'f', zoe, 'ticket-new')
  await upload(desk, 'of-ana', ana, 'ticket-new')
  const opening = (...ids: readonly string[]) => ({
    type: 'open' as const,
    subject: 'Help',
    body: 'See the picture.',
    customer,
    attachments: ids.map((fileId) => ({ fileId })),
  })
  const refused = await desk.execute('ticket', 'new', opening('f', 'of-ana'), zoe)
  expect(refused).toMatchObject({ refusal: { code: 'file_not_found', field: 'attachments[1].fileId' } })
  expect(await desk.execute('ticket', 'new', opening('f'), { ...zoe, commandId: 'c' })).toMatchObject({ ok: true })
  expect(await eventsOf(desk, 'ticket-new')).toMatchObject([
    { type: 'TicketOpened' },
    { type: 'AttachmentAdded', fileId: 'f', messageId: 'c', name: content.name, visibility: 'public' },
  ])
})

it('attaches an uploaded file as the desk knows it, and refuses a description beside it', async () => {
  const desk = await deskWithTickets()
  await upload(desk, 'f', zoe)
  await upload(desk, 'of-ana', ana)
  const attach = (command: Omit<TicketCommandInput & { type: 'attach' }, 'type'>) =>
    desk.execute('ticket', 't', { type: 'attach', ...command }, zoe)
  expect(await attach({ fileId: 'of-ana' })).toMatchObject({ refusal: { code: 'file_not_found', field: 'fileId' } })
  expect(await attach({ fileId: 'f', name: 'x' })).toMatchObject({
    refusal: { code: 'invalid_command', field: 'name' },
  })
  expect(await attach({ attachmentId: 'a', name: 'x', bytes: 1 })).toMatchObject({ refusal: { field: 'mediaType' } })
  expect(await attach({ fileId: 'f' })).toMatchObject({ ok: true })
  expect(await attach({ fileId: 'f' })).toMatchObject({ ok: true })
  expect((await eventsOf(desk, 'ticket-t')).slice(1)).toMatchObject([
    { type: 'AttachmentAdded', attachmentId: 'f', fileId: 'f', name: content.name, bytes: content.bytes },
  ])
})
