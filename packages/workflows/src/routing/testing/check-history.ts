import type {
  Agent,
  AgentEvent,
  EventEnvelope,
  EventStore,
  TicketEvent,
  TicketState,
  WorkChannel,
} from '@guichet/domain'
import {
  evolveAgent,
  evolveTicket,
  loadOf,
  needsAgent,
  parseStream,
  streamName,
  takesPlace,
  takesWork,
  workChannelOf,
} from '@guichet/domain'

/** The final state of a desk, with all faults on the way. */
type Checked = {
  readonly faults: readonly string[]
  readonly tickets: ReadonlyMap<string, TicketState>
  readonly agents: ReadonlyMap<string, Agent>
  /** How often each type of event happened. */
  readonly counts: Readonly<Record<string, number>>
}

/**
 * Reads a whole history, event by event, and names every violation of routing's invariants. Routing never gives work to
 * an agent who has no place or takes no work unless a person of the desk has decided so, never offers or claims a round
 * twice, and never offers a ticket again on knowledge that has been declined. In the end each open ticket has its one
 * place or waits while no agent is free for it, which is recorded where anybody works, and no place is taken for
 * anything else.
 */
export async function checkHistory(store: EventStore): Promise<Checked> {
  const faults: string[] = []
  const tickets = new Map<string, TicketState>()
  const agents = new Map<string, Agent>()
  const counts: Record<string, number> = {}
  const claimed = new Set<string>()
  const byHand = new Map<string, string | undefined>()
  for await (const envelope of everything(store)) {
    const { event, stream } = envelope
    const { category, id } = parseStream(stream)
    counts[event.type] = (counts[event.type] ?? 0) + 1
    if (category === 'ticket') {
      const before = tickets.get(id) ?? { status: 'absent' }
      faults.push(...faultsOfTicket(id, before, event as TicketEvent))
      const after = evolveTicket(before, event as TicketEvent)
      tickets.set(id, after)
      const same = byHand.get(`${stream}/${envelope.version - 1}`)
      byHand.set(`${stream}/${envelope.version}`, givenByHand(same, after, event as TicketEvent))
    }
    if (category === 'agent') {
      const before = agents.get(id)
      faults.push(...faultsOfAgent(id, before, event as AgentEvent, claimed))
      faults.push(...faultsOfForce(id, before, event as AgentEvent, byHand))
      const after = evolveAgent(before ?? { status: 'absent' }, event as AgentEvent)
      if (after.status !== 'absent') agents.set(id, after)
    }
  }
  return { faults: [...faults, ...faultsAtTheEnd(tickets, agents)], tickets, agents, counts }
}

async function* everything(store: EventStore): AsyncGenerator<EventEnvelope> {
  for (let after: EventEnvelope['position'] | undefined; ;) {
    const batch = await store.readAll({ after, limit: 1_000 })
    yield* batch
    after = batch.at(-1)?.position
    if (after === undefined) return
  }
}

function faultsOfTicket(id: string, before: TicketState, event: TicketEvent): string[] {
  if (before.status === 'absent') return []
  const { rounds, offer, declined, queued } = before.routing
  if (event.type === 'TicketQueued' && queued?.reason === event.reason) return [`${id} was said to be queued twice`]
  if (event.type !== 'TicketRouted') return []
  const stale = declined.some((one) => one.agentId === event.agent.id && one.agentVersion >= event.agentVersion)
  return [
    ...(offer ? [`${id} was offered in round ${event.round} while round ${offer.round} stood`] : []),
    ...(event.round === rounds + 1 ? [] : [`${id} was offered in round ${event.round} after ${rounds}`]),
    ...(stale ? [`${id} was offered to ${event.agent.id} again, who had not changed since they declined`] : []),
  ]
}

function faultsOfAgent(id: string, before: Agent | undefined, event: AgentEvent, claimed: Set<string>): string[] {
  if (event.type === 'WorkReleased' && !before?.claims[event.work]) return [`${id} released ${event.work} unclaimed`]
  if (event.type !== 'WorkClaimed' || !before) return []
  const round = `${event.work}/${event.round}`
  const twice = event.round !== undefined && claimed.has(round) ? [`${round} was claimed twice`] : []
  claimed.add(round)
  if (event.forced || before.claims[event.work]) return twice
  const full = loadOf(before)[event.channel] >= before.profile.capacity[event.channel]
  return [
    ...twice,
    ...(full ? [`${id} was given ${event.work} without a place for it`] : []),
    ...(takesWork(before) ? [] : [`${id} was given ${event.work} while ${before.availability}`]),
  ]
}

/**
 * The agent of a ticket by a decision of a person of the desk, or because their conversation with the customer
 * continues.
 */
function givenByHand(before: string | undefined, after: TicketState, event: TicketEvent): string | undefined {
  if (event.type === 'TicketAssigned') return event.round === undefined ? event.assignee.id : undefined
  if (event.type === 'TicketReopened' && after.status !== 'absent')
    return event.by.kind === 'agent' ? after.assignee?.id : undefined
  if (event.type === 'CustomerWaitEnded' && after.status !== 'absent') return after.assignee?.id
  return event.type === 'TicketUnassigned' ? undefined : before
}

function faultsOfForce(
  id: string,
  before: Agent | undefined,
  event: AgentEvent,
  byHand: ReadonlyMap<string, string | undefined>,
): string[] {
  if (event.type !== 'WorkClaimed' || !event.forced || before?.claims[event.work]) return []
  const { work, version } = event
  return byHand.get(`${work}/${version}`) === id ? [] : [`${id} was made to take ${work} by nobody of the desk`]
}

function faultsAtTheEnd(tickets: ReadonlyMap<string, TicketState>, agents: ReadonlyMap<string, Agent>): string[] {
  const faults: string[] = []
  const holders = new Map<string, string[]>()
  for (const [id, { claims }] of agents) {
    for (const work of Object.keys(claims)) holders.set(work, [...(holders.get(work) ?? []), id])
  }
  const hasFree = (channel: WorkChannel): boolean =>
    [...agents.values()].some((agent) => takesWork(agent) && loadOf(agent)[channel] < agent.profile.capacity[channel])
  const free = { ticket: hasFree('ticket'), chat: hasFree('chat'), phone: hasFree('phone') }
  const staffed = [...agents.values()].some(({ status }) => status === 'active')
  for (const [id, state] of tickets) {
    const held = holders.get(streamName('ticket', id)) ?? []
    holders.delete(streamName('ticket', id))
    if (state.status === 'absent') continue
    const owner = takesPlace(state) ? state.assignee?.id : undefined
    const due = owner !== undefined && agents.has(owner) ? [owner] : []
    if (held.join() !== due.join())
      faults.push(`${id} (${state.status}) is ${owner ?? 'nobody'}’s, but held by ${held.join() || 'nobody'}`)
    if (state.routing.offer) faults.push(`${id} is still offered to ${state.routing.offer.agent.id}`)
    if (!needsAgent(state)) continue
    if (free[workChannelOf(state)]) faults.push(`${id} waits although somebody is free`)
    if (staffed && !state.routing.queued) faults.push(`${id} waits and was never said to`)
  }
  return [...faults, ...[...holders].map(([work, ids]) => `${work} is unknown, but held by ${ids.join()}`)]
}
