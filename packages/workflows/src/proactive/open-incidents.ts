import type { Desk, Instant } from '@guichet/domain'
import { days, later, troubleIncidentId, unlessDeleted, utcDay } from '@guichet/domain'
import type { LikelyIncidents } from './likely-incidents.ts'

/** Reads about which of some troubles, by their fingerprints, an open incident was declared. */
export type ReadOpenIncidents = (fingerprints: readonly string[], at: Instant) => Promise<ReadonlySet<string>>

/** Trouble that was widespread longer ago is looked at as if no incident had been declared about it. */
const longestAgo = days(30)

/** Reads the open incidents of a desk, from their streams: of each trouble, that of the last time it was widespread. */
export const openIncidentsOf =
  (desk: Pick<Desk, 'readRecent'>, incidents: Pick<LikelyIncidents, 'of'>): ReadOpenIncidents =>
  async (fingerprints, at) => {
    const likely = await incidents.of(fingerprints, utcDay(later(at, -longestAgo)))
    const open = await Promise.all(
      likely.map(async (incident) => ((await isOpen(desk, troubleIncidentId(incident))) ? [incident.fingerprint] : [])),
    )
    return new Set(open.flat())
  }

async function isOpen(desk: Pick<Desk, 'readRecent'>, id: string): Promise<boolean> {
  const incident = await unlessDeleted(desk.readRecent('incident', id), () => undefined)
  return incident?.state.status === 'declared' || incident?.state.status === 'acknowledged'
}
