import type { Desk, EventEnvelope, Instant, Position, TicketCommandInput, TicketEvent } from '@guichet/domain'
import { clockActor, createDesk, defaultTicketPolicy, elapsed, guichetEvents, instant, later } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { opening } from '../workload.ts'

/** A deadline that took effect: when it was due, and when the event of it was recorded. */
export type Fired = { readonly dueAt: Instant; readonly recordedAt: Instant }

/** Tickets of a database on which something falls due at chosen instants. */
export type DueTickets = {
  /**
   * Writes one ticket for each instant at which something is to fall due: every other one waits for its customer, who is
   * chased then, and the rest are resolved, and closed then.
   */
  seed(dueAt: readonly Instant[]): Promise<void>
  /** Waits until so many deadlines have taken effect that it has not told of. Throws when none has for a minute. */
  fired(count: number): Promise<readonly Fired[]>
  close(): Promise<void>
}

const atOnce = 64
const lookEveryMs = 500
const patienceMs = 60_000
const [chaseAfter = 0] = defaultTicketPolicy.chaseAfter
const { closeResolvedAfter } = defaultTicketPolicy

/**
 * Opens a desk on a Postgres, which it migrates where need be, to seed tickets on which something falls due and to watch it happen.
 * @throws what the database rejects with.
 */
export async function openDueTickets(connectionString: string): Promise<DueTickets> {
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, cachedStreams: 0 })
  const found: Fired[] = []
  let after: Position | undefined

  const look = async (): Promise<number> => {
    const events = await store.readAll({ after, limit: 5_000 })
    after = events.at(-1)?.position ?? after
    found.push(...events.flatMap(toFired))
    return events.length
  }
  return {
    seed: async (dueAt) => {
      const rest = dueAt.entries()
      const work = async (): Promise<void> => {
        for (const [number, due] of rest) await writeTicket(desk, number % 2 === 0, due)
      }
      await Promise.all(Array.from({ length: atOnce }, work))
    },
    fired: async (count) => {
      for (let patience = Date.now() + patienceMs; found.length < count;) {
        if ((await look()) > 0) patience = Date.now() + patienceMs
        else if (Date.now() > patience) throw new Error(`${found.length} of ${count} deadlines took effect`)
        else await delay(lookEveryMs)
      }
      return found.splice(0, count)
    },
    close: () => store.close(),
  }
}

async function writeTicket(desk: Desk, waits: boolean, dueAt: Instant): Promise<void> {
  const at = later(dueAt, -(waits ? chaseAfter : closeResolvedAfter))
  const reply: TicketCommandInput = {
    type: 'agentReply',
    body: 'Est-ce que la page s’affiche maintenant ?',
    then: waits ? 'waiting_customer' : 'resolved',
  }
  const steps = [{ command: opening, by: { kind: 'customer', id: 'customer-1' } }, { command: reply }] as const
  const outcome = await desk.executeTogether('ticket', randomUUID(), steps, {
    by: { kind: 'agent', id: 'agent-1' },
    at,
  })
  if (!outcome.ok) throw new Error(`the workload was refused: ${outcome.refusal.message}`)
}

function toFired({ event, recordedAt }: EventEnvelope): readonly Fired[] {
  const { by, dueAt } = event as TicketEvent & { readonly dueAt?: Instant }
  return by.id === clockActor.id && dueAt !== undefined ? [{ dueAt, recordedAt }] : []
}

/** How late each deadline was, in milliseconds: from the instant it was due to the instant its event was recorded. */
export const lateness = (fired: readonly Fired[]): readonly number[] =>
  fired.map(({ dueAt, recordedAt }) => elapsed(dueAt, recordedAt))

/** Deadlines per second, from the instant the first was due to the moment the last was recorded. */
export function firingRate(fired: readonly Fired[]): number {
  const due = Math.min(...fired.map(({ dueAt }) => Date.parse(dueAt)))
  const recorded = Math.max(...fired.map(({ recordedAt }) => Date.parse(recordedAt)))
  return fired.length / ((recorded - due) / 1000)
}
