import type { Aggregate } from '../kernel/decider.ts'
import type { Instant } from '../kernel/instant.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import type { AgentCommand } from './commands.ts'
import { decideAgent } from './decide.ts'
import { refuseUnknownPlace } from './place.ts'
import type { AgentEvent } from './events.ts'
import type { AgentState } from './state.ts'
import { evolveAgent } from './state.ts'

export type AgentAggregate = Aggregate<AgentCommand, AgentEvent, AgentState>

/**
 * Who works at the desk: the streams `agent-<user id>`.
 * @param planAt who works when, as of an instant; undefined where the desk has neither centres nor shifts.
 */
export function agentAggregate(planAt: (at: Instant) => ShiftPlan | undefined = () => undefined): AgentAggregate {
  return {
    category: 'agent',
    initial: { status: 'absent' },
    evolve: evolveAgent,
    decide: (command, state) => refuseUnknownPlace(command, planAt(command.at)) ?? decideAgent(command, state),
    creates: (command) => command.type === 'register',
  }
}
