import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { streamName } from '@guichet/domain'
import { ana, mutate, openTicket, useApi, zoe } from '../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

type Message = {
  readonly messageId: string
  readonly body: string
  readonly attachments: readonly { readonly attachmentId: string }[]
}

async function conversationOf(ticketId: string): Promise<readonly Message[]> {
  const messages = 'conversation(first: 50) { nodes { messageId: key body attachments { attachmentId: key } } }'
  const { data } = await api.ask(zoe, `{ ticket(id: "${ticketId}") { ${messages} } }`)
  const ticket = data?.['ticket'] as { conversation: { nodes: Message[] } } | undefined
  return ticket?.conversation.nodes ?? []
}
const file = { name: 'photo.png', mediaType: 'image/png', bytes: 1 }
/** Sends a customer's reply and returns the answer without values that always differ. */
const reply = async (ticketId: string, ids: object) => {
  const { position, ...answer } = await mutate(api, zoe, 'customerReply', { ticketId, body: 'Bonjour', ...ids })
  return { ...answer, ticket: answer.ticket?.status, stored: position !== null }
}
const attach = (ticketId: string, ids: object) =>
  mutate(api, zoe, 'attachToTicket', { ticketId, attachmentId: 'own', ...file, ...ids })

describe('an id that a customer chooses', () => {
  it('reveals nothing about commands of the desk with the same id', async () => {
    const [worked, left] = [await openTicket(api, zoe), await openTicket(api, zoe)]
    const note = { ticketId: worked, body: 'SECRET' }
    for (const commandId of ['same', 'other']) await mutate(api, ana, 'addNote', { ...note, commandId })
    await mutate(api, ana, 'addNote', { ...note, messageId: 'said' })
    const hidden = { ticketId: worked, attachmentId: 'same', visibility: 'INTERNAL', ...file }
    await mutate(api, ana, 'attachToTicket', hidden)

    const probe = async (ticketId: string) => [
      await reply(ticketId, { commandId: 'same' }),
      await reply(ticketId, { messageId: 'said' }),
      await attach(ticketId, { messageId: 'other' }).then(({ userErrors }) => userErrors),
      await attach(ticketId, { attachmentId: 'same' }).then(({ userErrors }) => userErrors),
    ]
    const answers = await probe(worked)
    expect(answers).toEqual(await probe(left))
    expect(answers).toMatchObject([
      { userErrors: [], stored: true },
      { userErrors: [], stored: true },
      [{ code: 'ATTACHMENT_UNKNOWN_MESSAGE' }],
      [],
    ])
  })

  it('makes every command idempotent', async () => {
    const commandId = 'chosen'
    const opening = { commandId, messageId: 'opening', subject: 'Une fois', body: 'Une seule' }
    const opened = await mutate(api, zoe, 'openTicket', opening)
    expect(await mutate(api, zoe, 'openTicket', opening)).toEqual({ ...opened, repeated: true })
    const ticketId = opened.ticket?.ticketId ?? ''
    for (const [operation, input] of [
      ['customerReply', { commandId: 'reply', messageId: 'm', body: 'Encore' }],
      ['attachToTicket', { commandId: 'attach', messageId: 'm', attachmentId: 'a', ...file }],
    ] as const) {
      const first = await mutate(api, zoe, operation, { ticketId, ...input })
      const second = await mutate(api, zoe, operation, { ticketId, ...input })
      expect(second).toMatchObject({ position: first.position, repeated: true, userErrors: [] })
    }
    const again = await mutate(api, zoe, 'customerReply', { ticketId, messageId: 'm', body: 'Encore' })
    expect(again).toMatchObject({ position: null, userErrors: [] })
    const another = await mutate(api, zoe, 'customerReply', { ticketId, messageId: 'm', body: 'Autre chose' })
    expect(another.userErrors).toMatchObject([{ code: 'MESSAGE_ID_REUSED' }])
    expect(await mutate(api, zoe, 'customerReply', { ticketId, commandId: 'reply', body: 'x' })).toMatchObject({
      userErrors: [{ code: 'COMMAND_ID_REUSED' }],
    })
  })

  it('identifies their message for attachments, as does the id that is shown', async () => {
    const ticketId = await openTicket(api, zoe, { commandId: 'opening' })
    await mutate(api, zoe, 'customerReply', { ticketId, messageId: 'mine', body: 'La mienne' })
    await mutate(api, ana, 'agentReply', { ticketId, messageId: 'desk', body: 'La vôtre' })
    const [opening, mine] = await conversationOf(ticketId)
    const named = ['opening', opening?.messageId, 'mine', mine?.messageId, 'desk']
    for (const [n, messageId] of named.entries()) {
      expect(await attach(ticketId, { attachmentId: `a${n}`, messageId })).toMatchObject({ userErrors: [] })
    }
    expect((await conversationOf(ticketId)).map((each) => each.attachments)).toEqual([
      [{ attachmentId: 'a0' }, { attachmentId: 'a1' }],
      [{ attachmentId: 'a2' }, { attachmentId: 'a3' }],
      [{ attachmentId: 'a4' }],
    ])
  })

  it('is stored unchanged for the desk and services', async () => {
    const ticketId = await openTicket(api, ana, { commandId: 'by-ana', ticketId: 'kept', customer: { id: 'zoe' } })
    const [opened] = await api.store.readStream(streamName('ticket', ticketId))
    expect(opened).toMatchObject({ commandId: 'by-ana', event: { messageId: 'by-ana' } })
  })

  it.each([
    ['commandId', 'x'.repeat(201)],
    ['commandId', 'caf\u00e9'],
    ['commandId', ''],
    ['messageId', 'x'.repeat(129)],
    ['messageId', '?'],
  ])('is refused when it is malformed: %s %j', async (field, chosen) => {
    const ticketId = await openTicket(api, zoe)
    const { userErrors } = await mutate(api, zoe, 'customerReply', { ticketId, body: 'x', [field]: chosen })
    expect(userErrors).toMatchObject([{ code: 'INVALID_COMMAND', field }])
  })
})
