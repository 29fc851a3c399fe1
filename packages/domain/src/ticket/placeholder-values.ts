import type { Issued } from '../kernel/decider.ts'
import { days, elapsed } from '../kernel/instant.ts'
import type { PlaceholderValues } from '../wording/render.ts'
import { wordingFor } from '../wording/wording.ts'
import type { Terms } from './rule.ts'
import type { Ticket } from './state.ts'

/** What the placeholders of a text about a ticket stand for; one that has no value here is undefined. */
export function placeholderValues(
  { at, by }: Pick<Issued, 'at' | 'by'>,
  ticket: Ticket,
  { policy, wording }: Terms,
): PlaceholderValues['known'] {
  const words = wordingFor(wording, ticket.language, policy.defaultLanguage)
  const since = ticket.waitingSince ?? ticket.lastAgentActivityAt
  const whole = Math.floor(elapsed(since, at) / days(1))
  return {
    firstName: ticket.customer.firstName ?? firstWord(ticket.customer.name),
    agentFirstName: by.kind === 'agent' ? firstWord(by.name) : undefined,
    subject: ticket.subject,
    days: whole > 0 ? (whole === 1 ? words.days.one : words.days.other.replace('#', String(whole))) : undefined,
    signature: policy.signature,
  }
}

function firstWord(name: string | undefined): string | undefined {
  return name?.trim().split(/\s+/)[0]
}
