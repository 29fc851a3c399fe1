import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, gateway, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const shown = 'chat { id status closeReason transfer { level agent { userId name } } } '
const act = async (as: Bearer, operation: string, input: Record<string, unknown>) => {
  const { chat, userErrors } = (await mutate(api, as, operation, input, shown)) as Awaited<
    ReturnType<typeof mutate>
  > & { readonly chat: { readonly id: string } | null }
  return { chat, codes: userErrors.map(({ code }) => code) }
}

beforeAll(async () => {
  for (const agentId of ['ana', 'bob']) {
    await mutate(api, sam, 'registerAgent', { agentId, name: agentId, languages: ['fr'] }, '')
    await mutate(api, sam, 'setAvailability', { agentId, availability: 'AVAILABLE' }, '')
  }
})

let visitors = 0
const talking = async (): Promise<{ readonly customer: Bearer; readonly chatId: string }> => {
  const customer = { ...zoe, id: `offered-${++visitors}` }
  const { chat } = await act(customer, 'startChat', { message: { messageId: 'first', body: 'Bonjour' } })
  const chatId = chat?.id ?? ''
  await act(ana, 'acceptChat', { chatId })
  return { customer, chatId }
}
const offer = { messageId: 'offer', kind: 'ACTIONS', body: 'Un expert peut vous aider.' }
const messages = `{ nodes { metadata { name value } actions { label transferTo { level agent { userId name } } } } }`

it('offers an escalation, which the customer chooses without being told to whom', async () => {
  const { customer, chatId } = await talking()
  const actions = [
    { actionId: 'expert', label: 'Parler à un expert', transferTo: { level: 3 } },
    { actionId: 'stay', label: 'Rester ici' },
  ]
  const metadata = [{ name: 'reason', value: 'third question' }]
  expect((await act(ana, 'sendChatMessage', { chatId, ...offer, actions, metadata })).codes).toEqual([])
  const asked = `{ chat(id: "${chatId}") { messages(last: 1) ${messages} } }`
  const last = async (as: Bearer) => (await api.ask(as, asked)).data?.['chat']
  expect(await last(ana)).toEqual({
    messages: {
      nodes: [
        {
          metadata,
          actions: [
            { label: 'Parler à un expert', transferTo: { level: 3, agent: null } },
            { label: 'Rester ici', transferTo: null },
          ],
        },
      ],
    },
  })
  expect(await last(customer)).toMatchObject({
    messages: { nodes: [{ metadata: [], actions: [{ transferTo: null }, { transferTo: null }] }] },
  })
  const chosen = await act(customer, 'chooseChatAction', { chatId, messageId: 'offer', actionId: 'expert' })
  expect(chosen).toMatchObject({ codes: [], chat: { status: 'ACTIVE', transfer: null } })
  expect((await api.ask(ana, `{ chat(id: "${chatId}") { transfer { level } } }`)).data).toEqual({
    chat: { transfer: { level: 3 } },
  })
})

it('names the agent of an escalation from the profile, and refuses one who is not there', async () => {
  const { customer, chatId } = await talking()
  const to = (id: string) => [{ actionId: 'up', label: 'Un expert', transferTo: { agent: { id } } }]
  expect((await act(ana, 'sendChatMessage', { chatId, ...offer, actions: to('nobody') })).codes).toEqual([
    'AGENT_NOT_FOUND',
  ])
  await act(ana, 'sendChatMessage', { chatId, ...offer, actions: to('bob') })
  await act(customer, 'chooseChatAction', { chatId, messageId: 'offer', actionId: 'up' })
  expect((await api.ask(ana, `{ chat(id: "${chatId}") { transfer { agent { userId name } } } }`)).data).toEqual({
    chat: { transfer: { agent: { userId: 'bob', name: 'bob' } } },
  })
})

it('is closed as solved by an automatic message with a solution, which only a service may send', async () => {
  const { customer, chatId } = await talking()
  const solve = { chatId, messageId: 'bot', body: 'Voici votre facture.', solution: 'invoice sent' }
  for (const by of [ana, customer]) {
    expect((await act(by, 'sendChatMessage', { ...solve, kind: 'AUTOMATIC' })).codes).toEqual(['CHAT_KIND_NOT_ALLOWED'])
    expect((await act(by, 'sendChatMessage', solve)).codes).toEqual(['CHAT_KIND_NOT_ALLOWED'])
  }

  expect(await act(gateway, 'sendChatMessage', { ...solve, kind: 'AUTOMATIC' })).toMatchObject({
    codes: [],
    chat: { status: 'CLOSED', closeReason: 'SOLVED' },
  })
})

it('is charged for every rating, and tells customers nothing of agents by their ids', async () => {
  const { customer, chatId } = await talking()
  const to = (id: string) => [{ actionId: 'up', label: 'x', transferTo: { agent: { id } } }]
  for (const id of ['bob', 'nobody'])
    expect((await act(customer, 'sendChatMessage', { chatId, ...offer, actions: to(id) })).codes).toEqual([
      'CHAT_KIND_NOT_ALLOWED',
    ])
  await act(ana, 'closeChat', { chatId })
  const rate = async (rating: number): Promise<string | undefined> => {
    const input = { input: { commandId: `rate-${Math.random()}`, chatId, rating } }
    const document = 'mutation ($input: RateChatInput!) { rateChat(input: $input) { userErrors { code } } }'
    return (await api.ask(customer, document, input)).errors[0]?.extensions.code
  }
  const codes: (string | undefined)[] = []
  for (let n = 0; n < 200 && codes.at(-1) === undefined; n++) codes.push(await rate((n % 2) + 1))
  expect(codes.at(-1)).toBe('quota_exceeded')
})

it('states data of other systems only where a service or those systems do', async () => {
  const { chatId } = await talking()
  const card = { source: 'battery', title: 'BT', fields: [{ label: 'Temperature', value: '20 °C' }] }
  const input = { chatId, messageId: 'card', kind: 'CARD', card }
  expect((await act(ana, 'sendChatMessage', input)).codes).toEqual(['CHAT_KIND_NOT_ALLOWED'])
  expect((await act(gateway, 'sendChatMessage', input)).codes).toEqual([])
})

it('is started once by a repeat for which the desk has meanwhile learnt the language of the customer', async () => {
  const customer = { ...zoe, id: 'learnt' }
  const input = { commandId: 'learnt-1', message: { messageId: 'm', body: 'Bonjour' } }
  const start = async () => (await act(customer, 'startChat', input)) as { chat: { id: string }; codes: string[] }
  const first = await start()
  await mutate(api, ana, 'registerCustomer', { customerId: 'learnt', language: 'ar' }, '')
  const again = await start()
  expect(again.codes).toEqual([])
  expect(again.chat.id).toBe(first.chat.id)
})

it('takes the own id of a customer’s message where they answer it', async () => {
  const { customer, chatId } = await talking()
  const answer = { chatId, messageId: 'second', body: 'Et encore', inReplyTo: 'first' }
  expect((await act(customer, 'sendChatMessage', answer)).codes).toEqual([])
  const asked = `{ chat(id: "${chatId}") { messages(last: 2) { nodes { messageId inReplyTo } } } }`
  const { chat } = (await api.dataOf(ana, asked)) as {
    readonly chat: { readonly messages: { readonly nodes: readonly Record<string, unknown>[] } }
  }
  const [first, second] = chat.messages.nodes
  expect(second?.['inReplyTo']).toBe(first?.['messageId'])
  expect((await act(customer, 'sendChatMessage', { ...answer, messageId: 'third', inReplyTo: 'none' })).codes).toEqual([
    'CHAT_MESSAGE_NOT_FOUND',
  ])
})
