import type { TicketStatus } from '../ticket/vocabulary.ts'
import type { PluralForms } from './locale.ts'

/** The value that a placeholder has. */
export type PlaceholderKey =
  | 'firstName'
  | 'agentFirstName'
  | 'subject'
  | 'days'
  | 'signature'
  | 'news'
  | 'debt'
  | 'people'
  | 'usualPeople'
  | 'score'
  | 'scoreBefore'
  | 'otherFalls'

/** The moments that cause notifications. */
export type NotificationKind =
  | 'reply'
  | 'waiting'
  | 'chase'
  | 'resolved'
  | 'closed'
  | 'customer_replied'
  | 'question_merged'
  | 'assigned'
  | 'escalated'
  | 'stagnation'
  | 'update_overdue'
  | 'incident_declared'
  | 'incident_paged'
  | 'incident_acknowledged'
  | 'incident_update'
  | 'incident_briefing'
  | 'incident_overdue'
  | 'incident_callback'
  | 'incident_war_room'
  | 'incident_technician'
  | 'incident_on_site'
  | 'incident_post_mortem'
  | 'incident_resolved'
  | 'incident_reopened'
  | 'sla_warning'
  | 'sla_breached'
  | 'chat_overdue'
  | 'trouble_suspected'
  | 'likely_incident'
  | 'health_fell'

/** Texts for special cases of some moments; a language without them uses the texts of the moment. */
export const specialTexts = [
  'update_overdue_urgent',
  'update_soon_overdue',
  'likely_incident_last',
  'organisation_health_fell',
] as const

/** The name of a text that is worded apart from the kinds of notifications. */
export type SpecialText = (typeof specialTexts)[number]

/** The texts for watchers, for every moment: they may be other customers, and do not get the content. */
export type WatcherText = 'followed'

type NotificationWords = { readonly title: Variants; readonly message: Variants }

/** The duties of an incident that can be overdue. */
type IncidentDebt = 'response' | 'callback' | 'war_room' | 'on_site' | 'update' | 'post_mortem'

/** Variants of one text, best first: the first one whose placeholders all have a value is used. */
export type Variants = readonly [string, ...string[]]

/** The notices of live chats, without placeholders. */
export type ChatNotices = { readonly requeued: string; readonly stays: string }

/** All texts of the desk in one language. Texts hold placeholders in square brackets, such as `[Prénom]`. */
export type LanguageWording = {
  /** The language (BCP 47), by which numbers, plural forms and the direction of the texts are chosen. */
  readonly language: string
  /** The meaning of each placeholder of this language's texts, by its label in lower case. */
  readonly placeholders: Readonly<Record<string, PlaceholderKey>>
  readonly statuses: Readonly<Record<TicketStatus, string>>
  readonly notifications: Readonly<
    Record<NotificationKind | WatcherText, NotificationWords> & Partial<Record<SpecialText, NotificationWords>>
  >
  /** Messages that the engine sends by itself. */
  readonly automatic: { readonly chase: Variants; readonly closeUnanswered: Variants }
  /** What live chats say by themselves: to the customer whose chat waits again, and to an agent who keeps one. */
  readonly chats: ChatNotices
  /** How a number of days is written: the value of the placeholder `days`. */
  readonly days: PluralForms
  /** How each overdue duty of an incident is written: the value of the placeholder `debt`. */
  readonly incidentDebts: Readonly<Record<IncidentDebt, string>>
  /** Templates that agents reply with, by name. */
  readonly replyTemplates: Readonly<Record<string, string>>
}

/** Wording by language tag. A team adds a language, or changes a text, by adding data. */
export type Wording = Readonly<Record<string, LanguageWording>>

/**
 * The language of a wording, or of other texts by language, that is closest to a wanted one: the tag itself, its
 * primary language, then the fallback's.
 * @throws RangeError when the wording has no language at all.
 */
export function languageFor<L extends string>(
  wording: Readonly<Record<L, unknown>>,
  language: string,
  fallback: string,
): L {
  const candidates = [language, primary(language), fallback, primary(fallback), ...Object.keys(wording)]
  const match = candidates.find((tag): tag is L => Object.hasOwn(wording, tag))
  if (match === undefined) throw new RangeError('a wording needs at least one language')
  return match
}

/** Whether two tags are of one language, whatever their regions. */
export const isSameLanguage = (one: string, other: string): boolean =>
  primary(one.toLowerCase()) === primary(other.toLowerCase())

/** The language of those that there are which a tag names: itself in any case, or another one of its primary language. */
export function closestLanguage(languages: readonly string[], tag: string): string | undefined {
  const lower = tag.toLowerCase()
  const primaryTag = primary(lower)
  return (
    languages.find((each) => each.toLowerCase() === lower) ??
    languages.find((each) => each.toLowerCase() === primaryTag) ??
    languages.find((each) => primary(each.toLowerCase()) === primaryTag)
  )
}

/**
 * The wording closest to a language, as `languageFor` finds it.
 * @throws RangeError when the wording has no language at all.
 */
export function wordingFor(wording: Wording, language: string, fallback: string): LanguageWording {
  return wording[languageFor(wording, language, fallback)]!
}

/** Whether a wording has a language, or its primary one: `fr` for `fr-CA`. */
export const speaks = (wording: Wording, language: string): boolean =>
  [language, primary(language)].some((tag) => Object.hasOwn(wording, tag))

const primary = (tag: string): string => tag.split('-')[0] ?? tag
