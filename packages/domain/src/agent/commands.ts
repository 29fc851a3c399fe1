import { z } from 'zod'
import { isVisitorId } from '../kernel/actor.ts'
import type { CommandInput, CommandOf } from '../kernel/command.ts'
import { defineCommand, senders } from '../kernel/command.ts'
import { streamOf } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { id, language, line, personId, personName, text } from '../kernel/values.ts'
import { emailSchema } from '../person.ts'

/** What an agent is doing. Routing offers work to available agents. */
export const availabilities = ['available', 'busy', 'break', 'training', 'offline'] as const

/** Whether an agent takes work. */
export type Availability = (typeof availabilities)[number]

/**
 * The channels of an agent's work, each with places of its own: live chats take one of `chat`, tickets that came by
 * phone one of `phone`, all other tickets one of `ticket`.
 */
export const workChannels = ['ticket', 'chat', 'phone'] as const

/** A channel of work, for which an agent has places of its own. */
export type WorkChannel = (typeof workChannels)[number]

/**
 * How much an agent takes at a time: 30 tickets, at which the workload score is zero, three chats and one call (source:
 * 004, `calculateAgentScore`).
 */
export const defaultCapacity: Readonly<Record<WorkChannel, number>> = { ticket: 30, chat: 3, phone: 1 }

/** The limits of an agent's profile; the edge refuses what exceeds them. */
export const agentLimits = { languages: 20, skills: 100, specialities: 100, capacity: 1_000 } as const

/** The id of an agent: that of a person, who signs in with it. Ids of anonymous visitors are the desk's to give. */
export const agentId = personId.refine((id) => !isVisitorId(id), 'is the id of an anonymous visitor')

const places = z.int().nonnegative().max(agentLimits.capacity)

const aboutCapacity = 'How much work the agent can have at once: 30 tickets, 3 chats and 1 call unless given.'

const profileFields = {
  name: personName,
  email: emailSchema.nullable(),
  /** As 000, « Organisation Équipes Support ». */
  level: z.int().min(1).max(3).describe('The support level, 1 to 3.'),
  centre: line(limits.name).nullable(),
  team: line(limits.name).nullable(),
  languages: z.array(language).max(agentLimits.languages),
  skills: z
    .record(line(limits.name), z.int().min(1).max(5).describe('The level of the skill, 1 to 5.'))
    .refine((skills) => Object.keys(skills).length <= agentLimits.skills, `must be at most ${agentLimits.skills}`),
  specialities: z
    .array(line(limits.name))
    .max(agentLimits.specialities)
    .describe('Paths of categories; each includes the categories below it.'),
  capacity: z.strictObject({
    ticket: places.describe('The number of tickets at once.'),
    chat: places.describe('The number of chats at once.'),
    phone: places.describe('The number of calls at once.'),
  }),
  /** As 004, `performance.rating`. */
  rating: z.number().min(0).max(10).describe('The rating, 0 to 10.'),
  shift: line(limits.name).nullable().describe('The calendar by which the agent works.'),
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
      ticket: profileFields.capacity.shape.ticket.default(defaultCapacity.ticket),
      chat: profileFields.capacity.shape.chat.default(defaultCapacity.chat),
      phone: profileFields.capacity.shape.phone.default(defaultCapacity.phone),
    })
    .prefault({})
    .describe(aboutCapacity),
  rating: profileFields.rating.default(5),
  shift: profileFields.shift.default(null),
})

/** The fields to change; null removes a value. */
const profileChangesSchema = z
  .strictObject({ ...profileFields, capacity: profileFields.capacity.partial().describe(aboutCapacity) })
  .partial()

/** An agent's profile: who they are, what they know, and how much they take at a time. */
export type Profile = z.infer<typeof profileSchema>

/** The stream of the work that takes a place. */
const workStream = streamOf({ ticket: id, chat: id })

const reason = text(limits.reason).optional()
const version = z.int().nonnegative()

/**
 * The definition of every command of an agent, without its rule. The API decides which agent or supervisor may send
 * one. Claims follow from the tickets.
 */
export const agentCommands = {
  register: defineCommand({
    description: 'Registers an agent, whom tickets are offered to. The agent is offline until the availability is set.',
    schema: z.strictObject({ type: z.literal('register'), profile: profileSchema }),
    sentBy: senders.desk,
  }),
  changeProfile: defineCommand({
    description:
      'Changes the given fields of an agent’s profile; null removes the e-mail address, centre, team or shift.',
    schema: z.strictObject({ type: z.literal('changeProfile'), changes: profileChangesSchema }),
    sentBy: senders.desk,
  }),
  retire: defineCommand({
    description:
      'Retires an agent, who is offered no more tickets. The agent’s tickets, and those offered to them, are offered to others.',
    schema: z.strictObject({ type: z.literal('retire'), reason }),
    sentBy: senders.desk,
  }),
  setAvailability: defineCommand({
    description: 'Sets the availability of an agent.',
    schema: z.strictObject({
      type: z.literal('setAvailability'),
      availability: z.enum(availabilities),
      reason,
    }),
    sentBy: senders.desk,
  }),
  claim: defineCommand({
    description:
      'Takes a place of the agent for work that was found to be theirs; `version` is that of the stream of the work then.',
    schema: z.strictObject({
      type: z.literal('claim'),
      work: workStream,
      channel: z.enum(workChannels),
      version,
      round: z.int().positive().optional(),
      forced: z.boolean().default(false),
    }),
    sentBy: senders.system,
  }),
  release: defineCommand({
    description:
      'Gives a place back, of work that was found to be no longer theirs; `version` is that of the stream of the work then.',
    schema: z.strictObject({ type: z.literal('release'), work: workStream, version, reason: text(limits.reason) }),
    sentBy: senders.system,
  }),
} as const

type Definitions = typeof agentCommands

/** The type of a command of an agent. */
export type AgentCommandType = keyof Definitions

/** A command of an agent by its type, checked and with its defaults. */
export type AgentCommandOf<T extends AgentCommandType> = CommandOf<Definitions, T>

/** Any command of an agent, checked and with its defaults. */
export type AgentCommand = CommandOf<Definitions>

/** Any command of an agent as a sender gives it, without defaults. */
export type AgentCommandInput = CommandInput<Definitions>
