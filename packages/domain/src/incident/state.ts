import type { Instant } from '../kernel/instant.ts'
import type { Channel, Person } from '../ticket/vocabulary.ts'
import type { IncidentSettings } from './settings.ts'
import type { AffectedCustomer, IncidentStatus, OverdueKind, Severity } from './vocabulary.ts'

/** A page that was sent to an agent on call, or to everybody at the desk. */
export type Page = {
  /** Counted from 1 over all rounds. */
  readonly number: number
  /** How often the rota has been begun. */
  readonly round: number
  /** Undefined: everybody at the desk. */
  readonly agentId?: string | undefined
  readonly dueAt: Instant
}

/** The urgent ticket of an incident: asked for, there, or not to be had. */
export type IncidentTicket = {
  readonly ticketId: string
  /** For whom it is opened, with their plan; without it, it was there before. */
  readonly opens?: (AffectedCustomer & { readonly plan?: string | undefined }) | undefined
  readonly state: 'pending' | 'linked' | 'refused'
  readonly reason?: string | undefined
}

/** A technician on the way to the site, or there. */
export type Technician = {
  readonly person: Person
  readonly site?: string | undefined
  readonly dispatchedAt: Instant
  readonly arrivedAt?: Instant | undefined
}

/** A stream that no incident has been declared on. */
export type NoIncident = { readonly status: 'absent' }

/** What the rules need to know of an incident. */
export type Incident = {
  readonly status: IncidentStatus
  readonly title: string
  readonly description?: string | undefined
  readonly severity: Severity
  /** How the desk learned of it. */
  readonly channel: Channel
  readonly declaredAt: Instant
  readonly updatedAt: Instant
  readonly settings: IncidentSettings
  readonly policyVersion: string
  readonly customers: readonly AffectedCustomer[]
  readonly ticket: IncidentTicket
  /** The page that was sent last. */
  readonly page?: Page | undefined
  readonly acknowledged?: { readonly by: Person; readonly at: Instant } | undefined
  /** From when a call back is owed; undefined when none is, or no longer. */
  readonly callbackOwedSince?: Instant | undefined
  readonly warRoom?: { readonly place: string; readonly openedAt: Instant } | undefined
  /** From when somebody is wanted on site; undefined when nobody is. */
  readonly onSiteSince?: Instant | undefined
  readonly technician?: Technician | undefined
  /** From when the next update to the customers affected is counted; undefined while there are none. */
  readonly updateCountedFrom?: Instant | undefined
  /** How many updates were posted or missed. */
  readonly updates: number
  /** When it was reopened last: what is owed from its declaration counts from then on. */
  readonly reopenedAt?: Instant | undefined
  readonly resolvedAt?: Instant | undefined
  readonly postMortemAt?: Instant | undefined
  /** What the desk is late with as things stand. */
  readonly overdue: readonly OverdueKind[]
}

export type IncidentState = NoIncident | Incident
