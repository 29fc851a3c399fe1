import { randomUUID } from 'node:crypto'
import type { Agent, AgentState, Chat, Desk, EventEnvelope, Instant, Position } from '@guichet/domain'
import {
  chatActor,
  chatNoticesOf,
  crewOf,
  engineCommandId,
  isAmong,
  isOnShift,
  isSameCrew,
  later,
  latest,
  parseStream,
  planAt,
  routingTermsAt,
  shiftId,
  takesOver,
  throwIfTransient,
} from '@guichet/domain'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'
import { isReadModelBehind, ReadModelBehind } from './read-model-behind.ts'

/** The agents of a desk with what takes their places, as the read model knows them. */
type PlacesOfAgents = {
  /** Resolves when everything up to a position is known; false when that takes too long. */
  reached(position: Position): Promise<boolean>
  all(): Promise<readonly { readonly id: string; readonly state: AgentState }[]>
}

/**
 * Hands the active chats of a crew over whose shift has ended: each is offered to the agents on shift as a transfer, and
 * stays with its agent until one of them has accepted it. Where nobody can or does, a note says so and the chat stays.
 * A chat is handed over later when its transfer to an agent ends without being accepted. So is a chat that an agent
 * accepts after their shift, by an offer from shortly before.
 */
export const handOverChats = (agents: PlacesOfAgents): Reaction =>
  reaction({
    name: 'hand_over_chats',
    on: ['ShiftChanged', 'ChatTransferEnded', 'ChatAccepted', 'ChatTransferred'],
    inAnyOrder: true,
    isOutage: isReadModelBehind,
    react: async (envelope, desk) => {
      await desk.terms()
      const { event, stream, position } = envelope
      const plan = planAt(desk.timeline, event.at)
      if (!plan?.handOver.enabled) return
      if (event.type === 'ChatTransferEnded') {
        const { id } = parseStream(stream)
        if (event.reason === 'expired' || event.reason === 'nobody') await noteStays(desk, id, envelope)
        else if (unaccepted.has(event.reason)) await handOverLate(desk, id, envelope)
        return
      }
      if (event.type !== 'ShiftChanged') {
        await handOverLate(desk, parseStream(stream).id, envelope)
        return
      }
      if (event.handOvers.length === 0) return
      if (!(await agents.reached(position))) throw new ReadModelBehind(position)
      const relieved = event.handOvers.flatMap(({ from, to }) => (to ? [from] : []))
      const alone = event.handOvers.flatMap(({ from, to }) => (to ? [] : [from]))
      for (const { id: agentId, state } of await agents.all()) {
        const crew = state.status === 'active' ? crewOf(plan, state.profile) : undefined
        if (state.status !== 'active' || !crew) continue
        for (const chatId of chatsOf(state)) {
          if (isAmong(relieved, crew)) await handOver(desk, chatId, agentId, envelope)
          else if (isAmong(alone, crew)) await noteStays(desk, chatId, envelope)
        }
      }
    },
  })

/** Why a transfer to an agent ends that its sender did not end. */
const unaccepted: ReadonlySet<string> = new Set([
  'declined',
  'agent_full',
  'agent_away',
  'agent_unavailable',
  'agent_retired',
])

const chatsOf = ({ claims }: Agent): readonly string[] =>
  Object.keys(claims).flatMap((work) => {
    const { category, id } = parseStream(work)
    return category === 'chat' ? [id] : []
  })

/** The support level of everybody. */
const anyLevel = 1

/** Offers a chat to the agents on shift, if it is still that agent's and they are still off shift. */
async function handOver(desk: Desk, chatId: string, agentId: string, { id, event }: EventEnvelope): Promise<void> {
  const { chat } = (await offShiftChat(desk, chatId, event.at)) ?? {}
  if (chat?.assignee?.id !== agentId || chat.transfer) return
  const transfer = { type: 'transfer', to: { level: anyLevel }, note: 'end of shift' } as const
  throwIfTransient(
    await desk.engine.execute('chat', chatId, transfer, {
      by: chatActor,
      commandId: engineCommandId('chat', chatId, 'hand_over', id),
      causationId: id,
    }),
  )
}

/**
 * Hands a chat over that the change of shift has missed, as that would have: its agent had another transfer pending, or
 * an offer open. Whoever takes a chat later although they are off shift keeps it.
 */
async function handOverLate(desk: Desk, chatId: string, envelope: EventEnvelope): Promise<void> {
  const { event } = envelope
  const { chat, offSince, isRelieved } = (await offShiftChat(desk, chatId, event.at)) ?? {}
  if (!chat?.assignee || offSince === undefined) return
  const takenAt = event.type === 'ChatTransferEnded' ? (chat.joinedAt ?? event.at) : event.at
  if (takenAt > later(offSince, chat.times.offerFor)) return
  if (isRelieved) await handOver(desk, chatId, chat.assignee.id, envelope)
  else await noteStays(desk, chatId, envelope)
}

/** Notes in a chat that it stays with its agent although their shift has ended. */
async function noteStays(desk: Desk, chatId: string, { id, event }: EventEnvelope): Promise<void> {
  const { chat } = (await offShiftChat(desk, chatId, event.at)) ?? {}
  if (!chat) return
  const commandId = engineCommandId('chat', chatId, 'kept', id)
  const body = chatNoticesOf(routingTermsAt(desk.timeline, event.at), chat.language).stays
  throwIfTransient(
    await desk.engine.execute(
      'chat',
      chatId,
      { type: 'send', kind: 'note', messageId: randomUUID(), body },
      { by: chatActor, commandId, causationId: id },
    ),
  )
}

type OffShiftChat = {
  readonly chat: Chat
  /** Since when the crew of its agent is recorded as off shift. */
  readonly offSince: Instant | undefined
  /** Whether another crew takes over from it. */
  readonly isRelieved: boolean
}

/** An active chat whose agent is off shift by their hours; undefined for any other. */
async function offShiftChat(desk: Desk, chatId: string, since: Instant): Promise<OffShiftChat | undefined> {
  const [{ state: chat }, { state: shifts }] = await Promise.all([
    desk.read('chat', chatId),
    desk.read('shift', shiftId),
  ])
  if (chat.status !== 'active' || !chat.assignee) return undefined
  const at = shifts.status === 'absent' ? since : latest(since, shifts.at)
  const plan = planAt(desk.timeline, at)
  const { state: agent } = await desk.read('agent', chat.assignee.id)
  const crew = plan?.handOver.enabled && agent.status === 'active' ? crewOf(plan, agent.profile) : undefined
  if (!plan || !crew || agent.status !== 'active' || isOnShift(plan, agent.profile, at)) return undefined
  const off = shifts.status === 'absent' ? undefined : shifts.offShift.find((each) => isSameCrew(each.crew, crew))
  return { chat, offSince: off?.since, isRelieved: takesOver(plan, crew, at) !== undefined }
}
