import { z } from 'zod'
import { filesActor } from '../kernel/actor.ts'
import { parseStream, streamName } from '../kernel/event.ts'
import { hash128 } from '../kernel/fingerprint.ts'
import { limits } from '../kernel/limits.ts'
import { messageIdOf } from '../kernel/message-id.ts'
import { accept, CommandRefused, deny, refusal } from '../kernel/refusal.ts'
import { describeIssue, malformed } from '../kernel/validation.ts'
import { id, line } from '../kernel/values.ts'
import type { TicketEvent, TicketEventOf } from '../ticket/events.ts'
import { messageOf } from '../ticket/messages.ts'
import type { TicketState } from '../ticket/state.ts'
import { defaultPriority, splitTicketId, ticketLimits } from '../ticket/vocabulary.ts'
import type { StreamCategories } from './categories.ts'
import { walkHistory } from '../history.ts'
import type { IdentifiedSender, Outcome, Step, StreamDesk } from './port.ts'
import { completion, stepOf } from './process.ts'

const splitSchema = z.object({ source: id, messageId: id, subject: line(limits.subject) })

/** A message of a ticket's customer, and the subject of the ticket that it becomes. */
export type Split = { readonly source: string; readonly messageId: string; readonly subject: string }

type SplittingDesk = Pick<StreamDesk, 'execute' | 'engine' | 'read' | 'store'>

type CompletingDesk = Omit<SplittingDesk, 'execute'>

type Question = TicketEventOf<'TicketOpened'> | TicketEventOf<'CustomerReplied'>

/**
 * Splits a message of a ticket's customer off as a ticket of its own: the source records the split, then the new ticket
 * is opened. Its clocks count from when the message was written, or from the split if the message had been answered;
 * nothing falls due before the split. Each step has a command id derived from the given one, so that a repeat after a
 * crash completes the split. Returns the new ticket.
 */
export async function splitTicket(
  desk: SplittingDesk,
  split: Split,
  sender: IdentifiedSender,
): Promise<Outcome<TicketEvent, TicketState>> {
  const checked = splitSchema.safeParse(split, describeIssue)
  if (!checked.success) return deny(malformed(checked.error))
  const { source, messageId, subject } = checked.data
  const { state } = await desk.read('ticket', source)
  if (state.status === 'absent') return deny(refusal('ticket_not_found', { field: 'source' }))
  const message = messageOf(state.messages, messageId)
  if (!message?.asked || message.redacted === hash128(''))
    return deny(refusal('message_not_found', { field: 'messageId' }))
  const into = splitTicketId(source, sender.commandId)
  const command = { type: 'split', messageId, into, subject } as const
  const outcome = await desk.execute('ticket', source, command, sender)
  if (!outcome.ok) return outcome
  const agreed = await firstOf(desk, source, (event) => event.type === 'TicketSplit' && event.into === into && event)
  return agreed ? completeSplit(desk, source, agreed, sender) : deny(refusal('message_not_found'))
}

type SplitDetails = Pick<
  TicketEventOf<'TicketSplit'>,
  'messageId' | 'into' | 'subject' | 'waitingSince' | 'pauses' | 'responsePauses'
>

/**
 * Opens the ticket that a message becomes, with the message's attachments; a repeat opens no second one. A file that was
 * deleted meanwhile is left out.
 */
async function completeSplit(
  desk: CompletingDesk,
  source: string,
  { messageId, into, subject, waitingSince, pauses, responsePauses }: SplitDetails,
  sender: IdentifiedSender,
): Promise<Outcome<TicketEvent, TicketState>> {
  const step = stepOf(sender, 'split', into)
  const { commandId } = step
  // What the message has now may be more or less than what the first completion brought along.
  const first = await desk.store.findCommand(streamName('ticket', into), commandId)
  if (first) {
    const { version, position } = first
    return accept({
      stream: streamName('ticket', into),
      version,
      position,
      events: [],
      repeated: true,
      state: undefined,
    })
  }
  const { state } = await desk.read('ticket', source)
  const question = await questionOf(desk, source, messageId)
  if (state.status === 'absent' || !question?.body) return deny(refusal('message_not_found', { field: 'messageId' }))
  const { customer, channel, priority, priorityGiven, language, plan, organisationId } = state
  const details = { ...((priorityGiven || priority !== defaultPriority) && { priority }), language, plan }
  const opening = { type: 'open', subject, body: question.body, customer, channel, ...details } as const
  const opened = {
    ...opening,
    ...(organisationId !== undefined && { account: { organisationId } }),
    splitFrom: {
      ticketId: source,
      messageId,
      waitingSince,
      ...(pauses && { pauses }),
      ...(responsePauses && { responsePauses }),
    },
  }
  return desk.engine.executeTogether(
    'ticket',
    into,
    [{ command: opened }, ...question.attached.map((each) => attaching(each, messageIdOf({ commandId })))],
    step,
  )
}

/** Opens the ticket split off from a message: the same command in the name of the same sender. */
export const completeSplits = completion({
  name: 'complete_splits',
  on: ['TicketSplit'],
  inAnyOrder: true,
  complete: async ({ event, stream, commandId, correlationId }, desk) => {
    const { state } = await desk.read('ticket', event.into)
    if (state.status !== 'absent') return
    const sender = { by: event.by, at: event.at, commandId, correlationId }
    const outcome = await completeSplit(desk, parseStream(stream).id, event, sender)
    if (!outcome.ok) throw new CommandRefused(outcome.refusal)
  },
})

/** The engine attaches what a message brings along: its files may be another person's, and stay those of its ticket. */
function attaching(
  { attachmentId, fileId, name, mediaType, bytes, visibility }: AttachmentEvent,
  messageId: string,
): Step<StreamCategories['ticket']['command']> {
  const content = fileId === undefined ? { attachmentId, name, mediaType, bytes } : { fileId }
  return { command: { type: 'attach', ...content, messageId, visibility }, by: filesActor }
}

type AttachmentEvent = TicketEventOf<'AttachmentAdded'>

/**
 * The customer's message under an id, with what is left of its text and of its attachments. One that names no message is
 * that of the last public one before it.
 */
async function questionOf({ store }: Pick<StreamDesk, 'store'>, ticketId: string, messageId: string) {
  let body: string | undefined
  let lastPublic: string | undefined
  const attached = new Map<string, AttachmentEvent>()
  for await (const { event } of walkHistory(store, 'ticket', ticketId)) {
    if (isQuestion(event) && event.messageId === messageId) body ??= event.body
    lastPublic = publicMessageIn(event) ?? lastPublic
    if (event.type === 'AttachmentAdded' && (event.messageId ?? lastPublic) === messageId)
      if (event.visibility === 'public' || !attached.has(event.attachmentId)) attached.set(event.attachmentId, event)
    if (event.type === 'TicketMessageRedacted') {
      if (event.messageId === messageId) body = event.body
      for (const id of event.attachmentIds) attached.delete(id)
    }
  }
  return body === undefined ? undefined : { body, attached: [...attached.values()].slice(0, ticketLimits.attachments) }
}

/** The id of the message that customers are shown in an event, if there is one. */
function publicMessageIn(event: TicketEvent): string | undefined {
  if (event.type === 'TicketClosed') return event.message?.messageId
  return isQuestion(event) || isFromTheDesk(event) ? event.messageId : undefined
}

const isFromTheDesk = (event: TicketEvent): event is TicketEventOf<'AgentReplied' | 'ChaseSent' | 'CustomerChased'> =>
  event.type === 'AgentReplied' || event.type === 'ChaseSent' || event.type === 'CustomerChased'

/** The first matching event of a ticket; its history is read no further. */
async function firstOf<E extends TicketEvent>(
  { store }: Pick<StreamDesk, 'store'>,
  ticketId: string,
  find: (event: TicketEvent) => E | false,
): Promise<E | undefined> {
  for await (const { event } of walkHistory(store, 'ticket', ticketId)) {
    const match = find(event)
    if (match) return match
  }
  return undefined
}

const isQuestion = (event: TicketEvent): event is Question =>
  event.type === 'TicketOpened' || event.type === 'CustomerReplied'
