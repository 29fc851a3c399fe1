import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, max, mutate, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const says = async (as: Bearer, chatId: string, messageId: string, body: string, more: object = {}) =>
  expect(await mutate(api, as, 'sendChatMessage', { chatId, messageId, body, ...more }, '')).toMatchObject({
    userErrors: [],
  })

/** Starts a chat that ana has, with a note and a message that is removed. */
async function chatOf(as: Bearer, word: string): Promise<string> {
  const message = { messageId: 'first', body: `La ${word} ne charge plus` }
  const started = await mutate(api, as, 'startChat', { message }, 'chat { id }')
  const { id } = (started as unknown as { readonly chat: { readonly id: string } }).chat
  const by = { kind: 'agent', id: 'ana' } as const
  const offer = { type: 'offer', round: 1, agent: { id: 'ana' }, agentVersion: 1 } as const
  for (const command of [offer, { type: 'accept' } as const]) {
    expect(await api.desk.execute('chat', id.replace(/^Chat~/, ''), command, { by })).toMatchObject({ ok: true })
  }
  await says(ana, id, 'answer', `Redémarrez votre ${word}`)
  await says(ana, id, 'note', 'a difficult grumbler', { kind: 'NOTE' })
  await says(as, id, 'removed', 'my secret is swordfish')
  const redaction = { chatId: id, messageId: 'removed' }
  expect(await mutate(api, as, 'redactChatMessage', redaction, '')).toMatchObject({ userErrors: [] })
  return id
}

let ofZoe: string
let ofMax: string
beforeAll(async () => {
  ofZoe = await chatOf(zoe, 'batterie')
  ofMax = await chatOf(max, 'tondeuse')
})

const list = 'query ($filter: ChatFilter) { chats(first: 10, orderBy: EARLIEST, filter: $filter) { nodes { id } } }'
const found = async (as: Bearer, search: string, filter: object = {}): Promise<readonly string[]> => {
  const { chats } = await api.dataOf(as, list, { filter: { search, ...filter } })
  return (chats as { readonly nodes: readonly { readonly id: string }[] }).nodes.map(({ id }) => id)
}

it('finds chats by the words of their messages and customers, together with other conditions', async () => {
  expect(await found(ana, 'battrie')).toEqual([ofZoe])
  expect(await found(ana, 'redemarrez')).toEqual([ofZoe, ofMax])
  expect(await found(ana, 'redemarrez tondeuse')).toEqual([ofMax])
  expect(await found(ana, 'redemarrez', { customerId: ['zoe'] })).toEqual([ofZoe])
  expect(await found(ana, 'redemarrez', { status: ['CLOSED'] })).toEqual([])
  expect(await found(ana, 'grumbler')).toEqual([ofZoe, ofMax])
  expect(await found(ana, 'swordfish')).toEqual([])
})

it('finds for customers nothing of notes, of what was removed, or of the chats of others', async () => {
  expect(await found(zoe, 'redemarrez')).toEqual([ofZoe])
  expect(await found(zoe, 'baterie')).toEqual([ofZoe])
  for (const search of ['grumbler', 'grumbelr', 'swordfish', 'tondeuse', 'tondeus', 'battrie tondeuse']) {
    expect(await found(zoe, search)).toEqual([])
  }
})

it('finds what the searcher has just written, though the read model of the search is behind the others', async () => {
  const sent = await api.ask(
    zoe,
    'mutation ($input: SendChatMessageInput!) { sendChatMessage(input: $input) { userErrors { code } position } }',
    { input: { commandId: 'just-now', chatId: ofZoe, messageId: 'just-now', body: 'Le chargeur clignote' } },
  )
  expect(sent.data).toMatchObject({ sendChatMessage: { userErrors: [] } })
  expect(await found(zoe, 'clignote')).toEqual([ofZoe])
})

it('takes a search of at most 300 characters', async () => {
  const { errors } = await api.ask(zoe, list, { filter: { search: 'x'.repeat(301) } })
  expect(errors).toMatchObject([{ extensions: { code: 'malformed_input' } }])
  expect(errors[0]?.message).toContain('filter.search')
})
