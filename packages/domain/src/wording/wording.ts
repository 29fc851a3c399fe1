import type { CloseReason, TicketStatus } from '../ticket/vocabulary.ts'

/** What a placeholder stands for. */
export type PlaceholderKey = 'firstName' | 'agentFirstName' | 'subject' | 'days' | 'signature'

/** The moments that somebody is told about. */
export type NotificationKind =
  | 'reply'
  | 'waiting'
  | 'chase'
  | 'resolved'
  | 'closed'
  | 'customer_replied'
  | 'assigned'
  | 'escalated'
  | 'stagnation'
  | 'update_overdue'

/** Variants of one text, best first: the first one whose placeholders all have a value is used. */
export type Variants = readonly [string, ...string[]]

/** Everything the desk says in one language. Texts hold placeholders in square brackets, such as `[Prénom]`. */
export type LanguageWording = {
  /** What each placeholder of this language's texts stands for, by its label in lower case. */
  readonly placeholders: Readonly<Record<string, PlaceholderKey>>
  readonly statuses: Readonly<Record<TicketStatus, string>>
  readonly closeReasons: Readonly<Record<CloseReason, string>>
  readonly notifications: Readonly<Record<NotificationKind, { readonly title: Variants; readonly message: Variants }>>
  /** Messages the engine sends by itself. */
  readonly automatic: { readonly chase: Variants; readonly closeUnanswered: Variants }
  /** How a number of days is said: the value of the placeholder `days`. */
  readonly days: { readonly one: string; readonly other: string }
  /** Templates that agents reply with, by name. */
  readonly replyTemplates: Readonly<Record<string, string>>
}

/** Wording by language tag. A team adds a language, or changes a text, by adding data. */
export type Wording = Readonly<Record<string, LanguageWording>>

/** The wording closest to a language: the tag itself, its primary language, then the fallback's. */
export function wordingFor(wording: Wording, language: string, fallback: string): LanguageWording {
  const candidates = [language, language.split('-')[0] ?? language, fallback, ...Object.keys(wording)]
  for (const tag of candidates) {
    const found = Object.hasOwn(wording, tag) ? wording[tag] : undefined
    if (found) return found
  }
  throw new RangeError('a wording needs at least one language')
}
