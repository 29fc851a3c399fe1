import type { z } from 'zod'
import { chatAggregate } from '../chat/chat.ts'
import type { ChatCommandOf, chatCommands } from '../chat/commands.ts'
import type { ChatEvent } from '../chat/events.ts'
import { refuseTranscript } from '../chat/ending.ts'
import { channelTerms, refuseStartNow } from '../chat/hours.ts'
import type { ChatCommandEnvelope } from '../chat/rule.ts'
import type { Chat, ChatState } from '../chat/state.ts'
import { holdersOf } from '../chat/state.ts'
import type { ChatChannel } from '../chat/vocabulary.ts'
import { versionAt } from '../configuration/terms.ts'
import type { Actor } from '../kernel/actor.ts'
import { chatActor } from '../kernel/actor.ts'
import { parseStream, streamName } from '../kernel/event.ts'
import { decideAt } from '../kernel/execute.ts'
import type { Snapshot } from '../kernel/snapshots.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { accept, deny, isTransient, throwIfTransient, refusal } from '../kernel/refusal.ts'
import { personId } from '../kernel/values.ts'
import type { Instant } from '../kernel/time.ts'
import { chatTerms } from './categories.ts'
import type { HoldingChat } from './chat-reservations.ts'
import { isOpen, releaseChat, reserveChat, settleReservation } from './chat-reservations.ts'
import type { IdentifiedSender, Outcome, StreamDesk } from './port.ts'
import { completion, stepOf, untilUndisturbed } from './process.ts'
import { mailAddressOf } from './mail-address.ts'
import type { CustomerReader } from './survivors.ts'
import { customerActedFor, sharesChatsOf, survivorRecordsOf, survivorsOf } from './survivors.ts'

type ChatOutcome = Outcome<ChatEvent, ChatState>

type ChatDesk = Pick<StreamDesk, 'execute' | 'engine' | 'read'>

type StartingDesk = ChatDesk & Pick<StreamDesk, 'timeline' | 'now'>

type AcceptingDesk = ChatDesk & Pick<StreamDesk, 'store'>

type ReopeningDesk = AcceptingDesk & Pick<StreamDesk, 'configuration' | 'isInTheFuture' | 'now' | 'timeline'>

/** The data of the start of a chat. */
export type ChatStart = Omit<z.input<typeof chatCommands.start.schema>, 'type'>

/**
 * Starts a chat, or returns the one that the customer has (004, `initializeChat`). The customer's stream reserves one
 * chat at a time: of many that begin at once, one does. A reservation that a crash has left behind is taken over.
 */
export async function startChat(
  desk: StartingDesk,
  id: string,
  start: ChatStart,
  givenSender: IdentifiedSender,
): Promise<ChatOutcome> {
  const sender = { ...givenSender, at: givenSender.at ?? desk.now() }
  const customerId = personId.safeParse(start.customer?.id)
  const command = { type: 'start', ...start } as const
  const { by } = sender
  if (!customerId.success || (by.kind === 'customer' && by.id !== customerId.data))
    return desk.execute('chat', id, command, sender)
  const shut = await refuseBeforeReserving(desk, id, customerId.data, start.channel, sender)
  if (shut) return deny(shut)
  return openReserved(
    desk,
    () => Promise.resolve(customerId.data),
    id,
    (reservation) => desk.execute('chat', id, { ...command, reservation }, sender),
    async (holding) => {
      if (holding.chatId === id) return desk.execute('chat', id, command, sender)
      const isTheirs = await sharesChatsOf(desk, customerId.data, holding.state.customer.id)
      return isTheirs ? accept(existing(holding)) : deny(refusal('chat_already_active'))
    },
  )
}

/** The refusal of a start outside the hours, before anything is stored for it; a chat that the customer has goes on. */
async function refuseBeforeReserving(
  desk: StartingDesk,
  id: string,
  customerId: string,
  channel: ChatChannel = 'web',
  { by, at }: { readonly by: Actor; readonly at: Instant },
): Promise<Refusal | undefined> {
  const shut = refuseStartNow(by, channel, channelTerms(versionAt(desk.timeline, at)), at)
  if (!shut) return undefined
  if ((await desk.read('chat', id)).version > 0) return undefined
  const records = await survivorRecordsOf(desk, customerId)
  const hasChat = records.some(({ state }) => state.status !== 'absent' && state.reservation !== undefined)
  return hasChat ? undefined : shut
}

/** The outcome of a start that found the customer's chat: no event is stored. */
const existing = ({ chatId, version, state }: HoldingChat) => ({
  stream: streamName('chat', chatId),
  version,
  position: undefined,
  events: [],
  repeated: true,
  state,
})

/**
 * Reopens a chat, unless its customer has another one. The rule of the chat is asked first, so that a reopening which it
 * refuses stores nothing; then the customer's stream reserves the chat again.
 */
export async function reopenChat(desk: ReopeningDesk, id: string, sender: IdentifiedSender): Promise<ChatOutcome> {
  const command = { type: 'reopen' } as const
  const customerOf = async (): Promise<string | undefined> => {
    const { state } = await desk.read('chat', id)
    return state.status === 'absent' ? undefined : state.customer.id
  }
  // As stored: what `readRecent` gives may be stale, and must not authorise a reservation.
  const snapshot = await desk.read('chat', id)
  if (snapshot.state.status === 'absent') return desk.execute('chat', id, command, sender)
  const refused = await refuseBeforeReopening(desk, id, snapshot, sender)
  if (refused) {
    const first = await desk.store.findCommand(streamName('chat', id), sender.commandId)
    return first ? desk.execute('chat', id, command, sender) : deny(refused)
  }
  return openReserved(
    desk,
    customerOf,
    id,
    (reservation, reservedFor) => desk.execute('chat', id, { ...command, reservation, reservedFor }, sender),
    async ({ chatId }) =>
      chatId === id
        ? desk.execute('chat', id, command, sender)
        : deny(refusal('chat_already_active', { movedTo: chatId })),
  )
}

/** A number above those of all reservations, for a question to the rule of a chat: nothing is stored under it. */
const laterReservation = Number.MAX_SAFE_INTEGER

/** The refusal of a reopening by the rule of the chat, whatever is reserved for it. */
async function refuseBeforeReopening(
  desk: ReopeningDesk,
  id: string,
  snapshot: Snapshot<ChatState>,
  { by, at = desk.now(), commandId, expectedVersion }: IdentifiedSender,
): Promise<Refusal | undefined> {
  if (desk.isInTheFuture(at)) return refusal('at_in_the_future', { field: 'at' })
  await desk.configuration()
  const chat = chatAggregate.under(chatTerms(() => desk.timeline))
  const reopen: ChatCommandEnvelope<ChatCommandOf<'reopen'>> = {
    type: 'reopen',
    reservation: laterReservation,
    by,
    at,
    commandId,
    aggregateId: id,
  }
  const refusalOf = (command: typeof reopen): Refusal | undefined => {
    const decision = decideAt(chat, [command], snapshot, expectedVersion)
    return decision.ok ? undefined : decision.refusal
  }
  const refused = refusalOf(reopen)
  const isForeign = refused?.code === 'not_the_customer'
  const actsFor = isForeign ? await customerActedFor(desk, 'chat', id, by) : undefined
  return actsFor === undefined ? refused : refusalOf({ ...reopen, actsFor })
}

/**
 * Opens a chat by a reservation of its customer. A reservation that did not open the chat is released; one that is lost
 * meanwhile is made again.
 * @param customerOf whose chat it is, asked each time: a visitor may become a customer meanwhile.
 * @param otherwise the outcome when an open chat has the reservation, which may be the same one.
 */
async function openReserved(
  desk: ChatDesk,
  customerOf: () => Promise<string | undefined>,
  chatId: string,
  open: (reservation: number, customerId: string) => Promise<ChatOutcome>,
  otherwise: (holding: HoldingChat) => Promise<ChatOutcome>,
): Promise<ChatOutcome> {
  return untilUndisturbed(async () => {
    const customerId = await customerOf()
    if (customerId === undefined) return deny(refusal('too_many_conflicts'))
    const reserved = await reserveChat(desk, customerId, chatId)
    if (!reserved.ok) return reserved
    const { value } = reserved
    const outcome = await ('holding' in value ? otherwise(value.holding) : open(value.number, customerId))
    if (!('holding' in value)) {
      if (outcome.ok ? outcome.value.events.length > 0 : isTransient(outcome.refusal)) return outcome
      await releaseChat(desk, value)
    }
    return outcome.ok || outcome.refusal.code !== 'chat_reservation_lost' ? outcome : undefined
  })
}

/** Sends the transcript of a chat to its customer, at the address that `mailAddressOf` finds. */
export async function sendChatTranscript(desk: ChatDesk, id: string, sender: IdentifiedSender): Promise<ChatOutcome> {
  const { state: chat } = await desk.read('chat', id)
  const address =
    chat.status === 'absent' ? undefined : await mailAddressOf(desk, chat.customer.id, chat.customer.email)
  return desk.execute('chat', id, { type: 'sendTranscript', address }, sender)
}

/** Whether `sendChatTranscript` would be accepted now, from somebody who takes part in the chat. */
export async function canSendChatTranscript(
  desk: CustomerReader,
  chat: Pick<Chat, 'customer'> & Parameters<typeof refuseTranscript>[0],
  by: Actor,
): Promise<boolean> {
  const address = await mailAddressOf(desk, chat.customer.id, chat.customer.email)
  return refuseTranscript(chat, by, address) === undefined
}

/**
 * Accepts a chat that is offered to the sender, or takes one from the queue by an offer to themselves. A place is
 * claimed on the agent's stream before the chat is accepted, and given back if somebody else was faster: nobody has
 * more chats than places, however many act at once. A repeat returns the first outcome, whatever became of the chat.
 */
export async function acceptChat(desk: AcceptingDesk, id: string, sender: IdentifiedSender): Promise<ChatOutcome> {
  const { by } = sender
  const command = { type: 'accept' } as const
  const snapshot = await desk.read('chat', id)
  if (by.kind !== 'agent' || !isOpen(snapshot.state) || snapshot.state.assignee?.id === by.id) {
    return desk.execute('chat', id, command, sender)
  }
  const { offer: before } = snapshot.state
  if (!before && (await desk.store.findCommand(streamName('chat', id), sender.commandId)))
    return desk.execute('chat', id, command, sender)
  const offered = before ? snapshot : await offerToOneself(desk, id, snapshot.state, sender)
  if ('refusal' in offered) return deny(offered.refusal)
  const { offer } = offered.state as Chat
  if (!offer || offer.agent.id !== by.id) return desk.execute('chat', id, command, sender)
  const work = streamName('chat', id)
  const { version, round } = offer
  const claimed = await desk.engine.execute(
    'agent',
    by.id,
    { type: 'claim', work, channel: 'chat', version, round },
    { by: chatActor },
  )
  if (!claimed.ok) {
    if (isTransient(claimed.refusal)) return claimed
    const withdraw = { type: 'withdrawOffer', round, reason: claimed.refusal.code } as const
    await desk.engine.execute('chat', id, withdraw, { by: chatActor })
    return claimed
  }
  const accepted = await desk.execute('chat', id, command, sender)
  if (!accepted.ok && !isTransient(accepted.refusal)) await settleChat(desk, id, [by.id])
  return accepted
}

async function offerToOneself(
  desk: ChatDesk,
  id: string,
  { offers }: Chat,
  sender: IdentifiedSender,
): Promise<Snapshot<ChatState> | { readonly refusal: Refusal }> {
  const { by } = sender
  const { version: agentVersion, state } = await desk.read('agent', by.id)
  if (state.status === 'absent') return { refusal: refusal('agent_not_found') }
  const { name, team, level } = state.profile
  const round = offers + 1
  const agent = { id: by.id, name }
  const offered = await desk.engine.execute(
    'chat',
    id,
    { type: 'offer', round, agent, agentVersion, team, level },
    stepOf(sender, 'chat', 'offer', String(round)),
  )
  return offered.ok ? desk.read('chat', id) : offered
}

/**
 * Gives back what a chat no longer takes: the places of agents who do not have it, and the reservation of its customer
 * once it is closed. The version of the chat goes with each step, so that an older step never undoes a younger one.
 * @param agents those who may hold a place without having it, beside those of its end.
 */
export async function settleChat(
  desk: Pick<StreamDesk, 'engine' | 'read'>,
  id: string,
  agents: readonly string[] = [],
): Promise<void> {
  const { version, state } = await desk.read('chat', id)
  if (state.status === 'absent') return
  const closed = state.status === 'closed'
  const holders = new Set(closed ? [] : holdersOf(state))
  for (const agentId of new Set([...agents, ...(closed ? (state.closed?.agents ?? []) : [])])) {
    if (holders.has(agentId)) continue
    const reason = closed ? 'closed' : 'moved'
    const give = { type: 'release', work: streamName('chat', id), version, reason } as const
    throwIfTransient(await desk.engine.execute('agent', agentId, give, { by: chatActor }))
  }
  if (!closed) return
  for (const customerId of await survivorsOf(desk, state.customer.id)) {
    const { state: customer } = await desk.read('customer', customerId)
    if (customer.status === 'absent' || customer.reservation?.chatId !== id) continue
    throwIfTransient(await settleReservation(desk, customerId))
  }
}

/** Gives back the places and the reservation that a chat no longer takes, as soon as an offer or the chat ends. */
export const settleChats = completion({
  name: 'settle_chats',
  on: ['ChatOfferDeclined', 'ChatOfferExpired', 'ChatOfferWithdrawn', 'ChatTransferred', 'ChatRequeued', 'ChatClosed'],
  inAnyOrder: true,
  complete: async ({ event, stream }, desk) => {
    const former =
      'agent' in event ? event.agent : 'from' in event && typeof event.from === 'object' ? event.from : undefined
    await settleChat(desk, parseStream(stream).id, former ? [former.id] : [])
  },
})
