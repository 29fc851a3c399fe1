import type {
  Agent,
  AgentState,
  Availability,
  Crew,
  Instant,
  Placed,
  Position,
  SupportLevel,
  WorkItem,
} from '@guichet/domain'
import type { Page, Slice } from '../reading/page.ts'

/** An agent as the list shows them. */
export type AgentRow = { readonly id: string; readonly version: number; readonly agent: Agent }

/** How long an agent was in an availability on a day of a time zone, in milliseconds. */
export type AgentTime = { readonly day: string; readonly availability: Availability; readonly milliseconds: number }

/** The days asked for, both included and `YYYY-MM-DD`, in an IANA time zone; the availability that goes on counts until `now`. */
export type DaysOfAgent = {
  readonly first: string
  readonly last: string
  readonly now: Instant
  readonly timeZone: string
}

/** A ticket that waits for an agent. */
export type QueuedTicket = {
  readonly ticketId: string
  /** The support level that it asks for. */
  readonly level: SupportLevel
  /** From 1, in the whole queue. */
  readonly position: number
  readonly waitingSince: Instant
  /** Why nobody could take it when it was last looked at; undefined while it has not been looked at, or is offered. */
  readonly reason: string | undefined
  /** Since when that reason has been known. */
  readonly reasonSince: Instant | undefined
  /**
   * Milliseconds until it is likely to have an agent: its place among the tickets of its level, at the pace of that level in the
   * hour before; undefined where none of them found an agent in it.
   */
  readonly expectedWait: number | undefined
}

/** The queue of the tickets that ask for one level. */
export type QueueOfLevel = {
  readonly level: SupportLevel
  readonly waiting: number
  /** How many left the queue with an agent in the hour before. */
  readonly placedInTheLastHour: number
  /** What the last of them is expected to wait, in milliseconds; undefined where none waits or none found an agent. */
  readonly expectedWait: number | undefined
}

export type Queue = {
  /** How many tickets wait. */
  readonly total: number
  /** How many left the queue with an agent in the hour before. */
  readonly placedInTheLastHour: number
  /** Every level, whether or not tickets wait for it. */
  readonly levels: readonly QueueOfLevel[]
  readonly tickets: Slice<QueuedTicket>
}

/** What a router knows when it begins. */
export type KnownWork = {
  /** All that follows from events up to here is there, if not more. */
  readonly after: Position | undefined
  readonly agents: readonly { readonly id: string; readonly version: number; readonly state: AgentState }[]
  /** The imports that have ended. */
  readonly endedImports: readonly string[]
  /** The tickets that are open, read as they are asked for, so many at a time. */
  readonly tickets: AsyncIterable<WorkItem>
}

export type AgentFilter = {
  /** Those who have retired too; without them unless said. */
  readonly retired?: boolean
  /** Those who are in one of these; all without it. */
  readonly availability?: readonly Availability[] | undefined
}

/** An open ticket with the agent who has it. */
export type Conversation = { readonly ticketId: string; readonly agentId: string; readonly placed: Placed }

export type RoutingQueries = {
  /** Agents, by their ids. */
  agents(filter: AgentFilter, page: Page): Promise<Slice<AgentRow>>
  agent(id: string): Promise<AgentRow | undefined>
  /**
   * The time that each of these agents has spent in each availability, by day; nothing for who is unknown.
   * @throws RangeError when there is no such time zone.
   */
  timesOf(ids: readonly string[], days: DaysOfAgent): Promise<ReadonlyMap<string, readonly AgentTime[]>>
  /** A page of the queue, in its order: the more pressing first, then whoever has waited longer. */
  queue(page: Page, now: Instant): Promise<Queue>
  /** A ticket of the queue; undefined when it does not wait. */
  queuedTicket(ticketId: string, now: Instant): Promise<QueuedTicket | undefined>
  /** The open tickets of agents who belong to one of these crews by their profile, but for those in the midst of an import. */
  conversationsOf(crews: readonly Crew[]): Promise<readonly Conversation[]>
  /** Those of these tickets that are open and with an agent, but for those in the midst of an import. */
  conversationsOn(tickets: readonly string[]): Promise<readonly Conversation[]>
  /** What routing goes on from. */
  known(): Promise<KnownWork>
}
