import type { ChatHours } from '../chat/hours.ts'
import type { ChatSettings } from '../chat/settings.ts'
import type { CustomerSettings } from '../customer/details.ts'
import type { IncidentSettings } from '../incident/settings.ts'
import type { Instant } from '../kernel/time.ts'
import { inForceAt } from '../kernel/time.ts'
import type { KnowledgeSettings } from '../knowledge/settings.ts'
import type { ProactiveSettings } from '../proactive/settings.ts'
import type { RoutingTerms } from '../routing/eligibility.ts'
import type { RoutingSettings } from '../routing/settings.ts'
import { defaultRoutingSettings } from '../routing/settings.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import { changesAfter, isOnShift } from '../shift/plan.ts'
import type { PolicyVersion, TicketPolicy } from '../ticket/policy.ts'
import type { Terms } from '../ticket/rule.ts'
import type { Wording } from '../wording/wording.ts'
import { wordingFor } from '../wording/wording.ts'

/** What a desk is run by from an instant on; the first version of a timeline has always been in force. */
export type TermsVersion = PolicyVersion & {
  readonly wording: Wording
  /** The incident settings; `defaultIncidentSettings` by default. */
  readonly incidents?: IncidentSettings
  /** The settings of live chat; `defaultChatSettings` by default. */
  readonly chat?: ChatSettings
  /** The operating hours of its channels; around the clock by default. */
  readonly chatHours?: ChatHours
  /** The routing settings; `defaultRoutingSettings` by default. */
  readonly routing?: RoutingSettings
  /** The own fields of customers and organisations. */
  readonly customers?: CustomerSettings
  /** How the desk acts before its customers ask; `defaultProactiveSettings` by default. */
  readonly proactive?: ProactiveSettings
  /** How the desk writes down what it knows; `defaultKnowledgeSettings` by default. */
  readonly knowledge?: KnowledgeSettings
  /** The shift plan; without it everybody is on shift at all times. */
  readonly shifts?: ShiftPlan
}

/** The past, present and scheduled terms of a desk, in the order in which they come into force. */
export type TermsTimeline = readonly [TermsVersion, ...TermsVersion[]]

/** The timeline of terms that never change. */
export const constantTerms = (terms: { readonly policy: TicketPolicy; readonly wording: Wording }): TermsTimeline => [
  { from: undefined, ...terms },
]

/** The version in force at an instant. */
export const versionAt = (timeline: TermsTimeline, at: Instant): TermsVersion => inForceAt(timeline, at) ?? timeline[0]

/** The terms of tickets in force at an instant. */
export function termsAt(timeline: TermsTimeline, at: Instant): Terms {
  const { policy, wording } = versionAt(timeline, at)
  return { policy, wording, timeline }
}

const routingTermsByVersion = new WeakMap<TermsVersion, RoutingTerms>()

/** The routing terms at an instant: the same object while the same version is in force. */
export function routingTermsAt(timeline: TermsTimeline, at: Instant): RoutingTerms {
  const version = versionAt(timeline, at)
  const cached = routingTermsByVersion.get(version)
  if (cached) return cached
  const { policy, wording, chat, routing: settings = defaultRoutingSettings, shifts: plan } = version
  const special = (plan?.crews ?? []).flatMap(({ kind, name, specialities = [] }): [string, readonly string[]][] =>
    kind === 'centre' && specialities.length > 0 ? [[name, specialities]] : [],
  )
  const terms: RoutingTerms = {
    settings,
    policyVersion: policy.version,
    ...(chat && { chatPresence: chat.presence }),
    chatNotices: (language) => {
      const words = wordingFor(wording, language, policy.defaultLanguage)
      return words.chats
    },
    ...(plan && plan.crews.length > 0 && hoursOf(plan)),
    ...(special.length > 0 && { centreSpecialities: new Map(special) }),
  }
  routingTermsByVersion.set(version, terms)
  return terms
}

const hoursOf = (plan: ShiftPlan): Pick<RoutingTerms, 'onShift' | 'shiftEnds'> => ({
  onShift: ({ profile }, at) => isOnShift(plan, profile, at),
  shiftEnds: (at) => changesAfter(plan, at),
})
