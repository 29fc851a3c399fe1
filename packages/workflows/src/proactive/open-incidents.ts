import type { Desk } from '@guichet/domain'
import { troubleIncidentId, unlessDeleted } from '@guichet/domain'
import type { LikelyIncidents } from './likely-incidents.ts'

/** Reads about which of some troubles, by their fingerprints, an open incident was declared. */
export type ReadOpenIncidents = (fingerprints: readonly string[]) => Promise<ReadonlySet<string>>

/** Reads the open incidents of a desk, from their streams: those of all times when the trouble was widespread. */
export const openIncidentsOf =
  (desk: Pick<Desk, 'readRecent'>, incidents: Pick<LikelyIncidents, 'runsOf'>): ReadOpenIncidents =>
  async (fingerprints) => {
    const runs = await incidents.runsOf(fingerprints)
    const open = await Promise.all(
      runs.map(async (run) => ((await isOpen(desk, troubleIncidentId(run))) ? [run.fingerprint] : [])),
    )
    return new Set(open.flat())
  }

async function isOpen(desk: Pick<Desk, 'readRecent'>, id: string): Promise<boolean> {
  const incident = await unlessDeleted(desk.readRecent('incident', id), () => undefined)
  return incident?.state.status === 'declared' || incident?.state.status === 'acknowledged'
}
