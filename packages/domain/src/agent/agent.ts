import type { Aggregate } from '../kernel/decider.ts'
import type { Instant } from '../kernel/instant.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import type { AgentCommand } from './commands.ts'
import { decideAgent } from './decide.ts'
import type { DeskNames } from './known-names.ts'
import { refuseUnknownNames } from './known-names.ts'
import { refuseUnknownPlace } from './place.ts'
import type { AgentEvent } from './events.ts'
import type { AgentState } from './state.ts'
import { evolveAgent } from './state.ts'

export type AgentAggregate = Aggregate<AgentCommand, AgentEvent, AgentState>

/**
 * Who works at the desk: the streams `agent-<user id>`.
 * @param planAt who works when, as of an instant; undefined where the desk has neither centres nor shifts.
 * @param namesAt the teams and categories of the desk as of an instant.
 */
export function agentAggregate(
  planAt: (at: Instant) => ShiftPlan | undefined = () => undefined,
  namesAt: (at: Instant) => DeskNames = () => ({}),
): AgentAggregate {
  return {
    category: 'agent',
    initial: { status: 'absent' },
    evolve: evolveAgent,
    decide: (command, state) =>
      refuseUnknownPlace(command, planAt(command.at)) ??
      refuseUnknownNames(command, namesAt(command.at), state) ??
      decideAgent(command, state),
    creates: (command) => command.type === 'register',
  }
}
