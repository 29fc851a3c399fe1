import type { Agent, Desk, Instant, RoutingTerms, ShiftChanged, ShortCrew, TermsTimeline } from '@guichet/domain'
import { planAt, readHistory, routingTermsAt, shiftId, shortCrewsAt } from '@guichet/domain'
import type { AvailableAgent, Page, ReadModels } from '@guichet/projections'
import { isAgentGone } from '@guichet/workflows'
import { connectionsOf } from './live/presence.ts'

/** A recorded change of shift, and its number among all recorded ones, from 1. */
export type RecordedShiftChange = { readonly number: number; readonly changed: ShiftChanged }

/** Returns the recorded changes of shift of a desk before one of them, or up to the last, the latest first. */
export async function changesOfShift(
  desk: Pick<Desk, 'read' | 'store'>,
  most: number,
  before = Infinity,
): Promise<readonly RecordedShiftChange[]> {
  const { version } = await desk.read('shift', shiftId)
  const last = Math.min(version, before - 1)
  if (last < 1) return []
  const from = Math.max(1, last - most + 1)
  const events = await readHistory(desk.store, 'shift', shiftId, from, last - from + 1)
  return events.map(({ version: number, event: changed }) => ({ number, changed })).reverse()
}

type Working = Parameters<NonNullable<RoutingTerms['onShift']>>[0]

/** Returns whether an agent is on shift at an instant; always true without a shift and without a centre with hours. */
export function onShiftAt(timeline: TermsTimeline, at: Instant): (agent: Working) => boolean {
  const { onShift } = routingTermsAt(timeline, at)
  return (agent) => onShift?.(agent, at) ?? true
}

/**
 * Returns who of the available agents is there for chats at an instant, as the router of chats takes it: who is on shift,
 * and not without a connection where connections matter.
 */
export function chatStaffAt(
  timeline: TermsTimeline,
  presence: Parameters<typeof connectionsOf>[0],
  at: Instant,
): (agent: AvailableAgent) => boolean {
  const { chatPresence = 'observed' } = routingTermsAt(timeline, at)
  const isOnShift = onShiftAt(timeline, at)
  const connections = connectionsOf(presence)
  return (agent) => isOnShift({ profile: agent }) && !isAgentGone(agent.id, connections, chatPresence)
}

const pageSize = 500

/**
 * Returns the crews on shift with fewer agents at work than the configuration requires. Reads agents only if the
 * configuration requires any.
 */
export async function shortCrews(
  { timeline }: Pick<Desk, 'timeline'>,
  routing: () => Promise<ReadModels['routing']>,
  at: Instant,
): Promise<readonly ShortCrew[]> {
  const plan = planAt(timeline, at)
  if (!plan?.crews.some(({ minimumCrew }) => minimumCrew !== undefined)) return []
  return shortCrewsAt(plan, await allAgents(await routing()), at)
}

async function allAgents(routing: ReadModels['routing']): Promise<readonly Agent[]> {
  const agents: Agent[] = []
  let page: Page = { limit: pageSize }
  for (;;) {
    const { rows, hasNext } = await routing.agents({}, page)
    agents.push(...rows.map(({ row }) => row.agent))
    const after = rows.at(-1)?.keyset
    if (!hasNext || after === undefined) return agents
    page = { limit: pageSize, after }
  }
}
