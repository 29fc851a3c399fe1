import { takesWork } from '../agent/agent.ts'
import type { WorkChannel } from '../agent/commands.ts'
import { workChannels } from '../agent/commands.ts'
import type { Agent, AgentState, Claim } from '../agent/events.ts'
import { loadOf } from '../agent/events.ts'
import type { Colleague } from './eligibility.ts'

type Promised = { readonly channel: WorkChannel; readonly atMs: number }

type Entry = {
  version: number
  state: AgentState
  promised: Map<string, Promised>
  lastGiven: number
  colleague?: Colleague
}

/** The agents of a desk as of their last events, with the places promised since. */
export type Roster = {
  /** Whether there is an agent who has not retired. */
  readonly hasAgents: boolean
  /** Whether an available agent has a free place of a channel. */
  hasPlace(channel: WorkChannel): boolean
  /**
   * Records an agent at a version; an older version than the known one changes nothing. Returns the work whose holders
   * changed.
   */
  learn(id: string, version: number, state: AgentState): readonly string[]
  at(id: string): { readonly version: number; readonly state: AgentState } | undefined
  /** The agents who have not retired, in the order of their ids. */
  colleagues(): readonly Colleague[]
  /** The agents a piece of work takes a place of. */
  holders(work: string): ReadonlySet<string>
  /** Counts work as given to an agent from now on, until it is claimed or the promise is undone. */
  promise(id: string, work: string, channel: WorkChannel, atMs: number): void
  takeBack(id: string, work: string): void
}

const nobody: ReadonlySet<string> = new Set()

/** A roster without agents: `learn` fills it. */
export function createRoster(): Roster {
  const entries = new Map<string, Entry>()
  const holders = new Map<string, Set<string>>()
  const active = new Set<string>()
  const free = { ticket: new Set<string>(), chat: new Set<string>(), phone: new Set<string>() }
  let order: Colleague[] | undefined
  const places = new Map<string, number>()
  const inOrder = (): Colleague[] => {
    const sorted = [...entries.values()].flatMap(({ colleague }) => colleague ?? []).sort(byId)
    places.clear()
    for (const [place, { id }] of sorted.entries()) places.set(id, place)
    return sorted
  }

  const refresh = (id: string, entry: Entry): void => {
    const before = entry.colleague
    if (entry.state.status !== 'active') delete entry.colleague
    else entry.colleague = asColleague(id, entry, entry.state)
    if (entry.colleague) active.add(id)
    else active.delete(id)
    for (const channel of workChannels) {
      if (entry.colleague && hasPlace(entry.colleague, channel)) free[channel].add(id)
      else free[channel].delete(id)
    }
    const place = before && places.get(id)
    if (order && entry.colleague && place !== undefined) order[place] = entry.colleague
    else order = undefined
  }
  const unclaimed = (id: string, work: string): void => {
    const left = holders.get(work)
    left?.delete(id)
    if (left?.size === 0) holders.delete(work)
  }

  return {
    get hasAgents() {
      return active.size > 0
    },
    hasPlace: (channel) => free[channel].size > 0,
    learn: (id, version, state) => {
      const entry: Entry = entries.get(id) ?? {
        version: 0,
        state: { status: 'absent' },
        promised: new Map(),
        lastGiven: 0,
      }
      if (version <= entry.version) return []
      const before = claimsOf(entry.state)
      const after = claimsOf(state)
      const changed: string[] = []
      for (const work of Object.keys(before)) {
        if (Object.hasOwn(after, work)) continue
        unclaimed(id, work)
        changed.push(work)
      }
      for (const work of Object.keys(after)) {
        if (Object.hasOwn(before, work)) continue
        holders.set(work, (holders.get(work) ?? new Set()).add(id))
        changed.push(work)
      }
      if (state.status !== 'absent' && state.claimedAt !== undefined) {
        entry.lastGiven = Math.max(entry.lastGiven, Date.parse(state.claimedAt))
      }
      entry.version = version
      entry.state = state
      entries.set(id, entry)
      refresh(id, entry)
      return changed
    },
    at: (id) => entries.get(id),
    colleagues: () => (order ??= inOrder()),
    holders: (work) => holders.get(work) ?? nobody,
    promise: (id, work, channel, atMs) => {
      const entry = entries.get(id)
      if (!entry) return
      entry.promised.set(work, { channel, atMs })
      refresh(id, entry)
    },
    takeBack: (id, work) => {
      const entry = entries.get(id)
      if (entry?.promised.delete(work)) refresh(id, entry)
    },
  }
}

const hasPlace = ({ agent, load }: Colleague, channel: WorkChannel): boolean =>
  takesWork(agent) && load[channel] < agent.profile.capacity[channel]

const byId = (a: Colleague, b: Colleague): number => (a.id < b.id ? -1 : 1)

const claimsOf = (state: AgentState): Readonly<Record<string, Claim>> => (state.status === 'absent' ? {} : state.claims)

function asColleague(id: string, { version, promised, lastGiven }: Entry, agent: Agent): Colleague {
  const load = { ...loadOf(agent) }
  let given = lastGiven
  for (const [work, { channel, atMs }] of promised) {
    if (!Object.hasOwn(agent.claims, work)) load[channel]++
    given = Math.max(given, atMs)
  }
  const tickets = load.ticket + load.chat + load.phone
  return { id, version, agent, load, tickets, lastGiven: given }
}
