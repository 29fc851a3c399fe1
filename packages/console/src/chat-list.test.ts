import { expect, it } from 'vitest'
import { byWait, labelOf, readChats, unlisted } from './chat-list.ts'
import type { ListedChat } from './documents.ts'
import { documents } from './documents.ts'
import { Refused, Unreachable } from './transport.ts'

const chat = (id: string, given: Partial<ListedChat> = {}): ListedChat => ({
  id,
  status: 'ACTIVE',
  channel: 'WEB',
  customer: { userId: 'zoe', name: 'Zoé' },
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

it('asks for the chats that an outage has closed: open ones that the list does not have any more', () => {
  const known = [chat('open'), chat('ended'), chat('closed', { status: 'CLOSED' })]
  expect(unlisted(known, [chat('open'), chat('new')])).toEqual(['ended'])
})

it('reads the list again until it is answered, and each chat that is gone whatever becomes of the others', async () => {
  const [added, failed]: [string[], string[]] = [[], []]
  let lists = 0
  const ask = async <T>(document: string, variables: object = {}): Promise<T> => {
    if (document === documents.chats) {
      if (++lists < 3) throw new Unreachable()
      return { chats: { nodes: [chat('new')] } } as T
    }
    const { id } = variables as { readonly id: string }
    if (id === 'refused') throw new Refused('chat_unknown')
    return { chat: chat(id, { status: 'CLOSED' }) } as T
  }
  await readChats({
    transport: { ask, pause: () => Promise.resolve() },
    known: [chat('refused'), chat('ended')],
    add: ({ id }) => added.push(id),
    fail: (code) => failed.push(code),
    isStopped: () => false,
  })
  expect({ lists, added, failed }).toEqual({ lists: 3, added: ['new', 'ended'], failed: ['chat_unknown'] })
})
