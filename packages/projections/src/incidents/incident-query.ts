import type { Incident, IncidentDeadline, IncidentStatus } from '@guichet/domain'
import type { Page, Slice } from '../reading/page.ts'

/** An incident as it stands. */
export type IncidentRow = {
  readonly id: string
  readonly version: number
  readonly incident: Incident
  /** What falls due on it, earliest first. */
  readonly deadlines: readonly IncidentDeadline[]
}

export type IncidentFilter = {
  /** In any of these; in whatever status without them. */
  readonly status?: readonly IncidentStatus[] | undefined
}

export type IncidentsQueries = {
  /** Incidents, the one declared last first. */
  list(filter: IncidentFilter, page: Page): Promise<Slice<IncidentRow>>
  /** Incidents in the order of their ids; undefined where there is none. */
  byIds(ids: readonly string[]): Promise<readonly (IncidentRow | undefined)[]>
}
