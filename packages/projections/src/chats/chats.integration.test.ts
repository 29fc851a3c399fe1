import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor, ChatCommandInput, ChatEventData, Desk, Instant } from '@guichet/domain'
import { guichetEvents, later } from '@guichet/domain'
import { chatEvent, chatStarted, monday, sampleData } from '@guichet/domain/testing'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { ChatFilter } from './chat-row.ts'

const start = '2026-03-27T09:00:00.000Z' as Instant
const at = (seconds: number) => later(start, seconds * 1_000)
const anne = { kind: 'agent', id: 'anne', name: 'Anne' } as const
const router = { kind: 'system', id: 'router' } as const
const customerOf = (id: string) => ({ kind: 'customer', id: `of-${id}`, name: 'Zoé' }) as const

/** A desk whose chats are carried out second by second. */
function chatDesk(desk: Desk) {
  let now = 0
  const does = async (id: string, by: Actor, command: ChatCommandInput, seconds = 1) => {
    now += seconds
    const outcome = await desk.execute('chat', id, command, { by, at: at(now) })
    expect(outcome).toMatchObject({ ok: true })
  }
  const starts = (id: string, more: object = {}) =>
    does(id, customerOf(id), { type: 'start', customer: { id: `of-${id}`, name: 'Zoé' }, ...more })
  const takes = async (id: string) => {
    await does(id, router, { type: 'offer', round: 1, agent: { id: 'anne', name: 'Anne' }, agentVersion: 1 })
    await does(id, anne, { type: 'accept' })
  }
  return { does, starts, takes }
}

let history: ProjectedHistory

beforeAll(async () => {
  const desk = emptyDesk()
  const { does, starts, takes } = chatDesk(desk)
  await starts('early', { message: { messageId: 'm1', body: 'Hello' }, context: { page: '/prices' } })
  await starts('urgent', { priority: 'urgent', category: 'bill/late' })
  await starts('mobile', { channel: 'mobile' })
  await takes('early')
  await does('early', anne, { type: 'send', messageId: 'm2', body: 'x'.repeat(500) })
  await does('early', anne, { type: 'send', messageId: 'n1', kind: 'note', body: 'secret' })
  await does('early', customerOf('early'), { type: 'send', messageId: 'm3', body: 'My card is 4111' })
  await does('early', customerOf('early'), { type: 'send', messageId: 'm4', body: 'Yes' })
  await does('early', anne, { type: 'redact', messageId: 'm3' })
  await does('early', anne, { type: 'markRead', upTo: 4 })
  await does('urgent', router, { type: 'offer', round: 1, agent: { id: 'anne' }, agentVersion: 1 })
  await starts('gone')
  await does('gone', customerOf('gone'), { type: 'end' })
  history = await projectHistory([await historyOf(desk)])
})

afterAll(() => history.drop())

const listed = async (filter: ChatFilter, by: 'startedAt' | 'wait' = 'startedAt') => {
  const order = by === 'wait' ? ({ by } as const) : ({ by, direction: 'asc' } as const)
  return (await history.models.chats.list(filter, order, { limit: 10 }, 'all')).rows.map(({ row }) => row.id)
}

describe('the list of chats', () => {
  it('shows a chat with its last messages, what is unread, and whose reply is awaited', async () => {
    const [row] = await history.models.chats.byIds(['early'])
    expect(row).toMatchObject({
      id: 'early',
      status: 'active',
      customer: { id: 'of-early', name: 'Zoé' },
      context: { page: '/prices' },
      agent: { id: 'anne', name: 'Anne' },
      startedAt: at(1),
      acceptedAt: at(5),
      answeredAt: at(6),
      awaitedReply: { from: 'desk', since: at(8), overdue: false },
      messages: 5,
      publicMessages: 4,
      lastMessage: { messageId: 'm4', text: 'Yes', by: customerOf('early') },
      unread: { customer: 1, desk: 2 },
      read: { desk: 4 },
    })
    expect(row?.ticket).toBeUndefined()
  })

  it('cuts the text of a last message, and shows customers none of a note', async () => {
    const desk = emptyDesk()
    const { does, starts, takes } = chatDesk(desk)
    await starts('a')
    await takes('a')
    await does('a', anne, { type: 'send', messageId: 'm1', body: `${'x'.repeat(199)}😀 and more` })
    await does('a', anne, { type: 'send', messageId: 'n1', kind: 'note', body: 'secret' })
    const own = await projectHistory([await historyOf(desk)])
    try {
      const [row] = await own.models.chats.byIds(['a'])
      expect(row).toMatchObject({
        lastMessage: { messageId: 'n1', text: 'secret' },
        lastPublicMessage: { messageId: 'm1', text: 'x'.repeat(199) },
        unread: { customer: 1, desk: 0 },
        publicMessages: 1,
        updatedAt: at(5),
        publicUpdatedAt: at(4),
      })
    } finally {
      await own.drop()
    }
  })

  it('filters and pages', async () => {
    expect(await listed({})).toEqual(['early', 'urgent', 'mobile', 'gone'])
    expect(await listed({ status: ['waiting'] })).toEqual(['urgent', 'mobile'])
    expect(await listed({ agentId: ['anne'] })).toEqual(['early'])
    expect(await listed({ agentId: [null] })).toEqual(['urgent', 'mobile', 'gone'])
    expect(await listed({ involving: 'anne' })).toEqual(['early', 'urgent'])
    expect(await listed({ offeredTo: ['anne'] })).toEqual(['urgent'])
    expect(await listed({ category: ['bill'] })).toEqual(['urgent'])
    expect(await listed({ priority: ['urgent'], channel: ['mobile'] })).toEqual([])
    expect(await listed({ customerId: ['of-gone'] })).toEqual(['gone'])
    expect(await listed({ startedAt: { from: at(2), to: at(3) } })).toEqual(['urgent'])
    expect(await listed({ overdue: true })).toEqual([])
    const order = { by: 'startedAt', direction: 'desc' } as const
    const first = await history.models.chats.list({}, order, { limit: 3 }, 'all')
    expect(first).toMatchObject({ hasNext: true, hasPrevious: false })
    const next = await history.models.chats.list({}, order, { limit: 3, after: first.rows[2]?.keyset }, 'all')
    expect(next.rows.map(({ row }) => row.id)).toEqual(['early'])
  })

  it('lists open chats by their wait: those in which the reply of the desk is awaited first', async () => {
    expect(await listed({}, 'wait')).toEqual(['urgent', 'mobile', 'early'])
  })
})

describe('the messages of a chat', () => {
  const read = async (visibility: 'all' | 'public', page: object = {}) =>
    history.models.chatMessages.ofChat('early', { limit: 10, ...page }, visibility)

  it('have contiguous numbers for the customer, and notes have none', async () => {
    const all = await read('all')
    expect(all.rows.map(({ row: { id, version, number } }) => [id, version, number])).toEqual([
      ['m1', 2, 2],
      ['m2', 5, 4],
      ['n1', 6, undefined],
      ['m3', 7, 5],
      ['m4', 8, 6],
    ])
    const shown = await read('public')
    expect(shown.rows.map(({ row }) => row.id)).toEqual(['m1', 'm2', 'm3', 'm4'])
  })

  it.each([1, 2])('keep nothing of what was redacted, in whichever of %s batches', async (batches) => {
    const textAt = (path: string) => `4111 in ${path}`
    const given = { messageId: 'm', inReplyTo: 'n' }
    const data = sampleData(guichetEvents, 'ChatMessageSent', { given, textAt }) as ChatEventData<'ChatMessageSent'>
    const events = [
      chatStarted(),
      chatEvent('ChatMessageSent', data),
      chatEvent('ChatMessageEdited', { messageId: 'm', body: 'card 4111', internal: false }),
      chatEvent('ChatActionChosen', { messageId: 'm', actionId: 'pay 4111', label: 'Pay 4111' }),
      chatEvent('ChatMessageRedacted', { messageId: 'm', internal: false }, { at: at(10) }),
    ]
    const desk = emptyDesk()
    await desk.store.append({ stream: 'chat-C', expectedVersion: 0, commandId: 'c', events })
    const recorded = await historyOf(desk)
    const redacted = await projectHistory(batches === 1 ? [recorded] : [recorded.slice(0, 3), recorded.slice(3)])
    try {
      const [message] = await redacted.models.chatMessages.byKeys([{ chatId: 'C', messageId: 'm' }], 'all')
      expect(message).toMatchObject({ body: '', attachments: [], inReplyTo: 'n', editedAt: monday, redactedAt: at(10) })
      const { rows } = await redacted.pool.query(
        `select * from guichet_read.chat_message m where m::text like '%4111%'`,
      )
      expect(rows).toEqual([])
    } finally {
      await redacted.drop()
    }
  })

  it('are paged from either end, by number for customers and by version for the desk', async () => {
    const last = await read('public', { limit: 2, backward: true })
    expect(last.rows.map(({ row, keyset }) => [row.id, keyset])).toEqual([
      ['m3', { value: '5', id: 'early' }],
      ['m4', { value: '6', id: 'early' }],
    ])
    expect(last).toMatchObject({ hasPrevious: true, hasNext: false })
    const before = await read('public', { limit: 2, backward: true, before: last.rows[0]?.keyset })
    expect(before.rows.map(({ row }) => row.id)).toEqual(['m1', 'm2'])
    const after = await read('all', { after: { value: '5', id: 'early' } })
    expect(after.rows.map(({ row }) => row.id)).toEqual(['n1', 'm3', 'm4'])
    await expect(read('public', { after: { value: '5', id: 'urgent' } })).rejects.toThrow(RangeError)
  })

  it('are found by their ids, notes by the desk alone', async () => {
    const keys = [
      { chatId: 'early', messageId: 'n1' },
      { chatId: 'urgent', messageId: 'm1' },
    ]
    const { chatMessages } = history.models
    expect((await chatMessages.byKeys(keys, 'all')).map((row) => row?.body)).toEqual(['secret', undefined])
    expect(await chatMessages.byKeys(keys, 'public')).toEqual([undefined, undefined])
  })

  it('are kept apart in chats whose ids and those of their messages give the same words', async () => {
    const desk = emptyDesk()
    const { starts } = chatDesk(desk)
    await starts('a b', { message: { messageId: 'c', body: 'first' } })
    await starts('a', { message: { messageId: 'b c', body: 'second' } })
    const own = await projectHistory([await historyOf(desk)])
    try {
      const keys = [
        { chatId: 'a b', messageId: 'c' },
        { chatId: 'a', messageId: 'b c' },
      ]
      const found = await own.models.chatMessages.byKeys(keys, 'all')
      expect(found.map((row) => row?.body)).toEqual(['first', 'second'])
    } finally {
      await own.drop()
    }
  })
})
