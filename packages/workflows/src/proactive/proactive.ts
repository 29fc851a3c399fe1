import type { Pool } from 'pg'
import type { Desk, ProactiveSettings } from '@guichet/domain'
import { defaultProactiveSettings, healthSettingsOf, hours, later, minutes, utcDay } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { createAlarm, createWakeUp, migrateSchema, noReports } from '@guichet/eventstore'
import type { RecordDeliveries } from '../delivery/deliveries.ts'
import { periodicallyInOneProcess } from '../reaction/checkpoint.ts'
import type { ReadPersonIds } from '../reaction/person-ids.ts'
import type { Reaction } from '../reaction/reaction.ts'
import { reactionsSchema } from '../reaction/reactions.ts'
import type { OnError, Repetition } from '../supervision.ts'
import { retryPause } from '../supervision.ts'
import { startWork } from '../work.ts'
import { eraseActivities } from './activity-erasure.ts'
import type { ActivityStore } from './activity-port.ts'
import { postgresActivities } from './activity-store.ts'
import { activitySchema, addDays, dropDays } from './activity-tables.ts'
import { alertOfTrouble, alertToIncident, deliverTeamAlerts } from './alerts.ts'
import type { Analyses, AnalysesStatus, DueAnalysis } from './analyses.ts'
import { analysesIn } from './analyses.ts'
import type { AnalyserOptions } from './analysers.ts'
import { openAnalysers } from './analysers.ts'
import type { AnalysisParts } from './analyse.ts'
import { analysePerson } from './analyse.ts'
import { mergeAnalyses } from './analysis-merge.ts'
import { endReportedDrafts, followDraftTickets, redactDrafts } from './draft-tickets.ts'
import type { ReadFalls } from './health-alerts.ts'
import { healthAlertSchema, lookForFalls } from './health-alerts.ts'
import type { IncidentParts } from './incident-alerts.ts'
import { lookForIncidents } from './incident-alerts.ts'
import type { LikelyIncidents } from './likely-incidents.ts'
import { likelyIncidentsIn } from './likely-incidents.ts'
import type { ModelLog } from './model-log.ts'
import { openIncidentsOf } from './open-incidents.ts'
import type { PatternLearner } from './pattern-learner.ts'
import type { PersonReader } from './person-context.ts'
import { recordedTrouble } from './trouble.ts'

/** How the desk acts before its customers ask. */
export type ProactiveOptions = AnalyserOptions & {
  readonly desk: Desk
  /** Connections that wait for the disk, for what is acknowledged. Its owner closes it. */
  readonly pool: Pool
  /** Connections that need not, for the analyses; those of `pool` by default. */
  readonly analysisPool?: Pool | undefined
  readonly people: PersonReader
  /** Reads all ids of a person, for reactions. */
  readonly personIds: ReadPersonIds
  /** Records alerts for the webhook of the desk, too; undefined where it has none. */
  readonly record?: RecordDeliveries | undefined
  /** Reads whose scores of health have fallen; undefined where nobody is alerted to that. */
  readonly readFalls?: ReadFalls | undefined
  /** How often they are read, in milliseconds; five minutes by default. */
  readonly fallsEveryMs?: number
  /** How often trouble of many customers is looked for, in milliseconds; 30,000 by default. */
  readonly incidentsEveryMs?: number
  /** How many people are analysed at once; 4 by default. */
  readonly concurrency?: number
  /** How often due analyses are looked for when nothing wakes this process, in milliseconds; 1,000 by default. */
  readonly pollMs?: number
  /** After how many milliseconds another process repeats the analyses of a dead one; 30,000 by default. */
  readonly leaseMs?: number
  /** For how many milliseconds analyses may go on after a stop before they are broken off; 3,000 by default. */
  readonly graceMs?: number
  readonly onError?: OnError
  readonly health?: FollowerReports
}

/** The recorded activities, and what follows from them. */
export type Proactive = {
  readonly activities: ActivityStore
  readonly incidents: LikelyIncidents
  /** What a model was asked about activities, and what it answered, for as long as activities are stored. */
  readonly modelLog: Pick<ModelLog, 'latest'>
  /** Learns from the history of the desk; undefined where it learns nothing. */
  readonly patterns: Pick<PatternLearner, 'evaluate' | 'learn' | 'load'> | undefined
  /** What follows from events of customers, drafts and their tickets; for `reactions` to run. */
  readonly reactions: readonly Reaction[]
  /** How many analyses of all processes are due, and how many of these have failed and are tried again. */
  status(): Promise<AnalysesStatus>
  /** Analyses activities when they are due, and drops old ones, as one of any number of processes. */
  start(): Promise<void>
  /** Resolves when the analyses under way have ended, or were broken off for another process to repeat. */
  stop(): Promise<void>
}

/** The channel by which processes are told that an analysis is due. */
const channel = 'guichet_analysis_due'

/** Opens the activities of a database; creates or migrates their tables first. It cannot be restarted after a stop. */
export async function openProactive(options: ProactiveOptions): Promise<Proactive> {
  const { desk, pool, analysisPool = pool, people, personIds, record } = options
  const { onError = () => undefined } = options
  await migrateSchema(pool, activitySchema)
  await migrateSchema(pool, healthAlertSchema)
  await migrateSchema(pool, reactionsSchema)
  await addDays(pool, desk.now())
  const settings = async (): Promise<ProactiveSettings> =>
    (await desk.configuration())?.proactive ?? defaultProactiveSettings
  const wakeUp = createWakeUp(pool, channel)
  const activities = postgresActivities({ pool, settings, onDue: wakeUp.appended })
  const analyses = analysesIn(analysisPool)
  const incidents = likelyIncidentsIn(pool)
  const trouble = recordedTrouble(analysisPool, onError)
  const { inForce, modelLog, patterns } = await openAnalysers({
    ...options,
    pool: analysisPool,
    trouble,
    settings,
    onError,
  })
  const parts: AnalysisParts = {
    desk,
    settings,
    trouble,
    people,
    openIncidents: openIncidentsOf(desk, likelyIncidentsIn(analysisPool)),
    analysers: inForce,
    onError,
  }
  const incidentParts: IncidentParts = {
    trouble,
    incidents,
    alert: (incident, at, isLast) => alertToIncident(desk, incident, { at, isLast }),
    onError,
  }
  let running: readonly Repetition[] = []
  return {
    activities,
    incidents,
    modelLog,
    patterns,
    reactions: [
      followDraftTickets,
      endReportedDrafts(personIds),
      redactDrafts,
      eraseActivities(activities, personIds),
      mergeAnalyses(pool, settings, wakeUp.appended),
      ...(record ? [alertOfTrouble(record), deliverTeamAlerts(record)] : []),
    ],
    status: analyses.status,
    start: async () => {
      running = [
        followAnalyses(analyses, parts, wakeUp.subscribe, options),
        tidyUp(options, modelLog, async () => (await settings()).storedFor, onError),
        ...watchHealth(options, onError),
        watchTrouble(options, incidentParts, settings, onError),
        ...(patterns ? [patterns] : []),
      ]
      patterns?.start()
    },
    stop: async () => {
      await Promise.all(running.map((each) => each.stop()))
      await wakeUp.close()
    },
  }
}

/**
 * Analyses whoever is due, at once after a notification, and at the latest after the time between two looks. Failures
 * are reported once until an analysis succeeds. One that a stop breaks off is no failure: the next process repeats it.
 */
function followAnalyses(
  analyses: Analyses,
  parts: AnalysisParts,
  subscribe: (wake: () => void) => () => void,
  options: Pick<ProactiveOptions, 'concurrency' | 'pollMs' | 'leaseMs' | 'graceMs' | 'health'>,
): Repetition {
  const { concurrency = 4, pollMs = 1_000, leaseMs = 30_000, graceMs = 3_000, health = noReports } = options
  const { onError } = parts
  const stopping = new AbortController()
  const alarm = createAlarm(stopping.signal)
  const unsubscribe = subscribe(alarm.ring)
  let isFailing = false
  const fail = async (analysis: DueAnalysis, error: unknown): Promise<void> => {
    if (!isFailing) onError(error, 'analysing the activities of a person; it is tried again')
    isFailing = true
    const reason = error instanceof Error ? error.message : String(error)
    await analyses.postpone(analysis, reason, retryPause(analysis.attempts))
  }
  const work = startWork<DueAnalysis>({
    name: 'analysing activities',
    concurrency,
    claim: (limit) => {
      alarm.reset()
      return analyses.claim(limit, leaseMs)
    },
    process: async (analysis, signal) => {
      try {
        const isHeld = (): Promise<boolean> => analyses.isHeld(analysis)
        const { personId, attempts } = analysis
        const claimed = { personId, signal, isHeld, isRepeated: attempts > 1 }
        const outcome = await analysePerson(parts, claimed).then(
          (quietUntil) => ({ quietUntil }),
          (error: unknown) => ({ error }),
        )
        if ('error' in outcome) await (signal.aborted ? analyses.giveBack(analysis) : fail(analysis, outcome.error))
        else {
          isFailing = false
          await analyses.complete(analysis, outcome.quietUntil)
        }
      } catch (error) {
        onError(error, 'noting what became of an analysis')
      }
    },
    idle: async () => {
      await alarm.wait(pollMs)
      return 0
    },
    graceMs,
    onError,
    health,
  })
  return {
    stop: async () => {
      stopping.abort()
      unsubscribe()
      await work.stop()
    },
  }
}

const everyMs = hours(1)

/**
 * Adds the tables of the next days and drops those of old ones, and what models were asked then, once an hour, in one
 * process of all.
 */
function tidyUp(
  { desk, pool }: Pick<ProactiveOptions, 'desk' | 'pool'>,
  modelLog: ModelLog,
  storedFor: () => Promise<number>,
  onError: OnError,
): Repetition {
  return periodicallyInOneProcess(pool, 'clean_activities', {
    everyMs,
    work: async () => {
      const now = desk.now()
      await addDays(pool, now)
      const oldest = later(now, -(await storedFor()))
      await modelLog.removeBefore(oldest)
      await dropDays(pool, utcDay(oldest))
    },
    onError: (error) => onError(error, 'dropping old activities'),
  })
}

const fallsEvery = minutes(5)

/** Alerts the desk to the scores of health that fall, in one process of all. */
function watchHealth(
  { desk, pool, readFalls, fallsEveryMs = fallsEvery }: ProactiveOptions,
  onError: OnError,
): readonly Repetition[] {
  if (!readFalls) return []
  const watch = periodicallyInOneProcess(pool, 'watch_health', {
    everyMs: fallsEveryMs,
    work: async () => {
      const settings = healthSettingsOf((await desk.configuration())?.proactive)
      await lookForFalls({ desk, pool, readFalls, onError }, settings, desk.now())
    },
    onError: (error) => onError(error, 'looking for scores of health that have fallen'),
  })
  return [watch]
}

/** Alerts the desk to trouble of many customers, and records it, in one process of all. */
function watchTrouble(
  { desk, pool, incidentsEveryMs = 30_000 }: Pick<ProactiveOptions, 'desk' | 'pool' | 'incidentsEveryMs'>,
  parts: IncidentParts,
  settings: () => Promise<ProactiveSettings>,
  onError: OnError,
): Repetition {
  return periodicallyInOneProcess(pool, 'watch_trouble', {
    everyMs: incidentsEveryMs,
    work: async () => lookForIncidents(parts, await settings(), desk.now()),
    onError: (error) => onError(error, 'looking for trouble of many customers'),
  })
}
