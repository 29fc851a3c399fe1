import type { CommandMetadata } from '../kernel/decider.ts'
import type { Instant } from '../kernel/time.ts'
import { days, elapsed } from '../kernel/time.ts'
import { countIn } from '../wording/locale.ts'
import { firstWord } from '../wording/placeholders.ts'
import type { PlaceholderValues } from '../wording/render.ts'
import type { LanguageWording } from '../wording/wording.ts'
import type { Ticket } from './state.ts'

/**
 * The values of the placeholders in a text about a ticket, in a language; undefined for one without a value here.
 * `days` counts the whole elapsed days of the present wait for the customer.
 */
export function placeholderValues(
  { at, by }: Pick<CommandMetadata, 'at' | 'by'>,
  ticket: Ticket,
  words: LanguageWording,
  signature: string,
): PlaceholderValues['byKey'] {
  const { firstName, name } = ticket.customer
  return {
    firstName: firstName ?? firstWord(name),
    agentFirstName: by.kind === 'agent' ? firstWord(by.name) : undefined,
    subject: ticket.subject,
    days: ticket.waitingSince && wholeDays(words, ticket.waitingSince, at),
    signature,
  }
}

/** The whole days between two instants in words; undefined for less than one. */
export function wholeDays(words: LanguageWording, from: Instant, to: Instant): string | undefined {
  const whole = Math.floor(elapsed(from, to) / days(1))
  if (whole < 1) return undefined
  return countIn(words.language, whole, words.days)
}
