import type { ChatEvent } from '../chat/events.ts'
import type { Chat, ChatState } from '../chat/state.ts'
import { holdersOf } from '../chat/state.ts'
import { chatTranscript } from '../chat/transcript.ts'
import { chatActor, derivedCommandId, engineCommandId } from '../kernel/actor.ts'
import type { Snapshot } from '../kernel/snapshots.ts'
import type { Position } from '../kernel/event.ts'
import { streamName } from '../kernel/event.ts'
import type { Refusal, Result } from '../kernel/refusal.ts'
import { accept, deny, isTransient, throwIfTransient, refusal } from '../kernel/refusal.ts'
import { personId } from '../kernel/values.ts'
import { survivorOf } from './customers.ts'
import type { ChatStart, Desk, IdentifiedSender, Outcome } from './port.ts'

type ChatOutcome = Outcome<ChatEvent, ChatState>

type ChatDesk = Pick<Desk, 'execute' | 'engine' | 'read'>

/** How often a reservation is tried again that a chat holds which is over, or never began. */
const mostTries = 5

/**
 * Starts a chat, or returns the one that the customer has (004, `initializeChat`). The customer's stream reserves one
 * chat at a time: of many that begin at once, one does. A reservation that a crash has left behind is taken over.
 */
export async function startChat(
  desk: ChatDesk,
  id: string,
  start: ChatStart,
  sender: IdentifiedSender,
): Promise<ChatOutcome> {
  const customerId = personId.safeParse(start.customer?.id)
  const command = { type: 'start', ...start } as const
  if (!customerId.success) return desk.execute('chat', id, command, sender)
  for (let tries = 1; ; tries++) {
    const reserved = await reserve(desk, customerId.data, id)
    if (!reserved.ok) return reserved
    if (reserved.value === 'reserved') break
    const other = reserved.value
    const { version, state } = await desk.read('chat', other)
    if (isOpen(state)) return accept(existing(other, version, state))
    if (tries === mostTries) return deny(refusal('too_many_conflicts'))
    await release(desk, customerId.data, other)
  }
  const started = await desk.execute('chat', id, command, sender)
  if (!started.ok && !isTransient(started.refusal)) {
    const { state } = await desk.read('chat', id)
    if (!isOpen(state)) await release(desk, customerId.data, id)
  }
  return started
}

const isOpen = (state: ChatState): state is Chat => state.status === 'waiting' || state.status === 'active'

/** The outcome of a start that found the customer's chat: no event is stored. */
const existing = (id: string, version: number, state: ChatState) => ({
  stream: streamName('chat', id),
  version,
  position: undefined,
  events: [],
  repeated: true,
  state,
})

/** Reserves a chat on its customer's stream; returns the id of the chat that is reserved instead. */
async function reserve(
  desk: ChatDesk,
  customerId: string,
  chatId: string,
): Promise<Result<'reserved' | (string & {})>> {
  const reserved = await desk.engine.execute('customer', customerId, { type: 'reserveChat', chatId }, { by: chatActor })
  if (reserved.ok) return accept('reserved')
  if (reserved.refusal.code !== 'chat_already_active') return reserved
  const { state } = await desk.read('customer', await survivorOf(desk, customerId))
  const other = state.status === 'absent' ? undefined : state.chatId
  return other === undefined ? deny(refusal('too_many_conflicts')) : accept(other)
}

const release = (desk: Pick<Desk, 'engine'>, customerId: string, chatId: string) =>
  desk.engine.execute('customer', customerId, { type: 'releaseChat', chatId }, { by: chatActor })

/** Reopens a chat, unless its customer has another one. The customer's stream reserves it again. */
export async function reopenChat(desk: ChatDesk, id: string, sender: IdentifiedSender): Promise<ChatOutcome> {
  const command = { type: 'reopen' } as const
  const { state } = await desk.read('chat', id)
  if (state.status !== 'closed') return desk.execute('chat', id, command, sender)
  const reserved = await reserve(desk, state.customer.id, id)
  if (!reserved.ok) return reserved
  if (reserved.value !== 'reserved') return deny(refusal('chat_already_active', { movedTo: reserved.value }))
  const reopened = await desk.execute('chat', id, command, sender)
  if (!reopened.ok && !isTransient(reopened.refusal)) await settleChat(desk, id)
  return reopened
}

/**
 * Accepts a chat that is offered to the sender, or takes one from the queue by an offer to themselves. A place is
 * claimed on the agent's stream before the chat is accepted, and given back if somebody else was faster: nobody has
 * more chats than places, however many act at once.
 */
export async function acceptChat(desk: ChatDesk, id: string, sender: IdentifiedSender): Promise<ChatOutcome> {
  const { by } = sender
  const command = { type: 'accept' } as const
  const known = await desk.read('chat', id)
  if (by.kind !== 'agent' || !isOpen(known.state) || known.state.assignee?.id === by.id) {
    return desk.execute('chat', id, command, sender)
  }
  const offered = known.state.offer ? known : await offerToOneself(desk, id, known.state, sender)
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
  { by, commandId, correlationId }: IdentifiedSender,
): Promise<Snapshot<ChatState> | { readonly refusal: Refusal }> {
  const { version: agentVersion, state } = await desk.read('agent', by.id)
  if (state.status === 'absent') return { refusal: refusal('agent_not_found') }
  const agent = { id: by.id, name: state.profile.name }
  const offered = await desk.engine.execute(
    'chat',
    id,
    { type: 'offer', round: offers + 1, agent, agentVersion },
    { by, correlationId, causationId: commandId, commandId: derivedCommandId(commandId, 'chat', 'offer') },
  )
  return offered.ok ? desk.read('chat', id) : offered
}

/**
 * Gives back what a chat no longer takes: the places of agents who do not have it, and the reservation of its customer
 * once it is closed. The version of the chat goes with each step, so that an older step never undoes a younger one.
 * @param agents those who may hold a place without having it, beside those of its end.
 */
export async function settleChat(
  desk: Pick<Desk, 'engine' | 'read'>,
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
  if (closed) throwIfTransient(await release(desk, state.customer.id, id))
}

/** Turns a chat into a ticket with its transcript; a repeat, or the reaction after a crash, completes it. */
export async function convertChat(
  desk: ChatDesk & Pick<Desk, 'store'>,
  id: string,
  subject: string,
  sender: IdentifiedSender,
): Promise<ChatOutcome> {
  const converted = await desk.execute('chat', id, { type: 'convert', subject }, sender)
  if (!converted.ok) return converted
  const position = await settleConversion(desk, id)
  const { state, version } = await desk.read('chat', id)
  return accept({ ...converted.value, version, state, position: position ?? converted.value.position })
}

/**
 * Carries out the steps after a conversion was requested: opens the ticket, and records its link, or the reason why
 * there is none. Returns the position of the last event.
 */
export async function settleConversion(
  desk: Pick<Desk, 'engine' | 'read' | 'store'>,
  id: string,
): Promise<Position | undefined> {
  const { state } = await desk.read('chat', id)
  if (state.status === 'absent' || state.conversion?.state !== 'pending') return undefined
  const { conversion, customer, language, priority, category, plan } = state
  const { ticketId, subject, by } = conversion
  const { body, notes } = await chatTranscript(desk.store, id)
  const step = (name: string) => ({ by: chatActor, commandId: engineCommandId('chat', id, 'convert', name) })
  const opened = await desk.engine.executeTogether(
    'ticket',
    ticketId,
    [
      {
        command: {
          type: 'open',
          subject,
          body,
          customer,
          channel: 'chat',
          language,
          priority,
          chatId: id,
          ...(category !== undefined && { category }),
          ...(plan !== undefined && { plan }),
        },
      },
      ...notes.map((note) => ({ command: { type: 'addNote' as const, body: note } })),
    ],
    { ...step('open'), by },
  )
  throwIfTransient(opened)
  const noted = await desk.engine.execute(
    'chat',
    id,
    opened.ok ? { type: 'linkTicket', ticketId } : { type: 'declineTicket', reason: opened.refusal.code },
    step(opened.ok ? 'link' : 'decline'),
  )
  throwIfTransient(noted)
  return noted.ok ? noted.value.position : undefined
}
