import { importIdOf } from '../history-import/correlation.ts'
import type { Actor } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Instant } from '../kernel/instant.ts'
import type { Recipient } from '../recipient/recipient.ts'
import { recipientAggregate } from '../recipient/recipient.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { placeholderValues, wholeDays } from '../ticket/placeholder-values.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import type { Ticket, TicketState } from '../ticket/state.ts'
import { renderVariants } from '../wording/render.ts'
import type { Person } from '../ticket/vocabulary.ts'
import type { NotificationKind, Variants, Wording } from '../wording/wording.ts'
import { languageFor, wordingFor } from '../wording/wording.ts'
import type { NotificationChannels } from './channels.ts'
import { channelsByPreference } from './channels.ts'
import type { Audience, NotificationLevel } from './moment.ts'
import { momentOf, notificationKinds } from './moment.ts'

/** One user, or the desk, told of one event. */
export type Notification = {
  /** `<event id>:<recipient>`, with nothing after the colon for the desk: the same whenever it is derived again. */
  readonly id: string
  /** The user who is told; undefined when the desk is: everybody who works there, and no customer. */
  readonly recipientId: string | undefined
  /** The user's e-mail address, where the ticket carries it. */
  readonly address: string | undefined
  /** The team that the desk is told for, if the ticket has one. */
  readonly team: string | undefined
  /** The ticket that it tells of; of an incident, its urgent ticket. */
  readonly ticketId: string
  /** The incident that it tells of, if it does. */
  readonly incidentId?: string | undefined
  readonly kind: NotificationKind
  readonly level: NotificationLevel
  readonly title: string
  readonly message: string
  /** The language of title and message. */
  readonly language: string
  readonly channels: NotificationChannels
  readonly at: Instant
}

/** What notifications are decided by besides the event and the ticket. */
export type NotificationTerms = {
  readonly policy: TicketPolicy
  readonly wording: Wording
  /** How a user wants to be told; undefined for a user who has never said. */
  readonly recipientOf: (userId: string) => Recipient | undefined
}

/**
 * Who is told of an event on a ticket, how and in which words. `before` and `after` are the ticket without and with this
 * very event, so that a reader of history calls it event by event.
 *
 * Nobody is told of what they did themselves, of imported history, of spam, or of anything on a ticket that stays closed.
 * The words are those of the recipient's chosen language, else of the ticket's; the desk's are in its own language.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function notificationsFor(
  envelope: EventEnvelope<TicketEvent>,
  before: TicketState,
  after: TicketState,
  terms: NotificationTerms,
): readonly Notification[] {
  const { event, correlationId } = envelope
  const kind = momentOf(event)
  if (kind === undefined || before.status === 'absent' || after.status === 'absent') return []
  if (importIdOf(correlationId) !== undefined) return []
  if (before.status === 'closed' && event.type !== 'CustomerReplied') return []
  const { audience } = notificationKinds[kind]
  const told = users(audience, after)
    .filter((userId) => !did(event.by, userId))
    .flatMap((userId) => notify(userId, kind, envelope, after, terms))
  return isForDesk(audience, after) ? [...told, notifyDesk(kind, envelope, after, terms)] : told
}

/** Where the ticket carries an address of a user, be it as customer, watcher or assignee. */
function addressOf(userId: string, { customer, watchers, assignee }: Ticket): string | undefined {
  const people: readonly Person[] = [customer, ...watchers, ...(assignee ? [assignee] : [])]
  return people.find(({ id, email }) => id === userId && email !== undefined)?.email
}

function users(audience: Audience, { customer, watchers, assignee }: Ticket): readonly string[] {
  if (audience !== 'followers') return assignee ? [assignee.id] : []
  return [...new Set([customer, ...watchers].map(({ id }) => id))]
}

const isForDesk = (audience: Audience, { assignee }: Ticket): boolean =>
  audience === 'assignee_and_desk' || (audience === 'assignee_or_desk' && assignee === undefined)

const did = (by: Actor, userId: string): boolean => by.kind !== 'system' && by.id === userId

function notify(
  recipientId: string,
  kind: NotificationKind,
  envelope: EventEnvelope<TicketEvent>,
  ticket: Ticket,
  terms: NotificationTerms,
): Notification[] {
  const recipient = terms.recipientOf(recipientId) ?? recipientAggregate.initial
  if (recipient.preference === 'none') return []
  return [
    {
      ...worded(kind, envelope, ticket, recipient.language ?? ticket.language, terms),
      id: `${envelope.id}:${recipientId}`,
      recipientId,
      address: addressOf(recipientId, ticket),
      team: undefined,
      channels: channelsByPreference[recipient.preference],
    },
  ]
}

/** What stands for the desk in the id of a notification: nobody's id is empty. */
export const deskRecipient = ''

function notifyDesk(
  kind: NotificationKind,
  envelope: EventEnvelope<TicketEvent>,
  ticket: Ticket,
  terms: NotificationTerms,
): Notification {
  return {
    ...worded(kind, envelope, ticket, terms.policy.defaultLanguage, terms),
    id: `${envelope.id}:${deskRecipient}`,
    recipientId: undefined,
    address: undefined,
    team: ticket.team,
    channels: channelsByPreference.web_only,
  }
}

function worded(
  kind: NotificationKind,
  { event, stream }: EventEnvelope<TicketEvent>,
  ticket: Ticket,
  wanted: string,
  { policy, wording }: NotificationTerms,
): Omit<Notification, 'id' | 'recipientId' | 'address' | 'team' | 'channels'> {
  const words = wordingFor(wording, wanted, policy.defaultLanguage)
  const known = {
    ...placeholderValues(event, ticket, words, policy.signature),
    ...(event.type === 'StagnationDetected' && { days: wholeDays(words, event.since, event.at) }),
  }
  const say = (variants: Variants): string => {
    const said = renderVariants(variants, words, { known })
    if (!said.ok) throw new RangeError(`notification ${kind}: ${said.refusal.message}`)
    return said.value
  }
  const { title, message } = words.notifications[kind]
  return {
    ticketId: parseStream(stream).id,
    kind,
    level: notificationKinds[kind].level,
    title: say(title),
    message: say(message),
    language: languageFor(wording, wanted, policy.defaultLanguage),
    at: event.at,
  }
}
