import { describe, expect, it } from 'vitest'
import { alex } from '../testing/examples.ts'
import { aggregates } from './categories.ts'
import { fingerprintOfSteps } from './port.ts'

type Command = { readonly type: string; readonly [field: string]: unknown }

type Definitions = { readonly addedByDesk: Readonly<Record<string, readonly string[] | undefined>> }

type Case = {
  readonly category: 'ticket' | 'chat' | 'customer'
  readonly sent: Command
  readonly added: object
  readonly fingerprint: string
}

/** Commands as they are sent, what the desk adds to them, and the fingerprints that stores hold of them. */
const cases: readonly Case[] = [
  {
    category: 'ticket',
    sent: { type: 'assign', assignee: { id: 'emma' } },
    added: { assigneeProfile: { name: 'Emma Laurent' } },
    fingerprint: 'e0fe1669af19258db034206283bf5598',
  },
  {
    category: 'ticket',
    sent: { type: 'route', round: 1, agent: { id: 'emma' }, excluded: { offline: 2 } },
    added: { agent: { id: 'emma', name: 'Emma Laurent', email: 'emma@example.com' } },
    fingerprint: 'bd8a6a79cff9b8f129c2aa60a221d9ba',
  },
  {
    category: 'chat',
    sent: { type: 'start', customer: { id: 'camille', name: 'Camille' }, channel: 'web', priority: 'normal' },
    added: { language: 'fr', alerts: { active: 2, critical: 1 }, reservation: 3 },
    fingerprint: '71e5aba85c95195dcea4cd2c5ab01696',
  },
  {
    category: 'chat',
    sent: { type: 'transfer', to: { agent: { id: 'emma' } }, note: 'Facture' },
    added: { to: { agent: { id: 'emma', name: 'Emma Laurent' } }, unreachable: 'agent_full' },
    fingerprint: '7cc04e63c8a1dc4e958344e5f427e5dd',
  },
  {
    category: 'chat',
    sent: {
      type: 'send',
      messageId: 'm1',
      kind: 'actions',
      body: '',
      actions: [
        { actionId: 'a', label: 'Oui' },
        { actionId: 'b', label: 'Emma', transferTo: { agent: { id: 'emma' } } },
      ],
    },
    added: {
      actions: [
        { actionId: 'a', label: 'Oui' },
        { actionId: 'b', label: 'Emma', transferTo: { agent: { id: 'emma', name: 'Emma Laurent' } } },
      ],
    },
    fingerprint: 'e2b5a4efbf4ca592ecc5af45293e2c35',
  },
  {
    category: 'customer',
    sent: { type: 'reserveChat', chatId: 'C1' },
    added: { reservation: 3 },
    fingerprint: 'ac4f72d39ac9a28f1eb19b8a49bd3ae7',
  },
]

/** What the desk adds, by category and command: without its entry, a repeat with other ones is another command. */
const addedByCommand = {
  ticket: {
    absorb: ['isSameCustomer'],
    assign: ['assigneeProfile'],
    open: ['language'],
    route: ['agent.name', 'agent.email'],
  },
  chat: {
    fence: ['reservation'],
    identify: ['reservation'],
    invite: ['agent.name'],
    offer: ['agent.name'],
    reopen: ['reservation', 'reservedFor'],
    send: ['actions.*.transferTo.agent.name'],
    sendTranscript: ['address'],
    start: ['language', 'alerts', 'reservation'],
    transfer: ['to.agent.name', 'unreachable'],
  },
  customer: { releaseChat: ['reservation'], reserveChat: ['reservation'] },
  draft: { open: ['offer', 'customer', 'plan'] },
}

const fingerprintOf = (category: Case['category'], command: Command): string =>
  fingerprintOfSteps([{ command }], alex, aggregates[category].addedByDesk)

describe('the fingerprint of a command', () => {
  it.each(cases)('of a $category does not change with what the desk adds: $sent.type', (each) => {
    const { category, sent, added, fingerprint } = each
    expect([sent, { ...sent, ...added }].map((command) => fingerprintOf(category, command))).toEqual([
      fingerprint,
      fingerprint,
    ])
  })

  it('changes with what its sender has sent, and with fields of a like name that the desk does not add', () => {
    const assign = { type: 'assign', assignee: { id: 'emma' } }
    const another = [
      { ...assign, assignee: { id: 'emma', name: 'Emma' } },
      { ...assign, language: 'fr' },
    ]
    const fingerprints = [assign, ...another].map((command) => fingerprintOf('ticket', command))
    expect(new Set(fingerprints).size).toBe(3)
  })

  it('leaves out what the desk adds to each entry of a list or a record', () => {
    const command = { type: 'book', rooms: { a: { guest: 'Zoe', name: 'Blue' }, b: { guest: 'Ali' } }, tags: ['vip'] }
    const sent = { type: 'book', rooms: { a: { guest: 'Zoe' }, b: { guest: 'Ali' } }, tags: [] }
    const another = { ...sent, rooms: { a: { guest: 'Zoe' }, c: { guest: 'Ali' } } }
    const [one, other, different] = [command, sent, another].map((each) =>
      fingerprintOfSteps([{ command: each }], alex, { book: ['rooms.*.name', 'tags.*'] }),
    )
    expect(one).toBe(other)
    expect(different).not.toBe(other)
  })
})

describe('what the desk adds to commands', () => {
  it('is what their definitions say, field by field', () => {
    const defined = Object.entries<Definitions>(aggregates).flatMap(([category, { addedByDesk }]) => {
      const commands = Object.entries(addedByDesk).filter(([, paths]) => paths !== undefined)
      return commands.length === 0 ? [] : [[category, Object.fromEntries(commands)]]
    })
    expect(Object.fromEntries(defined)).toEqual(addedByCommand)
  })
})
