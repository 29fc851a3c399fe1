import { z } from 'zod'
import { derivedCommandId } from '../kernel/actor.ts'
import { readInPages } from '../kernel/event-store.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { streamName } from '../kernel/event.ts'
import { hash128 } from '../kernel/fingerprint.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import { describeIssue, malformed } from '../kernel/validation.ts'
import { line } from '../kernel/values.ts'
import type { TicketEvent, TicketEventOf } from '../ticket/events.ts'
import { messageOf } from '../ticket/messages.ts'
import type { TicketState } from '../ticket/state.ts'
import { defaultPriority, id, limits, splitTicketId } from '../ticket/vocabulary.ts'
import type { Desk, IdentifiedSender, Outcome, Split } from './port.ts'

const splitSchema = z.object({ source: id, messageId: id, subject: line(limits.subject) })

type SplittingDesk = Pick<Desk, 'execute' | 'engine' | 'read' | 'store'>

type CompletingDesk = Omit<SplittingDesk, 'execute'>

type Asked = TicketEventOf<'TicketOpened'> | TicketEventOf<'CustomerReplied'>

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
  const known = messageOf(state.messages, messageId)
  if (!known?.asked || known.redacted === hash128('')) return deny(refusal('message_not_found', { field: 'messageId' }))
  const into = splitTicketId(source, sender.commandId)
  const command = { type: 'split', messageId, into, subject } as const
  const outcome = await desk.execute('ticket', source, command, sender)
  if (!outcome.ok) return outcome
  const agreed = await firstOf(desk, source, (event) => event.type === 'TicketSplit' && event.into === into && event)
  return agreed ? completeSplit(desk, source, agreed, sender) : deny(refusal('message_not_found'))
}

type Agreed = Pick<
  TicketEventOf<'TicketSplit'>,
  'messageId' | 'into' | 'subject' | 'waitingSince' | 'pauses' | 'responsePauses'
>

/** Opens the ticket that a message becomes; a repeat opens no second one. */
export async function completeSplit(
  desk: CompletingDesk,
  source: string,
  { messageId, into, subject, waitingSince, pauses, responsePauses }: Agreed,
  { expectedVersion: _, ...sender }: IdentifiedSender,
): Promise<Outcome<TicketEvent, TicketState>> {
  const { state } = await desk.read('ticket', source)
  const question = await questionOf(desk, source, messageId)
  if (state.status === 'absent' || !question?.body) return deny(refusal('message_not_found', { field: 'messageId' }))
  const { customer, channel, priority, priorityGiven, language, plan, organisationId } = state
  const details = { ...((priorityGiven || priority !== defaultPriority) && { priority }), language, plan }
  const opening = { type: 'open', subject, body: question.body, customer, channel, ...details } as const
  return desk.engine.execute(
    'ticket',
    into,
    {
      ...opening,
      ...(organisationId !== undefined && { account: { organisationId } }),
      splitFrom: {
        ticketId: source,
        messageId,
        waitingSince,
        ...(pauses && { pauses }),
        ...(responsePauses && { responsePauses }),
      },
    },
    { ...sender, commandId: derivedCommandId(sender.commandId, 'split', into), causationId: sender.commandId },
  )
}

/** The customer's message under an id, with what is left of its text. */
async function questionOf({ store }: Pick<Desk, 'store'>, ticketId: string, messageId: string) {
  let found: Pick<Asked, 'body'> | undefined
  for await (const page of readInPages(store, streamName('ticket', ticketId))) {
    for (const { event } of page as readonly EventEnvelope<TicketEvent>[]) {
      const isIts = (isQuestion(event) && !found) || event.type === 'TicketMessageRedacted'
      if (isIts && event.messageId === messageId) found = { body: event.body }
    }
  }
  return found
}

/** The first matching event of a ticket; its history is read no further. */
async function firstOf<E extends TicketEvent>(
  { store }: Pick<Desk, 'store'>,
  ticketId: string,
  find: (event: TicketEvent) => E | false,
): Promise<E | undefined> {
  for await (const page of readInPages(store, streamName('ticket', ticketId))) {
    for (const { event } of page as readonly EventEnvelope<TicketEvent>[]) {
      const found = find(event)
      if (found) return found
    }
  }
  return undefined
}

const isQuestion = (event: TicketEvent): event is Asked =>
  event.type === 'TicketOpened' || event.type === 'CustomerReplied'
