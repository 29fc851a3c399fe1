import { defineAggregate } from '../kernel/aggregate.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { NameSet } from '../kernel/values.ts'
import { isUnknownName } from '../kernel/values.ts'
import type { Crew, ShiftPlan } from '../shift/plan.ts'
import type { AgentCommand, Profile, WorkChannel } from './commands.ts'
import { agentCommands, agentId } from './commands.ts'
import type { Agent, AgentEvent, AgentState } from './events.ts'
import { agentEvents, evolveAgent, loadOf } from './events.ts'

/** What the desk has as of an instant, by which names in profiles are checked. */
type AgentTerms = {
  /** The shift plan; undefined on a desk with neither centres nor shifts. */
  readonly plan?: ShiftPlan | undefined
  readonly names?: DeskNames
}

/** Agents of the desk: the streams `agent-<user id>`. */
export const agentAggregate = defineAggregate({
  category: 'agent',
  id: agentId,
  commands: agentCommands,
  events: agentEvents,
  initial: { status: 'absent' },
  begunBy: ['register'],
  notFound: 'agent_not_found',
  evolve: evolveAgent,
  first: (command, state, { plan, names = {} }: AgentTerms) =>
    refuseUnknownPlace(command, plan) ?? refuseUnknownNames(command, names, state),
  rules: {
    register: ({ at, by, profile }, state) => {
      if (state.status !== 'active') return accept([{ type: 'AgentRegistered', at, by, ...profile }])
      return isDeepEqual(state.profile, profile) ? accept([]) : deny(refusal('agent_already_registered'))
    },

    changeProfile: ({ at, by, changes }, { status, profile }) => {
      if (status === 'retired') return deny(refusal('agent_retired'))
      const values = { ...changes, ...(changes.capacity && { capacity: { ...profile.capacity, ...changes.capacity } }) }
      const changed = Object.entries(values).filter(
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
      const claim = agent.claims[work]
      if (claim && claim.version >= version) return accept([])
      const unable = claim ? undefined : whyUnable(agent, channel)
      if (unable === 'agent_retired' || (unable && !forced)) return deny(refusal(unable))
      const claimed = { work, channel, version, ...(round !== undefined && { round }), forced: claim?.forced ?? forced }
      return accept([{ type: 'WorkClaimed', at, by, ...claimed }])
    },

    /** A claim that was renewed meanwhile stays. */
    release: ({ at, by, work, version, reason }, { claims }) => {
      const claim = claims[work]
      if (!claim || claim.version > version) return accept([])
      return accept([{ type: 'WorkReleased', at, by, work, channel: claim.channel, version, reason }])
    },
  },
})

/** Whether an agent is available for work that somebody else chooses. */
export const takesWork = ({ status, availability }: Agent): boolean =>
  status === 'active' && availability === 'available'

/** Why an agent could take no more work of a channel that somebody else chooses: the code of the refusal. */
export function whyUnable(
  agent: Agent,
  channel: WorkChannel,
): 'agent_retired' | 'agent_unavailable' | 'agent_full' | undefined {
  if (agent.status === 'retired') return 'agent_retired'
  if (!takesWork(agent)) return 'agent_unavailable'
  return loadOf(agent)[channel] < agent.profile.capacity[channel] ? undefined : 'agent_full'
}

function becomes(
  command: Pick<CommandMetadata, 'at' | 'by'> & { readonly reason?: string | undefined },
  { availability: from, availabilityReason, availableSince: since }: Agent,
  to: Agent['availability'],
): AgentEvent[] {
  const { at, by, reason } = command
  if (to === from && (reason === undefined || reason === availabilityReason)) return []
  return [{ type: 'AvailabilityChanged', at, by, from, to, since, ...because(command) }]
}

const because = ({ reason }: { readonly reason?: string | undefined }) => (reason === undefined ? {} : { reason })

/** The teams and the categories of the desk; a desk that defines none of a kind accepts any. */
export type DeskNames = { readonly teams?: NameSet | undefined; readonly categories?: NameSet | undefined }

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
  const [field, { team, specialities = [] }] =
    command.type === 'register' ? (['profile', command.profile] as const) : (['changes', command.changes] as const)
  const before = state.status === 'absent' ? undefined : state.profile
  if (team && team !== before?.team && isUnknownName(teams, team)) {
    return deny(refusal('team_unknown', { message: `the desk has no team ${team}`, field: `${field}.team` }))
  }
  const unknown = specialities.findIndex(
    (category) => !before?.specialities.includes(category) && isUnknownName(categories, category),
  )
  if (unknown < 0) return undefined
  const message = `the desk has no category ${specialities[unknown]}`
  return deny(refusal('category_unknown', { message, field: `${field}.specialities.${unknown}` }))
}

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
  const places = crews.filter((crew) => crew.kind === kind)
  return name != null && places.length > 0 && !places.some((crew) => crew.name === name)
}
