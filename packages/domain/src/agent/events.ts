import { z } from 'zod'
import type { DataSubject, EventOf } from '../kernel/event.ts'
import { defineEvent } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { storedInstantSchema } from '../kernel/time.ts'
import type { Availability, Profile, WorkChannel } from './commands.ts'
import { availabilities, workChannels } from './commands.ts'

/** History is parsed more leniently than commands: limits may tighten over the years, but old events stay readable. */
const text = z.string()

const profile = {
  name: text,
  email: text.nullable(),
  level: z.int(),
  centre: text.nullable(),
  team: text.nullable(),
  languages: z.array(text),
  skills: z.record(text, z.number()),
  specialities: z.array(text),
  capacity: z.object({ ticket: z.int(), chat: z.int(), phone: z.int() }),
  rating: z.number(),
  shift: text.nullable(),
}

const availability = z.enum(availabilities)

/** The fields of a profile that identify or rate the agent. */
const personalOfProfile = { name: 'agent', email: 'agent', skills: 'agent', rating: 'agent' } as const

/** Why an agent is absent or leaves, in their words or somebody else's. */
const freeText: readonly DataSubject[] = ['agent', 'author']

/** The definition of every event of an agent: the agent's part of the event catalogue. */
export const agentEvents = {
  /** A retired agent may be registered again. */
  AgentRegistered: defineEvent({ schema: z.object(profile), personal: personalOfProfile }),
  /** Only the changed fields. */
  AgentProfileChanged: defineEvent({ schema: z.object(profile).partial(), personal: personalOfProfile }),
  AgentRetired: defineEvent({ schema: z.object({ reason: text.optional() }), personal: { reason: freeText } }),
  AvailabilityChanged: defineEvent({
    schema: z.object({
      from: availability,
      to: availability,
      /** When the availability that ends here began. */
      since: storedInstantSchema,
      reason: text.optional(),
    }),
    personal: { reason: freeText },
  }),
  /** Work took a place. */
  WorkClaimed: defineEvent({
    schema: z.object({
      work: text,
      channel: z.enum(workChannels),
      /** The version of the work's own stream when it became this agent's: older versions cannot release it. */
      version: z.int().nonnegative(),
      round: z.int().positive().optional(),
      /** Claimed even without a free place, because somebody decided so. */
      forced: z.boolean(),
    }),
    personal: {},
  }),
  WorkReleased: defineEvent({
    schema: z.object({
      work: text,
      channel: z.enum(workChannels),
      version: z.int().nonnegative(),
      /** Why the place was released, as a text of the engine. */
      reason: text,
    }),
    personal: {},
  }),
} as const

type Definitions = typeof agentEvents

/** The type of an event of an agent. */
export type AgentEventType = keyof Definitions

/** An event of an agent by its type. */
export type AgentEventOf<T extends AgentEventType> = EventOf<Definitions, T>

/** Every event of an agent. */
export type AgentEvent = EventOf<Definitions>

/** A stream on which no agent was registered. */
type AbsentAgent = { readonly status: 'absent' }

/** Work that takes a place. */
export type Claim = {
  readonly channel: WorkChannel
  readonly version: number
  readonly round: number | undefined
  readonly forced: boolean
}

/** The facts of an agent that the rules need: their history, folded. */
export type Agent = {
  readonly status: 'active' | 'retired'
  readonly profile: Profile
  readonly availability: Availability
  readonly availabilityReason: string | undefined
  /** Since when the agent has been in this availability. */
  readonly availableSince: Instant
  /** The claims on the agent's places, by the work's stream. */
  readonly claims: Readonly<Record<string, Claim>>
  /** When work was last claimed. */
  readonly claimedAt: Instant | undefined
  readonly updatedAt: Instant
}

/** The state of an agent; `absent` before they are registered. */
export type AgentState = AbsentAgent | Agent

/**
 * The agent after one more event; an event before the registration is corrupt history and leaves the state unchanged.
 */
export function evolveAgent(state: AgentState, event: AgentEvent): AgentState {
  if (event.type === 'AgentRegistered') return registered(state, event)
  if (state.status === 'absent') return state
  return { ...state, updatedAt: event.at, ...changes(state, event) }
}

function changes(agent: Agent, event: Exclude<AgentEvent, AgentEventOf<'AgentRegistered'>>): Partial<Agent> {
  switch (event.type) {
    case 'AgentProfileChanged': {
      const { type: _type, at: _at, by: _by, ...changed } = event
      return { profile: { ...agent.profile, ...changed } as Profile }
    }
    case 'AgentRetired':
      return { status: 'retired' }
    case 'AvailabilityChanged':
      return { availability: event.to, availabilityReason: event.reason, availableSince: event.at }
    case 'WorkClaimed': {
      const { channel, version, round, forced } = event
      return { claims: { ...agent.claims, [event.work]: { channel, version, round, forced } }, claimedAt: event.at }
    }
    case 'WorkReleased': {
      const { [event.work]: _, ...claims } = agent.claims
      return { claims }
    }
  }
}

function registered(before: AgentState, event: AgentEventOf<'AgentRegistered'>): Agent {
  const { type: _type, at, by: _by, ...profile } = event
  return {
    status: 'active',
    profile,
    availability: 'offline',
    availabilityReason: undefined,
    availableSince: at,
    claims: before.status === 'absent' ? {} : before.claims,
    claimedAt: before.status === 'absent' ? undefined : before.claimedAt,
    updatedAt: at,
  }
}

/** How many places of each channel are taken. */
export function loadOf({ claims }: Pick<Agent, 'claims'>): Readonly<Record<WorkChannel, number>> {
  const load = Object.fromEntries(workChannels.map((channel) => [channel, 0])) as Record<WorkChannel, number>
  for (const { channel } of Object.values(claims)) load[channel]++
  return load
}
