import type { DomainEvent, Result, TicketEvent, TicketState } from '@guichet/domain'
import {
  defaultTicketPolicy,
  defaultWording,
  instant,
  ticketAggregate,
  ticketCommandSchema,
  unchanging,
} from '@guichet/domain'
import { openPool } from '@guichet/eventstore'
import type { Step } from './workload.ts'

type PeerEvent = { readonly type: string; readonly data: Record<string, unknown> }

/** The event store that Guichet is compared with, doing the same work with the same ticket rules. */
export type Peer = {
  /** Loads, decides and appends, with the peer's own command handler and its optimistic concurrency. */
  execute(step: Step, commandId: string): Promise<unknown>
  append(stream: string, events: readonly DomainEvent[]): Promise<unknown>
  close(): Promise<void>
}

/** @throws Error in one line when the peer is not installed: it comes with the repository, not with the package. */
export async function openPeer(url: string): Promise<Peer> {
  const [{ CommandHandler }, { getPostgreSQLEventStore }] = await Promise.all([
    import('@event-driven-io/emmett'),
    import('@event-driven-io/emmett-postgresql'),
  ]).catch((cause: unknown) => {
    throw new Error('the bench compares with @event-driven-io/emmett-postgresql: run it in a clone, after npm ci', {
      cause,
    })
  })
  const pool = openPool({ connectionString: url })
  const store = getPostgreSQLEventStore(url, { connectionOptions: { pool } })
  await store.schema.migrate()
  const aggregate = ticketAggregate(() => unchanging({ policy: defaultTicketPolicy, wording: defaultWording }))
  const handle = CommandHandler<TicketState, PeerEvent>({
    initialState: () => aggregate.initial,
    evolve: (state, event) => aggregate.evolve(state, fromPeer(event)),
  })
  return {
    execute: async ({ ticket, command, by }, commandId) => {
      const parsed = ticketCommandSchema.parse(command)
      const issued = { ...parsed, commandId, aggregateId: ticket, at: instant(new Date()), by }
      return handle(store, `ticket-${ticket}`, (state) => accepted(aggregate.decide(issued, state)).map(toPeer))
    },
    append: (stream, events) => store.appendToStream(stream, events.map(toPeer)),
    close: async () => {
      await store.close()
      await pool.end()
    },
  }
}

function accepted(decision: Result<readonly TicketEvent[]>): readonly TicketEvent[] {
  if (!decision.ok) throw new Error(`the workload was refused: ${decision.refusal.message}`)
  return decision.value
}

const toPeer = ({ type, ...data }: DomainEvent): PeerEvent => ({ type, data })
const fromPeer = ({ type, data }: PeerEvent): TicketEvent => ({ type, ...data }) as TicketEvent
