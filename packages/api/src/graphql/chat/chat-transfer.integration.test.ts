import { afterAll, beforeAll, expect, it } from 'vitest'
import { ana, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const codesOf = async (...[as, operation, input]: [typeof ana, string, Record<string, unknown>]) =>
  (await mutate(api, as, operation, input, '')).userErrors.map(({ code, field }) => [code, field])

const transfer = (to: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  codesOf(ana, 'transferChat', { chatId: 'Chat~c', to, ...more })

beforeAll(async () => {
  for (const [agentId, more] of [
    ['ana', { level: 2 }],
    ['off', { team: 'technical_specialists' }],
    ['away', { team: 'technical_specialists' }],
    ['full', { team: 'billing_specialists', capacity: { chat: 0 } }],
    ['gone', {}],
    ['free', { team: 'supervisors' }],
  ] as const) {
    expect(await codesOf(sam, 'registerAgent', { agentId, name: agentId, ...more })).toEqual([])
    if (agentId === 'gone') expect(await codesOf(sam, 'retireAgent', { agentId })).toEqual([])
    if (agentId === 'off' || agentId === 'gone') continue
    const availability = agentId === 'away' ? 'BREAK' : 'AVAILABLE'
    expect(await codesOf(sam, 'setAvailability', { agentId, availability })).toEqual([])
  }
  const by = { kind: 'customer', id: zoe.id } as const
  const start = { customer: { id: zoe.id } }
  expect(await api.desk.startChat('c', start, { by })).toMatchObject({ ok: true })
  expect(await codesOf(ana, 'acceptChat', { chatId: 'Chat~c' })).toEqual([])
})

it.each([
  [{ agent: { id: 'off' } }, ['AGENT_UNAVAILABLE', 'to.agent']],
  [{ agent: { id: 'away' } }, ['AGENT_UNAVAILABLE', 'to.agent']],
  [{ agent: { id: 'full' } }, ['AGENT_FULL', 'to.agent']],
  [{ team: 'no-such-team' }, ['TEAM_UNKNOWN', 'to.team']],
  [{ team: 'investment_specialists' }, ['TEAM_UNKNOWN', 'to.team']],
  [{ level: 3 }, ['AGENT_NOT_FOUND', 'to.level']],
  [{ level: 2 }, ['AGENT_NOT_FOUND', 'to.level']],
  [{ team: 'technical_specialists' }, ['AGENT_UNAVAILABLE', 'to.team']],
  [{ team: 'billing_specialists' }, ['AGENT_FULL', 'to.team']],
  [{ agent: { id: 'gone' } }, ['AGENT_RETIRED', 'to.agent']],
  [{ agent: { id: 'nobody' } }, ['AGENT_NOT_FOUND', 'to.agent']],
  [{ agent: { id: 'ana' } }, ['CHAT_TRANSFER_TO_ITSELF', 'to.agent']],
])('is refused to %j, who cannot take the chat', async (to, refused) => {
  expect(await transfer(to)).toEqual([refused])
  const { state } = await api.desk.read('chat', 'c')
  expect(state).not.toHaveProperty('transfer.to')
})

it('reaches a team and a colleague who is there, and a repeat has the same answer when they have left', async () => {
  expect(await transfer({ team: 'supervisors' })).toEqual([])
  expect(await codesOf(ana, 'cancelChatTransfer', { chatId: 'Chat~c' })).toEqual([])
  const sent = { commandId: 'hand-over' }
  expect(await transfer({ agent: { id: 'free' } }, sent)).toEqual([])
  expect(await codesOf(sam, 'setAvailability', { agentId: 'free', availability: 'OFFLINE' })).toEqual([])
  expect(await transfer({ agent: { id: 'free' } }, sent)).toEqual([])
  expect(await codesOf(sam, 'retireAgent', { agentId: 'free' })).toEqual([])
  expect(await transfer({ agent: { id: 'free' } }, sent)).toEqual([])
  expect(await codesOf(ana, 'cancelChatTransfer', { chatId: 'Chat~c' })).toEqual([])
})

it('of a closed chat is refused as that, whoever it is for', async () => {
  expect(await codesOf(ana, 'closeChat', { chatId: 'Chat~c' })).toEqual([])
  expect(await transfer({ agent: { id: 'off' } })).toEqual([['CHAT_CLOSED', null]])
})
