import { chatActor } from '@guichet/domain'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, max, mutate, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const start = async (as: Bearer, input: Record<string, unknown> = {}): Promise<string> => {
  const result = await mutate(api, as, 'startChat', input, 'chat { id }')
  return (result as typeof result & { readonly chat: { readonly id: string } }).chat.id
}
const shown = async (as: Bearer, id: string) =>
  (
    (await api.dataOf(
      as,
      `{ chat(id: "${id}") { context { name value } customerRecord { userId figures { openChats } } } }`,
    )) as { chat: object }
  ).chat

it('leads from a chat to the record of its customer and of the survivor of a merge, for the desk alone', async () => {
  await mutate(api, ana, 'registerCustomer', { customerId: 'zoe' }, '')
  const ofZoe = await start(zoe, { context: [{ name: 'page', value: '/checkout' }] })
  const record = { userId: 'zoe', figures: { openChats: 1 } }
  expect(await shown(ana, ofZoe)).toEqual({
    context: [{ name: 'page', value: '/checkout' }],
    customerRecord: record,
  })
  expect(await shown(zoe, ofZoe)).toEqual({ context: [], customerRecord: null })

  const ofMax = await start(max)
  expect(await shown(ana, ofMax)).toMatchObject({ customerRecord: { userId: 'max', figures: { openChats: 1 } } })
  await mutate(api, max, 'endChat', { chatId: ofMax }, 'chat { id }')
  await mutate(api, ana, 'mergeCustomers', { customerId: 'max', intoCustomerId: 'zoe' }, '')
  expect(await shown(ana, ofMax)).toEqual({ context: [], customerRecord: record })
})

it('reads the records of all chats of a list with one statement', async () => {
  const queries = async (first: number): Promise<number> => {
    const before = api.queryCount()
    await api.dataOf(ana, `{ chats(first: ${first}) { nodes { id customerRecord { userId } } } }`)
    return api.queryCount() - before
  }
  await queries(1)
  expect(await queries(2)).toBe(await queries(1))
})

it('leads to the record that the first contact of an anonymous visitor has made, and to none where there is none', async () => {
  const visitor: Bearer = { id: 'somebody', role: 'visitor' }
  const id = await start(visitor)
  expect(await shown(ana, id)).toMatchObject({ customerRecord: { userId: expect.stringMatching(/^visitor-/) } })
  const by = { kind: 'system', id: 'widget' } as const
  const unknown = { type: 'start', customer: { id: 'nobody-yet' } } as const
  expect(await api.desk.execute('chat', 'of-nobody', unknown, { by })).toMatchObject({ ok: true })
  expect(await shown(ana, 'of-nobody')).toEqual({ context: [], customerRecord: null })
})

it('says that a waiting chat waits for its customer while they are not connected', async () => {
  const of = async (as: Bearer) => api.dataOf(as, `{ chat(id: "of-gone") { customerAway } }`)
  const by = { kind: 'system', id: 'widget' } as const
  const start = { type: 'start', customer: { id: 'zoe' } } as const
  expect(await api.desk.execute('chat', 'of-gone', start, { by })).toMatchObject({ ok: true })
  expect(await of(ana)).toEqual({ chat: { customerAway: false } })
  for (const [type, customerAway] of [['disconnect', true] as const, ['reconnect', false] as const]) {
    expect(await api.desk.engine.execute('chat', 'of-gone', { type }, { by: chatActor })).toMatchObject({ ok: true })
    expect(await of(ana)).toEqual({ chat: { customerAway } })
    expect(await of(zoe)).toEqual({ chat: { customerAway: null } })
  }
})
