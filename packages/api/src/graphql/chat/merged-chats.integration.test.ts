import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, max, mutate, openEventStream, tokenFor, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const send = async (as: Bearer, operation: string, input: Record<string, unknown>) => {
  const result = await mutate(api, as, operation, input, 'chat { id status } readModelsReached')
  return result as typeof result & { readonly chat: { readonly id: string; readonly status: string } | null }
}
const listed = async (as: Bearer): Promise<readonly string[]> => {
  const { chats } = (await api.dataOf(as, '{ chats(first: 5) { nodes { id } } }')) as {
    chats: { nodes: { id: string }[] }
  }
  return chats.nodes.map(({ id }) => id)
}
const shownTo = async (as: Bearer, id: string) =>
  api.dataOf(
    as,
    `{ chat(id: "${id}") { id events(first: 1) { nodes { type } } messages(first: 5) { nodes { body } } } }`,
  )

it('shows a chat to the customer who survives a merge, on every road, and to them no more after a split', async () => {
  const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  const visitor: Bearer = { ...max, id: 'visitor' }
  const { chat } = await send(visitor, 'startChat', { message: { messageId: 'm1', body: 'Bonjour' } })
  const chatId = chat?.id ?? ''
  await send(visitor, 'endChat', { chatId })
  expect((await send(zoe, 'reopenChat', { chatId })).userErrors).toMatchObject([{ code: 'CHAT_NOT_FOUND' }])
  expect(await listed(zoe)).toEqual([])

  await mutate(api, ana, 'registerCustomer', { customerId: 'zoe' }, '')
  const merge = { customerId: 'Customer~visitor', intoCustomerId: 'Customer~zoe' }
  expect(await mutate(api, ana, 'mergeCustomers', merge, '')).toMatchObject({ userErrors: [] })
  const shown = { chat: { id: chatId, messages: { nodes: [{ body: 'Bonjour' }] } } }
  expect(await shownTo(zoe, chatId)).toMatchObject(shown)
  expect(await shownTo(visitor, chatId)).toMatchObject(shown)
  expect(await listed(zoe)).toEqual([chatId])
  const theirs = await openEventStream(
    `${address}/graphql`,
    await tokenFor(zoe),
    `subscription { chatChanged(id: "${chatId}") { event { type message { body } } } }`,
  )
  expect(await send(zoe, 'reopenChat', { chatId })).toMatchObject({ userErrors: [], chat: { status: 'WAITING' } })
  const sent = await send(zoe, 'sendChatMessage', { chatId, messageId: 'm2', body: 'Me revoilà' })
  expect(sent).toMatchObject({ userErrors: [], readModelsReached: true })
  expect(await theirs.take(2)).toMatchObject([
    { data: { chatChanged: { event: { type: 'CHAT_REOPENED' } } } },
    { data: { chatChanged: { event: { message: { body: 'Me revoilà' } } } } },
  ])
  expect(await send(zoe, 'startChat', {})).toMatchObject({ repeated: true, chat: { id: chatId } })

  await mutate(api, ana, 'splitCustomer', { customerId: 'visitor' }, '')
  expect(await shownTo(zoe, chatId)).toEqual({ chat: null })
  expect(await listed(zoe)).toEqual([])
  expect((await send(zoe, 'sendChatMessage', { chatId, messageId: 'm3', body: 'x' })).userErrors).toMatchObject([
    { code: 'CHAT_NOT_FOUND' },
  ])
  expect((await send(visitor, 'sendChatMessage', { chatId, messageId: 'm3', body: 'x' })).userErrors).toEqual([])
  expect(await theirs.rest()).toEqual([])
  expect((await send(zoe, 'startChat', {})).chat?.id).not.toBe(chatId)
})
