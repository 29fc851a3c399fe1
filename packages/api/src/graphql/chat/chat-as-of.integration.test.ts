import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

/** Time is controlled by the test. */
let minute = 0
const now = (): Instant => instant(new Date(Date.UTC(2026, 2, 2, 9, minute)))

const api = useApi({ beforeAll, afterAll }, { now })
const customer: Bearer = { ...zoe, id: 'as-of' }
const agent: Bearer = { ...ana, id: 'as-of-agent', name: 'Lou' }

let chatId: string
const act = async (as: Bearer, operation: string, input: object, selection = '') => {
  const result = await mutate(api, as, operation, { ...(chatId && { chatId }), ...input }, selection)
  expect(result.userErrors).toEqual([])
  minute++
  return result
}

beforeAll(async () => {
  await mutate(api, sam, 'registerAgent', { agentId: agent.id, name: 'Lou', languages: ['fr'] }, '')
  await mutate(api, sam, 'setAvailability', { agentId: agent.id, availability: 'AVAILABLE' }, '')
  const message = { messageId: 'first', body: 'Bonjou' }
  const { chat } = (await act(customer, 'startChat', { message }, 'chat { id }')) as unknown as { chat: { id: string } }
  chatId = chat.id
  await act(agent, 'acceptChat', {})
  await act(agent, 'sendChatMessage', { messageId: 'note', kind: 'NOTE', body: 'un habitué' })
  await act(customer, 'sendChatMessage', { messageId: 'card', body: 'ma carte 4111' })
  await act(customer, 'editChatMessage', { messageId: 'first', body: 'Bonjour' })
  await act(customer, 'redactChatMessage', { messageId: 'card', reason: 'carte' })
  const offer = {
    messageId: 'offer',
    kind: 'ACTIONS',
    body: 'payer avec la 4111 ?',
    actions: [{ actionId: 'pay-4111', label: 'Payer par la 4111' }],
    card: { source: 'erp 4111', title: 'Facture 4111', fields: [{ label: 'carte', value: '4111' }] },
    metadata: [{ name: 'card', value: '4111' }],
  }
  await act(agent, 'sendChatMessage', offer)
  await act(customer, 'chooseChatAction', { messageId: 'offer', actionId: 'pay-4111' })
  await act(agent, 'redactChatMessage', { messageId: 'offer' })
  await act(agent, 'closeChat', { reason: 'SPAM' })
})

type Then = {
  readonly status: string
  readonly closeReason: string | null
  readonly lastMessage: { readonly text: string } | null
  readonly messages: { readonly nodes: readonly { readonly body: string; readonly editedAt: string | null }[] }
  readonly events: { readonly nodes: readonly { readonly type: string; readonly text: string }[] }
}

const at = (minutes: number) => instant(new Date(Date.UTC(2026, 2, 2, 9, minutes)))

async function then(as: Bearer, moment: Instant): Promise<Then | null> {
  const { data, errors } = await api.ask(
    as,
    `query ($id: ID!, $at: DateTime!) { chat(id: $id) { asOf(at: $at) {
      status closeReason lastMessage { text } messages(first: 10) { nodes {
        body editedAt chosen attachments { name } actions { actionId label }
        card { source title fields { label value } } ${as === agent ? 'metadata { name value }' : ''}
      } }
      events(first: 50) { nodes {
        type text(language: "fr", timeZone: "Europe/Paris") body label
        message { body chosen actions { actionId label } card { source title } }
      } }
    } } }`,
    { id: chatId, at: moment },
  )
  expect(errors).toEqual([])
  return (data as { chat: { asOf: Then | null } }).chat.asOf
}

it('is shown as it was at a moment, with the texts of then', async () => {
  const was = await then(customer, at(2))
  expect(was).toMatchObject({ status: 'ACTIVE', closeReason: null, lastMessage: { text: 'Bonjou' } })
  expect(was?.messages.nodes).toMatchObject([{ body: 'Bonjou', editedAt: null }])
  expect((await then(agent, at(2)))?.messages.nodes.map(({ body }) => body)).toEqual(['Bonjou', 'un habitué'])
  expect((await then(customer, at(4)))?.messages.nodes[0]).toMatchObject({ body: 'Bonjour', editedAt: at(4) })
  expect(await then(customer, at(-1))).toBeNull()
})

it('shows nothing of what was removed since, of a note to a customer, or of the end to before it', async () => {
  for (const as of [customer, agent]) {
    for (let minutes = 0; minutes < 11; minutes++)
      expect(JSON.stringify(await then(as, at(minutes)))).not.toContain('4111')
  }
  expect(JSON.stringify(await then(customer, at(10)))).not.toMatch(/habitué|carte|SPAM|indésirable|note/)
  const { events } = (await then(agent, at(3)))!
  expect(events.nodes.map(({ type }) => type)).not.toContain('CHAT_CLOSED')
  expect((await then(customer, at(10)))?.closeReason).toBe('OTHER')
})

it('describes its events in the language and the time zone of the reader', async () => {
  const texts = (await then(customer, at(10)))?.events.nodes.map(({ text }) => text)
  expect(texts?.[0]).toMatch(/a ouvert la conversation \(web\)$/)
  expect(texts?.at(-1)).toBe('a fermé la conversation (autre raison)')
  const { errors } = await api.ask(
    customer,
    `query ($id: ID!) { chat(id: $id) { events(first: 1) { nodes { text(language: "fr", timeZone: "Paris") } } } }`,
    { id: chatId },
  )
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'malformed_input' })
})

it('is the chat of somebody else to another customer at every moment', async () => {
  const other: Bearer = { ...zoe, id: 'somebody-else' }
  const { data } = await api.ask(
    other,
    `query ($id: ID!, $at: DateTime!) { chat(id: $id) { asOf(at: $at) { status } } }`,
    { id: chatId, at: at(2) },
  )
  expect(data).toEqual({ chat: null })
})
