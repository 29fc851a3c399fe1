import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant, TicketCommandInput } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { ana, max, mutate, nextCommandId, openTicket, useApi, zoe } from '../../server/testing/api-under-test.ts'

/** Time advances by a minute with every command. */
let minute = 0
const now = (): Instant => instant(new Date(Date.UTC(2026, 2, 2, 9, minute++)))

const api = useApi({ beforeAll, afterAll }, { now })
/** Two tickets with the same public events; the second one also has internal work. */
let left: string
let worked: string
beforeAll(async () => {
  for (let round = 0; round < 10; round++) {
    await openTicket(api, ana, { ticketId: `elsewhere-${round}`, customer: { id: 'elsewhere' } })
  }
  left = await story(async () => undefined)
  worked = await story(workInSecret)
})

async function story(between: (ticketId: string) => Promise<void>): Promise<string> {
  const ticketId = await openTicket(api, zoe, { subject: 'Paiement refusé' })
  await between(ticketId)
  await mutate(api, ana, 'agentReply', { ticketId, body: 'Voilà', then: 'WAITING_CUSTOMER' })
  await between(ticketId)
  await mutate(api, zoe, 'customerReply', { ticketId, body: 'Merci' })
  await mutate(api, zoe, 'attachToTicket', { ticketId, attachmentId: 'a', name: 'a', mediaType: 'a/b', bytes: 1 })
  await between(ticketId)
  await mutate(api, ana, 'resolveTicket', { ticketId })
  await mutate(api, zoe, 'customerReply', { ticketId, body: 'Pas encore' })
  await between(ticketId)
  return ticketId
}

let times = 0
async function workInSecret(ticketId: string): Promise<void> {
  const round = times++
  const internal: readonly (readonly [string, Record<string, unknown>])[] = [
    ['addNote', { body: 'note', messageId: `note-${round}` }],
    ['tagTicket', { tag: `tag ${round}` }],
    ['addWatcher', { watcher: { id: `watcher-${round}` } }],
    ['linkTickets', { to: `elsewhere-${round}` }],
    ['escalateTicket', { team: 'technical_specialists', reason: `bug ${round}` }],
    ['attachToTicket', { attachmentId: `on-note-${round}`, messageId: `note-${round}`, ...file }],
    ['attachToTicket', { attachmentId: `hidden-${round}`, visibility: 'INTERNAL', ...file }],
  ]
  for (const [operation, input] of internal) {
    const { userErrors } = await mutate(api, ana, operation, { ticketId, ...input })
    expect(userErrors).toEqual([])
  }
  await giveUpMerges(ticketId, `merge-${round}`)
}

/** Two declined merges, with the ticket as target and as source. */
async function giveUpMerges(ticketId: string, commandId: string): Promise<void> {
  const by = { kind: 'agent', id: ana.id } as const
  const other = `gone-${commandId}`
  const send = async (command: TicketCommandInput) => {
    const outcome = await api.desk.execute('ticket', ticketId, command, { by })
    if (!outcome.ok || outcome.value.position === undefined) throw new Error('nothing was stored')
    await api.settled(outcome.value.position)
  }
  await send({ type: 'absorb', source: other, sourceCustomerId: zoe.id })
  await send({ type: 'revertAbsorption', source: other, reason: 'ticket_closed' })
  await send({ type: 'declineMerge', target: other, merge: commandId, reason: 'ticket_closed' })
}
const file = { name: 'SECRET.txt', mediaType: 'text/plain', bytes: 1 }

const fields = `
  id ticketId: id version status priority updatedAt openedAt firstRespondedAt waitingSince resolvedAt closedAt closeReason
  resolutions reopenings team tags watchers { personId: userId } links { to } deadlines { dueAt } assignee { personId: userId }
  conversation(first: 50) { edges { cursor node { messageId: key version at body attachments { attachmentId: key } } } pageInfo { hasNextPage } }
  timeline(first: 50) { edges { cursor node { __typename ... on TicketEvent { eventId: id version position at } } } pageInfo { hasNextPage hasPreviousPage } }
`
const query = `query ($id: ID!, $at: DateTime!) { ticket(id: $id) { ${fields} asOf(at: $at) { ${fields} } } }`

/** An answer without values that differ between any two tickets: ids, instants and positions. */
function comparable(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (name, value: unknown) => {
    if (name === 'cursor') return plain(Buffer.from(String(value), 'base64url').toString())
    if (name === 'notificationId') return plain(String(value))
    return typeof value === 'string' ? plain(value) : value
  }) as unknown
}

const plain = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replace(/(?<![\w-])\d+-\d+(?![\w-])/g, 'POSITION')
    .replace(/\bcommand-\d+(#[0-9a-f]{12})?/g, 'COMMAND')

describe('internal work', () => {
  it('does not show to customers in their ticket, its conversation, timeline and cursors, now or as it was', async () => {
    const at = '2099-01-01T00:00:00Z'
    const [one, other] = await Promise.all([left, worked].map((id) => api.ask(zoe, query, { id, at })))
    expect(other?.errors).toEqual([])
    expect(comparable(other?.data)).toEqual(comparable(one?.data))
    expect(JSON.stringify(other?.data)).not.toMatch(/note|SECRET/)
    const desk = await Promise.all([left, worked].map((id) => api.ask(ana, query, { id, at })))
    expect(comparable(desk[1]?.data)).not.toEqual(comparable(desk[0]?.data))
  })

  it('does not change the instant of the last update that customers see', async () => {
    const { data } = await api.ask(
      zoe,
      `{ ticket(id: "${worked}") { updatedAt timeline(last: 1) { nodes { ... on TicketEvent { at } } } asOf(at: "2099-01-01T00:00:00Z") { updatedAt } } }`,
    )
    const ticket = data?.['ticket'] as { updatedAt: string; timeline: { nodes: { at: string }[] }; asOf: object }
    expect(ticket.timeline.nodes[0]?.at).toBe(ticket.updatedAt)
    expect(ticket.asOf).toEqual({ updatedAt: ticket.updatedAt })
  })

  it('does not affect the order and filters of the lists of customers', async () => {
    const list = async (as: typeof zoe, args: string) => {
      const data = await api.dataOf(as, `{ tickets(first: 10, ${args}) { nodes { ticketId: id } } }`)
      return (data['tickets'] as { nodes: { ticketId: string }[] }).nodes.map(({ ticketId }) => ticketId)
    }
    const { data } = await api.ask(zoe, `{ ticket(id: "${worked}") { updatedAt } }`)
    const seen = (data?.['ticket'] as { updatedAt: string } | undefined)?.updatedAt ?? ''
    const later = new Date(Date.parse(seen) + 1).toISOString()
    const last = await openTicket(api, zoe)
    await workInSecret(left)
    expect(await list(zoe, 'orderBy: { by: UPDATED_AT }')).toEqual([last, worked, left])
    expect(await list(zoe, 'orderBy: { by: RELEVANCE }, filter: { search: "Paiement" }')).toEqual([worked, left])
    expect(await list(zoe, `filter: { updatedAt: { from: "${later}" } }`)).toEqual([last])
    expect((await list(ana, 'orderBy: { by: UPDATED_AT }'))?.slice(0, 3)).toEqual([left, last, worked])
  })

  it('does not affect the searches of customers, nor do the words of other customers', async () => {
    const ticketId = await openTicket(api, zoe, { subject: 'My contractlhezqx please' })
    const secrets = ['contracdlhezqx', ...Array.from('abcde', (letter) => `contract${letter}hezqx`)]
    const ask = async (search: string) => {
      const list = `tickets(first: 10, orderBy: { by: RELEVANCE }, filter: { search: "${search}" })`
      const { data } = await api.ask(zoe, `{ ${list} { edges { cursor node { ticketId: id } } } }`)
      return (data?.['tickets'] as { edges: { node: { ticketId: string } }[] } | undefined)?.edges ?? []
    }
    const searches = ['contracdlhezqx', 'contractzhezqx', 'contractlhez', 'ractlhezqx']
    const before = await Promise.all(searches.map(ask))
    for (const edges of before) expect(edges.map(({ node }) => node.ticketId)).toEqual([ticketId])
    await mutate(api, ana, 'addNote', { ticketId, body: secrets.join(' ') })
    await openTicket(api, max, { subject: `About ${secrets.join(' ')} contractzhezqx contractlhez ractlhezqx now` })
    expect(await Promise.all(searches.map(ask))).toEqual(before)
  })

  it('does not show in versions, which customers neither get nor may expect', async () => {
    const { version, ticket } = await mutate(api, zoe, 'customerReply', { ticketId: worked, body: 'Encore' })
    expect([version, ticket?.version]).toEqual([null, null])
    for (const operation of ['customerReply', 'openTicket']) {
      const input = { commandId: nextCommandId(), expectedVersion: 3, body: 'x' }
      const own = operation === 'openTicket' ? { subject: 'x' } : { ticketId: worked }
      const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
      const { errors } = await api.ask(
        zoe,
        `mutation ($input: ${type}!) { ${operation}(input: $input) { repeated } }`,
        { input: { ...input, ...own } },
      )
      expect(errors[0]?.extensions.code).toBe('forbidden')
    }
  })

  it('does not show in the notifications of customers', async () => {
    const { data } = await api.ask(
      zoe,
      '{ inbox(first: 50) { edges { cursor node { notificationId: id kind title message ticket { ticketId: id } } } } }',
    )
    const inbox = data?.['inbox'] as { edges: { node: { ticket: { ticketId: string } } }[] }
    const of = (id: string) => comparable(inbox.edges.filter(({ node }) => node.ticket.ticketId === id))
    expect(of(worked)).toEqual(of(left))
  })

  it.each([
    ['SPAM', 'markSpam', {}],
    ['INVALID', 'closeTicket', { reason: 'INVALID' }],
  ])('hides a closing as %s, which customers see as any other', async (reason, operation, input) => {
    const ticketId = await openTicket(api, zoe)
    await mutate(api, ana, operation, { ticketId, ...input })
    const ask = async (as: typeof zoe) => {
      const why = 'closeReason timeline(last: 1) { nodes { ... on TicketClosed { closeReason } } }'
      const { data } = await api.ask(
        as,
        `{ ticket(id: "${ticketId}") { ${why} asOf(at: "2099-01-01T00:00:00Z") { ${why} } } }`,
      )
      return data?.['ticket']
    }
    const closedWith = (word: string) => ({ closeReason: word, timeline: { nodes: [{ closeReason: word }] } })
    expect(await ask(zoe)).toEqual({ ...closedWith('OTHER'), asOf: closedWith('OTHER') })
    expect(await ask(ana)).toEqual({ ...closedWith(reason), asOf: closedWith(reason) })
  })
})
