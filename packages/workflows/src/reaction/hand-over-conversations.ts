import type {
  Crew,
  Desk,
  EventEnvelope,
  FollowedShifts,
  Position,
  ShiftChanged,
  ShiftEvent,
  TicketEvent,
} from '@guichet/domain'
import {
  crewOf,
  engineCommandId,
  importIdOf,
  isAmong,
  isOnShift,
  isSameCrew,
  throwIfTransient,
  latest,
  parseStream,
  planAt,
  routingActor,
  shiftId,
  streamName,
  takesOver,
} from '@guichet/domain'
import type { AssignedTicket } from '@guichet/projections'
import { inParallel } from '../supervision.ts'
import type { Reaction } from './reaction.ts'
import { reactionToMany } from './reaction.ts'
import { isReadModelBehind, ReadModelBehind } from './read-model-behind.ts'

/** The open tickets of agents, as the read model knows them. */
export type AssignedTickets = {
  /** Resolves when everything up to a position is known; false when that takes too long. */
  reached(position: Position): Promise<boolean>
  /** The open tickets of agents who belong to one of these crews by their profile. */
  of(crews: readonly Crew[]): Promise<readonly AssignedTicket[]>
  /** Those of these tickets that are open and assigned to an agent. */
  among(tickets: readonly string[]): Promise<readonly AssignedTicket[]>
}

/** How many tickets are handed over concurrently. */
const atOnce = 64

type HandOverEvent =
  EventEnvelope<ShiftEvent> | EventEnvelope<Extract<TicketEvent, { type: 'CustomerReplied' | 'TicketAssigned' }>>

/**
 * Hands open conversations over to the crew that takes over. At a change of shift this concerns all conversations whose
 * crew's shift ended then, or ended before and found no successor. Later it concerns each conversation to which its
 * customer returns, or that a last-moment offer has assigned to an agent whose shift was over. The ticket's current
 * state decides each hand-over; without a successor, it stays with its agent.
 */
export const handOverConversations = (tickets: AssignedTickets): Reaction =>
  reactionToMany({
    name: 'hand_over_conversations',
    on: ['ShiftChanged', 'CustomerReplied', 'TicketAssigned'],
    among: 500,
    inAnyOrder: true,
    isOutage: isReadModelBehind,
    react: async (envelopes: readonly HandOverEvent[], desk) => {
      const [changes, touched] = splitByKind(envelopes)
      if (changes.length > 0) await desk.refreshConfiguration()
      const state = await followedShifts(desk)
      const last = envelopes.at(-1)
      if (!state || !last || state.offShift.length === 0 || changes.length + touched.size === 0) return
      if (!(await tickets.reached(last.position))) throw new ReadModelBehind(last.position)
      for (const envelope of changes) {
        const left = envelope.event.handOvers.flatMap(({ from, to }) => (to ? [from] : []))
        if (left.length === 0) continue
        const theirs = await tickets.of(left)
        await inParallel(theirs, atOnce, (ticket) => handOver(desk, envelope, state, ticket, left))
      }
      if (touched.size === 0) return
      await inParallel(await tickets.among([...touched.keys()]), atOnce, async (ticket) => {
        const envelope = touched.get(ticket.ticketId)
        if (envelope) await handOver(desk, envelope, state, ticket)
      })
    },
  })

/**
 * Splits events into the changes of shift, and the last event of each ticket that may belong to an agent whose shift is
 * over.
 */
function splitByKind(envelopes: readonly HandOverEvent[]) {
  const changes: EventEnvelope<ShiftChanged>[] = []
  const touched = new Map<string, EventEnvelope>()
  for (const envelope of envelopes) {
    const { event, stream, correlationId } = envelope
    if (event.type === 'ShiftChanged') changes.push({ ...envelope, event })
    else if (event.type === 'TicketAssigned' && event.round === undefined) continue
    else if (importIdOf(correlationId) === undefined) touched.set(parseStream(stream).id, envelope)
  }
  return [changes, touched] as const
}

/** Returns the crews on shift as recorded; undefined where there are no shifts. */
async function followedShifts(desk: Desk): Promise<FollowedShifts | undefined> {
  await desk.terms()
  if (!desk.timeline.some(({ shifts }) => shifts !== undefined && shifts.crews.length > 0)) return undefined
  const { state } = await desk.read('shift', shiftId)
  return state.status === 'absent' ? undefined : state
}

/**
 * Hands one conversation over, if its agent's crew is off shift, as recorded and by its hours, and another crew takes
 * over: a shift may have begun that is not recorded yet. `left`: where given, only conversations of these crews are
 * handed over.
 */
async function handOver(
  desk: Desk,
  { id, event }: Pick<EventEnvelope, 'id' | 'event'>,
  state: FollowedShifts,
  { ticketId, agentId, placed }: AssignedTicket,
  left?: readonly Crew[],
): Promise<void> {
  const at = latest(event.at, state.at)
  const plan = planAt(desk.timeline, at)
  const crew = plan?.handOver.enabled ? crewOf(plan, placed) : undefined
  if (!plan || !crew || isOnShift(plan, placed, at) || (left && !isAmong(left, crew))) return
  const off = state.offShift.find((each) => isSameCrew(each.crew, crew))
  const to = off && takesOver(plan, off.crew, at)
  if (!off || !to) return
  const { statuses, priorities } = plan.handOver
  const outcome = await desk.engine.execute(
    'ticket',
    ticketId,
    {
      type: 'handOver',
      from: agentId,
      crew: off.crew,
      to,
      dueAt: off.since,
      statuses,
      priorities,
    },
    {
      by: routingActor,
      commandId: engineCommandId('routing', streamName('ticket', ticketId), 'hand_over', id),
      causationId: id,
    },
  )
  throwIfTransient(outcome)
}
