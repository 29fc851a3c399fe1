import type { Instant, LikelyIncident, ProactiveSettings } from '@guichet/domain'
import { activityFingerprint, isWidespread } from '@guichet/domain'
import type { OnError } from '../supervision.ts'
import { reportRefusal } from './alerts.ts'
import type { LikelyIncidents } from './likely-incidents.ts'
import type { RecordedTrouble } from './trouble.ts'

/** What a look for likely incidents needs. */
export type IncidentParts = {
  readonly trouble: Pick<RecordedTrouble, 'sharedTroubles' | 'whereabouts'>
  readonly incidents: Pick<LikelyIncidents, 'rankOf' | 'record'>
  /**
   * Alerts the desk to a likely incident, once however often it is called, on the next day too.
   * @param isLast whether the desk is alerted to no other one of customers on the day.
   */
  readonly alert: (incident: LikelyIncident, at: Instant, isLast: boolean) => Promise<void>
  /** Receives why an alert was refused. */
  readonly onError: OnError
}

/**
 * How many likely incidents of a day the desk is alerted to: codes are free, so there may be any number. Those that
 * visitors alone have met use up nothing of what the others have.
 */
const mostAlerts = { customers: 20, visitors: 5 } as const

/**
 * Looks for the trouble of so many customers that it is probably an incident, however seldom each of them has met it.
 * The desk is alerted to it once for as long as it goes on from day to day, then it is recorded: after a crash between
 * the two, the next look does both again without a second effect. An alert that is refused is reported, and holds up
 * nothing.
 * @throws the errors of the database, and of the event store.
 */
export async function lookForIncidents(
  { trouble, incidents, alert, onError }: IncidentParts,
  settings: ProactiveSettings,
  at: Instant,
): Promise<void> {
  if (!settings.enabled) return
  for (const { kind, code, spread, byVisitors } of await trouble.sharedTroubles(settings.widespread, at)) {
    if (!settings.critical.includes(kind) || !isWidespread(spread, settings)) continue
    const whereabouts = await trouble.whereabouts({ kind, code }, at)
    if (!whereabouts) continue
    const fingerprint = activityFingerprint({ kind, code })
    const incident = { fingerprint, kind, code, ...whereabouts, ...spread, byVisitors }
    const rank = await incidents.rankOf(incident, at)
    if (rank !== undefined && rank <= (byVisitors ? mostAlerts.visitors : mostAlerts.customers)) {
      await alert(incident, at, !byVisitors && rank === mostAlerts.customers).catch(
        reportRefusal(onError, 'alerting the desk to a likely incident; it is recorded without an alert'),
      )
    }
    await incidents.record(incident, at)
  }
}
