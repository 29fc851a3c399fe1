import type { CommandMetadata } from '../kernel/decider.ts'
import { eventsFrom } from '../kernel/event.ts'
import type { Result } from '../kernel/refusal.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import type { IncidentCommand } from './commands.ts'
import type { IncidentEvent, IncidentEvents } from './events.ts'
import type { IncidentSettings } from './settings.ts'

/**
 * The terms of a declaration: the settings, the plans that customers may have, and the version of the configuration
 * that they come from.
 */
export type IncidentTerms = {
  readonly settings: IncidentSettings
  readonly plans?: TicketPolicy['plans']
  readonly policyVersion: string
}

/** What a rule of incidents answers: the events to store, none where nothing changes, or a refusal. */
export type IncidentDecision = Result<readonly IncidentEvent[]>

/** A command as rules take it. */
export type IncidentCommandEnvelope<C = IncidentCommand> = C & CommandMetadata

/** An event that results from a command, with the command's moment and sender. */
export const incidentEvent = eventsFrom<IncidentEvents>()
