import type {
  AnalysedActivity,
  Analyser,
  Analysis,
  CountedActivities,
  Desk,
  Drafts,
  DraftsOfPerson,
  Instant,
  ProactiveSettings,
  Suspicion,
  SuspicionFacts,
} from '@guichet/domain'
import {
  activityFingerprint,
  analyseBy,
  analysedSince,
  CommandRefused,
  countActivities,
  draftsOfPerson,
  draftText,
  engineCommandId,
  excludedFingerprints,
  isPendingDraft,
  isSearch,
  later,
  latest,
  mayHaveDraft,
  minutes,
  proactiveActor,
  suspectCommand,
  suspicionCandidates,
  throwIfTransient,
} from '@guichet/domain'
import type { OnError } from '../supervision.ts'
import { sendToDrafts } from './draft-tickets.ts'
import type { AnalysisContext } from './model-analyser.ts'
import type { ReadOpenIncidents } from './open-incidents.ts'
import type { AnalysedPerson, PersonReader, PersonTicket } from './person-context.ts'
import type { RecordedTrouble } from './trouble.ts'

/** What an analysis needs. */
export type AnalysisParts = {
  readonly desk: Pick<Desk, 'now' | 'readRecent' | 'terms' | 'engine'>
  readonly settings: () => Promise<ProactiveSettings>
  readonly trouble: Pick<RecordedTrouble, 'activitiesOf' | 'troubleSpells' | 'spreads' | 'countsAmong' | 'rates'>
  readonly people: PersonReader
  readonly openIncidents: ReadOpenIncidents
  /** Those that are asked before the rules, which are asked when all of them fail. */
  readonly analysers: (analysis: AnalysisContext) => readonly Analyser[]
  readonly onError: OnError
}

/** An analysis that a process has claimed. */
type ClaimedAnalysis = {
  readonly personId: string
  /** Aborts when the analysis is broken off. */
  readonly signal: AbortSignal
  /** Whether the process still holds it: no other one has claimed it, and the person is not erased. */
  readonly isHeld: () => Promise<boolean>
  /** Whether a try of it has not come to its end: that may have recorded a suspicion, and nothing after that. */
  readonly isRepeated: boolean
}

/** For how long, in milliseconds, a person needs no further analysis who may have no draft. */
const quietTime = minutes(1)

/**
 * Analyses the activities of a person: of the customer who survives all merges, under whatever id they were reported.
 * Suspected trouble is recorded in that customer's stream of drafts, under an id that follows from the customer, how
 * many drafts there have been, the trouble and when it began: a repeat, by this process or another one, records nothing
 * again. Nothing is recorded of a person who was erased meanwhile, or whose analysis another process has claimed.
 *
 * The moment of the analysis is that of the desk's clock, or of the latest activity where another clock is ahead.
 * @returns until when no further analysis is needed, whatever is reported; undefined where one is.
 * @throws Error when it must be repeated, also where read models are behind; the reason of the signal when that aborts
 * while an analyser works.
 */
export async function analysePerson(
  parts: AnalysisParts,
  { personId, signal, isHeld, isRepeated }: ClaimedAnalysis,
): Promise<Instant | undefined> {
  const { desk, people, trouble } = parts
  const settings = await parts.settings()
  const now = desk.now()
  const person = settings.enabled ? await people.identify(personId) : undefined
  if (!person) return later(now, quietTime)
  const drafts = await draftsOfPerson({ read: desk.readRecent }, person.ids)
  const ownDrafts = drafts.byId.get(person.id)
  if (!ownDrafts || drafts.isOff) return later(now, quietTime)

  const activities = await trouble.activitiesOf(person.ids, analysedSince(now))
  const at = activities.reduce((moment, activity) => latest(moment, activity.at), now)
  if (isRepeated) await endReportedMeanwhile(parts, person, ownDrafts, at)
  if (!mayHaveDraft(drafts, at)) return later(at, quietTime)

  const counted = countActivities(at, activities, settings)
  if (counted.recent.length < settings.threshold) return undefined
  const facts = await factsOf(parts, activities, counted, at, person, drafts, settings)
  if (!facts) return undefined
  const analysers = parts.analysers({ personId: person.id, signal })
  const { suspicion, analyser } = await analyseBy(analysers, facts, settings, (error, { name }) => {
    signal.throwIfAborted()
    parts.onError(error, `the analyser ${name}; the next one decides instead`)
  })
  if (!suspicion) return undefined
  const tickets = await currentTickets(people, person, at)
  if (!isCandidate(suspicion, { ...facts, tickets }, settings) || !(await isHeld())) return undefined
  await suspectTrouble(parts, person, ownDrafts.count, suspicion, analyser)
  await endIfReported(parts, person, suspicion, at, tickets)
  return undefined
}

/**
 * The tickets that the person has opened until now: those that were read before may have been behind.
 * @throws Error when the read models stay behind.
 */
async function currentTickets(
  people: PersonReader,
  person: AnalysedPerson,
  at: Instant,
): Promise<readonly PersonTicket[]> {
  if (!(await people.isCurrent())) throw new Error('the read models are behind: a ticket about the trouble may be open')
  return people.ticketsOf(person, at)
}

const isCandidate = ({ fingerprint }: Suspicion, facts: SuspicionFacts, settings: ProactiveSettings): boolean =>
  suspicionCandidates(facts, settings).some(({ suspicion }) => suspicion.fingerprint === fingerprint)

/**
 * Ends the draft of trouble about which a ticket was opened while it was recorded: the reaction to that ticket may have
 * come before there was a draft to end.
 * @param before the tickets by which the trouble is suspected.
 */
async function endIfReported(
  { desk, people, onError }: Pick<AnalysisParts, 'desk' | 'people' | 'onError'>,
  person: AnalysedPerson,
  { since }: Suspicion,
  at: Instant,
  before: readonly PersonTicket[],
): Promise<void> {
  const tickets = await currentTickets(people, person, at).catch((error: unknown) => {
    onError(error, 'looking for a ticket that was opened beside a draft; the draft stays as it is')
    return []
  })
  const earlier = new Set(before.map(({ id }) => id))
  await sendReports(
    desk,
    person,
    tickets.filter(({ id, openedAt }) => !earlier.has(id) && openedAt >= since),
  )
}

/** How long before a suspicion is recorded its analysis has read the tickets at the earliest, in milliseconds. */
const recordedWithin = minutes(1)

/**
 * Ends the draft beside which a ticket was opened while it was recorded, where the process that recorded it has died
 * before it could.
 * @throws Error when the read models stay behind.
 */
async function endReportedMeanwhile(
  { desk, people }: Pick<AnalysisParts, 'desk' | 'people'>,
  person: AnalysedPerson,
  { drafts }: Drafts,
  at: Instant,
): Promise<void> {
  const draft = drafts.at(-1)
  if (!draft || !isPendingDraft(draft)) return
  const since = later(draft.suspectedAt, -recordedWithin)
  const tickets = await currentTickets(people, person, at)
  await sendReports(
    desk,
    person,
    tickets.filter(({ openedAt }) => openedAt >= since),
  )
}

/** Ends the drafts of a person whose trouble began before tickets that were opened from no draft. */
async function sendReports(
  desk: AnalysisParts['desk'],
  person: AnalysedPerson,
  tickets: readonly PersonTicket[],
): Promise<void> {
  for (const { id: ticketId, openedAt, isFromDraft } of tickets) {
    if (isFromDraft) continue
    const commandId = engineCommandId('proactive', 'reported_beside', ticketId, person.id)
    await sendToDrafts(desk, person.id, { type: 'report', ticketId, openedAt }, { commandId })
  }
}

/** Of how many recent troubles an analysis reads what others have of them. */
const mostTroubles = 50

/** An activity of each recent trouble: searches first, then the most frequent errors. */
export const recentTroubles = ({ recent, troubles }: CountedActivities): readonly AnalysedActivity[] =>
  [recent.find(isSearch), ...[...troubles.values()].map(([first]) => first)]
    .filter((each) => each !== undefined)
    .slice(0, mostTroubles)

/**
 * What an analysis is made of; undefined where all trouble is excluded or that of many: in an outage most analyses end
 * here, before anything else of the person is read.
 */
async function factsOf(
  { people, trouble, openIncidents }: Pick<AnalysisParts, 'people' | 'trouble' | 'openIncidents'>,
  activities: readonly AnalysedActivity[],
  counted: CountedActivities,
  at: Instant,
  person: AnalysedPerson,
  drafts: DraftsOfPerson,
  settings: ProactiveSettings,
): Promise<SuspicionFacts | undefined> {
  const troubles = recentTroubles(counted)
  const [rates, spreads] = await Promise.all([trouble.rates(at), trouble.spreads(troubles, at)])
  const excluded = excludedFingerprints(drafts, at)
  const facts: SuspicionFacts = {
    at,
    activities,
    tickets: [],
    plan: person.plan,
    rateOf: rates,
    othersOfOrganisation: () => 0,
    spreadOf: (fingerprint) => spreads.get(fingerprint) ?? { lately: 1, usual: undefined },
    isExcluded: (fingerprint) => excluded.has(fingerprint),
    counted,
  }
  if (suspicionCandidates(facts, settings).length === 0) return undefined
  const [tickets, colleagues, troubleSpells, open] = await Promise.all([
    people.ticketsOf(person, at),
    people.colleaguesOf(person),
    trouble.troubleSpells(person.ids),
    openIncidents(troubles.map(activityFingerprint)),
  ])
  const others = await trouble.countsAmong(colleagues, troubles, at)
  return {
    ...facts,
    tickets,
    isExcluded: (fingerprint) => excluded.has(fingerprint) || open.has(fingerprint),
    othersOfOrganisation: (fingerprint) => others.get(fingerprint) ?? 0,
    troubleSpells: (fingerprint) => troubleSpells.get(fingerprint) ?? [],
  }
}

/**
 * Records a suspicion. That another analysis of the same trouble, of some moments before or by another process, has
 * recorded it is expected; any other refusal is reported.
 */
async function suspectTrouble(
  { desk, onError }: Pick<AnalysisParts, 'desk' | 'onError'>,
  person: AnalysedPerson,
  draftsBefore: number,
  suspicion: Suspicion,
  { name, version }: Analysis['analyser'],
): Promise<void> {
  const { policy } = await desk.terms()
  const { id, language = policy.defaultLanguage, timeZone = policy.timeZone } = person
  const { fingerprint, since } = suspicion
  const text = draftText(suspicion, language, timeZone, policy.defaultLanguage)
  const command = suspectCommand(suspicion, name, text, version)
  const outcome = await desk.engine.execute('draft', id, command, {
    by: proactiveActor,
    commandId: engineCommandId('proactive', 'suspect', id, fingerprint, since, String(draftsBefore + 1)),
  })
  throwIfTransient(outcome)
  if (!outcome.ok && outcome.refusal.code !== 'command_id_reused')
    onError(new CommandRefused(outcome.refusal), 'recording suspected trouble; its draft is not offered')
}
