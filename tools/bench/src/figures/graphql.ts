import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Desk } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { TicketFilter, TicketOrder } from '@guichet/projections'
import { readModels } from '@guichet/projections'
import type { Bench, Figure } from '../bench.ts'
import { figure, slowest } from '../bench.ts'
import type { Ground, Load } from '../ground.ts'
import { compare, median, percentile } from '../ground.ts'
import type { Ask } from '../guichet-process.ts'
import { agentToken, openClients, startServer, untilReady } from '../guichet-process.ts'
import { openHelpdesk, seededTicket, seedTickets } from '../seeding.ts'

/** The number of concurrent requests. */
export const clients = 16

const agents = 400
/** Replies go to the tickets that were opened first: as many as a desk has open at a time. */
const repliedTo = 5_000
const targets = { open: 1_000, reply: 1_500, list: 400 }
const subject = 'La page des paris reste blanche'
const body = 'Bonjour, depuis la mise à jour la page des paris reste blanche. '.repeat(3).trim()

const open = `mutation ($input: OpenTicketInput!) {
  openTicket(input: $input) { position userErrors { code message } ticket { ticketId: id version status } }
}`

const reply = `mutation ($input: AgentReplyInput!) {
  agentReply(input: $input) { position userErrors { code message } ticket { ticketId: id version status } }
}`

const shownReply = reply.replace('position', 'position readModelsReached')
const read = `query ($id: ID!) { ticket(id: $id) { version status conversation(last: 1) { nodes { body } } } }`

const list = `query {
  tickets(first: 25, filter: { status: [NEW, IN_PROGRESS] }, orderBy: { by: UPDATED_AT }) {
    nodes { ticketId: id subject status priority updatedAt customer { personId: userId name } assignee { personId: userId name } }
    pageInfo { hasNextPage endCursor }
  }
}`

/**
 * Measures requests per second over HTTP to a server in a separate process. Each request has a token, whose verified signature is cached.
 * A mutation returns the ticket after the command, and later reads of its sender show it. `graphql-reply-read` checks that, and measures
 * how long a reply and a read of it take together, with all clients and with one. The clients share the server's cores.
 */
export async function graphql({ ground, effort }: Bench): Promise<readonly Figure[]> {
  const { server, secret } = startServer(join(ground.folder, 'serve'), await ground.database())
  try {
    const url = await untilReady(server)
    const tokens = await Promise.all(Array.from({ length: agents }, () => agentToken(secret)))
    const { ask, close } = await openClients(url, tokens, clients)
    const figures = await measure(ask, { clients, ...effort })
    await close()
    return figures
  } finally {
    server.child.kill('SIGTERM')
    await server.exited
  }
}

/** The mutations of the bench: openings, and replies to the opened tickets. */
export function workOf(ask: Ask) {
  const tickets: string[] = []
  const openOne = async (): Promise<void> => {
    const ticketId = randomUUID()
    await ask(open, { input: { commandId: randomUUID(), ticketId, subject, body, customer: { id: 'customer-1' } } })
    tickets.push(ticketId)
  }
  const ticketOf = (client: number, turn: number): string =>
    tickets[(turn * clients + client) % Math.min(repliedTo, tickets.length)] ?? ''
  const replyWith = (mutation: string) => (client: number, turn: number) =>
    ask(mutation, { input: { commandId: randomUUID(), ticketId: ticketOf(client, turn), body } })
  const replyTo = (ticketId: string) => ask(reply, { input: { commandId: randomUUID(), ticketId, body } })
  return { openOne, replyOne: replyWith(reply), replyShown: replyWith(shownReply), ticketOf, replyTo, tickets }
}

async function measure(ask: Ask, load: Load): Promise<readonly Figure[]> {
  const { openOne, replyOne, replyShown, ticketOf } = workOf(ask)
  const replyAndRead = async (client: number, turn: number): Promise<void> => {
    const [ticketId, written] = [ticketOf(client, turn), randomUUID()]
    await ask(reply, { input: { commandId: randomUUID(), ticketId, body: written } }, client)
    const shown = await ask(read, { id: ticketId }, client)
    if (!shown.includes(written)) throw new Error(`what was written is not read: ${shown}`)
  }
  const timed =
    (milliseconds: number[]) =>
    async (client: number, turn: number): Promise<void> => {
      const begun = performance.now()
      await replyAndRead(client, turn)
      milliseconds.push(performance.now() - begun)
    }
  const [together, alone]: [number[], number[]] = [[], []]
  const opened = await compare({ guichet: { work: openOne } }, load)
  const replied = await compare({ guichet: { work: replyOne } }, load)
  const readBack = await compare({ guichet: { work: timed(together) } }, load)
  await compare({ guichet: { work: timed(alone) } }, { ...load, clients: 1, rounds: 1 })
  const shown = await compare({ guichet: { work: replyShown } }, load)
  const listed = await compare({ guichet: { work: () => ask(list, {}) } }, load)
  return [
    figure('graphql-open', 'requests/s', opened.guichet, { target: targets.open }),
    figure('graphql-reply', 'requests/s', replied.guichet, { target: targets.reply }),
    figure('graphql-reply-read', 'pairs/s', readBack.guichet),
    figure('graphql-reply-read-p50', 'ms', percentile(together, 0.5)),
    figure('graphql-reply-read-p95', 'ms', percentile(together, 0.95)),
    figure('graphql-reply-read-alone-p50', 'ms', percentile(alone, 0.5)),
    figure('graphql-reply-read-alone-p95', 'ms', percentile(alone, 0.95)),
    figure('graphql-reply-shown', 'requests/s', shown.guichet),
    figure('graphql-list-25', 'requests/s', listed.guichet, { target: targets.list }),
  ]
}

const target = 20
const newest: TicketOrder = { by: 'updatedAt', direction: 'desc' }
const best: TicketOrder = { by: 'relevance', direction: 'desc' }

const lists: readonly TicketFilter[] = [
  {},
  { status: ['new', 'in_progress'] },
  { priority: ['high'], status: ['in_progress'] },
  { customerId: ['customer-7'] },
  { openedAt: { from: instant('2026-01-10T00:00:00Z'), to: instant('2026-01-11T00:00:00Z') } },
]

/** Searches: a common word, a rare one, several, a misspelt one, an address, and a word that does not occur. */
const searches = ['facture', 'blanche 17', 'mot de passe', 'rembousement', 'client77@example.org', 'xylophone']

/** Measures the 95th percentile of reading a page of 25 tickets among 25,000, in milliseconds: lists, then searches. */
export async function reads({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const helpdesk = await openHelpdesk(ground, quick ? 5_000 : 25_000)
  const { tickets } = readModels(helpdesk.pool)
  await helpdesk.pool.query('analyze')
  const times = quick ? 5 : 50
  const list = await slowest(times, lists, (filter) => tickets.list(filter, newest, { limit: 25 }, 'all'))
  const search = await slowest(times, searches, (text) => tickets.list({ search: text }, best, { limit: 25 }, 'all'))
  await helpdesk.close()
  return [figure('list-p95', 'ms', list, { target }), figure('search-p95', 'ms', search, { target })]
}

const few = 1_000
const many = 100_000
const rounds = 9
const growthTarget = 1.2

/**
 * Measures the cost of a command among 100,000 tickets, as a multiple of that among 1,000. Both write to 1,000 tickets,
 * each once a round, so that their histories stay equally long. Every command reads its stream from the store, so that
 * the store is measured and not a cache.
 */
export async function growth({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const [small, large] = await Promise.all([prepare(ground, few), prepare(ground, quick ? many / 10 : many)])
  const ratios: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const among = { few: await pass(small), many: await pass(large) }
    if (round > 0) ratios.push(among.many / among.few)
  }
  await Promise.all([small.store.close(), large.store.close()])
  return [figure('command-among-100000', 'times', median(ratios), { target: growthTarget })]
}

type Stock = { readonly desk: Desk; readonly store: PostgresStore; readonly tickets: number }

async function prepare(ground: Ground, tickets: number): Promise<Stock> {
  const store = await postgresStore({ connectionString: await ground.database(), catalogue: guichetEvents })
  await seedTickets(store, tickets)
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, cachedStreams: 0 })
  return { desk, store, tickets }
}

/** Adds a note to 1,000 tickets, evenly spread over all, 16 at a time. Returns milliseconds. */
async function pass({ desk, tickets }: Stock): Promise<number> {
  const started = performance.now()
  let next = 0
  const client = async (): Promise<void> => {
    for (let number = next++; number < few; number = next++) await note(desk, seededTicket((number * tickets) / few))
  }
  await Promise.all(Array.from({ length: clients }, client))
  return performance.now() - started
}

async function note(desk: Desk, ticket: string): Promise<void> {
  const command = { type: 'addNote', body: 'Vu avec l’équipe technique.' } as const
  const outcome = await desk.execute('ticket', ticket, command, { by: { kind: 'agent', id: 'agent-1' } })
  if (!outcome.ok) throw new Error(`the workload was refused: ${outcome.refusal.message}`)
}
