import { describe, expect, it } from 'vitest'
import { alex } from '../testing/examples.ts'
import { aggregates } from './categories.ts'
import { fingerprintOfSteps } from './port.ts'

type Command = { readonly type: string; readonly [field: string]: unknown }

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
})
