import type { AgentCommandInput } from '../agent/commands.ts'
import { agentCommandSchema } from '../agent/commands.ts'
import { agentAggregate } from '../agent/agent.ts'
import type { AgentEvent, AgentEventOf } from '../agent/events.ts'
import type { AgentState } from '../agent/state.ts'
import type { DeskNames } from '../agent/known-names.ts'
import type { Profile } from '../agent/vocabulary.ts'
import { profileSchema } from '../agent/vocabulary.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import type { Specification } from './specification.ts'
import { asSent, specify } from './specification.ts'
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

/** Specifies the agent of a desk with these centres, shifts, teams and categories. Commands are written as a sender writes them, and checked as the desk checks them. */
export function specifyAgent(
  plan?: ShiftPlan,
  names: DeskNames = {},
): Specification<AgentCommandInput, AgentEvent, AgentState> {
  return specify(
    asSent(
      agentCommandSchema,
      agentAggregate(
        () => plan,
        () => names,
      ),
    ),
    { ...byAlex, aggregateId: 'alex' },
  )
}
