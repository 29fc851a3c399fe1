import type { Instant } from '../kernel/instant.ts'
import type { SupportLevel } from '../level/settings.ts'
import type { Attempts } from './attempts.ts'
import type { PastEscalation } from './briefing.ts'
import type { KnownAttachment } from './attachments.ts'
import type { DeclinedMerges } from './declined-merges.ts'
import type { Messages } from './messages.ts'
import type { Routing } from './routing.ts'
import type { ServiceClocks } from './service-clocks.ts'
import type { Channel, CloseReason, Customer, Person, Priority, Relation, TicketStatus } from './vocabulary.ts'

/** A stream that no ticket has been opened on. */
export type Absent = {
  readonly status: 'absent'
  /** How often the ticket has come in with an import that was taken back; undefined for never. */
  readonly withdrawals?: number | undefined
}

/** What the rules need to know of a ticket: its history, folded. Texts of messages stay in history. */
export type Ticket = {
  readonly status: TicketStatus
  readonly subject: string
  readonly customer: Customer
  readonly channel: Channel
  readonly language: string
  readonly priority: Priority
  readonly category: string | undefined
  /** Whether somebody has said how pressing it is: no classification changes that. */
  readonly priorityGiven: boolean
  /** Whether a classifier has said what it is about: it is asked once. */
  readonly classified: boolean
  /** The customer's plan: one of the terms that the SLA policy is chosen by. */
  readonly plan: string | undefined
  readonly assignee: Person | undefined
  /** When somebody chose the agent; undefined where routing did. */
  readonly chosenAt: Instant | undefined
  /** The team that the ticket is with. */
  readonly team: string | undefined
  /** The last escalation, while it goes on: it ends when the ticket is resolved or closed. */
  readonly escalation: { readonly team: string | undefined; readonly reason: string } | undefined
  /** The support level that it is worked on at: 1 unless it was handed up. */
  readonly level: SupportLevel
  /** Who was called before, the latest last. */
  readonly escalations: readonly PastEscalation[]
  /** What the desk has said on it, for whoever is called next. */
  readonly attempts: Attempts
  /** Whether it was noted as a wish, until it is reopened. */
  readonly featureRequested: boolean
  readonly tags: readonly string[]
  readonly watchers: readonly Person[]
  readonly links: readonly { readonly to: string; readonly relation: Relation }[]
  readonly attachments: readonly KnownAttachment[]
  readonly messages: Messages
  readonly openedAt: Instant
  readonly updatedAt: Instant
  readonly firstRespondedAt: Instant | undefined
  /** How often it has been resolved, and when it last was: history knows of each. */
  readonly resolutions: number
  readonly lastResolvedAt: Instant | undefined
  readonly reopenings: number
  /** How often the desk has waited for the customer: the cycle of the chases. */
  readonly waits: number
  readonly waitingSince: Instant | undefined
  /** When each chase of this wait was really sent. */
  readonly chasedAt: readonly Instant[]
  readonly closed: { readonly at: Instant; readonly from: TicketStatus; readonly reason: CloseReason } | undefined
  /** How often agent activity has started anew: the cycle of the stagnation alert. */
  readonly spells: number
  /** Since when nobody at the desk has touched the ticket; a ticket that comes back to work counts anew. */
  readonly lastAgentActivityAt: Instant
  readonly stagnationReported: boolean
  /** How often the customer's silence from the desk has begun anew: the cycle of the alert to an urgent ticket; and since when it lasts. */
  readonly silences: number
  readonly updateCountedFrom: Instant
  /** Since when whoever has the ticket has time for it; undefined once they have been told that it is overdue. */
  readonly updateAwaitedFrom: Instant | undefined
  /** Whether the customer of an urgent ticket should have heard from the desk and has not since. */
  readonly updateOverdue: boolean
  /** The clocks of what the desk has promised. */
  readonly clocks: ServiceClocks
  readonly mergedInto: string | undefined
  /** Since when its customer waited for an answer when it was merged, if they did. */
  readonly mergedWaitingSince: Instant | undefined
  readonly declinedMerges: DeclinedMerges
  /** The tickets that have been merged into this one. */
  readonly absorbed: readonly string[]
  /** The tickets that are being merged into this one: absorbed here, not known to be merged there. */
  readonly absorbing: readonly string[]
  /** The messages that go on as tickets of their own. */
  readonly splits: readonly { readonly messageId: string; readonly into: string }[]
  /** The ticket that its first message was split off. */
  readonly splitFrom?: string | undefined
  readonly routing: Routing
  /** As in `Absent`, when it was opened. */
  readonly withdrawals?: number | undefined
}

export type TicketState = Absent | Ticket
