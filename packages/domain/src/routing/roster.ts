import { takesWork } from '../agent/agent.ts'
import type { WorkChannel } from '../agent/commands.ts'
import { workChannels } from '../agent/commands.ts'
import type { Agent, AgentEvent, AgentState, Claim } from '../agent/events.ts'
import { evolveAgent, loadOf } from '../agent/events.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Colleague } from './eligibility.ts'

type Reservation = { readonly channel: WorkChannel; readonly atMs: number }

type Entry = {
  version: number
  state: AgentState
  reserved: Map<string, Reservation>
  lastGiven: number
  colleague?: Colleague
}

/** The agents of a desk as of their last events, with the places reserved since. */
export type Roster = {
  /** Whether there is an agent who has not retired. */
  readonly hasAgents: boolean
  /** Whether an available and connected agent has a free place of a channel. */
  hasPlace(channel: WorkChannel): boolean
  /** Records an event of an agent; one that is already known changes nothing. */
  apply(envelope: EventEnvelope<AgentEvent>): void
  /** Records an agent at a version that was folded elsewhere; an older version than the known one changes nothing. */
  update(id: string, version: number, state: AgentState): void
  /** The ids of all agents. */
  ids(): IterableIterator<string>
  at(id: string): { readonly version: number; readonly state: AgentState } | undefined
  /** Records whether an agent is connected, where that matters; every agent is unless this says otherwise. */
  setConnected(id: string, connected: boolean): void
  isConnected(id: string): boolean
  /** The connected agents who have not retired, in the order of their ids. */
  colleagues(): readonly Colleague[]
  /** The agents a piece of work takes a place of. */
  holders(work: string): ReadonlySet<string>
  /** Counts work as given to an agent from now on, until it is claimed or released. */
  reserve(id: string, work: string, channel: WorkChannel, atMs: number): void
  release(id: string, work: string): void
}

const nobody: ReadonlySet<string> = new Set()

/** An agent has changed: their former state, and the work that they hold now and did not before, or the reverse. */
type AgentChanged = (id: string, before: AgentState, changed: readonly string[]) => void

/** A roster without agents: the events applied to it fill it. */
export function createRoster(changed: AgentChanged): Roster {
  const entries = new Map<string, Entry>()
  const holders = new Map<string, Set<string>>()
  const disconnected = new Set<string>()
  const active = new Set<string>()
  const free = { ticket: new Set<string>(), chat: new Set<string>(), phone: new Set<string>() }
  let order: Colleague[] | undefined
  const indexes = new Map<string, number>()
  const inOrder = (): Colleague[] => {
    const sorted = [...entries.values()].flatMap(({ colleague }) => colleague ?? []).sort(byId)
    indexes.clear()
    for (const [index, { id }] of sorted.entries()) indexes.set(id, index)
    return sorted
  }

  const refresh = (id: string, entry: Entry): void => {
    const before = entry.colleague
    if (entry.state.status !== 'active' || disconnected.has(id)) delete entry.colleague
    else entry.colleague = asColleague(id, entry, entry.state)
    if (entry.state.status === 'active') active.add(id)
    else active.delete(id)
    for (const channel of workChannels) {
      if (entry.colleague && hasPlace(entry.colleague, channel)) free[channel].add(id)
      else free[channel].delete(id)
    }
    const index = before && indexes.get(id)
    if (order && entry.colleague && index !== undefined) order[index] = entry.colleague
    else order = undefined
  }
  const unclaimed = (id: string, work: string): void => {
    const left = holders.get(work)
    left?.delete(id)
    if (left?.size === 0) holders.delete(work)
  }

  const update: Roster['update'] = (id, version, state) => {
    const entry: Entry = entries.get(id) ?? {
      version: 0,
      state: { status: 'absent' },
      reserved: new Map(),
      lastGiven: 0,
    }
    if (version <= entry.version) return
    const former = entry.state
    const before = claimsOf(former)
    const after = claimsOf(state)
    const works: string[] = []
    for (const work of Object.keys(before)) {
      if (Object.hasOwn(after, work)) continue
      unclaimed(id, work)
      works.push(work)
    }
    for (const work of Object.keys(after)) {
      if (Object.hasOwn(before, work)) continue
      holders.set(work, (holders.get(work) ?? new Set()).add(id))
      works.push(work)
    }
    if (state.status !== 'absent' && state.claimedAt !== undefined) {
      entry.lastGiven = Math.max(entry.lastGiven, Date.parse(state.claimedAt))
    }
    entry.version = version
    entry.state = state
    entries.set(id, entry)
    refresh(id, entry)
    changed(id, former, works)
  }

  return {
    get hasAgents() {
      return active.size > 0
    },
    hasPlace: (channel) => free[channel].size > 0,
    apply: ({ stream, version, event }) => {
      const { id } = parseStream(stream)
      const entry = entries.get(id)
      if (version > (entry?.version ?? 0)) update(id, version, evolveAgent(entry?.state ?? { status: 'absent' }, event))
    },
    update,
    ids: () => entries.keys(),
    at: (id) => entries.get(id),
    setConnected: (id, connected) => {
      if (connected) disconnected.delete(id)
      else disconnected.add(id)
      const entry = entries.get(id)
      if (entry) refresh(id, entry)
    },
    isConnected: (id) => !disconnected.has(id),
    colleagues: () => (order ??= inOrder()),
    holders: (work) => holders.get(work) ?? nobody,
    reserve: (id, work, channel, atMs) => {
      const entry = entries.get(id)
      if (!entry) return
      entry.reserved.set(work, { channel, atMs })
      refresh(id, entry)
    },
    release: (id, work) => {
      const entry = entries.get(id)
      if (entry?.reserved.delete(work)) refresh(id, entry)
    },
  }
}

const hasPlace = ({ agent, load }: Colleague, channel: WorkChannel): boolean =>
  takesWork(agent) && load[channel] < agent.profile.capacity[channel]

const byId = (a: Colleague, b: Colleague): number => (a.id < b.id ? -1 : 1)

const claimsOf = (state: AgentState): Readonly<Record<string, Claim>> => (state.status === 'absent' ? {} : state.claims)

function asColleague(id: string, { version, reserved, lastGiven }: Entry, agent: Agent): Colleague {
  const load = { ...loadOf(agent) }
  let lastAt = lastGiven
  for (const [work, { channel, atMs }] of reserved) {
    if (!Object.hasOwn(agent.claims, work)) load[channel]++
    lastAt = Math.max(lastAt, atMs)
  }
  const tickets = load.ticket + load.chat + load.phone
  return { id, version, agent, load, tickets, lastGiven: lastAt }
}
