import { randomBytes, randomUUID } from 'node:crypto'

/** The bearer of the token of a vector; undefined for no token. */
export type Attacker = 'customer' | 'agent' | 'service'

/** The targets of the vectors. */
export type Aim = {
  /** A ticket of the attacking customer. */
  readonly ticketId: string
  /** A ticket with a long history of large messages. */
  readonly longTicketId: string
  /** An open incident, and when its acknowledgement is due. */
  readonly incident: { readonly id: string; readonly dueAt: string }
}

/** A request: its body, and headers in addition to those of every request. */
type Shot = { readonly body: string; readonly headers?: Readonly<Record<string, string>> }

/** One kind of attack: its request, its sender and its rate. */
export type Vector = {
  readonly name: string
  readonly by: Attacker
  /** Requests started per second. */
  readonly perSecond: number
  /** The limit of concurrent requests; requests beyond it are not sent. */
  readonly atOnce: number
  shot(): Shot
}

const operation = (query: string, variables: object = {}): string => JSON.stringify({ query, variables })

const reply = (mutation: string, ticketId: string): string =>
  operation(
    `mutation ($input: ${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { userErrors { code } } }`,
    { input: { commandId: randomUUID(), ticketId, body: incompressible() } },
  )

/** 64 KB of random text, which no index or compression reduces. */
export const incompressible = (): string => randomBytes(48_000).toString('base64')

/** Six megabytes of messages. */
export const largeAnswer = (ticketId: string): string =>
  operation('query ($id: ID!) { ticket(id: $id) { conversation(last: 95) { nodes { body } } } }', { id: ticketId })

/** Streams all events of a ticket, each with the latest messages of its conversation. */
export const wholeStream = (ticketId: string): string =>
  operation(
    `subscription ($id: ID!) { ticketChanged(id: $id, after: "0-0") { ticket { conversation(last: 10) { nodes { body } } } } }`,
    { id: ticketId },
  )

const words = (count: number): string =>
  Array.from({ length: count }, () => randomBytes(4).toString('hex').replace(/\d/g, 'e')).join(' ')

const aliases = (count: number, field: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => `a${n}: ${field(n)}`).join(' ')

/** A filter with a number of searches, each with a number of words. */
const searches = (count: number, length: number): object => ({
  or: Array.from({ length: count }, () => ({ search: words(length) })),
})

const hardSearch = (search: string): string =>
  operation('query ($f: TicketFilter) { tickets(first: 1, filter: $f) { nodes { subject } } }', { f: { search } })

/** JSON nested as deep as a parser accepts. It is written as text, since JSON.stringify fails on an object that deep. */
const nested = (depth: number): string => `${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`

/** All requests that were found to harm a server, each within the limits of one token. */
export function vectors({ ticketId, longTicketId, incident }: Aim): readonly Vector[] {
  return [
    {
      name: 'large replies of a customer',
      by: 'customer',
      perSecond: 20,
      atOnce: 8,
      shot: () => ({ body: reply('customerReply', ticketId) }),
    },
    {
      name: 'large replies of an agent',
      by: 'agent',
      perSecond: 20,
      atOnce: 8,
      shot: () => ({ body: reply('agentReply', longTicketId) }),
    },
    {
      name: 'long history as of a moment',
      by: 'agent',
      perSecond: 10,
      atOnce: 10,
      shot: () => ({
        body: operation(
          'query ($id: ID!, $at: DateTime!) { ticket(id: $id) { asOf(at: $at) { conversation(first: 1) { nodes { body } } } } }',
          { id: longTicketId, at: new Date().toISOString() },
        ),
      }),
    },
    {
      name: 'large answers',
      by: 'agent',
      perSecond: 2,
      atOnce: 4,
      shot: () => ({ body: largeAnswer(longTicketId) }),
    },
    {
      name: 'splits of a long history',
      by: 'agent',
      perSecond: 5,
      atOnce: 5,
      shot: () => ({
        body: operation('mutation ($input: SplitTicketInput!) { splitTicket(input: $input) { userErrors { code } } }', {
          input: { commandId: randomUUID(), source: longTicketId, messageId: randomUUID(), subject: 'Another' },
        }),
      }),
    },
    {
      name: 'timelines of an incident',
      by: 'service',
      perSecond: 5,
      atOnce: 5,
      shot: () => ({
        body: operation(
          `query ($id: ID!) { incident(id: $id) { ${aliases(10, () => 'timeline(last: 20) { nodes { __typename } }')} } }`,
          {
            id: incident.id,
          },
        ),
      }),
    },
    {
      name: 'distinct documents',
      by: 'agent',
      perSecond: 20,
      atOnce: 8,
      shot: () => ({
        body: operation(
          `query { ${aliases(29, () => `ticket(id: "${'x'.repeat(120)}${randomUUID()}") { subject }`)} }`,
        ),
      }),
    },
    {
      name: 'many searches',
      by: 'agent',
      perSecond: 5,
      atOnce: 5,
      shot: () => ({
        body: operation(
          `query ($f: TicketFilter) { ${aliases(30, () => 'tickets(first: 1, filter: $f) { nodes { id } }')} }`,
          {
            f: searches(49, 12),
          },
        ),
      }),
    },
    {
      name: 'one hard search',
      by: 'customer',
      perSecond: 5,
      atOnce: 5,
      shot: () => ({ body: hardSearch(words(12)) }),
    },
    {
      name: 'one hard search, with commas',
      by: 'customer',
      perSecond: 5,
      atOnce: 5,
      shot: () => ({ body: hardSearch(words(12).replaceAll(' ', ',')) }),
    },
    {
      name: 'hints in errors',
      by: 'customer',
      perSecond: 2,
      atOnce: 4,
      shot: () => ({
        body: operation(
          'query { tickets(first: 1, filter: { status: ["' +
            'Did you mean '.repeat(16_000) +
            '"] }) { nodes { id } } }',
        ),
      }),
    },
    {
      name: 'deep variables',
      by: 'customer',
      perSecond: 5,
      atOnce: 5,
      shot: () => ({
        body: `{"query":"query ($f: TicketFilter) { tickets(first: 1, filter: $f) { nodes { id } } }","variables":{"f":${nested(5_000)}}}`,
      }),
    },
    {
      name: 'far positions',
      by: 'service',
      perSecond: 20,
      atOnce: 20,
      shot: () => ({
        body: operation('query { tickets(first: 1) { nodes { id } } }'),
        headers: { 'guichet-min-position': '9223372036854775000-9223372036854775000' },
      }),
    },
    {
      name: 'ids of the engine',
      by: 'service',
      perSecond: 5,
      atOnce: 5,
      shot: () => ({
        body: operation(
          'mutation ($input: PostIncidentUpdateInput!) { postIncidentUpdate(input: $input) { userErrors { code } } }',
          {
            input: {
              commandId: `clock/incident-${incident.id}/acknowledgement/1/${incident.dueAt}`,
              incidentId: incident.id,
              message: 'We look into it.',
            },
          },
        ),
      }),
    },
  ]
}
