import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Chat } from '../connection/documents.ts'
import { openSession } from './session.ts'
import { memoryStorage } from '../connection/storage.ts'
import type { Transport } from '../connection/transport.ts'
import { Refused, Unreachable } from '../connection/refusals.ts'

const chat: Chat = {
  id: 'Chat~1',
  status: 'ACTIVE',
  channel: 'WEB',
  callKinds: [],
  customerAway: false,
  customer: { userId: 'zoe', name: null },
  agent: null,
  lastNumber: 0,
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
}

/** A transport without a network. */
const nowhere: Transport = {
  ask: () => Promise.reject(new Unreachable()),
  follow: () => () => undefined,
  pause: () => new Promise(() => undefined),
  refresh: () => undefined,
  close: () => undefined,
}

beforeEach(() => void vi.stubGlobal('window', new EventTarget()))
afterEach(() => void vi.unstubAllGlobals())

it('leaves what an agent wrote to that agent, at a browser that another agent uses too', () => {
  const store = memoryStorage()
  const open = (agent: string) =>
    openSession({
      transport: nowhere,
      store,
      chat,
      side: 'desk',
      agent,
      isOwn: () => false,
      changed: () => undefined,
      delayed: () => undefined,
      ended: () => undefined,
    })
  const ana = open('ana')
  ana.write('Third call this week', 'NOTE')
  ana.close()
  const ben = open('ben')
  expect(ben.unsent()).toEqual([])
  ben.close()
  expect(open('ana').unsent()).toMatchObject([{ body: 'Third call this week' }])
})

it('sends a choice again under one id until it is answered, and drops it for a later one', async () => {
  const ids: unknown[] = []
  const ratings: unknown[] = []
  const session = openSession({
    transport: {
      ...nowhere,
      ask: (_, variables) => {
        const { input } = variables as { readonly input: Readonly<Record<string, unknown>> }
        ids.push(input['commandId'])
        ratings.push(input['rating'])
        return Promise.reject(ids.length < 4 ? new Unreachable() : new Refused('chat_unknown'))
      },
      pause: () => Promise.resolve(),
    },
    store: memoryStorage(),
    chat,
    side: 'customer',
    isOwn: () => true,
    changed: () => undefined,
    delayed: () => undefined,
    ended: () => undefined,
  })
  const first = session.insist('rateChat', { rating: 3 })
  const repeated = session.insist('rateChat', { rating: 3 })
  const second = session.insist('rateChat', { rating: 5 })
  expect(await Promise.all([first, repeated, second])).toEqual([undefined, undefined, 'chat_unknown'])
  expect(ratings).toEqual([3, 5, 5, 5])
  expect(new Set(ids).size).toBe(2)
  session.close()
})

it('reads earlier messages until some are found that it does not show, or there are none', async () => {
  const asked: unknown[] = []
  const session = openSession({
    transport: {
      ...nowhere,
      ask: <T>(_: string, variables: object = {}) => {
        const { before } = variables as { readonly before?: string }
        asked.push(before)
        const pageInfo = { hasPreviousPage: before !== '2', startCursor: before === undefined ? '1' : '2' }
        const nodes =
          before === '1' ? [{ messageId: 'm1', editedAt: null, redactedAt: null, number: 1, chosen: null }] : []
        return Promise.resolve({ chat: { messages: { nodes, pageInfo } } } as T)
      },
    },
    store: memoryStorage(),
    chat,
    side: 'customer',
    isOwn: () => true,
    changed: () => undefined,
    delayed: () => undefined,
    ended: () => undefined,
  })
  expect([await session.readEarlier(), asked]).toEqual([undefined, []])
  session.conversation.hasEarlier = true
  await session.readEarlier()
  expect([asked, session.conversation.entries.map(({ id }) => id)]).toEqual([[undefined, '1'], ['m1']])
  await session.readEarlier()
  expect([asked.at(-1), session.conversation.hasEarlier]).toEqual(['2', false])
  session.close()
})
