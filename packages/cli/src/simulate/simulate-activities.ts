import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AnalysedActivity, Drafts, Instant, ProactiveSettings, SuspicionFacts } from '@guichet/domain'
import {
  activityFingerprint,
  analysedSince,
  defaultProactiveSettings,
  draftAggregate,
  excludedFingerprints,
  isAnsweredSearch,
  isWidespread,
  later,
  suspect,
  utcDay,
} from '@guichet/domain'
import { activitiesByDay } from './activity-days.ts'
import type { ActivitySummary, Finding, IncidentFinding, SimulationResults } from './activity-figures.ts'
import { activitySummary } from './activity-figures.ts'
import type { ActivityPlan, SimulatedActivity } from './activity-plan.ts'
import type { Cause, CauseKind } from './causes.ts'
import { causesOfPlan, explains } from './causes.ts'
import { createDraftOffers } from './draft-offers.ts'
import type { TroubleCounts } from './trouble-counts.ts'
import { createTroubleCounts } from './trouble-counts.ts'

/** By what a simulation suspects trouble, and what aborts it. */
type SimulationOptions = {
  /** The settings that are simulated; those of the product by default. Drafts are offered without a review. */
  readonly settings?: ProactiveSettings | undefined
  readonly signal?: AbortSignal | undefined
}

/** A customer as the desk sees them. */
type Person = {
  /** Those that may mean trouble, and searches with an opened article, of the time that an analysis considers. */
  activities: readonly AnalysedActivity[]
  drafts: Drafts
  tickets: readonly SuspicionFacts['tickets'][number][]
}

/** After how many activities other work of the process has its turn. */
const activitiesInTurn = 5_000

/**
 * Lets customers report their activities at simulated time, and suspects trouble by the rules, as the desk does:
 * whenever there are enough critical ones, with what it has learned by then. Likely incidents, which the desk looks for
 * every half a minute, it looks for with each critical one. Customers dismiss a draft that chance has caused, and open
 * another one; drafts in the holdout count as the others. Nothing is stored, and the same plan leads to the same
 * figures under the same settings. The signal aborts it; its reason is thrown.
 */
export async function simulateActivities(
  plan: ActivityPlan,
  { settings = defaultProactiveSettings, signal }: SimulationOptions = {},
): Promise<ActivitySummary> {
  const causes = causesOfPlan(plan)
  const simulation = createSimulation(causes, { ...settings, review: false })
  const takeTurns = async (): Promise<void> => {
    await nextTurn()
    signal?.throwIfAborted()
  }
  for (const day of activitiesByDay(plan, causes)) {
    await takeTurns()
    for (const [index, activity] of day.entries()) {
      if (index % activitiesInTurn === activitiesInTurn - 1) await takeTurns()
      simulation.report(activity)
    }
  }
  return activitySummary(plan, causes, simulation.results())
}

function createSimulation(causes: readonly Cause[], settings: ProactiveSettings) {
  const counts = createTroubleCounts(settings.repeatsWithin)
  const critical = new Set(settings.critical)
  const offerDraft = createDraftOffers(settings)
  const people = new Map<number, Person>()
  const findings: Finding[] = []
  const incidents = new Map<string, IncidentFinding>()
  const causeOf = causeFinder(causes)
  let activities = 0
  let analyses = 0

  const suspectTrouble = (person: Person, customer: number, facts: SuspicionFacts): void => {
    const { at } = facts
    const suspicion = suspect(facts, settings)
    if (!suspicion) return
    const { rule, fingerprint } = suspicion
    const cause = causeOf(customer, fingerprint, at, rule)
    const offer = offerDraft(person.drafts, customer, suspicion, at, cause !== undefined)
    person.drafts = offer.drafts
    if (offer.isOpened) person.tickets = [...person.tickets, { openedAt: at, isOpen: true, isFromDraft: true }]
    if (offer.isNew) findings.push({ customer, at, rule, cause })
  }

  const lookForIncident = (fingerprint: string, at: Instant): void => {
    const key = `${utcDay(at)} ${fingerprint}`
    if (!settings.enabled || incidents.has(key)) return
    if (!isWidespread(counts.spreadOf(fingerprint, at), settings)) return
    incidents.set(key, { at, cause: causeOf(undefined, fingerprint, at, 'outage') })
  }

  const report = ({ customer, ...activity }: SimulatedActivity): void => {
    activities++
    counts.recordPerson(customer, activity.at)
    if (!critical.has(activity.kind)) return
    const { at } = activity
    const person = people.get(customer) ?? {
      activities: [],
      drafts: draftAggregate.initial,
      tickets: [],
    }
    people.set(customer, person)
    const since = analysedSince(at)
    person.activities = [...person.activities.filter((each) => each.at >= since), activity]
    if (isAnsweredSearch(activity)) return
    counts.record(customer, activity)
    const fingerprint = activityFingerprint(activity)
    lookForIncident(fingerprint, at)
    if (!isDue(person.activities, at, settings)) return
    analyses++
    suspectTrouble(person, customer, factsOf(person, counts, at))
  }

  const results = (): SimulationResults => ({ activities, analyses, findings, incidents: [...incidents.values()] })
  return { report, results }
}

/**
 * Finds the cause of trouble: among those of a customer, or among the outages where it is everybody's. Where there are
 * several, one of the kind that what has suspected it is made for comes first.
 */
function causeFinder(causes: readonly Cause[]) {
  const outages = causes.filter(({ kind }) => kind === 'outage')
  const byCustomer = new Map<number, Cause[]>()
  for (const cause of causes) {
    for (const customer of cause.customers) byCustomer.set(customer, [...(byCustomer.get(customer) ?? []), cause])
  }
  return (customer: number | undefined, fingerprint: string, at: Instant, kind: CauseKind): Cause | undefined => {
    const candidates = customer === undefined ? outages : (byCustomer.get(customer) ?? [])
    const explaining = candidates.filter((cause) => explains(cause, fingerprint, at))
    return explaining.find((cause) => cause.kind === kind) ?? explaining[0]
  }
}

/** Whether there are enough activities for an analysis, as the desk counts them before it reads them: with repeats. */
function isDue(
  activities: readonly AnalysedActivity[],
  at: Instant,
  { enabled, within, threshold }: ProactiveSettings,
): boolean {
  const since = later(at, -within)
  const counted = activities.filter((activity) => activity.at > since && !isAnsweredSearch(activity))
  return enabled && counted.length >= threshold
}

const factsOf = ({ activities, tickets, drafts }: Person, counts: TroubleCounts, at: Instant): SuspicionFacts => ({
  at,
  activities,
  tickets,
  plan: undefined,
  rateOf: counts.ratesAt(at),
  othersOfOrganisation: () => 0,
  spreadOf: (fingerprint) => counts.spreadOf(fingerprint, at),
  isExcluded: (fingerprint) => excludedFingerprints(drafts, at).has(fingerprint),
})
