import type { Aggregate, CommandMetadata } from '../kernel/decider.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { latest } from '../kernel/time.ts'
import type { Crew, ShiftPlan } from '../shift/plan.ts'
import type { AgentCommand, AgentCommandOf, AgentCommandType, Profile } from './commands.ts'
import { agentSentBy } from './commands.ts'
import type { Agent, AgentEvent, AgentState } from './events.ts'
import { evolveAgent, loadOf } from './events.ts'

export type AgentAggregate = Aggregate<AgentCommand, AgentEvent, AgentState>

/**
 * Agents of the desk: the streams `agent-<user id>`.
 * @param planAt the shift plan as of an instant; undefined on a desk with neither centres nor shifts.
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

type Decision = Result<readonly AgentEvent[]>
type CommandEnvelope<C = AgentCommand> = C & CommandMetadata

type Rules = {
  readonly [T in Exclude<AgentCommandType, 'register'>]: (
    command: CommandEnvelope<AgentCommandOf<T>>,
    agent: Agent,
  ) => Decision
}

/** Decides a command on an agent. Time never runs backwards in a stream; a repeat stores nothing. */
function decideAgent(command: CommandEnvelope, state: AgentState): Decision {
  if (!agentSentBy[command.type][command.by.kind]) return deny(refusal('not_for_this_actor', { field: 'by' }))
  const at = state.status === 'absent' ? command.at : latest(command.at, state.updatedAt)
  if (command.type === 'register') return register({ ...command, at }, state)
  if (state.status === 'absent') return deny(refusal('agent_not_found'))
  const rule = rules[command.type] as (command: CommandEnvelope, agent: Agent) => Decision
  return rule({ ...command, at }, state)
}

function register({ at, by, profile }: CommandEnvelope<AgentCommandOf<'register'>>, state: AgentState): Decision {
  if (state.status !== 'active') return accept([{ type: 'AgentRegistered', at, by, ...profile }])
  return isDeepEqual(state.profile, profile) ? accept([]) : deny(refusal('agent_already_registered'))
}

const rules: Rules = {
  changeProfile: ({ at, by, changes }, { status, profile }) => {
    if (status === 'retired') return deny(refusal('agent_retired'))
    const wanted = { ...changes, ...(changes.capacity && { capacity: { ...profile.capacity, ...changes.capacity } }) }
    const changed = Object.entries(wanted).filter(
      ([field, value]) => value !== undefined && !isDeepEqual(profile[field as keyof Profile], value),
    )
    if (changed.length === 0) return accept([])
    return accept([{ type: 'AgentProfileChanged', at, by, ...(Object.fromEntries(changed) as Partial<Profile>) }])
  },

  /** The agent's work keeps its places until it is given to others. */
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
   * Work takes a place when the agent is available and has one left; forced work takes one unless the agent has
   * retired. Work that the agent already has keeps its place, under the newer of the two versions.
   */
  claim: ({ at, by, work, channel, version, round, forced }, agent) => {
    const held = agent.claims[work]
    if (held && held.version >= version) return accept([])
    if (!held && agent.status === 'retired') return deny(refusal('agent_retired'))
    if (!held && !forced) {
      if (!takesWork(agent)) return deny(refusal('agent_unavailable'))
      if (loadOf(agent)[channel] >= agent.profile.capacity[channel]) return deny(refusal('agent_full'))
    }
    const claimed = { work, channel, version, ...(round !== undefined && { round }), forced: held?.forced ?? forced }
    return accept([{ type: 'WorkClaimed', at, by, ...claimed }])
  },

  /** A claim that was renewed meanwhile stays. */
  release: ({ at, by, work, version, reason }, { claims }) => {
    const held = claims[work]
    if (!held || held.version > version) return accept([])
    return accept([{ type: 'WorkReleased', at, by, work, channel: held.channel, version, reason }])
  },
}

/** Whether an agent is available for work that somebody else chooses. */
export const takesWork = ({ status, availability }: Agent): boolean =>
  status === 'active' && availability === 'available'

function becomes(
  command: CommandEnvelope<{ readonly reason?: string | undefined }>,
  { availability: from, availabilityReason, availableSince: since }: Agent,
  to: Agent['availability'],
): AgentEvent[] {
  const { at, by, reason } = command
  if (to === from && (reason === undefined || reason === availabilityReason)) return []
  return [{ type: 'AvailabilityChanged', at, by, from, to, since, ...because(command) }]
}

const because = ({ reason }: { readonly reason?: string | undefined }) => (reason === undefined ? {} : { reason })

type Known = { readonly size: number; has(name: string): boolean }

/** The teams and the categories of the desk; a desk that defines none of a kind accepts any. */
export type DeskNames = { readonly teams?: Known | undefined; readonly categories?: Known | undefined }

/**
 * The refusal of a team or a speciality that the desk does not have, so that senders notice typing errors. What an
 * agent already has stays valid, even if the configuration has dropped it since; `system` actors may use names of their
 * own.
 */
function refuseUnknownNames(
  command: AgentCommand & CommandMetadata,
  { teams, categories }: DeskNames,
  state: AgentState,
): Result<never> | undefined {
  if (command.by.kind === 'system' || (command.type !== 'register' && command.type !== 'changeProfile'))
    return undefined
  const [place, { team, specialities = [] }] =
    command.type === 'register' ? (['profile', command.profile] as const) : (['changes', command.changes] as const)
  const before = state.status === 'absent' ? undefined : state.profile
  if (team && team !== before?.team && isUnknown(teams, team)) {
    return deny(refusal('team_unknown', { message: `the desk has no team ${team}`, field: `${place}.team` }))
  }
  const unknown = specialities.findIndex(
    (category) => !before?.specialities.includes(category) && isUnknown(categories, category),
  )
  if (unknown < 0) return undefined
  const message = `the desk has no category ${specialities[unknown]}`
  return deny(refusal('category_unknown', { message, field: `${place}.specialities.${unknown}` }))
}

const isUnknown = (known: Known | undefined, name: string): boolean => !!known?.size && !known.has(name)

/**
 * The refusal of a centre or a shift that the desk does not have, so that senders notice typing errors. `system` actors
 * may use names of their own; a desk without centres accepts any centre, one without shifts any shift.
 */
function refuseUnknownPlace(
  command: AgentCommand & CommandMetadata,
  plan: ShiftPlan | undefined,
): Result<never> | undefined {
  if (!plan || command.by.kind === 'system') return undefined
  if (command.type !== 'register' && command.type !== 'changeProfile') return undefined
  const [field, { centre, shift }] =
    command.type === 'register' ? (['profile', command.profile] as const) : (['changes', command.changes] as const)
  if (isUnknownPlace(plan, 'centre', centre)) {
    return deny(refusal('centre_unknown', { message: `the desk has no centre ${centre}`, field: `${field}.centre` }))
  }
  return isUnknownPlace(plan, 'shift', shift)
    ? deny(refusal('shift_unknown', { message: `the desk has no shift ${shift}`, field: `${field}.shift` }))
    : undefined
}

function isUnknownPlace({ crews }: ShiftPlan, kind: Crew['kind'], name: string | null | undefined): boolean {
  const known = crews.filter((crew) => crew.kind === kind)
  return name != null && known.length > 0 && !known.some((crew) => crew.name === name)
}
