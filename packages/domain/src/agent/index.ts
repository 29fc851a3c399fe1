export { agentAggregate, takesWork, whyUnable } from './agent.ts'
export { availabilities, defaultCapacity, workChannels } from './commands.ts'
export type {
  AgentCommand,
  AgentCommandInput,
  AgentCommandOf,
  AgentCommandType,
  Availability,
  Profile,
  WorkChannel,
} from './commands.ts'
export { agentEvents, evolveAgent, loadOf } from './events.ts'
export type { Agent, AgentEvent, AgentEventOf, AgentEventType, AgentState, Claim } from './events.ts'
