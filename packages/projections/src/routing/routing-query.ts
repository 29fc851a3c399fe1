import type { Agent, AgentState, Availability, Crew, Instant, Placed, Position, WorkItem } from '@guichet/domain'

/** An agent as the list shows them. */
export type AgentRow = { readonly id: string; readonly version: number; readonly agent: Agent }

/** How long an agent was in an availability on a day of the desk's time zone, in milliseconds. */
export type AgentTime = { readonly day: string; readonly availability: Availability; readonly milliseconds: number }

/** The days asked for, both included, in the desk's time zone; the availability that goes on counts until `now`. */
export type DaysOfAgent = {
  readonly first: string
  readonly last: string
  readonly now: Instant
  readonly timeZone: string
}

/** A ticket that waits for an agent. */
export type QueuedTicket = {
  readonly ticketId: string
  /** From 1. */
  readonly position: number
  readonly waitingSince: Instant
  /** Why nobody could take it when it was last looked at; undefined while it has not been looked at, or is offered. */
  readonly reason: string | undefined
  /** Milliseconds until it is likely to have an agent; undefined where too little is known. */
  readonly expectedWait: number | undefined
}

export type Queue = {
  /** How many tickets wait. */
  readonly total: number
  /** How many left the queue with an agent in the hour before. */
  readonly placedInTheLastHour: number
  readonly tickets: readonly QueuedTicket[]
}

/** What a router knows when it begins. */
export type KnownWork = {
  /** All that follows from events up to here is there, if not more. */
  readonly after: Position | undefined
  readonly agents: readonly { readonly id: string; readonly version: number; readonly state: AgentState }[]
  /** The tickets that are open. */
  readonly tickets: readonly WorkItem[]
}

/** An open ticket with the agent who has it. */
export type Conversation = { readonly ticketId: string; readonly agentId: string; readonly placed: Placed }

export type RoutingQueries = {
  /** Those who have not retired, by their ids; with `retired`, the others too. At most 5,000. */
  agents(options?: { readonly retired?: boolean }): Promise<readonly AgentRow[]>
  agent(id: string): Promise<AgentRow | undefined>
  /** The time that an agent has spent in each availability, by day. */
  timesOf(id: string, days: DaysOfAgent): Promise<readonly AgentTime[]>
  /** The first tickets of the queue, in its order: the more pressing first, then whoever has waited longer. */
  queue(first: number, now: Instant): Promise<Queue>
  /** The open tickets of agents who belong to one of these crews by their profile, but for those in the midst of an import. */
  conversationsOf(crews: readonly Crew[]): Promise<readonly Conversation[]>
  /** What routing goes on from. */
  known(): Promise<KnownWork>
}
