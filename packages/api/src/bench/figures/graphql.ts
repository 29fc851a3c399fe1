import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import type { Ask } from '../graphql-client.ts'
import { agentToken, openClients } from '../graphql-client.ts'
import { startServer, untilReady } from '../guichet-process.ts'
import type { Load } from '../throughput.ts'
import { percentile } from '../statistics.ts'
import { compare } from '../throughput.ts'

/** How many requests are under way at a time. */
export const clients = 16
const agents = 400
const targets = { open: 1_000, reply: 1_200, list: 400 }
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
 * Requests per second over HTTP, each with a token (its signature is verified once, then remembered), to a server in a process of its own. A
 * mutation answers with the ticket as it leaves it; what its sender reads from then on shows it, which `graphql-reply-read` looks into, with how
 * long a reply and the reading of it take together, at all clients and at one alone.
 * The clients share the server's cores.
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

/** Openings, and replies to what was opened. */
export function workOf(ask: Ask) {
  const tickets: string[] = []
  const openOne = async (): Promise<void> => {
    const ticketId = randomUUID()
    await ask(open, { input: { commandId: randomUUID(), ticketId, subject, body, customer: { id: 'customer-1' } } })
    tickets.push(ticketId)
  }
  const ticketOf = (client: number, turn: number): string => tickets[(turn * clients + client) % tickets.length] ?? ''
  const replyWith = (mutation: string) => (client: number, turn: number) =>
    ask(mutation, { input: { commandId: randomUUID(), ticketId: ticketOf(client, turn), body } })
  return { openOne, replyOne: replyWith(reply), replyShown: replyWith(shownReply), ticketOf }
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
