import { expect, it } from 'vitest'
import type { Actor, ChatCommandInput, Instant } from '@guichet/domain'
import { later } from '@guichet/domain'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const start = '2026-03-27T09:00:00.000Z' as Instant
const at = (seconds: number) => later(start, seconds * 1_000)
const anne = { kind: 'agent', id: 'anne' } as const
const router = { kind: 'system', id: 'router' } as const
const zoe = { kind: 'customer', id: 'zoe', name: 'Zoé Dupont' } as const

it('notifies the desk, and the agent who has the chat, of an answer that is overdue', async () => {
  const desk = emptyDesk()
  const does = async (by: Actor, command: ChatCommandInput, seconds: number) =>
    expect(await desk.execute('chat', 'c1', command, { by, at: at(seconds) })).toMatchObject({ ok: true })
  await does(zoe, { type: 'start', customer: { id: 'zoe', name: 'Zoé Dupont' } }, 0)
  await does(router, { type: 'fire', kind: 'chat_answer', cycle: 1, dueAt: at(30) }, 30)
  await does(router, { type: 'offer', round: 1, agent: { id: 'anne' }, agentVersion: 1 }, 40)
  await does(anne, { type: 'accept' }, 41)
  await does(anne, { type: 'send', messageId: 'a', body: 'Bonjour' }, 50)
  await does(zoe, { type: 'send', messageId: 'b', body: 'Et ?' }, 60)
  await does(router, { type: 'fire', kind: 'chat_answer', cycle: 3, dueAt: at(180) }, 180)
  const history = await projectHistory([await historyOf(desk)])
  try {
    const inboxOf = async (id: string, withDesk: boolean) =>
      (await history.models.inbox.ofRecipient(id, { limit: 10 }, { withDesk })).rows.map(({ row }) => row)
    const overdue = { kind: 'chat_overdue', level: 'warning', chatId: 'c1', ticketId: undefined }
    expect(await inboxOf('sam', true)).toMatchObject([
      { ...overdue, at: at(180), recipientId: undefined, team: 'supervisors' },
      { ...overdue, at: at(30), message: 'Zoé attend une réponse dans un chat.' },
    ])
    expect(await inboxOf('anne', false)).toMatchObject([{ ...overdue, at: at(180), recipientId: 'anne' }])
    expect(await inboxOf('zoe', false)).toEqual([])
  } finally {
    await history.drop()
  }
})
