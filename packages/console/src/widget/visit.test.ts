import { expect, it } from 'vitest'
import type { CurrentChat } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import { memoryStorage } from '../connection/storage.ts'
import { createVisit, currentChat, isOver, startInput } from './visit.ts'

const server = 'https://desk.example'

it('remembers a start under the same ids until it is answered', () => {
  const store = memoryStorage()
  createVisit(store, server, 'zoe').begin('Hello')
  const [visit, other] = [createVisit(store, server, 'zoe'), createVisit(store, server, 'mia')]
  expect(visit.start()).toMatchObject({ message: { body: 'Hello' } })
  expect(visit.start()).toEqual(visit.start())
  expect(other.start()).toBeUndefined()
  const before = visit.start()
  expect(createVisit(store, server, 'zoe').begin('Hello from another tab')).toBe(false)
  expect(visit.start()).toEqual(before)
  visit.endStart()
  expect(visit.start()).toBeUndefined()
})

it.each(['{', '[]', '{"commandId":"c1"}', '{"commandId":"c1","message":{"messageId":"m1"}}'])(
  'knows of no start where what was kept is damaged: %s',
  (damaged) => {
    const store = memoryStorage()
    store.setItem(`guichet-start:${server}:zoe`, damaged)
    expect(createVisit(store, server, 'zoe').start()).toBeUndefined()
  },
)

it('becomes that of the customer whom the visitor proves to be', () => {
  const store = memoryStorage()
  const [visitor, zoe] = [createVisit(store, server, 'visitor'), createVisit(store, server, 'zoe')]
  visitor.setChat('Chat~1')
  visitor.begin('Hello')
  zoe.adopt()
  expect([zoe.chatId(), zoe.start()?.message.body]).toEqual(['Chat~1', 'Hello'])
  expect([visitor.chatId(), visitor.start()]).toEqual([null, undefined])
})

it('leaves nothing when it is forgotten, what was not sent included', () => {
  const store = memoryStorage()
  const visit = createVisit(store, server, 'zoe')
  visit.setChat('Chat~1')
  visit.begin('Hello')
  for (const chat of ['Chat~0', 'Chat~1']) store.setItem(`guichet-outbox:customer:${chat}`, '[]')
  store.setItem('theirs', 'of the host')
  visit.forget()
  expect(Array.from({ length: store.length }, (_, index) => store.key(index))).toEqual(['theirs'])
})

it('drops what a visitor has begun whom it has adopted, and keeps what others have', () => {
  const store = memoryStorage()
  const anonymous = createVisit(store, server, 'visitor')
  anonymous.setChat('Chat~1')
  anonymous.begin('Hello')
  const zoe = createVisit(store, server, 'zoe')
  const max = createVisit(store, server, 'max')
  max.setChat('Chat~2')
  zoe.adopt()
  expect([zoe.chatId(), zoe.start()?.message.body]).toEqual(['Chat~1', 'Hello'])
  zoe.drop()
  expect([anonymous.chatId(), anonymous.start(), zoe.chatId(), zoe.start()]).toEqual([null, undefined, null, undefined])
  expect(max.chatId()).toBe('Chat~2')
})

it('starts a chat in the language of the page', () => {
  const start = { commandId: 'c1', message: { messageId: 'm1', body: 'Hello' } }
  expect(startInput(start, { channel: 'MOBILE' }, 'fr-CA', 'https://shop.example/', null)).toEqual({
    ...start,
    channel: 'MOBILE',
    language: 'fr-CA',
    context: [{ name: 'page', value: 'https://shop.example/' }],
  })
})

it('tells the desk what was searched in vain on the page that has led there', () => {
  const start = { commandId: 'c1', message: { messageId: 'm1', body: 'Hello' } }
  for (const [search, value] of [
    [' lost\u0000\nkey ', 'lost key'],
    ['x'.repeat(600), 'x'.repeat(500)],
  ] as const)
    expect(startInput(start, {}, 'en', 'https://shop.example/', search)).toMatchObject({
      context: [{ name: 'page' }, { name: 'search', value }],
    })
  expect(startInput(start, {}, 'en', 'https://shop.example/', '\n')).toMatchObject({ context: [{ name: 'page' }] })
})

const day = 86_400_000
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()
const ended = (closeReason: string, closedAt: string, unread = 0) =>
  ({ id: 'Chat~1', status: 'CLOSED', closeReason, closedAt, unread }) as CurrentChat
const open = { id: 'Chat~2', status: 'ACTIVE', closeReason: null, closedAt: null, unread: 0 } as CurrentChat

/** A desk where the customer has `chat`, which this browser remembers, and perhaps another one that is open. */
const deskWith = (chat: CurrentChat | null, own: CurrentChat | null = null) => ({
  ask: async <T>(document: string): Promise<T> => {
    if (document === documents.chat) return { chat } as T
    const nodes = own ? [own] : []
    return { open: { nodes: own?.status === 'CLOSED' ? [] : nodes }, ended: { nodes } } as T
  },
})
const remembering = (id: string) => {
  const visit = createVisit(memoryStorage(), server, 'zoe')
  visit.setChat(id)
  return visit
}

it('goes on with the open chat of the customer when the one it remembers was continued there', async () => {
  const visit = remembering('Chat~1')
  expect(await currentChat(deskWith(ended('CONTINUED', ago(1_000)), open), visit, false)).toEqual(open)
  expect(visit.chatId()).toBe('Chat~2')
})

it('goes on with a chat that ended within the day in which it may be reopened, and forgets an older one', async () => {
  const visit = remembering('Chat~1')
  const recent = ended('SOLVED', ago(day - 60_000))
  expect(await currentChat(deskWith(recent), visit, true)).toEqual(recent)
  expect(visit.chatId()).toBe('Chat~1')
  expect([isOver(recent), isOver(open)]).toEqual([false, false])
  expect(await currentChat(deskWith(ended('SOLVED', ago(day + 1_000))), visit, true)).toBeNull()
  expect(visit.chatId()).toBeNull()
})

it('goes on with a chat that ended long ago, here or on another device, while its answer is unread', async () => {
  const answered = ended('SOLVED', ago(3 * day), 1)
  const visit = remembering('Chat~1')
  expect(await currentChat(deskWith(answered), visit, true)).toEqual(answered)
  const elsewhere = createVisit(memoryStorage(), server, 'zoe')
  expect(await currentChat(deskWith(null, answered), elsewhere, false)).toEqual(answered)
  expect(elsewhere.chatId()).toBe('Chat~1')
  const other = createVisit(memoryStorage(), server, 'zoe')
  expect(await currentChat(deskWith(null, ended('SOLVED', ago(1_000))), other, false)).toBeNull()
})

it('forgets a chat, but not the one that another tab has begun since', () => {
  const visit = remembering('Chat~2')
  visit.forgetChat('Chat~1')
  expect(visit.chatId()).toBe('Chat~2')
  visit.forgetChat('Chat~2')
  expect(visit.chatId()).toBeNull()
})
