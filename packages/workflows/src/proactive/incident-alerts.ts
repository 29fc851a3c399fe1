import type { Instant, LikelyIncident, ProactiveSettings } from '@guichet/domain'
import { activityFingerprint, isWidespread } from '@guichet/domain'
import type { LikelyIncidents } from './likely-incidents.ts'
import type { RecordedTrouble } from './trouble.ts'

/** What a look for likely incidents needs. */
export type IncidentParts = {
  readonly trouble: Pick<RecordedTrouble, 'sharedBy' | 'whereabouts'>
  readonly incidents: Pick<LikelyIncidents, 'rankOf' | 'record'>
  /**
   * Alerts the desk to a likely incident, once a day however often it is called.
   * @param isLast whether the desk is alerted to no other one on the day.
   */
  readonly alert: (incident: LikelyIncident, at: Instant, isLast: boolean) => Promise<void>
}

/** How many likely incidents of a day the desk is alerted to: codes are free, so there may be any number. */
const mostAlerts = 20

/**
 * Looks for the trouble of so many customers that it is probably an incident, however seldom each of them has met it.
 * The desk is alerted to it once a day, then it is recorded: after a crash between the two, the next look does both
 * again without a second effect.
 * @throws the errors of the database.
 */
export async function lookForIncidents(
  { trouble, incidents, alert }: IncidentParts,
  settings: ProactiveSettings,
  at: Instant,
): Promise<void> {
  if (!settings.enabled) return
  for (const { kind, code, spread } of await trouble.sharedBy(settings.widespread, at)) {
    if (!settings.critical.includes(kind) || !isWidespread(spread, settings)) continue
    const whereabouts = await trouble.whereabouts({ kind, code }, at)
    if (!whereabouts) continue
    const incident = { fingerprint: activityFingerprint({ kind, code }), kind, code, ...whereabouts, ...spread }
    const rank = await incidents.rankOf(incident, at)
    if (rank !== undefined && rank <= mostAlerts) await alert(incident, at, rank === mostAlerts)
    await incidents.record(incident, at)
  }
}
