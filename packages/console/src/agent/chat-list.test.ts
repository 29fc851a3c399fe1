import { expect, it } from 'vitest'
import { byWait, customerOf, labelOf, needOf, readChats, unlisted } from './chat-list.ts'
import type { ListedChat } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import { Refused, Unreachable } from '../connection/refusals.ts'

const chat = (id: string, given: Partial<ListedChat> = {}): ListedChat => ({
  id,
  status: 'ACTIVE',
  channel: 'WEB',
  customer: { userId: 'zoe', name: 'Zoé' },
  customerAway: false,
  agent: { userId: 'ana', name: 'Ana' },
  lastNumber: 1,
  read: { customer: 0, desk: 0 },
  closeReason: null,
  closedAt: null,
  rating: null,
  priority: 'MEDIUM',
  startedAt: '2026-11-24T09:00:00.000Z',
  offer: null,
  transfer: null,
  callKinds: [],
  participants: [],
  ticket: null,
  ...given,
})
const waits = (since: string, from: 'DESK' | 'CUSTOMER' = 'DESK') => ({
  awaitedReply: { from, since: `2026-11-24T${since}:00.000Z`, overdue: false },
})
const now = Date.parse('2026-11-24T09:12:30.000Z')

it('needs its viewer once for each offer to them, and for each message of their own chats', () => {
  const offered = (userId: string) =>
    chat('a', { status: 'WAITING', agent: null, offer: { agent: { userId, name: null }, expiresAt: '' } })
  expect(needOf(offered('ana'), undefined, 'ana')).toBe('offer')
  expect(needOf(offered('ana'), offered('ben'), 'ana')).toBe('offer')
  expect(needOf(offered('ana'), offered('ana'), 'ana')).toBeUndefined()
  expect(needOf(offered('ben'), undefined, 'ana')).toBeUndefined()
  const [before, later] = [chat('a', waits('09:00')), chat('a', { lastNumber: 2, ...waits('09:00') })]
  expect(needOf(later, before, 'ana')).toBe('message')
  expect(needOf(later, later, 'ana')).toBeUndefined()
  expect(needOf(later, before, 'ben')).toBeUndefined()
  // What is read when the page begins is no news.
  expect(needOf(later, undefined, 'ana')).toBeUndefined()
  expect(needOf(chat('a', { lastNumber: 2, ...waits('09:00', 'CUSTOMER') }), before, 'ana')).toBeUndefined()
})

it('needs whom a chat invites, once, and those who have joined it to write as its agent', () => {
  const withBen = (role: string, joined: boolean, given: Partial<ListedChat> = {}) =>
    chat('a', { participants: [{ agent: { userId: 'ben', name: 'Ben' }, role, joined }], ...given })
  const invited = withBen('SPEAKER', false)
  expect(needOf(invited, chat('a'), 'ben')).toBe('invitation')
  expect(needOf(invited, undefined, 'ben')).toBe('invitation')
  expect(needOf(invited, invited, 'ben')).toBeUndefined()
  expect(needOf(invited, chat('a'), 'cid')).toBeUndefined()
  expect(needOf(withBen('OBSERVER', false), chat('a'), 'ben')).toBe('invitation')
  expect(needOf(withBen('SPEAKER', false, { status: 'CLOSED' }), invited, 'ben')).toBeUndefined()
  const later = { lastNumber: 2, ...waits('09:00') }
  expect(needOf(withBen('SPEAKER', true, later), withBen('SPEAKER', true), 'ben')).toBe('message')
  expect(needOf(withBen('OBSERVER', true, later), withBen('OBSERVER', true), 'ben')).toBeUndefined()
  expect(needOf(withBen('SPEAKER', true, later), withBen('SPEAKER', false, waits('09:00')), 'ben')).toBeUndefined()
  expect(needOf(withBen('SPEAKER', true), withBen('SPEAKER', true), 'ben')).toBeUndefined()
})

it('lists the longest wait for the desk first, then the chats that wait for customers, then the closed ones', () => {
  const chats = [
    chat('closed', { status: 'CLOSED', ...waits('08:00') }),
    chat('answered', waits('08:30', 'CUSTOMER')),
    chat('new', { status: 'WAITING', agent: null, ...waits('09:10') }),
    chat('old', waits('09:05')),
  ]
  expect(chats.toSorted(byWait).map(({ id }) => id)).toEqual(['old', 'new', 'answered', 'closed'])
})

it('says how long the customer has waited, and the last message', () => {
  const lastMessage = { text: 'Where is my card?', attachments: 0 }
  expect(labelOf(chat('a', { ...waits('09:10'), lastMessage }), now)).toBe(
    'Zoé · active · Ana · waits 2 min · Where is my card?',
  )
  const late = { awaitedReply: { ...waits('09:00').awaitedReply, overdue: true } }
  expect(labelOf(chat('a', late), now)).toBe('Zoé · active · Ana · waits 12 min, late')
  expect(labelOf(chat('a', waits('09:00', 'CUSTOMER')), now)).toBe('Zoé · active · Ana')
  const file = { lastMessage: { text: '', attachments: 1 } }
  expect(labelOf(chat('a', { status: 'CLOSED', ...waits('09:00'), ...file }), now)).toBe('Zoé · closed · Ana · a file')
})

it('says to whom a chat is offered, and how long the offer stands to the agent', () => {
  const offer = { agent: { userId: 'ana', name: 'Ana' }, expiresAt: '2026-11-24T09:12:55.000Z' }
  const waiting = chat('a', { status: 'WAITING', agent: null, offer })
  expect(labelOf(waiting, now, 'bea')).toBe('Zoé · waiting · offered to Ana')
  expect(labelOf(waiting, now, 'ana')).toBe('Zoé · waiting · offered to you, 25 s left')
})

it('says that a customer who waits is not connected', () => {
  const waiting = chat('a', { status: 'WAITING', agent: null, customerAway: true, ...waits('09:10') })
  expect(labelOf(waiting, now)).toBe('Zoé · waiting · not connected now · waits 2 min')
})

it('names an anonymous visitor by the beginning of the id', () => {
  const customer = { userId: 'visitor-3fa85f64-5717-4562-b3fc-2c963f66afa6', name: null }
  expect(customerOf({ customer })).toBe('Visitor 3fa85f')
  expect(customerOf({ customer: { userId: 'zoe', name: null } })).toBe('zoe')
})

it('asks for the chats that an outage has closed: open ones that the list does not have any more', () => {
  const known = [chat('open'), chat('ended'), chat('closed', { status: 'CLOSED' })]
  expect(unlisted(known, [chat('open'), chat('new')])).toEqual(['ended'])
})

/** Reads the chats of a desk: `pages` of open ones, and what it answers for the others, by their ids. */
const reading = async (pages: readonly string[][], known: readonly string[], byId: (ids: string[]) => unknown[]) => {
  const asked: unknown[] = []
  const [added, removed, failed]: [string[], string[], string[]] = [[], [], []]
  let lost = 2
  const ask = async <T>(document: string, variables: object = {}): Promise<T> => {
    if (lost-- > 0) throw new Unreachable()
    const { after, ids } = variables as { readonly after?: string; readonly ids?: string[] }
    asked.push(ids ?? after)
    if (document === documents.chatsById) return { nodes: byId(ids ?? []) } as T
    const number = Number(after ?? 0)
    const pageInfo = { hasNextPage: number + 1 < pages.length, endCursor: `${number + 1}` }
    return { chats: { nodes: pages[number]?.map((id) => chat(id)), pageInfo } } as T
  }
  await readChats({
    transport: { ask, pause: () => Promise.resolve() },
    chats: known.map((id) => chat(id)),
    add: ({ id }) => added.push(id),
    remove: (id) => removed.push(id),
    fail: (code) => failed.push(code),
    isStopped: () => false,
  })
  return { asked, added, removed, failed }
}

it('reads all pages of the list, each again until it is answered, and drops what is not shown any more', async () => {
  const read = await reading([['a', 'b'], ['c']], ['b', 'ended', 'hidden'], ([first = '']) => [
    chat(first, { status: 'CLOSED' }),
    null,
  ])
  expect(read).toEqual({
    asked: [undefined, '1', ['ended', 'hidden']],
    added: ['a', 'b', 'c', 'ended'],
    removed: ['hidden'],
    failed: [],
  })
})

it('asks for chats that are gone twenty at a time, and for the others when some are refused', async () => {
  const known = Array.from({ length: 45 }, (_, n) => `chat-${n}`)
  const read = await reading([[]], known, (ids) => {
    if (ids.includes('chat-20')) throw new Refused('too_complex')
    return ids.map((id) => chat(id, { status: 'CLOSED' }))
  })
  expect(read.asked.slice(1)).toEqual([known.slice(0, 20), known.slice(20, 40), known.slice(40)])
  expect(read.added).toEqual([...known.slice(0, 20), ...known.slice(40)])
  expect(read.failed).toEqual(['too_complex'])
})
