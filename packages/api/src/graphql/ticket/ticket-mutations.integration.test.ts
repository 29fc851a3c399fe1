import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operationOf } from '../../auth/rights.ts'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import {
  ana,
  bob,
  gateway,
  max,
  mutate,
  mutation,
  openTicket,
  sam,
  useApi,
  zoe,
} from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

type Case = {
  readonly operation: string
  /** The sender; Ana unless given. */
  readonly as?: Bearer
  readonly input?: Record<string, unknown>
  /** The commands that precede it. */
  readonly after?: readonly (readonly [string, Record<string, unknown>])[]
  readonly leaves: string
}

const assignee = { id: 'ana', name: 'Ana Silva' }
const template = {
  template: 'premiere_reponse',
  values: [{ label: "Réponse ou demande d'informations", value: 'Voilà.' }],
}

const cases: readonly Case[] = [
  { operation: 'startTicket', leaves: 'IN_PROGRESS' },
  { operation: 'agentReply', input: { body: 'Bonjour [Prénom]' }, leaves: 'IN_PROGRESS' },
  { operation: 'agentReply', input: { body: 'Et vous ?', then: 'WAITING_CUSTOMER' }, leaves: 'WAITING_CUSTOMER' },
  { operation: 'agentReply', input: template, leaves: 'IN_PROGRESS' },
  { operation: 'agentReply', input: { body: 'Dans [X jours]', verbatim: true }, leaves: 'IN_PROGRESS' },
  { operation: 'addNote', input: { body: 'À vérifier' }, leaves: 'NEW' },
  {
    operation: 'redactMessage',
    after: [['agentReply', { messageId: 'with-a-number', body: 'Carte 4242' }]],
    input: { messageId: 'with-a-number', reason: 'numéro de carte' },
    leaves: 'IN_PROGRESS',
  },
  { operation: 'waitForCustomer', leaves: 'WAITING_CUSTOMER' },
  { operation: 'chaseCustomer', after: [['waitForCustomer', {}]], leaves: 'WAITING_CUSTOMER' },
  { operation: 'resolveTicket', input: { summary: 'Réinitialisé' }, leaves: 'RESOLVED' },
  { operation: 'closeTicket', input: { reason: 'INVALID', note: 'Hors sujet' }, leaves: 'CLOSED' },
  { operation: 'reopenTicket', after: [['closeTicket', {}]], input: { note: 'Trop tôt' }, leaves: 'IN_PROGRESS' },
  { operation: 'markSpam', leaves: 'CLOSED' },
  { operation: 'changePriority', input: { priority: 'URGENT', reason: 'panne' }, leaves: 'NEW' },
  { operation: 'assignTicket', input: { assignee, reason: 'connaît le sujet' }, leaves: 'NEW' },
  { operation: 'unassignTicket', after: [['assignTicket', { assignee }]], leaves: 'NEW' },
  { operation: 'tagTicket', input: { tag: 'connexion' }, leaves: 'NEW' },
  {
    operation: 'untagTicket',
    after: [['tagTicket', { tag: 'connexion' }]],
    input: { tag: 'connexion' },
    leaves: 'NEW',
  },
  { operation: 'renameTicket', input: { subject: 'Connexion impossible' }, leaves: 'NEW' },
  { operation: 'categorizeTicket', input: { category: 'technical_support/login_issues' }, leaves: 'NEW' },
  {
    operation: 'attachToTicket',
    input: { attachmentId: 'a1', name: 'écran.png', mediaType: 'image/png', bytes: 12, visibility: 'INTERNAL' },
    leaves: 'NEW',
  },
  { operation: 'addWatcher', input: { watcher: { id: 'sam' } }, leaves: 'NEW' },
  {
    operation: 'removeWatcher',
    after: [['addWatcher', { watcher: { id: 'sam' } }]],
    input: { watcherId: 'sam' },
    leaves: 'NEW',
  },
  { operation: 'linkTickets', input: { to: 'another', relation: 'DUPLICATES' }, leaves: 'NEW' },
  { operation: 'unlinkTickets', after: [['linkTickets', { to: 'another' }]], input: { to: 'another' }, leaves: 'NEW' },
  { operation: 'escalateTicket', input: { team: 'technical_specialists', reason: 'bug critique' }, leaves: 'NEW' },
  {
    operation: 'deescalateTicket',
    after: [['escalateTicket', { level: 2, reason: 'trop difficile' }]],
    input: { level: 1, reason: 'résolu au niveau 1' },
    leaves: 'NEW',
  },
  { operation: 'handOverToProduct', leaves: 'RESOLVED' },
  { operation: 'changePlan', as: sam, input: { plan: 'premium', reason: 'new contract' }, leaves: 'NEW' },
  { operation: 'pauseClocks', as: sam, input: { reason: 'waiting for the supplier' }, leaves: 'NEW' },
  { operation: 'resumeClocks', as: sam, after: [['pauseClocks', { reason: 'supplier' }]], leaves: 'NEW' },
]

describe('the desk', () => {
  beforeAll(() => openTicket(api, ana, { ticketId: 'another', customer: { id: 'zoe' } }))

  it.each(['unknown', 'no id?'])('cannot link a ticket to %j, which does not exist', async (to) => {
    const ticketId = await openTicket(api, zoe)
    const { userErrors } = await mutate(api, ana, 'linkTickets', { ticketId, to })
    expect(userErrors).toMatchObject([{ code: 'TICKET_NOT_FOUND', field: 'to' }])
  })

  it('learns which field of an input is at fault', async () => {
    const opened = await mutate(api, ana, 'openTicket', { subject: 'Help', body: 'It is broken.' })
    expect(opened.userErrors).toMatchObject([
      { code: 'INVALID_COMMAND', field: 'customer', message: 'customer: is missing' },
    ])
    const ticketId = await openTicket(api, zoe)
    const values = Array.from({ length: 101 }, (_, index) => ({ label: `label ${index}`, value: '' }))
    const replied = await mutate(api, ana, 'agentReply', { ticketId, template: 'premiere_reponse', values })
    expect(replied.userErrors).toMatchObject([{ code: 'INVALID_COMMAND', field: 'values' }])
  })

  it.each(cases)(
    'sends $operation $input, which leaves the ticket $leaves',
    async ({ operation, as = ana, input, after = [], leaves }) => {
      const ticketId = await openTicket(api, zoe)
      for (const [earlier, given] of after) await mutate(api, as, earlier, { ticketId, ...given })
      const answer = await mutate(api, as, operation, { ticketId, ...input })
      expect(answer).toMatchObject({ userErrors: [], repeated: false, readModelsReached: true })
      expect(answer.position).not.toBeNull()
      expect(answer.ticket).toEqual({ ticketId, status: leaves, version: answer.version })
    },
  )

  it('needs a reason to lower a priority or change the ticket of somebody else, except for supervisors', async () => {
    const ticketId = await openTicket(api, zoe)
    await mutate(api, bob, 'assignTicket', { ticketId, assignee })
    await mutate(api, ana, 'categorizeTicket', { ticketId, category: 'technical_support/login_issues' })
    for (const [operation, input] of [
      ['changePriority', { priority: 'LOW' }],
      ['assignTicket', { assignee: { id: 'bob' } }],
      ['categorizeTicket', { category: 'billing_support/refund_requests' }],
      ['unassignTicket', {}],
    ] as const) {
      const { userErrors, position } = await mutate(api, bob, operation, { ticketId, ...input })
      expect({ userErrors, position }).toMatchObject({
        userErrors: [{ code: 'REASON_REQUIRED', field: 'reason' }],
        position: null,
      })
    }
    await mutate(api, bob, 'categorizeTicket', {
      ticketId,
      category: 'billing_support/refund_requests',
      reason: 'the printer is at fault',
    })
    await mutate(api, sam, 'changePriority', { ticketId, priority: 'LOW' })
    const shown = `{ ticket(id: "${ticketId}") { priority timeline(last: 2) { nodes { ... on TicketCategorized { toCategory reason } } } } }`
    expect((await api.ask(ana, shown)).data?.['ticket']).toMatchObject({
      priority: 'LOW',
      timeline: { nodes: [{ toCategory: 'billing_support/refund_requests', reason: 'the printer is at fault' }, {}] },
    })
    const seen = `{ ticket(id: "${ticketId}") { timeline(last: 2) { nodes { ... on TicketCategorized { toCategory reason } } } } }`
    expect((await api.ask(zoe, seen)).data?.['ticket']).toMatchObject({
      timeline: { nodes: [{ toCategory: 'billing_support/refund_requests', reason: null }, {}] },
    })
  })

  it('lets only supervisors and services change plans, and only supervisors pause clocks', async () => {
    const ticketId = await openTicket(api, zoe)
    for (const [operation, as, input] of [
      ['changePlan', ana, { plan: 'premium' }],
      ['pauseClocks', ana, { reason: 'lunch' }],
      ['pauseClocks', gateway, { reason: 'lunch' }],
      ['resumeClocks', gateway, {}],
    ] as const) {
      const { errors } = await api.ask(as, mutation(operation), { input: { commandId: 'c', ticketId, ...input } })
      expect(errors[0]?.extensions.code).toBe('forbidden')
    }
    expect(await mutate(api, gateway, 'changePlan', { ticketId, plan: 'premium' })).toMatchObject({ userErrors: [] })
  })

  it('merges a ticket into another one of the same customer', async () => {
    const [source, target] = [await openTicket(api, zoe), await openTicket(api, zoe)]
    const answer = await mutate(api, ana, 'mergeTickets', { source, target })
    expect(answer).toMatchObject({ userErrors: [], ticket: { ticketId: source, status: 'CLOSED' } })
  })

  it('splits a message off into a new ticket', async () => {
    const source = await openTicket(api, zoe)
    await mutate(api, zoe, 'customerReply', { ticketId: source, messageId: 'second', body: 'Et ma facture ?' })
    const shown = '{ ticket(id: $id) { conversation(first: 10) { nodes { messageId: key body } } } }'.replace(
      '$id',
      JSON.stringify(source),
    )
    const { data } = await api.ask(ana, shown)
    const { nodes } = (data as { ticket: { conversation: { nodes: { messageId: string; body: string }[] } } }).ticket
      .conversation
    const messageId = nodes.find(({ body }) => body === 'Et ma facture ?')?.messageId
    const answer = await mutate(api, ana, 'splitTicket', { source, messageId, subject: 'Facture' })
    expect(answer).toMatchObject({ userErrors: [], ticket: { status: 'NEW' } })
    expect(answer.ticket?.ticketId).not.toBe(source)
    expect(await mutate(api, ana, 'splitTicket', { source, messageId: 'none', subject: 'x' })).toMatchObject({
      userErrors: [{ code: 'MESSAGE_NOT_FOUND', field: 'messageId' }],
    })
  })

  it('opens a ticket for a customer, with a chosen id and tags', async () => {
    const answer = await mutate(api, gateway, 'openTicket', {
      ticketId: 'MAIL-1',
      subject: 'Par courriel',
      body: 'Bonjour',
      channel: 'EMAIL',
      customer: { id: 'max', name: 'Max Martin', email: 'max@example.org' },
      tags: ['courriel'],
    })
    expect(answer).toMatchObject({ userErrors: [], ticket: { ticketId: 'MAIL-1', status: 'NEW' } })
  })
})

describe('a customer', () => {
  it('reopens a resolved ticket with a reply', async () => {
    const ticketId = await openTicket(api, zoe)
    await mutate(api, ana, 'resolveTicket', { ticketId })
    expect(await mutate(api, zoe, 'customerReply', { ticketId, body: 'Encore une question' })).toMatchObject({
      userErrors: [],
      ticket: { status: 'IN_PROGRESS' },
    })
  })

  it('confirms a solution, which closes the ticket', async () => {
    const ticketId = await openTicket(api, zoe)
    await mutate(api, ana, 'resolveTicket', { ticketId })
    const answer = await mutate(api, zoe, 'confirmTicket', { ticketId })
    expect(answer).toMatchObject({ userErrors: [], ticket: { status: 'CLOSED' } })
  })

  it.each([
    [
      'changePreference',
      { preference: 'EMAIL_ONLY' },
      'recipient { preference language }',
      { preference: 'EMAIL_ONLY' },
    ],
    ['chooseLanguage', { language: 'en' }, 'recipient { preference language }', { language: 'en' }],
  ])('sets with %s how they are notified', async (operation, input, entity, recipient) => {
    expect(await mutate(api, max, operation, input, entity)).toMatchObject({ userErrors: [], recipient })
  })

  it('gets the same refusal for an unknown and a foreign ticket', async () => {
    const foreign = await openTicket(api, max)
    const answers = [foreign, 'unknown', 'bad\u0000id'].map((ticketId) =>
      mutate(api, zoe, 'customerReply', { ticketId, body: 'Bonjour' }),
    )
    const [first, ...others] = await Promise.all(answers)
    expect(first?.userErrors).toEqual([{ code: 'TICKET_NOT_FOUND', message: 'no such ticket', field: null }])
    for (const other of others) expect(other).toEqual(first)
  })

  it.each([
    ['an id', { ticketId: 'mine' }],
    ['tags', { tags: ['vip'] }],
    ['somebody else', { customer: { id: 'max' } }],
  ])('cannot choose %s for a ticket', async (_, input) => {
    const { errors, data } = await api.ask(zoe, mutation('openTicket'), {
      input: { commandId: 'c', subject: 's', body: 'b', ...input },
    })
    expect(data).toBeNull()
    expect(errors[0]?.extensions.code).toBe('forbidden')
  })

  it('cannot add internal attachments', async () => {
    const ticketId = await openTicket(api, zoe)
    const file = { attachmentId: 'a', name: 'a.png', mediaType: 'image/png', bytes: 1, visibility: 'INTERNAL' }
    const { errors } = await api.ask(zoe, mutation('attachToTicket'), { input: { commandId: 'c', ticketId, ...file } })
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining('input.visibility'),
      extensions: { code: 'forbidden' },
    })
  })
})

describe('a repeat of a command', () => {
  it('does not open a second ticket', async () => {
    const input = { commandId: 'open-once', subject: 'Une fois', body: 'Une seule' }
    const first = await mutate(api, zoe, 'openTicket', input)
    const second = await mutate(api, zoe, 'openTicket', input)
    expect(second).toEqual({ ...first, repeated: true })
  })

  it('opens another ticket for another sender', async () => {
    const input = { commandId: 'open-twice', subject: 'Deux fois', body: 'Deux personnes' }
    const [zoes, maxs] = [await mutate(api, zoe, 'openTicket', input), await mutate(api, max, 'openTicket', input)]
    expect(maxs).toMatchObject({ repeated: false, userErrors: [] })
    expect(maxs.ticket?.ticketId).not.toBe(zoes.ticket?.ticketId)
  })

  it('returns its first outcome after later changes of the ticket', async () => {
    const ticketId = await openTicket(api, zoe)
    const reply = { commandId: 'reply-once', ticketId, body: 'Bonjour' }
    const first = await mutate(api, ana, 'agentReply', reply)
    await mutate(api, ana, 'resolveTicket', { ticketId })
    const { position, version, repeated } = await mutate(api, ana, 'agentReply', reply)
    expect({ position, version, repeated }).toEqual({
      position: first.position,
      version: first.version,
      repeated: true,
    })
  })

  it('stores its events once when ten arrive at once', async () => {
    const ticketId = await openTicket(api, zoe)
    const reply = { commandId: 'reply-ten-times', ticketId, body: 'Bonjour' }
    const answers = await Promise.all(Array.from({ length: 10 }, () => mutate(api, zoe, 'customerReply', reply)))
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1)
  })
})

describe('a refusal', () => {
  it.each([
    [
      'a stale version',
      'renameTicket',
      { subject: 'Trop tard', expectedVersion: 7 },
      'VERSION_CONFLICT',
      'expectedVersion',
    ],
    ['a blank text', 'renameTicket', { subject: '   ' }, 'INVALID_COMMAND', 'subject'],
    ['control characters', 'addNote', { body: 'a\u0007b' }, 'INVALID_COMMAND', 'body'],
    ['a text that is too long', 'addNote', { body: 'x'.repeat(65_537) }, 'INVALID_COMMAND', 'body'],
    [
      'an e-mail address that is none',
      'addWatcher',
      { watcher: { id: 'w', email: 'no' } },
      'INVALID_COMMAND',
      'watcher.email',
    ],
    ['a command id that is too long', 'startTicket', { commandId: 'x'.repeat(201) }, 'INVALID_COMMAND', 'commandId'],
    ['a category the desk does not have', 'categorizeTicket', { category: 'accès' }, 'CATEGORY_UNKNOWN', 'category'],
    ['a team the desk does not have', 'escalateTicket', { team: 'ghosts', reason: 'x' }, 'TEAM_UNKNOWN', 'team'],
    ['a team for a wish that the desk does not have', 'handOverToProduct', { team: 'ghosts' }, 'TEAM_UNKNOWN', 'team'],
    ['a template nobody wrote', 'agentReply', { template: 'nope' }, 'TEMPLATE_UNKNOWN', 'template'],
    ['a hole in a text', 'agentReply', { template: 'premiere_reponse' }, 'PLACEHOLDER_WITHOUT_VALUE', 'values'],
    ['a confirmation of nothing', 'confirmTicket', {}, 'TICKET_NOT_RESOLVED', null],
  ])('of %s names its code and its field', async (_, operation, input, code, field) => {
    const ticketId = await openTicket(api, zoe)
    const as = operation === 'confirmTicket' ? zoe : ana
    const answer = await mutate(api, as, operation, { ticketId, ...input })
    expect(answer).toMatchObject({ position: null, ticket: null, userErrors: [{ code, field }] })
  })
})

it('covers every command of a ticket', () => {
  const covered = new Set<string>([
    ...cases.map(({ operation }) => operation),
    'openTicket',
    'mergeTickets',
    'splitTicket',
    'customerReply',
    'confirmTicket',
  ])
  expect(Object.values(operationOf.ticket).filter((operation) => !covered.has(operation))).toEqual([])
})
