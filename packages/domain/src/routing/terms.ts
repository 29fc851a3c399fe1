import type { Agent } from '../agent/state.ts'
import type { Instant } from '../kernel/instant.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import { changesAfter, isOnShift } from '../shift/plan.ts'
import type { TermsTimeline, TermsVersion } from '../ticket/terms.ts'
import { versionAt } from '../ticket/terms.ts'
import type { RoutingSettings } from './settings.ts'
import { defaultRoutingSettings } from './settings.ts'

/** What routing decides by besides the tickets and the agents. */
export type RoutingTerms = {
  readonly settings: RoutingSettings
  /** Names the settings in the events that they decided. */
  readonly policyVersion: string
  /** Whether an agent is on shift; those without one always are. */
  readonly onShift?: (agent: Agent, at: Instant) => boolean
  /** What the agents of a centre are specialists in besides their own, by its id: paths of categories. */
  readonly centreSpecialities?: ReadonlyMap<string, readonly string[]>
  /** When others are on shift than at an instant; undefined when that never is. */
  readonly shiftEnds?: (at: Instant) => Instant | undefined
}

const known = new WeakMap<TermsVersion, RoutingTerms>()

/** What routing decides by at an instant: the same object as long as the same version is in force. */
export function routingTermsAt(timeline: TermsTimeline, at: Instant): RoutingTerms {
  const version = versionAt(timeline, at)
  const kept = known.get(version)
  if (kept) return kept
  const { policy, routing: settings = defaultRoutingSettings, shifts: plan } = version
  const special = (plan?.crews ?? []).flatMap(({ kind, name, specialities = [] }): [string, readonly string[]][] =>
    kind === 'centre' && specialities.length > 0 ? [[name, specialities]] : [],
  )
  const terms = {
    settings,
    policyVersion: policy.version,
    ...(plan && plan.crews.length > 0 && hoursOf(plan)),
    ...(special.length > 0 && { centreSpecialities: new Map(special) }),
  }
  known.set(version, terms)
  return terms
}

const hoursOf = (plan: ShiftPlan): Pick<RoutingTerms, 'onShift' | 'shiftEnds'> => ({
  onShift: ({ profile }, at) => isOnShift(plan, profile, at),
  shiftEnds: (at) => changesAfter(plan, at),
})

/** The product's own settings. */
export const defaultRoutingTerms: RoutingTerms = {
  settings: defaultRoutingSettings,
  policyVersion: 'guichet-default-1',
}
