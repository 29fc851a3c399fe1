import { afterAll, beforeAll, expect, it } from 'vitest'
import { ana, max, mutate, openTicket, useApi, zoe } from '../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
let ticketId: string
beforeAll(async () => {
  ticketId = await openTicket(api, zoe, { subject: 'Paiement refusé' })
  const internal: readonly (readonly [string, Record<string, unknown>])[] = [
    ['addNote', { body: 'SECRET note' }],
    ['assignTicket', { assignee: { id: 'ana', name: 'Ana', email: 'SECRET@desk.example' }, reason: 'SECRET reason' }],
    ['tagTicket', { tag: 'SECRET tag' }],
    ['addWatcher', { watcher: { id: 'SECRET-watcher' } }],
    ['linkTickets', { to: await openTicket(api, ana, { ticketId: 'SECRET-link', customer: { id: 'lea' } }) }],
    ['linkTickets', { to: await openTicket(api, lea, { subject: 'SECRET subject' }) }],
    ['escalateTicket', { team: 'technical_specialists', reason: 'SECRET escalation' }],
    ['changePriority', { priority: 'HIGH', reason: 'SECRET priority' }],
    [
      'attachToTicket',
      { attachmentId: 'a', name: 'SECRET.txt', mediaType: 'text/plain', bytes: 1, visibility: 'INTERNAL' },
    ],
    ['resolveTicket', { summary: 'SECRET summary' }],
    ['reopenTicket', { note: 'SECRET reopening' }],
    ['closeTicket', { reason: 'OTHER', note: 'SECRET closing' }],
  ]
  for (const [operation, input] of internal) await mutate(api, ana, operation, { ticketId, ...input })
})

const lea = { id: 'lea', role: 'customer' } as const

const everything = `
  id ticketId: id subject team tags category watchers { personId: userId } assignee { personId: userId name email } customer { email }
  deadlines { kind } links { to }
  conversation(first: 100) { nodes { kind body attachments { name } } }
  timeline(first: 100) { nodes { __typename
    ... on InternalNoteAdded { body } ... on TicketAssigned { reason assignee { email } } ... on TicketTagged { tag }
    ... on WatcherAdded { watcher { personId: userId } } ... on TicketLinked { to } ... on TicketEscalated { team escalationReason }
    ... on PriorityChanged { reason } ... on AttachmentAdded { name } ... on TicketResolved { summary }
    ... on TicketReopened { note } ... on TicketClosed { note }
  } }`
const query = `query ($id: ID!, $at: DateTime!) { ticket(id: $id) { ${everything} asOf(at: $at) { ${everything} } } }`
const later = '2099-01-01T00:00:00Z'

it('shows the desk everything', async () => {
  const { data } = await api.ask(ana, query, { id: ticketId, at: later })
  const shown = JSON.stringify(data)
  expect(shown).toContain('technical_specialists')
  for (const secret of ['note', 'reason', 'tag', '-watcher', '-link', '.txt', ' summary', ' reopening', ' closing']) {
    expect(shown).toContain(
      `SECRET${secret.startsWith('-') || secret.startsWith('.') || secret.startsWith(' ') ? secret : ` ${secret}`}`,
    )
  }
})

it('shows customers their ticket without internal data, now and as it was', async () => {
  const { data, errors } = await api.ask(zoe, query, { id: ticketId, at: later })
  expect(errors).toEqual([])
  expect(JSON.stringify(data)).not.toMatch(/SECRET|technical_specialists/)
  const ticket = data?.['ticket'] as { customer: { email: string }; timeline: { nodes: { __typename: string }[] } }
  expect(ticket.customer.email).toBe(zoe.email)
  expect(ticket.timeline.nodes.map(({ __typename }) => __typename)).toEqual([
    'TicketOpened',
    'TicketAssigned',
    'PriorityChanged',
    'TicketStarted',
    'TicketResolved',
    'TicketReopened',
    'TicketClosed',
  ])
})

it('hides foreign tickets from customers in every query', async () => {
  const { data: own } = await api.ask(zoe, `{ ticket(id: "${ticketId}") { id } }`)
  const id = (own?.['ticket'] as { id: string } | undefined)?.id
  const { data, errors } = await api.ask(
    max,
    `query ($id: ID!, $ticketId: ID!) {
      node(id: $id) { id }
      nodes(ids: [$id, $id]) { id }
      ticket(id: $ticketId) { id }
      tickets(first: 10) { nodes { id } }
      found: tickets(first: 10, filter: { search: "Paiement" }) { nodes { id } }
      negated: tickets(first: 10, filter: { or: [{ not: { search: "nothing" } }] }) { nodes { id } }
    }`,
    { id, ticketId },
  )
  expect(errors).toEqual([])
  const none = { nodes: [] }
  expect(data).toEqual({ node: null, nodes: [null, null], ticket: null, tickets: none, found: none, negated: none })
})

it('does not search internal data for customers', async () => {
  const { data } = await api.ask(zoe, '{ tickets(first: 10, filter: { search: "SECRET note" }) { nodes { id } } }')
  expect(data).toEqual({ tickets: { nodes: [] } })
  const { errors } = await api.ask(zoe, '{ tickets(first: 10, filter: { not: { tag: ["x"] } }) { nodes { id } } }')
  expect(errors[0]?.extensions.code).toBe('forbidden')
})

it('returns in viewerCan… what the role and the status allow', async () => {
  const fields = 'viewerCanCustomerReply viewerCanAgentReply viewerCanConfirm viewerCanReopen viewerCanAddNote'
  const ask = async (as: typeof zoe) =>
    (await api.ask(as, `{ ticket(id: "${ticketId}") { ${fields} } }`)).data?.['ticket']
  expect(await ask(zoe)).toEqual({
    viewerCanCustomerReply: true,
    viewerCanAgentReply: false,
    viewerCanConfirm: false,
    viewerCanReopen: false,
    viewerCanAddNote: false,
  })
  expect(await ask(ana)).toEqual({
    viewerCanCustomerReply: false,
    viewerCanAgentReply: false,
    viewerCanConfirm: false,
    viewerCanReopen: true,
    viewerCanAddNote: true,
  })
})

it('shows customers no links, not even to their own tickets', async () => {
  const [one, other] = [await openTicket(api, zoe), await openTicket(api, zoe)]
  await mutate(api, ana, 'linkTickets', { ticketId: one, to: other, relation: 'RELATED' })
  const query = `{ ticket(id: "${one}") { links { to relation ticket { ticketId: id } } } }`
  expect((await api.ask(zoe, query)).data).toEqual({ ticket: { links: [] } })
  const links = [{ to: other, relation: 'RELATED', ticket: { ticketId: other } }]
  expect((await api.ask(ana, query)).data).toEqual({ ticket: { links } })
})

it('shows nothing of another customer’s ticket to a customer who watches it', async () => {
  const watched = await openTicket(api, zoe, { subject: 'SECRET of Zoé' })
  const own = await openTicket(api, max, { subject: 'Le mien' })
  await mutate(api, ana, 'addWatcher', { ticketId: watched, watcher: { id: max.id } })
  await mutate(api, ana, 'agentReply', { ticketId: watched, body: 'Bonjour' })
  await mutate(api, ana, 'agentReply', { ticketId: own, body: 'Bonjour' })
  const { data } = await api.ask(max, '{ inbox(first: 10) { nodes { message ticket { ticketId: id } } } }')
  expect(JSON.stringify(data)).not.toContain('SECRET')
  expect(data).toMatchObject({ inbox: { nodes: [{ ticket: { ticketId: own } }] } })
})
