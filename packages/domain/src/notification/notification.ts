import { importIdOf } from '../history-import.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { Person } from '../person.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { placeholderValues, wholeDays } from '../ticket/placeholder-values.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import type { Ticket, TicketState } from '../ticket/state.ts'
import type { CloseReason } from '../ticket/vocabulary.ts'
import type { PlaceholderValues } from '../wording/render.ts'
import { renderVariants } from '../wording/render.ts'
import type {
  LanguageWording,
  NotificationKind,
  SpecialText,
  Variants,
  WatcherText,
  Wording,
} from '../wording/wording.ts'
import { languageFor, wordingFor } from '../wording/wording.ts'
import type { Preference, Recipient } from './recipient.ts'
import { recipientAggregate } from './recipient.ts'

/** A notification of one user, or of the desk, about one event. */
export type Notification = {
  /** `<event id>:<recipient>`, with nothing after the colon for the desk: the same each time it is derived. */
  readonly id: string
  /** The user who is notified; undefined for the desk, which is everybody who works there, and no customer. */
  readonly recipientId: string | undefined
  /** The user's e-mail address, if the ticket has it. */
  readonly address: string | undefined
  /** The team of the desk that is concerned, if the ticket has one. */
  readonly team: string | undefined
  /** The ticket that it concerns; of an incident, its urgent ticket. */
  readonly ticketId?: string | undefined
  /** The chat that it concerns. */
  readonly chatId?: string | undefined
  /** The incident that it concerns, if any. */
  readonly incidentId?: string | undefined
  /** The draft of a ticket that it concerns: whose it is, and its number. */
  readonly draft?: { readonly customerId: string; readonly number: number } | undefined
  readonly kind: NotificationKind
  readonly level: NotificationLevel
  readonly title: string
  readonly message: string
  /** The language of title and message. */
  readonly language: string
  readonly channels: NotificationChannels
  readonly at: Instant
}

/** What notifications depend on besides the event and the ticket. */
export type NotificationTerms = {
  readonly policy: TicketPolicy
  readonly wording: Wording
  /** A user's notification preferences; undefined for a user who has set none. */
  readonly recipientOf: (userId: string) => Recipient | undefined
}

/**
 * A user as the ticket or incident names them, with the language for their notifications unless they have chosen one.
 */
export type Addressee = Person & { readonly language?: string | undefined }

/** The content and the recipients of the notifications of an event. */
type Content = Pick<Notification, 'kind' | 'ticketId' | 'chatId' | 'incidentId' | 'draft'> & {
  /** The key of the texts, if it is not the kind. */
  readonly text?: NotificationKind | SpecialText | WatcherText | undefined
  readonly envelope: EventEnvelope
  /** The users who are notified, each once. The actor of the event is left out. */
  readonly people: readonly Addressee[]
  /** Whether the desk is notified too, and for which team. */
  readonly desk: { readonly team?: string | undefined } | undefined
  /** The channels to use whatever the users prefer; the preferred ones by default. */
  readonly channels?: NotificationChannels | undefined
  /** The values of the placeholders in a language, besides the signature. */
  readonly valuesIn: (words: LanguageWording) => PlaceholderValues['byKey']
}

/** The recipient in the id of a notification to the desk: no user's id is empty. */
const deskRecipient = ''

/**
 * Composes the notifications of users and the desk about an event, each in the recipient's language: the one that the
 * user chose, else the one that the ticket or incident has for them, else the desk's own.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function composeNotifications(content: Content, terms: NotificationTerms): readonly Notification[] {
  const { envelope, people, desk, channels } = content
  const { by } = envelope.event
  const notify = (to: Addressee | undefined, on: NotificationChannels, language: string | undefined): Notification => ({
    ...worded(content, language, terms),
    id: `${envelope.id}:${to?.id ?? deskRecipient}`,
    recipientId: to?.id,
    address: to?.email,
    team: to ? undefined : desk?.team,
    channels: on,
  })
  const notifications = people
    .filter(({ id }) => by.kind === 'system' || by.id !== id)
    .flatMap((person) => {
      const { preference, language } = terms.recipientOf(person.id) ?? recipientAggregate.initial
      const on = channels ?? channelsByPreference[preference]
      return on.web || on.email || on.push ? [notify(person, on, language ?? person.language)] : []
    })
  return desk ? [...notifications, notify(undefined, channelsByPreference.web_only, undefined)] : notifications
}

function worded(
  { kind, text, ticketId, chatId, incidentId, draft, envelope, valuesIn }: Content,
  preferredLanguage: string | undefined,
  { policy, wording }: NotificationTerms,
): Omit<Notification, 'id' | 'recipientId' | 'address' | 'team' | 'channels'> {
  const language = languageFor(wording, preferredLanguage ?? policy.defaultLanguage, policy.defaultLanguage)
  const words = wordingFor(wording, language, policy.defaultLanguage)
  const values = { byKey: { ...valuesIn(words), signature: policy.signature } }
  const render = (variants: Variants): string => {
    const rendered = renderVariants(variants, words, values)
    if (!rendered.ok) throw new RangeError(`notification ${kind}: ${rendered.refusal.message}`)
    return rendered.value
  }
  const { title, message } = (text && words.notifications[text]) ?? words.notifications[kind]
  return {
    ...(ticketId !== undefined && { ticketId }),
    ...(chatId !== undefined && { chatId }),
    ...(incidentId !== undefined && { incidentId }),
    ...(draft !== undefined && { draft }),
    kind,
    level: notificationKinds[kind].level,
    title: render(title),
    message: render(message),
    language,
    at: envelope.event.at,
  }
}

/**
 * The notifications about an event on a ticket: recipients, channels and texts. `before` and `after` are the ticket
 * without and with this event, so that a reader of history calls it event by event.
 * Nobody is notified of their own actions, of imported history, of spam, of anything on a ticket that stays closed, or of
 * a question that is merged into a resolved one, which answers it; nor, by a target, of a silence that they were alerted to before a policy promised updates.
 * Watchers may be other customers: their notifications do not contain the content. The texts are in the language that
 * the recipient chose, else in the ticket's; the desk's are in its own language.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function notificationsFor(
  envelope: EventEnvelope<TicketEvent>,
  before: TicketState,
  after: TicketState,
  terms: NotificationTerms,
): readonly Notification[] {
  const { event, correlationId, stream } = envelope
  const kind = momentOf(event)
  if (kind === undefined || before.status === 'absent' || after.status === 'absent') return []
  if (importIdOf(correlationId) !== undefined) return []
  if (isOfTheUpdate(event) && before.updateAwaitedFrom === undefined) return []
  if (before.status === 'closed' && event.type !== 'CustomerReplied') return []
  if (before.status === 'resolved' && event.type === 'AbsorptionCompleted') return []
  const { audience } = notificationKinds[kind]
  const { customer, watchers, assignee, language, team } = after
  const addressee = (id: string): Addressee => ({ id, email: addressOf(id, after), language })
  const followed = audience === 'followers'
  const content = { kind, ticketId: parseStream(stream).id, envelope }
  const others = followed ? [...new Set(watchers.map(({ id }) => id))].filter((id) => id !== customer.id) : []
  const toOthers = {
    ...content,
    text: 'followed',
    people: others.map(addressee),
    desk: undefined,
    valuesIn: () => ({}),
  } as const
  const direct = composeNotifications(
    {
      ...content,
      text: textOf(event, after),
      people: (followed ? [customer] : assignee ? [assignee] : []).map(({ id }) => addressee(id)),
      desk: isForDesk(audience, after) ? { team } : undefined,
      valuesIn: (words) => ({
        ...placeholderValues(event, after, words, terms.policy.signature),
        ...(event.type === 'StagnationDetected' && { days: wholeDays(words, event.since, event.at) }),
      }),
    },
    terms,
  )
  return [...direct, ...composeNotifications(toOthers, terms)]
}

const isOfTheUpdate = (event: TicketEvent): boolean =>
  (event.type === 'TargetWarned' || event.type === 'TargetBreached') && event.target === 'update'

/** The text for an update to the customer that is, or soon will be, overdue. */
function textOf(event: TicketEvent, { priority }: Ticket): NotificationKind | SpecialText | undefined {
  if (event.type !== 'UpdateOverdue' && !isOfTheUpdate(event)) return undefined
  if (event.type === 'TargetWarned') return 'update_soon_overdue'
  return priority === 'urgent' ? 'update_overdue_urgent' : 'update_overdue'
}

/** The address of a user on a ticket, as customer, watcher or assignee. */
function addressOf(userId: string, { customer, watchers, assignee }: Ticket): string | undefined {
  const people: readonly Person[] = [customer, ...watchers, ...(assignee ? [assignee] : [])]
  return people.find(({ id, email }) => id === userId && email !== undefined)?.email
}

const isForDesk = (audience: Audience, { assignee }: Ticket): boolean =>
  audience === 'assignee_and_desk' || (audience === 'assignee_or_desk' && assignee === undefined)

/** The urgency of a notification: the colour it is shown in (003, « Notification envoyée »). */
export type NotificationLevel = 'info' | 'success' | 'warning'

/**
 * Who is notified of a moment: `followers` are the customer and the watchers, `assignee` is the agent who has the
 * ticket, the desk is everybody who works at it. Of an incident, `affected` are its customers, `on_call` is the agent
 * who is paged or has acknowledged it, `technician` is the one requested on site, and `briefed` are those notified of
 * every step, including all that the others are notified of.
 */
export type Audience =
  | 'followers'
  | 'assignee'
  | 'assignee_or_desk'
  | 'assignee_and_desk'
  | 'affected'
  | 'on_call'
  | 'technician'
  | 'briefed'

/** The level and the audience of each kind of notification. */
export const notificationKinds: Readonly<
  Record<NotificationKind, { readonly level: NotificationLevel; readonly audience: Audience }>
> = {
  reply: { level: 'info', audience: 'followers' },
  waiting: { level: 'warning', audience: 'followers' },
  chase: { level: 'warning', audience: 'followers' },
  resolved: { level: 'success', audience: 'followers' },
  closed: { level: 'info', audience: 'followers' },
  customer_replied: { level: 'info', audience: 'assignee_or_desk' },
  question_merged: { level: 'info', audience: 'assignee_or_desk' },
  assigned: { level: 'info', audience: 'assignee' },
  escalated: { level: 'info', audience: 'assignee_and_desk' },
  stagnation: { level: 'warning', audience: 'assignee_or_desk' },
  update_overdue: { level: 'warning', audience: 'assignee_or_desk' },
  incident_declared: { level: 'warning', audience: 'briefed' },
  incident_paged: { level: 'warning', audience: 'on_call' },
  incident_acknowledged: { level: 'info', audience: 'briefed' },
  incident_update: { level: 'info', audience: 'affected' },
  incident_briefing: { level: 'info', audience: 'briefed' },
  incident_overdue: { level: 'warning', audience: 'on_call' },
  incident_callback: { level: 'info', audience: 'briefed' },
  incident_war_room: { level: 'warning', audience: 'on_call' },
  incident_technician: { level: 'warning', audience: 'technician' },
  incident_on_site: { level: 'info', audience: 'briefed' },
  incident_post_mortem: { level: 'info', audience: 'on_call' },
  incident_resolved: { level: 'success', audience: 'affected' },
  incident_reopened: { level: 'warning', audience: 'affected' },
  sla_warning: { level: 'warning', audience: 'assignee_or_desk' },
  sla_breached: { level: 'warning', audience: 'assignee_and_desk' },
  chat_overdue: { level: 'warning', audience: 'assignee_and_desk' },
  trouble_suspected: { level: 'warning', audience: 'assignee_or_desk' },
  likely_incident: { level: 'warning', audience: 'assignee_or_desk' },
  health_fell: { level: 'warning', audience: 'assignee_or_desk' },
}

const closedWithoutAWord: ReadonlySet<CloseReason> = new Set(['spam', 'merged'])

/**
 * The kind of notification that an event causes; undefined for events that stay within the desk (003, « Quand les
 * Notifications sont Envoyées »). A reply that also changes the status causes one, for the change of status.
 */
export function momentOf(event: TicketEvent): NotificationKind | undefined {
  switch (event.type) {
    case 'AgentReplied':
      return event.then === undefined ? 'reply' : undefined
    case 'CustomerWaitStarted':
      return 'waiting'
    case 'ChaseSent':
    case 'CustomerChased':
      return 'chase'
    case 'TicketResolved':
      return 'resolved'
    case 'TicketClosed':
      return closedWithoutAWord.has(event.reason) ? undefined : 'closed'
    case 'CustomerReplied':
      return 'customer_replied'
    case 'AbsorptionCompleted':
      return event.waitingSince === undefined ? undefined : 'question_merged'
    case 'TicketAssigned':
      return 'assigned'
    case 'TicketEscalated':
      return 'escalated'
    case 'StagnationDetected':
      return 'stagnation'
    case 'UpdateOverdue':
      return 'update_overdue'
    case 'TargetWarned':
      return 'sla_warning'
    case 'TargetBreached':
      return event.over || event.imported ? undefined : 'sla_breached'
    default:
      return undefined
  }
}

/** The channels of a notification. */
export type NotificationChannels = { readonly web: boolean; readonly email: boolean; readonly push: boolean }

/** The channels of each preference: a user who wants both also gets push notifications (source: 003, « Préférences Utilisateur »). */
export const channelsByPreference: Readonly<Record<Preference, NotificationChannels>> = {
  web_only: { web: true, email: false, push: false },
  email_only: { web: false, email: true, push: false },
  both: { web: true, email: true, push: true },
  none: { web: false, email: false, push: false },
}
