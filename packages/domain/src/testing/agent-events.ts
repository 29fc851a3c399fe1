import type { AgentCommandInput } from '../agent/commands.ts'
import { agentCommandSchema } from '../agent/commands.ts'
import { agentAggregate } from '../agent/agent.ts'
import type { AgentEvent, AgentEventOf } from '../agent/events.ts'
import type { AgentState } from '../agent/state.ts'
import type { Profile } from '../agent/vocabulary.ts'
import { profileSchema } from '../agent/vocabulary.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import { inOurWords } from '../kernel/issue-in-words.ts'
import { malformed } from '../kernel/malformed.ts'
import { deny } from '../kernel/result.ts'
import type { Specification } from './specification.ts'
import { specify } from './specification.ts'
import { alex, byAlex, monday } from './ticket-events.ts'

/** An agent's profile with the product's defaults, where `profile` does not say otherwise. */
export const agentProfile = (profile: Partial<Profile> = {}): Profile =>
  profileSchema.parse({ name: 'Alex Martin', ...profile })

/** Alex as registered on Monday, offline as everybody is then; `profile` overrides what is known of them. */
export const agentRegistered = (profile: Partial<Profile> = {}): AgentEventOf<'AgentRegistered'> => ({
  type: 'AgentRegistered',
  at: monday,
  by: alex,
  ...agentProfile(profile),
})

/** Specifies the agent. Commands are written as a sender writes them, and checked as the desk checks them. `plan`: the desk's centres and shifts. */
export function specifyAgent(plan?: ShiftPlan): Specification<AgentCommandInput, AgentEvent, AgentState> {
  const agent = agentAggregate(() => plan)
  const checked: Aggregate<AgentCommandInput, AgentEvent, AgentState> = {
    category: agent.category,
    initial: agent.initial,
    evolve: agent.evolve,
    decide: ({ commandId, aggregateId, at, by, ...input }, state) => {
      const command = agentCommandSchema.safeParse(input, inOurWords)
      return command.success
        ? agent.decide({ ...command.data, commandId, aggregateId, at, by }, state)
        : deny(malformed(command.error))
    },
  }
  return specify(checked, { ...byAlex, aggregateId: 'alex' })
}
