import type { Agent } from '../agent/state.ts'
import type { Instant } from '../kernel/instant.ts'
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

/** The product's own settings. */
export const defaultRoutingTerms: RoutingTerms = {
  settings: defaultRoutingSettings,
  policyVersion: 'guichet-default-1',
}
