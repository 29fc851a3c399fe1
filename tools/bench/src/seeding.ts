import type { Pool } from 'pg'
import type { AgentEvent, Append, Configuration, Instant, Priority, SlaTarget, TicketEvent } from '@guichet/domain'
import {
  agentAggregate,
  clockActor,
  configurationSchema,
  defaultWording,
  guichetEvents,
  hours,
  instant,
  later,
  minutes,
  priorities,
} from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { openPool, postgresStore } from '@guichet/eventstore'
import type { Projection, ProjectionRunner } from '@guichet/projections'
import { createProjectionRunner, projections } from '@guichet/projections'
import { unconfigured } from '@guichet/desk/configuration'
import type { Ground } from './ground.ts'
import { seedChats } from './seeded-chats.ts'

/** How many events each seeded ticket has. */
export const eventsPerTicket = 3

const atOnce = 2_000
const started = instant('2026-01-05T08:00:00Z')

/** Words of subjects, so that searches find different tickets. */
const topics = [
  'page blanche',
  'mot de passe',
  'facture',
  'remboursement',
  'connexion',
  'pari annulé',
  'notification',
  'compte bloqué',
]

/**
 * Appends the history of many tickets directly to a store, a thousand at a time. Each is opened by one of 500
 * customers and answered by one of 20 agents, a minute after the one before it.
 */
export async function seedTickets(store: PostgresStore, count: number): Promise<void> {
  for (let first = 0; first < count; first += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - first) }, (_, n) => first + n)
    await store.appendMany(numbers.map(ticketHistory))
  }
}

/** The id of the n-th seeded ticket. */
export const seededTicket = (number: number): string => `seed-${number}`

function ticketHistory(number: number): Append<TicketEvent> {
  const at = later(started, minutes(number))
  const customer = {
    id: `customer-${number % 500}`,
    name: `Client ${number % 500}`,
    email: `client${number % 500}@example.org`,
  }
  const agent = { kind: 'agent', id: `agent-${number % 20}` } as const
  const subject = `${topics[number % topics.length]} ${number}`
  return {
    stream: `ticket-${seededTicket(number)}`,
    expectedVersion: 'no_stream',
    commandId: `seed-${number}`,
    events: [
      {
        type: 'TicketOpened',
        at,
        by: { kind: 'customer', id: customer.id },
        subject,
        body: `Bonjour, j’ai un souci : ${subject}. Merci de votre aide.`,
        messageId: `m-${number}`,
        customer,
        channel: 'web',
        priority: number % 10 === 0 ? 'high' : 'normal',
        tags: [],
        language: 'fr',
        policyVersion: unconfigured.version,
      },
      {
        type: 'AgentReplied',
        at: later(at, minutes(30)),
        by: agent,
        messageId: `r-${number}`,
        body: 'Bonjour, nous regardons cela tout de suite.',
      },
      { type: 'TicketStarted', at: later(at, minutes(30)), by: agent, reason: 'agent_reply' },
    ],
  }
}

const categories = ['billing', 'technical', 'account', 'sales', 'other'].map((name) => ({
  name,
  subcategories: ['first', 'second', 'third', 'fourth', 'fifth'].map((sub) => ({ name: sub })),
}))

const paths = categories.flatMap(({ name, subcategories }) => subcategories.map((sub) => `${name}/${sub.name}`))
const plans = [undefined, 'gold', 'silver'] as const
const teams = ['supervisors', 'experts', 'field', 'billing'] as const

/** The SLA policies of the seeded desk: every target, by priority, in hours. */
export const promising = (firstResponse = 4, resolution = 72): Configuration =>
  configurationSchema.parse({
    plans: plans.filter((plan) => plan !== undefined),
    teams: teams.map((name) => ({ name })),
    categories,
    sla: {
      policies: priorities.map((priority) => ({
        name: priority,
        applies: { priorities: [priority] },
        firstResponse: hours(firstResponse),
        resolution: hours(resolution),
      })),
    },
  })

/** Registers the assignees of the tickets, at three centres. */
export async function seedAgents(store: PostgresStore, at: Instant): Promise<void> {
  const agents = Array.from({ length: agentCount }, (_, number): Append<AgentEvent> => {
    const { id } = agentOf(number)
    const given = { name: id, centre: centres[number % centres.length] }
    const { profile } = agentAggregate.schemas.register.parse({ type: 'register', profile: given })
    return {
      stream: `agent-${id}`,
      expectedVersion: 'no_stream',
      commandId: id,
      events: [{ type: 'AgentRegistered', at, by: clockActor, ...profile }],
    }
  })
  await store.appendMany(agents)
}

/**
 * Appends the history of many tickets directly to a store. Every second ticket is open, opened in the four hours before an instant, and
 * some of those are late. The others were opened in the year before it and solved, some of them late.
 */
export const seedPromises = (store: PostgresStore, count: number, asOf: Instant): Promise<void> =>
  seed(store, count, (number) => (number % 2 === 0 ? openTicket(number, asOf) : solved(number, number / count, asOf)))

/** Appends the history of many tickets that were opened at an instant, and have no other events. */
export const seedOpen = (store: PostgresStore, count: number, at: Instant): Promise<void> =>
  seed(store, count, (number) => [opened(number, at)])

async function seed(
  store: PostgresStore,
  count: number,
  history: (number: number) => readonly TicketEvent[],
): Promise<void> {
  for (let first = 0; first < count; first += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - first) }, (_, n) => first + n)
    const appends = numbers.map((number): Append<TicketEvent> => ({
      stream: `ticket-promise-${number}`,
      expectedVersion: 'no_stream',
      commandId: `promise-${number}`,
      events: history(number),
    }))
    await store.appendMany(appends)
  }
}

const priorityOf = (number: number): Priority => priorities[Math.floor(number / 2) % priorities.length] ?? 'normal'
const agentCount = 20
const centres = ['montreal', 'toronto', 'paris'] as const
const agentOf = (number: number) => ({ kind: 'agent', id: `agent-${number % agentCount}` }) as const

function assigned(number: number, at: Instant): readonly TicketEvent[] {
  const by = agentOf(number)
  return number % 3 === 0 ? [] : [{ type: 'TicketAssigned', at: later(at, minutes(2)), by, assignee: { id: by.id } }]
}

function promise(number: number, target: SlaTarget, at: Instant, length: number) {
  const policy = priorityOf(number)
  return { target, cycle: 1, since: at, dueAt: later(at, length), policy, policyVersion: 'configuration-1' } as const
}

function opened(number: number, at: Instant): TicketEvent {
  const plan = plans[number % plans.length]
  return {
    type: 'TicketOpened',
    at,
    by: { kind: 'customer', id: `customer-${number % 500}` },
    subject: `Souci ${number}`,
    body: 'Bonjour, j’ai un souci.',
    messageId: `m-${number}`,
    customer: { id: `customer-${number % 500}` },
    channel: 'web',
    priority: priorityOf(number),
    category: paths[number % paths.length] ?? 'other/first',
    ...(plan && { plan }),
    tags: [],
    language: 'fr',
    policyVersion: 'configuration-1',
  }
}

function escalated(number: number, at: Instant): readonly TicketEvent[] {
  if (number % 5 !== 0) return []
  const team = teams[Math.floor(number / 10) % teams.length] ?? 'supervisors'
  const level = number % 15 === 0 ? 3 : 2
  return [{ type: 'TicketEscalated', at: later(at, minutes(1)), by: agentOf(number), team, reason: 'too hard', level }]
}

/** An open ticket: one in ten has a warning; one in 240 is overdue without a recorded breach. */
function openTicket(number: number, asOf: Instant): readonly TicketEvent[] {
  const at = later(asOf, -minutes(241 * ((number * 0.618) % 1)))
  const events = [opened(number, at), ...escalated(number, at), ...assigned(number, at)]
  if (number % 20 !== 0) return events
  const promised = promise(number, 'first_response', at, hours(4))
  return [...events, { type: 'TargetWarned', at: later(at, hours(3)), by: clockActor, ...promised, share: 0.75 }]
}

function solved(number: number, share: number, asOf: Instant): readonly TicketEvent[] {
  const at = later(asOf, -hours(24 * 365 * (1 - share)) - hours(100))
  const by = agentOf(number)
  const isLate = number % 11 === 0
  const answered = later(at, isLate ? hours(5) : hours(1))
  const resolved = later(at, hours(30))
  const first = promise(number, 'first_response', at, hours(4))
  const reply: TicketEvent = { type: 'AgentReplied', at: answered, by, messageId: `r-${number}`, body: 'Bonjour.' }
  const answer: readonly TicketEvent[] = isLate
    ? [{ type: 'TargetBreached', at: answered, by: clockActor, ...first, over: true }, reply]
    : [reply, { type: 'TargetMet', at: answered, by, ...first }]
  return [
    opened(number, at),
    ...escalated(number, at),
    ...assigned(number, at),
    ...answer,
    { type: 'TicketResolved', at: resolved, by },
    { type: 'TargetMet', at: resolved, by, ...promise(number, 'resolution', at, hours(72)) },
  ]
}

/** A store full of tickets, with read models that have caught up. */
type Helpdesk = {
  readonly store: PostgresStore
  readonly pool: Pool
  readonly runner: ProjectionRunner
  readonly projections: readonly Projection[]
  close(): Promise<void>
}

/** Fills a new database with made-up tickets and chats, and waits until the read models have caught up. */
export async function openHelpdesk(ground: Ground, tickets: number, chats = 0): Promise<Helpdesk> {
  const connectionString = await ground.database()
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  await seedTickets(store, tickets)
  await seedChats(store, chats)
  const pool = openPool({ connectionString })
  const all = projections({ policy: unconfigured, wording: defaultWording })
  const runner = createProjectionRunner({ store, pool, projections: all })
  await runner.start()
  await runner.caughtUp()
  return {
    store,
    pool,
    runner,
    projections: all,
    close: async () => {
      await runner.stop()
      await store.close()
      await pool.end()
    },
  }
}
