import type { Issued } from '../kernel/decider.ts'
import { latest } from '../kernel/instant.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { accept, deny } from '../kernel/result.ts'
import { same } from '../kernel/same.ts'
import type { AgentCommand, AgentCommandOf, AgentCommandType } from './commands.ts'
import { agentSentBy } from './commands.ts'
import type { AgentEvent } from './events.ts'
import type { Agent, AgentState } from './state.ts'
import { loadOf } from './state.ts'
import type { Profile } from './vocabulary.ts'

type Decision = Result<readonly AgentEvent[]>
type Given<C = AgentCommand> = C & Issued
type Rules = {
  readonly [T in Exclude<AgentCommandType, 'register'>]: (command: Given<AgentCommandOf<T>>, agent: Agent) => Decision
}

/** What a command makes of an agent. Time never runs backwards in a stream; a repeat stores nothing. */
export function decideAgent(command: Given, state: AgentState): Decision {
  if (!agentSentBy[command.type][command.by.kind]) return deny(refusal('not_for_this_actor', { field: 'by' }))
  const at = state.status === 'absent' ? command.at : latest(command.at, state.updatedAt)
  if (command.type === 'register') return register({ ...command, at }, state)
  if (state.status === 'absent') return deny(refusal('agent_not_found'))
  const rule = rules[command.type] as (command: Given, agent: Agent) => Decision
  return rule({ ...command, at }, state)
}

function register({ at, by, profile }: Given<AgentCommandOf<'register'>>, state: AgentState): Decision {
  if (state.status !== 'active') return accept([{ type: 'AgentRegistered', at, by, ...profile }])
  return same(state.profile, profile) ? accept([]) : deny(refusal('agent_already_registered'))
}

const rules: Rules = {
  changeProfile: ({ at, by, changes }, { status, profile }) => {
    if (status === 'retired') return deny(refusal('agent_retired'))
    const wanted = { ...changes, ...(changes.capacity && { capacity: { ...profile.capacity, ...changes.capacity } }) }
    const changed = Object.entries(wanted).filter(
      ([field, value]) => value !== undefined && !same(profile[field as keyof Profile], value),
    )
    if (changed.length === 0) return accept([])
    return accept([{ type: 'AgentProfileChanged', at, by, ...(Object.fromEntries(changed) as Partial<Profile>) }])
  },

  /** What the agent has stays theirs until somebody else takes it. */
  retire: (command, agent) => {
    const { at, by } = command
    if (agent.status === 'retired') return accept([])
    return accept([...becomes(command, agent, 'offline'), { type: 'AgentRetired', at, by, ...because(command) }])
  },

  setAvailability: (command, agent) => {
    if (agent.status === 'retired') return deny(refusal('agent_retired'))
    return accept(becomes(command, agent, command.availability))
  },

  /**
   * Work takes a place when the agent is available and has one left; forced work takes one in any case. What the agent
   * has already keeps its place, under the younger of the two versions.
   */
  claim: ({ at, by, work, channel, version, round, forced }, agent) => {
    const held = agent.claims[work]
    if (held && held.version >= version) return accept([])
    if (!held && !forced) {
      if (!takesWork(agent)) return deny(refusal('agent_unavailable'))
      if (loadOf(agent)[channel] >= agent.profile.capacity[channel]) return deny(refusal('agent_full'))
    }
    const claimed = { work, channel, version, ...(round !== undefined && { round }), forced: held?.forced ?? forced }
    return accept([{ type: 'WorkClaimed', at, by, ...claimed }])
  },

  /** What was claimed again meanwhile stays. */
  release: ({ at, by, work, version, reason }, { claims }) => {
    const held = claims[work]
    if (!held || held.version > version) return accept([])
    return accept([{ type: 'WorkReleased', at, by, work, channel: held.channel, version, reason }])
  },
}

/** Whether an agent is there for work that somebody else chooses. */
export const takesWork = ({ status, availability }: Agent): boolean =>
  status === 'active' && availability === 'available'

function becomes(
  command: Given<{ readonly reason?: string | undefined }>,
  { availability: from, availabilityReason, availableSince: since }: Agent,
  to: Agent['availability'],
): AgentEvent[] {
  const { at, by, reason } = command
  if (to === from && (reason === undefined || reason === availabilityReason)) return []
  return [{ type: 'AvailabilityChanged', at, by, from, to, since, ...because(command) }]
}

const because = ({ reason }: { readonly reason?: string | undefined }) => (reason === undefined ? {} : { reason })
