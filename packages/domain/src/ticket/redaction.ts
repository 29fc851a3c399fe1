import { hash128 } from '../kernel/fingerprint.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { TicketEvent, TicketEventOf } from './events.ts'
import { messageOf } from './messages.ts'
import type { Rules } from './rule.ts'
import { eventFrom } from './rule.ts'
import type { Ticket } from './state.ts'

type RedactionEvent = TicketEventOf<'TicketMessageRedacted'>

/**
 * The rule of the removal of content: of a whole message with its attachments, or of a part of either. Customers are
 * shown the removal of a subject, as the subject itself, and so it goes with a message that they are shown.
 */
export const decideRedact: Rules<'redactMessage'> = {
  redactMessage: (command, { messages, attachments, redactedSubject }) => {
    const { messageId, subject, reason, remainder: body = '', attachmentIds } = command
    const message = messageOf(messages, messageId)
    if (!message) return deny(refusal('message_not_found', { field: 'messageId' }))
    if (subject !== undefined && message.internal) return deny(refusal('message_internal', { field: 'subject' }))
    const removed = attachments
      .filter((each) => each.messageId === messageId && !each.redacted && (attachmentIds?.includes(each.id) ?? true))
      .map(({ id }) => id)
    const keepsSubject = subject === undefined || (subject === redactedSubject?.left && !redactedSubject.renamed)
    if (message.redacted === hash128(body) && removed.length === 0 && keepsSubject) return accept([])
    const data = {
      messageId,
      internal: message.internal,
      body,
      attachmentIds: removed,
      ...(!keepsSubject && { subject }),
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
 * event stays, in its place. The subject of a ticket that was split off is left out: that ticket has it, or what is left
 * of it.
 */
export function withoutRedacted<E extends HasEvent>(history: readonly E[]): readonly E[] {
  const redactions = redactionsIn(history)
  if (redactions.size === 0 && !history.some(({ event }) => event.type === 'TicketSplit')) return history
  const left = new Map([...redactions].map(([id, { event }]) => [id, event as RedactionEvent]))
  const attachments = new Set(
    history.flatMap(({ event }) => (event.type === 'TicketMessageRedacted' ? event.attachmentIds : [])),
  )
  const written = new Set(
    history.flatMap(({ event }) => ('messageId' in event && left.has(event.messageId ?? '') ? momentOf(event) : [])),
  )
  const last = history.findLastIndex(({ event }) => subjectLeftBy(event) !== undefined)
  const subject = history[last] && subjectLeftBy(history[last].event)
  const isReasonLost =
    subject !== undefined || history.some(({ event }) => event.type === 'TicketOpened' && left.has(event.messageId))
  return history.map((each, index) => {
    const shownEvent = subject !== undefined && index < last ? withSubject(each.event, subject) : each.event
    const event = withoutContent(isReasonLost ? withoutReasons(shownEvent) : shownEvent, left, attachments, written)
    return event === each.event ? each : { ...each, event }
  })
}

const subjectLeftBy = (event: TicketEvent): string | undefined =>
  event.type === 'TicketMessageRedacted' ? event.subject : undefined

/** An event with what is left of the subjects of its ticket. */
function withSubject(event: TicketEvent, subject: string): TicketEvent {
  if (event.type === 'TicketOpened') return { ...event, subject }
  if (event.type === 'TicketRenamed') return { ...event, from: subject, to: subject }
  if (event.type === 'TicketMessageRedacted' && event.subject !== undefined) return { ...event, subject }
  return 'briefing' in event && event.briefing ? { ...event, briefing: { ...event.briefing, subject } } : event
}

/** An event without what spoke for a classification: words of the subject and of the first message. */
const withoutReasons = (event: TicketEvent): TicketEvent =>
  event.type === 'TicketClassified' ? { ...event, reasons: [] } : event

/** When and by whom something was written: by this a briefing names a message. */
const momentOf = ({ at, by }: Pick<TicketEvent, 'at' | 'by'>): string => `${at} ${by.kind} ${by.id}`

function withoutContent(
  event: TicketEvent,
  left: ReadonlyMap<string, RedactionEvent>,
  attachments: ReadonlySet<string>,
  written: ReadonlySet<string>,
): TicketEvent {
  if (event.type === 'TicketSplit') return { ...event, subject: '' }
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
  return redacted ? { ...withoutOriginal(event), body: redacted.body } : event
}

/** What an original says cannot be removed in part: it goes with any part of its translation. */
function withoutOriginal<E extends TicketEvent>(event: E): E {
  if (event.type !== 'AgentReplied') return event
  const { original: _, ...rest } = event
  return rest as E
}

/**
 * One event of a ticket without content that has been removed by now, for who reads it without its history: what is left
 * of a text comes with the event of the removal. The subject of a ticket that was split off is not looked at: that ticket
 * has it, or what is left of it.
 */
export function redactedBy(
  {
    messages,
    firstMessageId,
    attachments,
    redactedSubject,
  }: Pick<Ticket, 'messages' | 'firstMessageId' | 'attachments' | 'redactedSubject'>,
  stored: TicketEvent,
): TicketEvent {
  const isEarlier = redactedSubject !== undefined && stored.at <= redactedSubject.at
  const event = isEarlier ? withSubject(stored, redactedSubject.left) : stored
  const left = (id: string, body: string): string => {
    const redacted = messageOf(messages, id)?.redacted
    return redacted === undefined || redacted === hash128(body) ? body : ''
  }
  if (event.type === 'TicketClassified') {
    const isLost = redactedSubject ?? messageOf(messages, firstMessageId)?.redacted
    return isLost === undefined ? event : withoutReasons(event)
  }
  if (event.type === 'AttachmentAdded') {
    const isGone = attachments.some(({ id, redacted }) => redacted && id === event.attachmentId)
    return isGone ? withoutFile(event) : event
  }
  if (event.type === 'TicketClosed' && event.message) {
    const { message } = event
    return { ...event, message: { ...message, body: left(message.messageId, message.body) } }
  }
  if (!('messageId' in event) || !('body' in event)) return event
  const isRedacted = messageOf(messages, event.messageId)?.redacted !== undefined
  return { ...(isRedacted ? withoutOriginal(event) : event), body: left(event.messageId, event.body) }
}

function withoutFile({ fileId: _, ...rest }: TicketEventOf<'AttachmentAdded'>): TicketEventOf<'AttachmentAdded'> {
  return { ...rest, name: '', bytes: 0 }
}
