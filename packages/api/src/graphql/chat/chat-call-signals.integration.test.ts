import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema, limits } from '@guichet/domain'
import { longestSignal } from '../../live/call-signals.ts'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { mutate, openEventStream, sam, tokenFor, useApi } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { limits: { writtenBytesPerMinute: 0 } })
const agent: Bearer = { role: 'agent', id: `auth0|${'𠀀'.repeat(194)}`, name: 'Lou' }
const customer: Bearer = { role: 'customer', id: `google-oauth2|${'漢'.repeat(186)}` }
const call = { chatId: '漢'.repeat(limits.id), callId: '𠀀'.repeat(limits.id) }
let url: string

beforeAll(async () => {
  url = `${await api.app.listen({ port: 0, host: '127.0.0.1' })}/graphql`
  const configuration = configurationSchema.parse({ chat: { channels: { web: { videoCalls: true } } } })
  await api.desk.execute(
    'configuration',
    'desk',
    { type: 'apply', configuration },
    { by: { kind: 'agent', id: 'ada' } },
  )
  await mutate(api, sam, 'registerAgent', { agentId: agent.id, name: 'Lou' }, '')
  await mutate(api, sam, 'setAvailability', { agentId: agent.id, availability: 'AVAILABLE' }, '')
  const by = { kind: 'customer', id: customer.id } as const
  expect(await api.desk.startChat(call.chatId, { customer: { id: customer.id } }, { by })).toMatchObject({ ok: true })
  for (const [as, operation, input] of [
    [agent, 'acceptChat', { chatId: call.chatId }],
    [customer, 'requestChatCall', { ...call, kind: 'VIDEO' }],
    [agent, 'acceptChatCall', call],
  ] as const) {
    expect(await mutate(api, as, operation, input, 'chat { id }')).toMatchObject({ userErrors: [] })
  }
})

const subscribed = async <T>(as: Bearer, selection: string) =>
  openEventStream<T>(url, await tokenFor(as), `subscription { ${selection} }`)

async function refusalsOf(operation: string, input: object, as = customer): Promise<readonly string[]> {
  const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
  const query = `mutation ($input: ${type}!) { ${operation}(input: $input) { userErrors { code field } } }`
  const { [operation]: result } = (await api.dataOf(as, query, { input })) as Record<
    string,
    { readonly userErrors: readonly { readonly code: string; readonly field: string | null }[] }
  >
  return result?.userErrors.map(({ code, field }) => `${code} ${field}`) ?? ['no answer']
}

const signal = (signalId: string, data: string): Promise<readonly string[]> =>
  refusalsOf('sendChatCallSignal', { ...call, signalId, data })

describe('a signal of a call', () => {
  it('arrives when it was acknowledged, however long it is, and is refused when it is too long', async () => {
    const selection = `chatCallSignalled(chatId: "${call.chatId}", callId: "${call.callId}") { signalId data }`
    const signals = await subscribed<{ chatCallSignalled: { signalId: string; data: string } }>(agent, selection)
    const characters = ['x', '"', 'é', '漢', '😀', '\\', '\u0001']
    const sent = characters.map((character) => character.repeat(longestSignal))
    for (const [n, data] of sent.entries()) {
      expect(await signal(`${n}`, data)).toEqual([])
      expect(await signal('longer', `${data}x`)).toEqual(['INVALID_COMMAND data'])
    }
    const longestId = '𠀀'.repeat(limits.id)
    expect(await signal(longestId, '{}')).toEqual([])
    const received = await signals.take(sent.length + 1)
    expect(received.map(({ data }, n) => data?.chatCallSignalled.data === (sent[n] ?? '{}'))).toEqual(
      received.map(() => true),
    )
    expect(received.at(-1)?.data?.chatCallSignalled.signalId).toBe(longestId)
    await signals.leave()
  })

  it.each(['', ' ', 'a|b', 'x'.repeat(129), 'x'.repeat(10_000), '𠀀'.repeat(129), '\0', '\ud800'])(
    'has no id such as %j',
    async (signalId) => {
      expect(await signal(signalId, '{}')).toEqual(['INVALID_COMMAND signalId'])
    },
  )

  it.each(['chatId', 'callId'])('has a %s within its limits', async (field) => {
    for (const wrong of ['', '\0', 'x'.repeat(10_000)]) {
      const given = { ...call, signalId: 's', data: '{}', [field]: wrong }
      expect(await refusalsOf('sendChatCallSignal', given)).toEqual([`INVALID_COMMAND ${field}`])
    }
  })
})

it('who types is shown, however long their id is', async () => {
  const selection = `chatTypingChanged(chatId: "${call.chatId}") { typing { side } }`
  for (const [as, other, side] of [
    [agent, customer, 'DESK'],
    [customer, agent, 'CUSTOMER'],
  ] as const) {
    const typing = await subscribed(other, selection)
    expect(await typing.take(1)).toMatchObject([{ data: { chatTypingChanged: { typing: [] } } }])
    expect(await refusalsOf('showChatTyping', { chatId: call.chatId, typing: true }, as)).toEqual([])
    expect(await typing.take(1)).toMatchObject([{ data: { chatTypingChanged: { typing: [{ side }] } } }])
    await typing.leave()
    await refusalsOf('showChatTyping', { chatId: call.chatId, typing: false }, as)
  }
})
