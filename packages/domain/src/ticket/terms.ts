import type { IncidentSettings } from '../incident/settings.ts'
import type { Instant } from '../kernel/instant.ts'
import { inForceAt } from '../kernel/instant.ts'
import type { RoutingSettings } from '../routing/settings.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import type { Wording } from '../wording/wording.ts'
import type { TicketPolicy } from './policy.ts'
import type { PolicyVersion } from './policy-timeline.ts'
import type { Terms } from './rule.ts'

/** The policy and the words that tickets are run by from an instant on; the first ones of a timeline since ever. */
export type TermsVersion = PolicyVersion & {
  readonly wording: Wording
  /** What incidents are declared under; 000's numbers without them. */
  readonly incidents?: IncidentSettings
  /** Who is offered a ticket; 004's score without them. */
  readonly routing?: RoutingSettings
  /** Who works when; without it everybody does at all times. */
  readonly shifts?: ShiftPlan
}

/** The terms that tickets are, were and will be run by, in the order in which they come into force. */
export type TermsTimeline = readonly [TermsVersion, ...TermsVersion[]]

/** The timeline of terms that never change. */
export const unchanging = (terms: { readonly policy: TicketPolicy; readonly wording: Wording }): TermsTimeline => [
  { from: undefined, ...terms },
]

/** The terms in force at an instant. */
export function termsAt(timeline: TermsTimeline, at: Instant): Terms {
  const { policy, wording } = versionAt(timeline, at)
  return { policy, wording, timeline }
}

/** The version in force at an instant. */
export const versionAt = (timeline: TermsTimeline, at: Instant): TermsVersion => inForceAt(timeline, at) ?? timeline[0]
