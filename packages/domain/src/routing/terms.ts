import type { Agent } from '../agent/state.ts'
import type { Instant } from '../kernel/instant.ts'
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
}

const known = new WeakMap<TermsVersion, RoutingTerms>()

/** What routing decides by at an instant: the same object as long as the same version is in force. */
export function routingTermsAt(timeline: TermsTimeline, at: Instant): RoutingTerms {
  const version = versionAt(timeline, at)
  const kept = known.get(version)
  if (kept) return kept
  const { policy, routing: settings = defaultRoutingSettings } = version
  const terms = { settings, policyVersion: policy.version }
  known.set(version, terms)
  return terms
}

/** The product's own settings. */
export const defaultRoutingTerms: RoutingTerms = {
  settings: defaultRoutingSettings,
  policyVersion: 'guichet-default-1',
}
