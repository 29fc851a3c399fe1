import { describe, expect, it } from 'vitest'
import { addChange, addEarlier, conversationOf, isMessage, lastOfOthers, unreadCount } from './conversation.ts'
import type { Call, Chat, ChatChange, ChatEvent, MessagePage, SentMessage } from '../connection/documents.ts'

const chat = (lastNumber: number): Chat & { readonly calls: readonly Call[] } => ({
  id: 'Chat~1',
  status: 'ACTIVE',
  channel: 'WEB',
  callKinds: [],
  customerAway: false,
  calls: [],
  customer: { userId: 'zoe', name: null },
  agent: null,
  lastNumber,
  read: { customer: 0, desk: 0 },
  closeReason: null,
  closedAt: null,
  rating: null,
  priority: 'NORMAL',
  startedAt: '2026-01-01T00:00:00Z',
  offer: null,
  transfer: null,
  participants: [],
  ticket: null,
})

const event = (number: number | null, given: Partial<ChatEvent>): ChatEvent => ({
  type: 'CHAT_MESSAGE_SENT',
  number,
  at: '2026-01-01T00:00:00Z',
  by: { kind: 'CUSTOMER', userId: 'zoe', name: null },
  messageId: null,
  body: null,
  actionId: null,
  reason: null,
  agent: null,
  message: null,
  ...given,
})

const said = (number: number | null, id: string, kind = 'CUSTOMER'): ChatChange => ({
  cursor: `c${id}`,
  truncated: false,
  chat: chat(number ?? 0),
  event: event(number, {
    by: { kind, userId: kind, name: null },
    message: { messageId: id, kind: 'TEXT', body: id, attachments: [], actions: [], card: null },
  }),
})

const sent = (messageId: string): SentMessage => ({
  messageId,
  number: 1,
  kind: 'TEXT',
  at: '2026-01-01T00:00:00Z',
  by: { kind: 'CUSTOMER', userId: 'zoe', name: null },
  body: messageId,
  attachments: [],
  actions: [],
  card: null,
  chosen: null,
  editedAt: null,
  redactedAt: null,
})
const page = (ids: readonly string[], startCursor: string | null = null): MessagePage => ({
  nodes: ids.map(sent),
  pageInfo: { hasPreviousPage: startCursor !== null, startCursor },
})

describe('a conversation', () => {
  it('holds each message once, in the order in which it arrives', () => {
    const conversation = conversationOf(chat(0))
    for (const id of ['a', 'b', 'a', 'c', 'b']) addChange(conversation, said(1, id))
    expect(conversation.entries.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(conversation.cursor).toBe('cb')
  })

  it('shows the end of a transfer to who had asked for it, and to the desk with its reason', () => {
    const ended = (number: number | null): ChatChange => ({
      cursor: `e${number}`,
      truncated: false,
      chat: chat(number ?? 0),
      event: event(number, { type: 'CHAT_TRANSFER_ENDED', reason: 'nobody', agent: { userId: 'emma', name: 'Emma' } }),
    })
    const conversation = conversationOf(chat(0))
    addChange(conversation, ended(null))
    addChange(conversation, ended(1))
    expect(conversation.entries).toMatchObject([
      { is: 'notice', what: 'transferEnded', name: 'nobody' },
      { is: 'notice', what: 'transferFailed', name: 'Emma' },
    ])
  })

  it('is caught up with the last event that existed when it was opened', () => {
    const conversation = conversationOf(chat(2))
    addChange(conversation, { ...said(1, 'a'), chat: chat(2) })
    expect(conversation.caughtUp).toBe(false)
    addChange(conversation, said(2, 'b'))
    expect(conversation.caughtUp).toBe(true)
  })

  it('changes a message that is edited, redacted or whose action is chosen, and keeps its place', () => {
    const conversation = conversationOf(chat(0))
    for (const id of ['a', 'b', 'c']) addChange(conversation, said(1, id))
    const changes = [
      event(2, { type: 'CHAT_MESSAGE_EDITED', messageId: 'a', body: 'A' }),
      event(3, { type: 'CHAT_MESSAGE_REDACTED', messageId: 'b' }),
      event(4, { type: 'CHAT_ACTION_CHOSEN', messageId: 'c', actionId: 'yes' }),
    ]
    for (const one of changes)
      addChange(conversation, { cursor: `e${one.number}`, truncated: false, chat: null, event: one })
    expect(conversation.entries).toMatchObject([
      { id: 'a', body: 'A', edited: true },
      { id: 'b', body: '', redacted: true },
      { id: 'c', chosen: 'yes' },
    ])
  })

  it('drops what it shows when events were left out, since any of it may have been removed', () => {
    const conversation = conversationOf(chat(9))
    for (const id of ['a', 'b']) addChange(conversation, said(1, id))
    expect(conversation.hasEarlier).toBe(false)
    addChange(conversation, { ...said(8, 'x'), chat: chat(9), truncated: true })
    expect(conversation.caughtUp).toBe(false)
    addChange(conversation, said(9, 'y'))
    expect(conversation.entries.map(({ id }) => id)).toEqual(['x', 'y'])
    expect(conversation).toMatchObject({ hasEarlier: true, caughtUp: true, cursor: 'cy' })
  })

  it('has earlier events where the first that has a number is not number one', () => {
    const conversation = conversationOf(chat(9))
    addChange(conversation, said(null, 'note'))
    expect(conversation.hasEarlier).toBeUndefined()
    addChange(conversation, said(7, 'a'))
    expect(conversation.hasEarlier).toBe(true)
  })

  it('has earlier messages before the others, page by page, and each of them once', () => {
    const conversation = conversationOf(chat(9))
    addChange(conversation, said(7, 'e'))
    addChange(conversation, said(8, 'f'))
    const { entries } = conversation
    // The page holds what the conversation has not received yet.
    expect(addEarlier(conversation, page(['c', 'd', 'e', 'f', 'g'], 'before c'))).toBe(2)
    expect(conversation).toMatchObject({ hasEarlier: true, earlierBefore: 'before c' })
    expect(addEarlier(conversation, page(['a', 'b']))).toBe(2)
    expect(entries.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(conversation.hasEarlier).toBe(false)
    addChange(conversation, said(9, 'g'))
    expect(conversation.entries.at(-1)).toMatchObject({ id: 'g' })
  })

  it('shows earlier messages as they stand', () => {
    const conversation = conversationOf(chat(9))
    addChange(conversation, said(9, 'z'))
    const [edited, removed, chosen] = ['a', 'b', 'c'].map((id) => sent(id)) as [SentMessage, SentMessage, SentMessage]
    addEarlier(conversation, {
      ...page([]),
      nodes: [
        { ...edited, editedAt: '2026-01-02T00:00:00Z' },
        { ...removed, redactedAt: '2026-01-02T00:00:00Z' },
        { ...chosen, chosen: 'yes', number: null },
      ],
    })
    expect(conversation.entries).toMatchObject([
      { id: 'a', body: 'a', edited: true, number: 1 },
      { id: 'b', body: '', redacted: true },
      { id: 'c', chosen: 'yes' },
      { id: 'z' },
    ])
    expect(conversation.entries[2]).not.toHaveProperty('number')
  })

  it('keeps what is newer of the chat when an older state arrives late', () => {
    const conversation = conversationOf(chat(5))
    addChange(conversation, said(3, 'a'))
    expect(conversation.chat.lastNumber).toBe(5)
  })

  it('is read up to the last message of the other side, and a note has no number', () => {
    const conversation = conversationOf(chat(0))
    addChange(conversation, said(1, 'a', 'AGENT'))
    addChange(conversation, said(2, 'b'))
    addChange(conversation, said(null, 'n', 'AGENT'))
    expect(lastOfOthers(conversation, ({ kind }) => kind === 'CUSTOMER')).toBe(1)
  })

  it('counts the messages of the desk that the customer has neither read nor seen', () => {
    const conversation = conversationOf({ ...chat(4), read: { customer: 1, desk: 0 } })
    for (const [number, kind] of [
      [1, 'AGENT'],
      [2, 'AGENT'],
      [3, 'CUSTOMER'],
      [4, 'AGENT'],
    ] as const)
      addChange(conversation, { ...said(number, `m${number}`, kind), chat: null })
    const unread = (seen: number): number => unreadCount(conversation, ({ kind }) => kind === 'CUSTOMER', seen)
    expect([0, 2, 4].map(unread)).toEqual([2, 1, 0])
  })
})

it('a message is known by the id that its sender chose, with or without what the server adds', () => {
  expect([isMessage('m1', 'm1'), isMessage('m1#0af3', 'm1'), isMessage('m10', 'm1')]).toEqual([true, true, false])
})
