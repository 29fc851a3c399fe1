import type { Aggregate } from '../kernel/decider.ts'
import type { AgentCommand } from './commands.ts'
import { decideAgent } from './decide.ts'
import type { AgentEvent } from './events.ts'
import type { AgentState } from './state.ts'
import { evolveAgent } from './state.ts'

export type AgentAggregate = Aggregate<AgentCommand, AgentEvent, AgentState>

/** Who works at the desk: the streams `agent-<user id>`. */
export const agentAggregate: AgentAggregate = {
  category: 'agent',
  initial: { status: 'absent' },
  evolve: evolveAgent,
  decide: decideAgent,
  creates: (command) => command.type === 'register',
}
