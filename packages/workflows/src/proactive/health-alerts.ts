import type { Pool } from 'pg'
import type { Desk, HealthSettings, Instant } from '@guichet/domain'
import { alertedAfter, instant, isFurtherFall } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'
import { isDatabaseAway } from '@guichet/eventstore'
import type { HealthFall, HealthSubject } from '@guichet/projections'
import type { OnError } from '../supervision.ts'
import { alertToFall, reportRefusal } from './alerts.ts'

/** A customer or an organisation. */
type ScoreOwner = Pick<HealthFall, 'of' | 'id'>

/**
 * Reads the scores that are lower by a step than seven days before, and those of others, unless they are and were 100;
 * undefined while they cannot be read.
 */
export type ReadFalls = (
  at: Instant,
  settings: HealthSettings,
  others: readonly ScoreOwner[],
) => Promise<readonly HealthFall[] | undefined>

type FallParts = {
  readonly desk: Pick<Desk, 'engine'>
  /** Of a database that has `healthAlertSchema`. */
  readonly pool: Pool
  readonly readFalls: ReadFalls
  /** Receives why an alert was refused. */
  readonly onError: OnError
}

/**
 * Looks for scores of health that have fallen, and alerts the desk to each fall once, however long ago the last look
 * was, and however many processes look; but to no more than the twenty deepest of a look, of which the last says how
 * many others there are. What a process has seen and not alerted to when it died, the next look alerts to. An alert that
 * is refused is reported, and not tried again. One that fails holds up no other fall: the next look tries it again.
 * @throws the errors of the database, of the event store, and of the reader; the first failure of an alert, at the end.
 */
export async function lookForFalls(parts: FallParts, settings: HealthSettings, at: Instant): Promise<void> {
  const { pool, readFalls } = parts
  const failures = [...(await sendAlerts(parts))]
  const alerted = await alertedScores(pool)
  const scores = await readFalls(at, settings, alerted)
  if (scores) {
    await remember(pool, alerted, scores, settings, at)
    failures.push(...(await sendAlerts(parts)))
  }
  if (failures.length > 0) throw failures[0]
}

type AlertedScore = ScoreOwner & { readonly score: number }

async function alertedScores(pool: Pool): Promise<readonly AlertedScore[]> {
  const { rows } = await pool.query<AlertedScore>(
    'select subject as of, id, score from guichet_activity.health_alert order by subject, id',
  )
  return rows
}

const keyOf = ({ of, id }: ScoreOwner): string => `${of}/${id}`

/** Stores what follows from a look: falls to alert to and scores that have risen; those that are 100 it removes. */
async function remember(
  pool: Pool,
  alerted: readonly AlertedScore[],
  scores: readonly HealthFall[],
  settings: HealthSettings,
  at: Instant,
): Promise<void> {
  const before = new Map(alerted.map((each) => [keyOf(each), each.score]))
  const after = new Map(scores.map((each) => [keyOf(each), alertedAfter(each, before.get(keyOf(each)), settings)]))
  const falls = scores.filter((each) => isFurtherFall(each, before.get(keyOf(each)), settings))
  const rises = alerted.flatMap((each) => {
    const score = after.get(keyOf(each)) ?? each.score
    return score > each.score ? [{ subject: each.of, id: each.id, score }] : []
  })
  const healthy = alerted.filter((each) => after.get(keyOf(each)) === undefined)
  await storeFalls(pool, falls, settings, at)
  await storeRises(pool, rises)
  await removeHealthy(pool, healthy)
}

/** The most alerts of one look: an import, or the first look at a desk, may show thousands. */
const mostAlerts = 20

/**
 * Stores falls: those beyond the most alerts as if the desk had been alerted to them. Of two processes that see the same
 * fall at the same time, one stores it.
 */
async function storeFalls(
  pool: Pool,
  falls: readonly HealthFall[],
  { alertStep }: HealthSettings,
  at: Instant,
): Promise<void> {
  if (falls.length === 0) return
  const deepestFirst = falls.toSorted((a, b) => b.weekBefore - b.now - (a.weekBefore - a.now))
  const rows = deepestFirst.map(({ of, id, now, weekBefore }, number) => ({
    subject: of,
    id,
    score: now,
    week_before: weekBefore,
    is_recorded: number >= mostAlerts,
    others: number === mostAlerts - 1 ? falls.length - mostAlerts : 0,
  }))
  await pool.query(
    `insert into guichet_activity.health_alert as h
       (subject, id, score, fell_to, week_before, alerted_at, is_recorded, others)
     select subject, id, score, score, week_before, $2::timestamptz, is_recorded, others
     from json_to_recordset($1::json)
       as r (subject text, id text, score integer, week_before integer, is_recorded boolean, others integer)
     order by subject, id
     on conflict (subject, id) do update set score = excluded.score, fell_to = excluded.fell_to,
       week_before = excluded.week_before, alerted_at = excluded.alerted_at, is_recorded = excluded.is_recorded,
       others = excluded.others
     where h.score - excluded.score >= $3::integer`,
    [JSON.stringify(rows), at, alertStep],
  )
}

type RisenScore = { readonly subject: HealthSubject; readonly id: string; readonly score: number }

async function storeRises(pool: Pool, rises: readonly RisenScore[]): Promise<void> {
  if (rises.length === 0) return
  await pool.query(
    `update guichet_activity.health_alert h set score = r.score
     from json_to_recordset($1::json) as r (subject text, id text, score integer)
     where h.subject = r.subject and h.id = r.id and h.score < r.score`,
    [JSON.stringify(rises)],
  )
}

async function removeHealthy(pool: Pool, owners: readonly ScoreOwner[]): Promise<void> {
  if (owners.length === 0) return
  await pool.query(
    `delete from guichet_activity.health_alert h
     using json_to_recordset($1::json) as r (subject text, id text)
     where h.subject = r.subject and h.id = r.id and h.is_recorded`,
    [JSON.stringify(owners.map(({ of, id }) => ({ subject: of, id })))],
  )
}

type StoredFall = HealthFall & { readonly at: Date; readonly others: number }

/**
 * Alerts the desk to the falls that are stored; to those of a process that died meanwhile a second time, in vain.
 * @returns why alerts have failed, which stay as they are stored.
 * @throws the error of a store that is away, which concerns all alerts.
 */
async function sendAlerts({ desk, pool, onError }: Omit<FallParts, 'readFalls'>): Promise<readonly unknown[]> {
  const { rows } = await pool.query<StoredFall>(
    `select subject as of, id, fell_to as now, week_before as "weekBefore", alerted_at as at, others
     from guichet_activity.health_alert where not is_recorded order by subject, id`,
  )
  const falls = rows.map(({ at, ...row }) => ({ ...row, at: instant(at) }))
  const sent: typeof falls = []
  const failures: unknown[] = []
  for (const fall of falls) {
    try {
      await alertToFall(desk, fall).catch(
        reportRefusal(onError, 'alerting the desk to a score of health that has fallen; it is not alerted to that'),
      )
      sent.push(fall)
    } catch (error) {
      if (isDatabaseAway(error)) throw error
      failures.push(error)
    }
  }
  if (sent.length === 0) return failures
  await pool.query(
    `update guichet_activity.health_alert h set is_recorded = true
     from json_to_recordset($1::json) as r (subject text, id text, at timestamptz)
     where h.subject = r.subject and h.id = r.id and h.alerted_at = r.at`,
    [JSON.stringify(sent.map(({ of, id, at }) => ({ subject: of, id, at })))],
  )
  return failures
}

/**
 * The scores of customers and organisations whose fall the desk was alerted to, until they are 100 again. `score` is
 * that of the last alert, or a higher one since: the next fall is counted from there. The last alert is stored with
 * what it says, and whether its event is recorded; `others` is how many falls of the same look the desk was not alerted
 * to.
 */
const alerts = `
create table guichet_activity.health_alert (
  subject text collate "C" not null check (subject in ('customers', 'organisations')),
  id text collate "C" not null,
  score integer not null,
  fell_to integer not null,
  week_before integer not null,
  alerted_at timestamptz not null,
  is_recorded boolean not null default false,
  others integer not null default 0,
  primary key (subject, id)
) with (fillfactor = 70);
`

/** What the desk was alerted to of the health of customers and organisations. */
export const healthAlertSchema: SchemaPart = { schema: 'guichet_activity', part: 'health alerts', steps: [alerts] }
