import { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import type { CommandInput, CommandOf } from '../kernel/message-types.ts'
import { anyCommandOf } from '../kernel/message-types.ts'
import { limits, text } from '../ticket/vocabulary.ts'
import { availabilities, profileChangesSchema, profileSchema, workChannels, workId } from './vocabulary.ts'

const reason = text(limits.reason).optional()
const version = z.int().nonnegative()

/** Every command of an agent as it comes from outside, by its type, with the limits that apply at the edge. */
export const agentCommandSchemas = {
  register: z.strictObject({ type: z.literal('register'), profile: profileSchema }),
  changeProfile: z.strictObject({ type: z.literal('changeProfile'), changes: profileChangesSchema }),
  retire: z.strictObject({ type: z.literal('retire'), reason }),
  setAvailability: z.strictObject({
    type: z.literal('setAvailability'),
    availability: z.enum(availabilities),
    reason,
  }),
  /** `version`: of the work's own stream, when it was found to be this agent's. */
  claim: z.strictObject({
    type: z.literal('claim'),
    work: workId,
    channel: z.enum(workChannels),
    version,
    round: z.int().positive().optional(),
    forced: z.boolean().default(false),
  }),
  /** `version`: of the work's own stream, when it was found to be this agent's no more. */
  release: z.strictObject({ type: z.literal('release'), work: workId, version, reason: text(limits.reason) }),
} as const

type Schemas = typeof agentCommandSchemas
export type AgentCommandType = keyof Schemas
export type AgentCommandOf<T extends AgentCommandType> = CommandOf<Schemas, T>
export type AgentCommand = CommandOf<Schemas>
export type AgentCommandInput = CommandInput<Schemas>

/** Any agent command, checked and with its defaults. */
export const agentCommandSchema: z.ZodType<AgentCommand, AgentCommandInput> = anyCommandOf(agentCommandSchemas)

type Senders = Readonly<Record<Actor['kind'], boolean>>

const desk: Senders = { customer: false, agent: true, system: true }
const system: Senders = { customer: false, agent: false, system: true }

/** Who may send which command; which agent and which supervisor is for the API to say. Claims follow from the tickets. */
export const agentSentBy: Readonly<Record<AgentCommandType, Senders>> = {
  register: desk,
  changeProfile: desk,
  retire: desk,
  setAvailability: desk,
  claim: system,
  release: system,
}
