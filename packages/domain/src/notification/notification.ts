import type { EventEnvelope } from '../kernel/event.ts'
import type { Instant } from '../kernel/instant.ts'
import type { Recipient } from '../recipient/recipient.ts'
import { recipientAggregate } from '../recipient/recipient.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import type { Person } from '../ticket/vocabulary.ts'
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
import type { NotificationChannels } from './channels.ts'
import { channelsByPreference } from './channels.ts'
import type { NotificationLevel } from './moment.ts'
import { notificationKinds } from './moment.ts'

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

/** A user as they are known where something happens, with the language that they are told in unless they have chosen one. */
export type Addressee = Person & { readonly language?: string | undefined }

/** What is told of an event. */
export type News = Pick<Notification, 'kind' | 'ticketId' | 'incidentId'> & {
  /** The words that it is told in, where they are not those of its kind. */
  readonly text?: NotificationKind | SpecialText | WatcherText | undefined
  readonly envelope: EventEnvelope
  /** The users who are told, each once. Whoever did it themselves is left out. */
  readonly people: readonly Addressee[]
  /** Whether the desk is told too, and for which team. */
  readonly desk: { readonly team?: string | undefined } | undefined
  /** The ways on which the users are told whatever they prefer; those that they prefer without it. */
  readonly channels?: NotificationChannels | undefined
  /** What the placeholders stand for in a language, besides the signature. */
  readonly known: (words: LanguageWording) => PlaceholderValues['known']
}

/** What stands for the desk in the id of a notification: nobody's id is empty. */
const deskRecipient = ''

/**
 * Tells users and the desk of an event, each in their language: the one that the user chose, else the one that they are known with,
 * else the desk's own.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function tell(news: News, terms: NotificationTerms): readonly Notification[] {
  const { envelope, people, desk, channels } = news
  const { by } = envelope.event
  const notify = (to: Addressee | undefined, on: NotificationChannels, language: string | undefined): Notification => ({
    ...worded(news, language, terms),
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
  { kind, text, ticketId, incidentId, envelope, known }: News,
  wanted: string | undefined,
  { policy, wording }: NotificationTerms,
): Omit<Notification, 'id' | 'recipientId' | 'address' | 'team' | 'channels'> {
  const language = languageFor(wording, wanted ?? policy.defaultLanguage, policy.defaultLanguage)
  const words = wordingFor(wording, language, policy.defaultLanguage)
  const values = { known: { ...known(words), signature: policy.signature } }
  const say = (variants: Variants): string => {
    const said = renderVariants(variants, words, values)
    if (!said.ok) throw new RangeError(`notification ${kind}: ${said.refusal.message}`)
    return said.value
  }
  const { title, message } = (text && words.notifications[text]) ?? words.notifications[kind]
  return {
    ticketId,
    ...(incidentId !== undefined && { incidentId }),
    kind,
    level: notificationKinds[kind].level,
    title: say(title),
    message: say(message),
    language,
    at: envelope.event.at,
  }
}
