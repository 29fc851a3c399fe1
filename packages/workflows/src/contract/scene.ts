import { randomUUID } from 'node:crypto'
import type { TestAPI } from 'vitest'
import { test } from 'vitest'
import type {
  Desk,
  DomainEvent,
  EventStore,
  IncidentEvent,
  IncidentSettingsInput,
  Instant,
  Outcome,
  RefusalCode,
  Sender,
  TicketEvent,
  TicketPolicy,
} from '@guichet/domain'
import {
  configurationSchema,
  createDesk,
  defaultTicketPolicy,
  deny,
  guichetEvents,
  importCorrelation,
  incidentSettingsSchema,
  instant,
  readHistory,
  refusal,
} from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { ClockEngine } from '../clock.ts'
import { inParallel } from '../supervision.ts'
import { until } from '../testing/until.ts'

/** The resources of an engine in its process. */
export type Process = { readonly desk: Desk; readonly databaseUrl: string }

/** Creates an engine that receives all deadlines of the desk, not started. */
export type MakeEngine = (process: Process) => Promise<ClockEngine>

/** A helpdesk with its own database, and engines that start and stop as processes would. */
export type Scene = Process & {
  /** Starts an engine as in its own process: with its own store and its own desk. */
  startEngine(settings?: Settings): Promise<ClockEngine>
  /** A ticket that has been waiting for its customer for the given milliseconds. */
  waitingTicket(sinceMs?: number): Promise<string>
  /** A ticket that was resolved the given milliseconds ago. */
  resolvedTicket(sinceMs?: number): Promise<string>
  /** A ticket that an agent has replied to and works on. */
  ticketInProgress(): Promise<string>
  /** A ticket that nobody has accepted, opened the given milliseconds ago, and an urgent one. */
  newTicket(sinceMs?: number): Promise<string>
  urgentTicket(sinceMs?: number): Promise<string>
  /** The last of several tickets like `waitingTicket`, imported from another helpdesk; `completed` ends the import. */
  importedTicket(sinceMs: number, count?: number): Promise<{ readonly id: string; completed(): Promise<void> }>
  /** The customer replies, now or at an instant of the past. */
  customerReplies(id: string, at?: Instant): Promise<void>
  /** An agent answers, and continues to work. */
  agentReplies(id: string): Promise<void>
  /** An agent reminds the customer. */
  chasesByHand(id: string): Promise<void>
  becomesUrgent(id: string): Promise<void>
  /**
   * Applies a configuration with one SLA policy for all tickets, around the clock, from now or from any other instant
   * on.
   */
  promises(
    policy: { readonly firstResponse?: string; readonly resolution?: string; readonly update?: string },
    effectiveFrom?: Instant,
  ): Promise<void>
  /** An incident that was declared the given milliseconds ago, for the customer, with a technician wanted on site. */
  incident(sinceMs?: number): Promise<string>
  /** An agent on call accepts an incident. */
  acknowledges(id: string): Promise<void>
  /** The clock's events on an incident, in order. */
  firedOnIncident(id: string): Promise<readonly IncidentEvent[]>
  /** Waits until the clock has written an event of a kind to an incident, and returns all its events. */
  untilOnIncident(id: string, done: (event: IncidentEvent) => boolean): Promise<readonly IncidentEvent[]>
  /** The clock's events on a ticket, in order. */
  firedOn(id: string): Promise<readonly TicketEvent[]>
  /** Waits until the clock has written a number of events to a ticket, and returns them. */
  untilFired(id: string, times: number): Promise<readonly TicketEvent[]>
  /** Stops the engines and drops the database. */
  dispose(): Promise<void>
}

type Settings = {
  /** Differences from the default policy. */
  readonly policy?: Partial<TicketPolicy>
  /** Differences from the default settings of incidents. */
  readonly incidents?: IncidentSettingsInput
  /** The code with which the engine's desk refuses every deadline. */
  readonly refuses?: RefusalCode
}

const agent = { kind: 'agent', id: 'agent-1', name: 'Ana' } as const
const customer = { kind: 'customer', id: 'customer-1', name: 'Carl' } as const

/**
 * Opens a scene; `settings` are those of the desk, and of each engine that has none of its own. A new database by
 * default.
 */
export async function openScene(
  makeEngine: MakeEngine,
  settings: Settings = {},
  database?: TestDatabase,
): Promise<Scene> {
  const { url: databaseUrl, drop } = database ?? (await createTestDatabase())
  const stores: EventStore[] = []
  const stops: (() => Promise<void>)[] = []

  const openDesk = async ({ policy, incidents = {} }: Settings): Promise<Desk> => {
    const store = await postgresStore({ connectionString: databaseUrl, catalogue: guichetEvents })
    stores.push(store)
    return createDesk({
      store,
      now: () => instant(new Date()),
      newId: randomUUID,
      policy: { ...defaultTicketPolicy, ...policy },
      incidents: incidentSettingsSchema.parse(incidents),
    })
  }

  const desk = await openDesk(settings)
  const accepted = async <E extends DomainEvent>(outcome: Promise<Outcome<E>>): Promise<void> => {
    const answer = await outcome
    if (!answer.ok) throw new Error(`refused: ${answer.refusal.message}`)
  }
  const send = (id: string, command: Parameters<typeof desk.execute<'ticket'>>[2], sent: Partial<Sender> = {}) => {
    const by = command.type === 'open' || command.type === 'customerReply' ? customer : agent
    return accepted(desk.engine.execute('ticket', id, command, { by, ...sent }))
  }
  const ticket = async (
    then: 'in_progress' | 'waiting_customer' | 'resolved',
    sinceMs = 0,
    correlationId?: string,
  ): Promise<string> => {
    const id = randomUUID()
    const open = { type: 'open', subject: 'Printer', body: 'It is on fire', customer: { id: customer.id } } as const
    const reply = { type: 'agentReply', body: 'Is it still?', then } as const
    const steps = [{ by: customer, command: open }, { command: reply }]
    const at = instant(new Date(Date.now() - sinceMs))
    await accepted(desk.engine.executeTogether('ticket', id, steps, { by: agent, at, correlationId }))
    return id
  }
  const newTicket = async (priority: 'normal' | 'urgent', sinceMs = 0): Promise<string> => {
    const id = randomUUID()
    const at = instant(new Date(Date.now() - sinceMs))
    await send(
      id,
      { type: 'open', subject: 'Printer', body: 'It burns', priority, customer: { id: customer.id } },
      { at },
    )
    return id
  }
  const firedOn = async (id: string): Promise<readonly TicketEvent[]> => {
    const envelopes = await readHistory(desk.store, 'ticket', id)
    return envelopes.map(({ event }) => event).filter(({ by }) => by.id === 'clock')
  }

  const firedOnIncident = async (id: string): Promise<readonly IncidentEvent[]> => {
    const envelopes = await readHistory(desk.store, 'incident', id)
    return envelopes.map(({ event }) => event).filter(({ by }) => by.id === 'clock')
  }

  let disposed: Promise<void> | undefined
  const dispose = async (): Promise<void> => {
    await Promise.all(stops.map((stop) => stop()))
    await Promise.all(stores.map((store) => store.close()))
    await drop()
  }

  return {
    desk,
    databaseUrl,
    startEngine: async (own = settings) => {
      const engineDesk = await openDesk(own)
      const engine = await makeEngine({
        desk: own.refuses ? refusing(engineDesk, own.refuses) : engineDesk,
        databaseUrl,
      })
      let stopped: Promise<void> | undefined
      const stop = (): Promise<void> => (stopped ??= engine.stop())
      stops.push(stop)
      await engine.start()
      return { ...engine, stop }
    },
    waitingTicket: (sinceMs) => ticket('waiting_customer', sinceMs),
    resolvedTicket: (sinceMs) => ticket('resolved', sinceMs),
    ticketInProgress: () => ticket('in_progress'),
    newTicket: (sinceMs) => newTicket('normal', sinceMs),
    urgentTicket: (sinceMs) => newTicket('urgent', sinceMs),
    importedTicket: async (sinceMs, count = 1) => {
      const importId = randomUUID()
      const sent = { by: { kind: 'system', id: 'import' }, correlationId: importCorrelation(importId) } as const
      const counts = { rows: 2, applied: 2, unchanged: 0, refused: 0 }
      await accepted(
        desk.engine.execute('import', importId, { type: 'start', source: 'old.csv', mapping: 'old' }, sent),
      )
      const another = (): Promise<string> => ticket('waiting_customer', sinceMs, sent.correlationId)
      await inParallel(Array.from({ length: count - 1 }), 16, async () => void (await another()))
      return {
        id: await another(),
        completed: () => accepted(desk.engine.execute('import', importId, { type: 'complete', ...counts }, sent)),
      }
    },
    customerReplies: (id, at) => send(id, { type: 'customerReply', body: 'Yes' }, { at }),
    promises: (policy, effectiveFrom) => {
      const teams = [{ name: 'supervisors' }]
      const configuration = configurationSchema.parse({ teams, sla: { policies: [{ name: 'all', ...policy }] } })
      const apply = { type: 'apply', configuration, effectiveFrom, retroactive: true } as const
      return accepted(desk.execute('configuration', 'desk', apply, { by: agent }))
    },
    agentReplies: (id) => send(id, { type: 'agentReply', body: 'We are at it' }),
    chasesByHand: (id) => send(id, { type: 'chase' }),
    becomesUrgent: (id) => send(id, { type: 'changePriority', priority: 'urgent' }),
    incident: async (sinceMs = 0) => {
      const id = randomUUID()
      const at = instant(new Date(Date.now() - sinceMs))
      const declare = {
        type: 'declare',
        title: 'Nothing can be reached',
        customer: { id: customer.id },
        onSite: true,
      } as const
      await accepted(desk.execute('incident', id, declare, { by: agent, at }))
      return id
    },
    acknowledges: (id) => accepted(desk.execute('incident', id, { type: 'acknowledge' }, { by: agent })),
    firedOnIncident,
    untilOnIncident: (id, done) =>
      until(
        () => firedOnIncident(id),
        (fired) => fired.some(done),
      ),
    firedOn,
    untilFired: (id, times) =>
      until(
        () => firedOn(id),
        (fired) => fired.length >= times,
      ),
    dispose: () => (disposed ??= dispose()),
  }
}

/** A desk that refuses every deadline. */
function refusing(desk: Desk, code: RefusalCode): Desk {
  return deskAround(desk, (entry) => ({
    execute: (category, id, command, sender) =>
      'type' in command && command.type === 'fire'
        ? Promise.resolve(deny(refusal(code)))
        : entry.execute(category, id, command, sender),
  }))
}

/** Opens a scene that is disposed of when its test ends. */
type OpenScene = (settings?: Settings) => Promise<Scene>

/** A part of the contract: registers its tests, which open scenes while they run. */
export type Clause = (it: TestAPI<{ open: OpenScene }>) => void

/** Vitest's `it` for tests that open scenes, each its own: they may run at the same time. */
export const testWithScenes = (makeEngine: MakeEngine): TestAPI<{ open: OpenScene }> =>
  test.extend<{ open: OpenScene }>({
    // Vitest takes an object pattern alone.
    // oxlint-disable-next-line no-empty-pattern
    open: async ({}, use) => {
      const scenes: Scene[] = []
      await use(async (settings) => {
        const scene = await openScene(makeEngine, settings)
        scenes.push(scene)
        return scene
      })
      for (const scene of scenes) await scene.dispose()
    },
  })
