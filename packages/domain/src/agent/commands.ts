import { z } from 'zod'
import type { CommandInput, CommandOf, Senders } from '../kernel/command.ts'
import { anyCommandOf, defineCommand, senders } from '../kernel/command.ts'
import { column } from '../kernel/event.ts'
import { line, text } from '../kernel/values.ts'
import { language, limits } from '../ticket/vocabulary.ts'

/** What an agent is doing. Routing offers work to available agents. */
export const availabilities = ['available', 'busy', 'break', 'training', 'offline'] as const

export type Availability = (typeof availabilities)[number]

/**
 * The channels of an agent's work, each with places of its own: tickets that came by chat or phone take one of those,
 * all others one of `ticket`.
 */
export const workChannels = ['ticket', 'chat', 'phone'] as const

export type WorkChannel = (typeof workChannels)[number]

/**
 * How much an agent takes at a time: 30 tickets, at which the workload score is zero, three chats and one call (source:
 * 004, `calculateAgentScore`).
 */
export const defaultCapacity: Readonly<Record<WorkChannel, number>> = { ticket: 30, chat: 3, phone: 1 }

/** The limits of an agent's profile; the edge refuses what exceeds them. */
export const agentLimits = { languages: 20, skills: 100, specialities: 100, capacity: 1_000 } as const

const places = z.int().nonnegative().max(agentLimits.capacity)

const profileFields = {
  name: line(limits.name),
  email: z.email().max(limits.email).nullable(),
  /** The support level (000, « Organisation Équipes Support »). */
  level: z.int().min(1).max(3),
  centre: line(limits.name).nullable(),
  team: line(limits.name).nullable(),
  languages: z.array(language).max(agentLimits.languages),
  /** The level of each skill, from 1 to 5. */
  skills: z
    .record(line(limits.name), z.int().min(1).max(5))
    .refine((skills) => Object.keys(skills).length <= agentLimits.skills, `must be at most ${agentLimits.skills}`),
  /** Paths of categories; each covers those below it. */
  specialities: z.array(line(limits.name)).max(agentLimits.specialities),
  capacity: z.strictObject({ ticket: places, chat: places, phone: places }),
  /** From 0 to 10 (004, `performance.rating`). */
  rating: z.number().min(0).max(10),
  /** The calendar by which the agent works. */
  shift: line(limits.name).nullable(),
} as const

/** A whole profile, with its defaults. */
export const profileSchema = z.strictObject({
  ...profileFields,
  email: profileFields.email.default(null),
  level: profileFields.level.default(1),
  centre: profileFields.centre.default(null),
  team: profileFields.team.default(null),
  languages: profileFields.languages.default([]),
  skills: profileFields.skills.default({}),
  specialities: profileFields.specialities.default([]),
  capacity: z
    .strictObject({
      ticket: places.default(defaultCapacity.ticket),
      chat: places.default(defaultCapacity.chat),
      phone: places.default(defaultCapacity.phone),
    })
    .prefault({}),
  rating: profileFields.rating.default(5),
  shift: profileFields.shift.default(null),
})

/** The fields to change; null removes a value. */
const profileChangesSchema = z.strictObject({ ...profileFields, capacity: profileFields.capacity.partial() }).partial()

/** An agent's profile: who they are, what they know, and how much they take at a time. */
export type Profile = z.infer<typeof profileSchema>

/** The id of work: the stream of the ticket. */
const workId = line(limits.id + 20).regex(/^[a-z]+-./, 'must be the name of a stream, such as ticket-T1')

const reason = text(limits.reason).optional()
const version = z.int().nonnegative()

/**
 * The definition of every command of an agent, without its rule. The API decides which agent or supervisor may send
 * one. Claims follow from the tickets.
 */
const agentCommands = {
  register: defineCommand({
    schema: z.strictObject({ type: z.literal('register'), profile: profileSchema }),
    sentBy: senders.desk,
  }),
  changeProfile: defineCommand({
    schema: z.strictObject({ type: z.literal('changeProfile'), changes: profileChangesSchema }),
    sentBy: senders.desk,
  }),
  retire: defineCommand({
    schema: z.strictObject({ type: z.literal('retire'), reason }),
    sentBy: senders.desk,
  }),
  setAvailability: defineCommand({
    schema: z.strictObject({
      type: z.literal('setAvailability'),
      availability: z.enum(availabilities),
      reason,
    }),
    sentBy: senders.desk,
  }),
  /** `version`: of the work's own stream when it was found to be this agent's. */
  claim: defineCommand({
    schema: z.strictObject({
      type: z.literal('claim'),
      work: workId,
      channel: z.enum(workChannels),
      version,
      round: z.int().positive().optional(),
      forced: z.boolean().default(false),
    }),
    sentBy: senders.system,
  }),
  /** `version`: of the work's own stream when it was found to be no longer this agent's. */
  release: defineCommand({
    schema: z.strictObject({ type: z.literal('release'), work: workId, version, reason: text(limits.reason) }),
    sentBy: senders.system,
  }),
} as const

type Definitions = typeof agentCommands
export type AgentCommandType = keyof Definitions
export type AgentCommandOf<T extends AgentCommandType> = CommandOf<Definitions, T>
export type AgentCommand = CommandOf<Definitions>
export type AgentCommandInput = CommandInput<Definitions>

/**
 * The schema of every command of an agent as it comes from outside, by its type, with the limits that apply at the
 * edge.
 */
export const agentCommandSchemas = column(agentCommands, 'schema')

/** Any agent command, checked and with its defaults. */
export const agentCommandSchema: z.ZodType<AgentCommand, AgentCommandInput> = anyCommandOf(agentCommandSchemas)

/** Who may send which command. */
export const agentSentBy: Readonly<Record<AgentCommandType, Senders>> = column(agentCommands, 'sentBy')
