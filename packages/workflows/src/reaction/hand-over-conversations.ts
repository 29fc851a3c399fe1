import type { Crew, Desk, EventEnvelope, FollowedShifts, Instant, Placed, Position, ShiftPlan } from '@guichet/domain'
import {
  crewOf,
  derivedCommandId,
  importIdOf,
  isOnShift,
  isSameCrew,
  isTransient,
  latest,
  parseStream,
  planAt,
  routingActor,
  shiftId,
  streamName,
  takesOver,
} from '@guichet/domain'
import type { Conversation } from '@guichet/projections'
import { inParallel } from '../supervision/in-parallel.ts'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/** What is known of the agents' open tickets. */
export type Conversations = {
  /** Resolves when everything up to a position is known; false when that takes too long. */
  reached(position: Position): Promise<boolean>
  /** The open tickets of agents who belong to one of these crews by their profile. */
  of(crews: readonly Crew[]): Promise<readonly Conversation[]>
}

/** How many tickets are handed over at once. */
const atOnce = 16

/**
 * Hands open conversations over to those who take over: at a change of shift all of those whose crew ended at it, or ended
 * before and found nobody, and later each that its customer comes back to, or that an offer of the last moment has given to somebody whose shift was over.
 * What is handed over is decided by the ticket as it stands; while nobody takes over, it stays with its agent.
 */
export const handOverConversations = (conversations: Conversations): Reaction =>
  reaction({
    name: 'hand_over_conversations',
    on: ['ShiftChanged', 'CustomerReplied', 'TicketAssigned'],
    react: async (envelope, desk) => {
      const { event, stream, position, correlationId } = envelope
      if (event.type === 'TicketAssigned' && event.round === undefined) return
      if (importIdOf(correlationId) !== undefined) return
      if (event.type === 'ShiftChanged') await desk.heedConfiguration()
      const shifts = await shiftsAt(desk, event.at)
      if (!shifts) return
      if (event.type !== 'ShiftChanged') {
        const conversation = await conversationOn(desk, parseStream(stream).id)
        return conversation && handOver(desk, envelope, shifts, conversation)
      }
      const left = event.handOvers.flatMap(({ from, to }) => (to ? [from] : []))
      if (left.length === 0) return
      if (!(await conversations.reached(position))) throw new ConversationsUnknown(position)
      const theirs = (await conversations.of(left)).filter(({ placed }) => {
        const crew = crewOf(shifts.plan, placed)
        return crew !== undefined && left.some((each) => isSameCrew(each, crew))
      })
      await inParallel(theirs, atOnce, (conversation) => handOver(desk, envelope, shifts, conversation))
    },
  })

type Shifts = { readonly plan: ShiftPlan; readonly state: FollowedShifts; readonly at: Instant }

/** Who is on shift as recorded, and the plan in force at an instant or since; undefined where nothing is handed over. */
async function shiftsAt(desk: Desk, from: Instant): Promise<Shifts | undefined> {
  await desk.terms()
  if (!desk.timeline.some(({ shifts }) => shifts !== undefined && shifts.crews.length > 0)) return undefined
  const { state } = await desk.read('shift', shiftId)
  if (state.status === 'absent') return undefined
  const at = latest(from, state.at)
  const plan = planAt(desk.timeline, at)
  return plan?.handOver.enabled ? { plan, state, at } : undefined
}

async function conversationOn(desk: Desk, ticketId: string): Promise<Conversation | undefined> {
  const { state } = await desk.read('ticket', ticketId)
  const agentId = state.status === 'absent' ? undefined : state.assignee?.id
  if (agentId === undefined) return undefined
  const agent = await desk.read('agent', agentId)
  return agent.state.status === 'active' ? { ticketId, agentId, placed: placeOf(agent.state.profile) } : undefined
}

const placeOf = ({ centre, shift }: Placed): Placed => ({ centre, shift })

/**
 * Hands one conversation over, if its agent's crew is off shift, as recorded and by its hours, and another one takes over: a shift may
 * have begun that is not recorded yet.
 */
async function handOver(
  desk: Desk,
  { id }: Pick<EventEnvelope, 'id'>,
  { plan, state, at }: Shifts,
  { ticketId, agentId, placed }: Conversation,
): Promise<void> {
  const crew = crewOf(plan, placed)
  if (!crew || isOnShift(plan, placed, at)) return
  const off = state.offShift.find((each) => isSameCrew(each.crew, crew))
  const to = off && takesOver(plan, off.crew, at)
  if (!off || !to) return
  const { statuses, priorities } = plan.handOver
  const outcome = await desk.execute(
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
      commandId: derivedCommandId('routing', streamName('ticket', ticketId), 'hand_over', id),
      causationId: id,
    },
  )
  if (!outcome.ok && isTransient(outcome.refusal)) throw new ConversationHeldUp(outcome.refusal.message)
}

/** The read model of routing does not show yet what agents had when their shift ended. */
export class ConversationsUnknown extends Error {
  override readonly name = 'ConversationsUnknown'
  constructor(position: Position) {
    super(`routing has not been read up to ${position} yet`)
  }
}

/** A conversation that could not be handed over now, and will be tried again. */
export class ConversationHeldUp extends Error {
  override readonly name = 'ConversationHeldUp'
}
