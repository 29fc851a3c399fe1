import { instant } from '@guichet/domain'
import type {
  ActivityCount,
  ActivityStore,
  LikelyIncidents,
  RecordedIncident,
  StoredActivity,
} from '@guichet/workflows'
import { activitiesInMemory } from '../../packages/api/src/server/testing/activities-under-test.ts'
import type { Canaries } from './canaries.ts'
import { sharedTrouble } from './seeded-drafts.ts'

/** What customers do and meet, and what is counted of it: nothing before it is seeded. */
type SeededActivities = {
  readonly activities: ActivityStore
  readonly likelyIncidents: Pick<LikelyIncidents, 'since' | 'of' | 'customersOf'>
  /**
   * Adds an activity of each person, a count and likely incidents, in which each text is a canary but the trouble of the
   * one that was declared.
   */
  seed(canaries: Canaries, personIds: readonly string[]): void
}

/** The first day of all likely incidents. */
export const firstDay = '2026-03-02'

/** Creates activities, counts and likely incidents in memory. */
export function createSeededActivities(): SeededActivities {
  const activities = activitiesInMemory()
  const counts: ActivityCount[] = []
  const incidents: RecordedIncident[] = []
  const customers: string[] = []
  return {
    activities: { ...activities, countsBy: async () => counts },
    likelyIncidents: {
      since: async () => incidents,
      of: async (fingerprints, day) =>
        fingerprints.flatMap((fingerprint) => incidents.map((incident) => ({ ...incident, fingerprint, day }))),
      customersOf: async () => customers,
    },
    seed: (canaries, personIds) => {
      for (const id of personIds) activities.add(activityOf(id, canaries))
      counts.push(countIn(canaries))
      const incident = incidentIn(canaries)
      incidents.push(incident, { ...incident, fingerprint: sharedTrouble })
      customers.push(canaries.plant({ name: 'a customer of a likely incident', withoutServices: true }))
    },
  }
}

/** An activity, which its customer and the desk may see, and no service. */
function activityOf(customer: string, canaries: Canaries): StoredActivity {
  const text = (part: string): string =>
    canaries.plant({ name: `the ${part} of an activity of ${customer}`, customer, withoutServices: true })
  return {
    personId: customer,
    id: text('id'),
    kind: text('kind'),
    code: text('code'),
    at: instant(new Date()),
    page: text('page'),
    version: text('version'),
    browser: text('browser'),
    detail: { message: text('detail') },
  }
}

const countIn = (canaries: Canaries): ActivityCount => ({
  value: canaries.plant({ name: 'the value of a count' }),
  count: 3,
  people: 2,
  days: [{ day: '2026-03-02', count: 3 }],
})

function incidentIn(canaries: Canaries): RecordedIncident {
  const text = (part: string): string => canaries.plant({ name: `the ${part} of a likely incident` })
  return {
    fingerprint: text('fingerprint'),
    kind: text('kind'),
    code: text('code'),
    since: instant('2026-03-02T09:00:00Z'),
    pages: [text('page')],
    versions: [text('version')],
    lately: 42,
    usual: 1.5,
    day: firstDay,
    firstDay,
    updatedAt: instant('2026-03-02T10:00:00Z'),
  }
}
