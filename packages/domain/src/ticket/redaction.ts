import { hash128 } from '../kernel/fingerprint.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { TicketEvent, TicketEventOf } from './events.ts'
import { messageOf } from './messages.ts'
import type { Rules } from './rule.ts'
import { eventFrom } from './rule.ts'
import type { Ticket } from './state.ts'

type Redacted = TicketEventOf<'TicketMessageRedacted'>

/** The rule of the removal of content: of a whole message with its attachments, or of a part of either. */
export const decideRedact: Rules<'redactMessage'> = {
  redactMessage: (command, { messages, attachments }) => {
    const { messageId, reason, remainder: body = '', attachmentIds } = command
    const known = messageOf(messages, messageId)
    if (!known) return deny(refusal('message_not_found', { field: 'messageId' }))
    const removed = attachments
      .filter((each) => each.messageId === messageId && !each.redacted && (attachmentIds?.includes(each.id) ?? true))
      .map(({ id }) => id)
    if (known.redacted === hash128(body) && removed.length === 0) return accept([])
    const data = {
      messageId,
      internal: known.internal,
      body,
      attachmentIds: removed,
      ...(reason !== undefined && { reason }),
    }
    return accept([eventFrom('TicketMessageRedacted', command, data)])
  },
}

type HasEvent = { readonly event: TicketEvent }

/** The last redaction of each message in a history, by the id of the message. */
export function redactionsIn<E extends HasEvent>(history: readonly E[]): ReadonlyMap<string, E> {
  const last = new Map<string, E>()
  for (const each of history) if (each.event.type === 'TicketMessageRedacted') last.set(each.event.messageId, each)
  return last
}

/**
 * A history without the content that was removed at any time in it: nobody is shown that, as of whatever moment. Every
 * event stays, in its place.
 */
export function withoutRedacted<E extends HasEvent>(history: readonly E[]): readonly E[] {
  const redactions = redactionsIn(history)
  if (redactions.size === 0) return history
  const left = new Map([...redactions].map(([id, { event }]) => [id, event as Redacted]))
  const attachments = new Set(
    history.flatMap(({ event }) => (event.type === 'TicketMessageRedacted' ? event.attachmentIds : [])),
  )
  const written = new Set(
    history.flatMap(({ event }) => ('messageId' in event && left.has(event.messageId ?? '') ? momentOf(event) : [])),
  )
  return history.map((each) => {
    const event = withoutContent(each.event, left, attachments, written)
    return event === each.event ? each : { ...each, event }
  })
}

/** When and by whom something was written: by this a briefing names a message. */
const momentOf = ({ at, by }: Pick<TicketEvent, 'at' | 'by'>): string => `${at} ${by.kind} ${by.id}`

function withoutContent(
  event: TicketEvent,
  left: ReadonlyMap<string, Redacted>,
  attachments: ReadonlySet<string>,
  written: ReadonlySet<string>,
): TicketEvent {
  if (event.type === 'AttachmentAdded') {
    return attachments.has(event.attachmentId) ? withoutFile(event) : event
  }
  if (event.type === 'TicketClosed') {
    const redacted = event.message && left.get(event.message.messageId)
    return event.message && redacted ? { ...event, message: { ...event.message, body: redacted.body } } : event
  }
  if ('briefing' in event && event.briefing) {
    const tried = event.briefing.tried.map((each) => (written.has(momentOf(each)) ? { ...each, line: '' } : each))
    return { ...event, briefing: { ...event.briefing, tried } }
  }
  if (!('messageId' in event) || !('body' in event)) return event
  const redacted = left.get(event.messageId)
  return redacted ? { ...event, body: redacted.body } : event
}

/**
 * One event of a ticket without content that has been removed by now, for who reads it without its history: what is left
 * of the text comes with the event of the removal.
 */
export function redactedBy(
  { messages, attachments }: Pick<Ticket, 'messages' | 'attachments'>,
  event: TicketEvent,
): TicketEvent {
  const left = (id: string, body: string): string => {
    const redacted = messageOf(messages, id)?.redacted
    return redacted === undefined || redacted === hash128(body) ? body : ''
  }
  if (event.type === 'AttachmentAdded') {
    const isGone = attachments.some(({ id, redacted }) => redacted && id === event.attachmentId)
    return isGone ? withoutFile(event) : event
  }
  if (event.type === 'TicketClosed' && event.message) {
    const { message } = event
    return { ...event, message: { ...message, body: left(message.messageId, message.body) } }
  }
  return 'messageId' in event && 'body' in event ? { ...event, body: left(event.messageId, event.body) } : event
}

function withoutFile({ fileId: _, ...rest }: TicketEventOf<'AttachmentAdded'>): TicketEventOf<'AttachmentAdded'> {
  return { ...rest, name: '', bytes: 0 }
}
