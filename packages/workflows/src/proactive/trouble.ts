import type { Pool } from 'pg'
import type { AnalysedActivity, Instant, LikelyIncident, Spread, TroubleSpell } from '@guichet/domain'
import {
  activityFingerprint,
  analysedTime,
  days,
  fewestLearnedDays,
  hours,
  instant,
  later,
  learnedDays,
  learnedRates,
  LruCache,
  mostCountedADay,
  utcDay,
} from '@guichet/domain'
import type { OnError } from '../supervision.ts'

/** The fingerprint of trouble, with its parts. */
type Trouble = Pick<AnalysedActivity, 'kind' | 'code'>

/** How often trouble with a fingerprint happens to a person a day. */
type Rates = (fingerprint: string) => number

/** Trouble that people have had within 24 hours, and whether visitors alone have. */
type RecentTrouble = Trouble & { readonly byVisitors: boolean }

/** Trouble, and how many customers have it. */
type SharedTrouble = RecentTrouble & { readonly spread: Spread }

/** Since when customers have a trouble, and where several of them have had it. */
type Whereabouts = Pick<LikelyIncident, 'since' | 'pages' | 'versions'>

/**
 * What the desk has recorded of the trouble of its people, for analyses. All methods reject with the errors of the
 * database.
 */
export type RecordedTrouble = {
  /**
   * The activities of people that may mean trouble, and their searches after which an article was opened, since an
   * instant and up to another one, in order: the latest thousand. Of their details there is what an analysis uses:
   * `opened`.
   */
  activitiesOf(personIds: readonly string[], since: Instant, until?: Instant): Promise<readonly AnalysedActivity[]>
  /** The spells of each trouble of people, by its fingerprint, the earliest first: seven days without it end one. */
  troubleSpells(personIds: readonly string[]): Promise<ReadonlyMap<string, readonly TroubleSpell[]>>
  /** How many customers have each trouble, by its fingerprint: some seconds old at most. Five visitors count as one. */
  spreads(troubles: readonly Trouble[], at: Instant): Promise<ReadonlyMap<string, Spread>>
  /** How many customers had each trouble at a moment of the past, by its fingerprint. Five visitors count as one. */
  spreadsAt(troubles: readonly Trouble[], at: Instant): Promise<ReadonlyMap<string, Spread>>
  /** How many of some people have had each trouble within the last day, by its fingerprint. */
  countsAmong(
    personIds: readonly string[],
    troubles: readonly Trouble[],
    at: Instant,
  ): Promise<ReadonlyMap<string, number>>
  /**
   * How often trouble happens to a person a day, as the desk has learned it by the end of the day before; the usual
   * rates where they cannot be read, which is reported.
   */
  rates(at: Instant): Promise<Rates>
  /**
   * The troubles that at least so many customers have had within 24 hours, and somebody today or within the last hour:
   * those of the most customers first, hundreds at most. Five visitors count as one; what they alone have had is last.
   */
  sharedTroubles(customers: number, at: Instant): Promise<readonly SharedTrouble[]>
  /**
   * Since when the people who have had a trouble within 24 hours have it, today or the day before, and the pages and
   * versions where at least three customers had it, the most frequent first, three at most. Undefined where nobody has.
   * Five visitors count as one customer.
   */
  whereabouts(trouble: Trouble, at: Instant): Promise<Whereabouts | undefined>
}

const mostActivities = 1_000
const mostTroubles = 10_000
const mostShared = 500

/** Of how many people the pages and versions of a trouble are read, those who had it last. */
const mostPeople = 1_000

/** How many customers must have had a trouble on a page, or in a version, that is named: it is nobody's own then. */
const fewestPeople = 3

/** For how long trouble goes on that was met last on the day before. */
const ongoingFor = hours(1)

/** For how many milliseconds what was read of all people is used again. */
const freshMs = { spread: 5_000, rates: 600_000, failedRates: 60_000 } as const

/**
 * The recorded trouble of a database that has `activitySchema`.
 * @param onError receives why rates could not be read.
 */
export function recordedTrouble(pool: Pool, onError: OnError = () => undefined): RecordedTrouble {
  const spreads = new LruCache<string, { readonly readAt: number; readonly spread: Spread }>({ maxEntries: 1_000 })
  const rates = cachedRates(pool, onError)

  return {
    activitiesOf: async (personIds, since, until) => {
      const { rows } = await pool.query<ActivityRow>({
        name: 'guichet_activity.analysed',
        text: `
          select kind, code, at, page, version, coalesce((detail -> 'opened')::text = 'true', false) as opened
          from guichet_activity.activity
          where person_id = any($1::text[]) and day >= $2::date and at >= $3::timestamptz
            and at <= coalesce($4::timestamptz, 'infinity')
            and (critical or kind = 'faq_search') and (critical or (detail -> 'opened')::text = 'true')
          order by at desc, id desc limit ${mostActivities}`,
        values: [personIds, utcDay(since), since, until],
      })
      return rows.toReversed().map(({ at, page, version, opened, ...trouble }) => ({
        ...trouble,
        at: instant(at),
        page: page ?? undefined,
        version: version ?? undefined,
        detail: { opened },
      }))
    },

    troubleSpells: async (personIds) => {
      const { rows } = await pool.query<Trouble & { readonly from: Date; readonly to: Date }>({
        name: 'guichet_activity.trouble_spells',
        text: `
          select kind, code, min(first_at) as "from", max(last_at) as "to"
          from (
            select *, count(*) filter (where pause > $2::integer) over (partition by kind, code order by day) as spell
            from (
              select kind, code, day, min(first_at) as first_at, max(last_at) as last_at,
                day - lag(day) over (partition by kind, code order by day) as pause
              from guichet_activity.trouble where person_id = any($1::text[]) group by kind, code, day
            ) as daily
          ) as counted
          group by kind, code, spell order by spell`,
        values: [personIds, analysedTime / days(1)],
      })
      const spells = new Map<string, TroubleSpell[]>()
      for (const { from, to, ...trouble } of rows) {
        const fingerprint = activityFingerprint(trouble)
        const spell = { from: instant(from), to: instant(to) }
        spells.set(fingerprint, [...(spells.get(fingerprint) ?? []), spell])
      }
      return spells
    },

    spreads: async (troubles, at) => {
      const oldest = performance.now() - freshMs.spread
      const isFresh = (trouble: Trouble): boolean =>
        (spreads.get(activityFingerprint(trouble))?.readAt ?? -Infinity) >= oldest
      const missing = troubles.filter((trouble) => !isFresh(trouble))
      if (missing.length > 0) {
        const readAt = performance.now()
        const read = await readSpreads(pool, missing, at)
        for (const [fingerprint, spread] of read) spreads.set(fingerprint, { readAt, spread })
      }
      return new Map(
        troubles.flatMap((trouble) => {
          const fingerprint = activityFingerprint(trouble)
          const spread = spreads.get(fingerprint)?.spread
          return spread ? [[fingerprint, spread] as const] : []
        }),
      )
    },

    spreadsAt: (troubles, at) => readSpreads(pool, troubles, at),

    countsAmong: async (personIds, troubles, at) => {
      if (personIds.length === 0 || troubles.length === 0) return new Map()
      const since = later(at, -days(1))
      const { rows } = await pool.query<Trouble & { readonly people: number }>({
        name: 'guichet_activity.trouble_among',
        text: `
          select kind, code, count(distinct person_id)::integer as people
          from unnest($1::text[], $2::text[]) f (kind, code) join guichet_activity.trouble t using (kind, code)
          where t.person_id = any($3::text[]) and t.day >= $4::date and t.last_at >= $5::timestamptz
          group by kind, code`,
        values: [troubles.map(({ kind }) => kind), troubles.map(({ code }) => code), personIds, utcDay(since), since],
      })
      return new Map(rows.map(({ people, ...trouble }) => [activityFingerprint(trouble), people]))
    },

    rates: (at) => rates(utcDay(at)),

    sharedTroubles: async (customers, at) => {
      const troubles = await readShared(pool, customers, at)
      if (troubles.length === 0) return []
      const current = await readSpreads(pool, troubles, at)
      return troubles.flatMap((trouble) => {
        const spread = current.get(activityFingerprint(trouble))
        return spread ? [{ ...trouble, spread }] : []
      })
    },

    whereabouts: (trouble, at) => readWhereabouts(pool, trouble, at),
  }
}

type ActivityRow = Pick<AnalysedActivity, 'kind' | 'code'> & {
  readonly at: Date
  readonly page: string | null
  readonly version: string | null
  readonly opened: boolean
}

/** So many visitors with the same trouble count as one customer: anybody may be any number of visitors. */
const visitorsAsOne = 5

/** How many people rows of trouble (`t`) are of, in SQL: customers, and visitors as fewer. */
const peopleCountSql = (counted: '*' | 'distinct t.person_id'): string =>
  `(count(${counted}) filter (where not t.by_visitor)
    + count(${counted}) filter (where t.by_visitor) / ${visitorsAsOne})::integer`

/** How many customers have a trouble lately, and had it on the days that the desk learns from, all together. */
type CountedSpread = Trouble & { readonly lately: number; readonly before: number; readonly activeDays: number }

async function readSpreads(
  pool: Pool,
  troubles: readonly Trouble[],
  at: Instant,
): Promise<ReadonlyMap<string, Spread>> {
  const { rows } = await pool.query<CountedSpread>({
    name: 'guichet_activity.spreads',
    text: `
      select f.kind, f.code, desk.days as "activeDays",
        (select ${peopleCountSql('distinct t.person_id')} from guichet_activity.trouble t
         where t.kind = f.kind and t.code = f.code
           and t.day between $3::date - 1 and $3::date and t.last_at >= $4::timestamptz) as lately,
        (select ${peopleCountSql('*')} from guichet_activity.trouble t
         where t.kind = f.kind and t.code = f.code
           and t.day >= $3::date - ${learnedDays} and t.day < $3::date) as before
      from unnest($1::text[], $2::text[]) f (kind, code)
      cross join (
        select count(*)::integer as days from generate_series(1, ${learnedDays}) as ago
        where (select p.day from guichet_activity.active_person p where p.day = $3::date - ago limit 1) is not null
      ) desk`,
    values: [troubles.map(({ kind }) => kind), troubles.map(({ code }) => code), utcDay(at), later(at, -days(1))],
  })
  return new Map(
    rows.map(({ lately, before, activeDays, ...trouble }) => {
      const usual = activeDays < fewestLearnedDays ? undefined : before / activeDays
      return [activityFingerprint(trouble), { lately, usual }] as const
    }),
  )
}

/** The trouble of at least so many customers within 24 hours that somebody has met today, or within the last hour. */
async function readShared(pool: Pool, customers: number, at: Instant): Promise<readonly RecentTrouble[]> {
  const since = later(at, -days(1))
  const { rows } = await pool.query<RecentTrouble>({
    name: 'guichet_activity.shared_trouble',
    text: `
      select kind, code, bool_and(by_visitor) as "byVisitors" from guichet_activity.trouble t
      where day >= $1::date and last_at >= $2::timestamptz
      group by kind, code
      having ${peopleCountSql('distinct t.person_id')} >= $3::integer and max(last_at) >= least($4::timestamptz, $5::timestamptz)
      order by bool_and(by_visitor), ${peopleCountSql('distinct t.person_id')} desc, kind, code limit ${mostShared}`,
    values: [utcDay(since), since, customers, `${utcDay(at)}T00:00:00.000Z`, later(at, -ongoingFor)],
  })
  return rows
}

async function readWhereabouts(pool: Pool, { kind, code }: Trouble, at: Instant): Promise<Whereabouts | undefined> {
  const since = later(at, -days(1))
  const valuesOf = (column: 'page' | 'version'): string =>
    `array(
       select ${column} from met t where ${column} is not null
       group by ${column} having ${peopleCountSql('distinct t.person_id')} >= ${fewestPeople}
       order by ${peopleCountSql('distinct t.person_id')} desc, ${column} collate "C" limit 3
     ) as ${column}s`
  const { rows } = await pool.query<Omit<Whereabouts, 'since'> & { readonly since: Date | null }>({
    name: 'guichet_activity.whereabouts',
    text: `
      with people as (
        select person_id, by_visitor, min(first_at) as first_at, max(last_at) as last_at from guichet_activity.trouble
        where kind = $1 and code = $2 and day >= $3::date and last_at >= $4::timestamptz
        group by person_id, by_visitor
      ), met as materialized (
        select a.person_id, c.by_visitor, a.page, a.version
        from (select person_id, by_visitor from people order by last_at desc, person_id limit ${mostPeople}) c
        join guichet_activity.activity a on a.person_id = c.person_id
        where a.critical and a.kind = $1 and a.code = $2 and a.day >= $3::date and a.at >= $4::timestamptz
      )
      select (select min(first_at) from people) as since, ${valuesOf('page')}, ${valuesOf('version')}`,
    values: [kind, code, utcDay(since), since],
  })
  const [row] = rows
  return row?.since ? { ...row, since: instant(row.since) } : undefined
}

/**
 * Reads the rates of a day once for all who ask for them at the same time. When a new day begins, and after some time,
 * they are read again, while the former ones are used. Where the first ones cannot be read, the usual ones are.
 */
function cachedRates(pool: Pool, onError: OnError): (day: string) => Promise<Rates> {
  const usual = learnedRates({ counts: new Map(), any: 0, personDays: 0 })
  let learned: { readonly day: string; readonly rates: Promise<Rates>; readonly freshUntil: number } | undefined
  const set = (day: string, rates: Promise<Rates>, forMs: number): void => {
    learned = { day, rates, freshUntil: performance.now() + forMs }
  }
  const read = (day: string, former: Promise<Rates> | undefined): Promise<Rates> => {
    const reading = readRates(pool, day)
    const meanwhile = former ?? reading.catch(() => usual)
    set(day, meanwhile, freshMs.rates)
    void reading.then(
      () => set(day, reading, freshMs.rates),
      (error: unknown) => {
        onError(error, 'reading how often trouble happens; the former or the usual rates are used')
        set(day, meanwhile, freshMs.failedRates)
      },
    )
    return meanwhile
  }
  return (day) =>
    learned && day <= learned.day && performance.now() < learned.freshUntil ? learned.rates : read(day, learned?.rates)
}

/**
 * The most frequent troubles have rates of their own; any is counted of all. Whoever reports something on one of the
 * days counts on each of them: a product may report nothing but what fails. Visitors do not count.
 */
async function readRates(pool: Pool, day: string): Promise<Rates> {
  const period = `day >= $1::date - ${learnedDays} and day < $1::date and not by_visitor`
  const { rows } = await pool.query<Trouble & { readonly count: number }>(
    `select kind, code, sum(least(count, ${mostCountedADay}))::float8 as count
     from guichet_activity.trouble where ${period}
     group by kind, code order by count desc, kind, code limit ${mostTroubles}`,
    [day],
  )
  const { rows: totals } = await pool.query<{ readonly any: number; readonly personDays: number }>(
    `select
       (select coalesce(sum(least(daily.count, ${mostCountedADay})), 0)::float8 from (
          select sum(count) as count from guichet_activity.trouble
          where ${period} and kind <> 'faq_search' group by day, person_id
        ) as daily) as "any",
       (select count(distinct person_id)::float8 * count(distinct day)
        from guichet_activity.active_person where ${period}) as "personDays"`,
    [day],
  )
  const counts = new Map(rows.map((row) => [activityFingerprint(row), row.count]))
  const { any, personDays } = totals[0] ?? { any: 0, personDays: 0 }
  return learnedRates({ counts, any, personDays })
}
