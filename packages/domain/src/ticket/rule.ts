import type { Issued } from '../kernel/decider.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { deny } from '../kernel/result.ts'
import type { Wording } from '../wording/wording.ts'
import type { TicketCommand, TicketCommandOf, TicketCommandType } from './commands.ts'
import type { TicketEvent, TicketEventData, TicketEventOf, TicketEventType } from './events.ts'
import type { TicketPolicy } from './policy.ts'
import type { PolicyTimeline } from './policy-timeline.ts'
import type { Ticket } from './state.ts'

/** What rules decide by besides the command and the state. */
export type Terms = {
  /** The policy in force at the command's moment. */
  readonly policy: TicketPolicy
  /** Every policy that is, was and will be in force: what a clock runs by. */
  readonly timeline: PolicyTimeline
  readonly wording: Wording
}

export type Decision = Result<readonly TicketEvent[]>

/** A command on a ticket that exists. */
export type Given<C = TicketCommand> = C & Issued

/** The commands whose rules a family of rules holds. */
export type Rules<T extends TicketCommandType> = {
  readonly [K in T]: (command: Given<TicketCommandOf<K>>, ticket: Ticket, terms: Terms) => Decision
}

/** The event of a type that a command led to, at the command's moment and by its sender. */
export function happened<T extends TicketEventType>(
  type: T,
  { at, by }: Issued,
  data: TicketEventData<T>,
): TicketEventOf<T> {
  return { type, at, by, ...data }
}

/** The refusal of one more of what a ticket holds as many of as it may. */
export const tooMany = (what: string, most: number): Decision =>
  deny(refusal('too_many', { message: `a ticket holds at most ${most} ${what}`, field: what }))
