import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { articleLimits, days, later, utcDay } from '@guichet/domain'
import { articleSelection, createReader } from '@guichet/projections'
import { retryAfterLockFailure } from '../proactive/lock-failure.ts'
import type { ReadershipPeriod } from './readership-period.ts'
import type { WaitingSearch } from './search-gatherer.ts'
import { createSearchGatherer, foldQuery } from './search-gatherer.ts'
import type { ArticleOpening, AskedPhrase, CommonSearch, SearchRecord } from './search-record-port.ts'
import { fewestPeople, searchDays } from './search-record-port.ts'

type SearchRecordOptions = { readonly pool: Pool; readonly now: () => Instant }

/** Bounds of the memory: some 500 bytes for each search. */
const bounds = { mostWaiting: 20_000, mostOfPerson: 50 } as const

/** Opens the record of searches of a database that has `searchRecordSchema`; `finish` stores all that was gathered. */
export function postgresSearchRecord({ pool, now }: SearchRecordOptions): SearchRecord & { finish(): Promise<void> } {
  const reader = createReader(pool)
  const gatherer = createSearchGatherer({
    ...bounds,
    store: async ({ searches, openings }) => {
      if (searches.length > 0) await storeSearches(pool, searches)
      if (openings.length > 0) await storeOpenings(pool, openings)
    },
  })
  const removeOld = async (): Promise<void> => {
    const oldest = utcDay(later(now(), -days(searchDays)))
    await pool.query('delete from guichet_knowledge.article_search where day < $1::date', [oldest])
  }

  return {
    add: (search) => gatherer.add(search),
    open: (opening) => gatherer.open(opening),
    flush: async () => {
      await gatherer.flush()
      await removeOld()
    },
    finish: () => gatherer.flush({ atOnce: true }),

    answer: async ({ customerId, subject, articleId, language, at }) => {
      const query = foldQuery(subject)
      if (query === '') return
      const searcher = { searcher_kind: 'customer', searcher_id: customerId } as const
      const text = { day: utcDay(at), source: 'ticket', language, query } as const
      const outcome = { results: 1, article_ids: [articleId], opened_id: articleId, searched_at: at }
      await storeSearches(pool, [{ ...searcher, ...text, ...outcome }])
    },

    withoutResult: (period, limit) => readCommon(period, sql`s.results = 0`, limit),

    popular: (period, readers, limit) => {
      const { from, where } = articleSelection({ status: ['active'], state: 'published' }, readers)
      const readable = sql`s.results > 0 and exists (select from ${from} where a.id = any(s.article_ids) and ${where})`
      const customers = readers === 'public' ? sql`and s.searcher_kind = 'customer'` : sql``
      return readCommon(period, sql`${readable} ${customers}`, limit)
    },

    phrases: async (limit) => {
      const rows = await reader.rows(sql<SelectedPhrase>`
        with came as materialized (
          select s.opened_id, s.language, s.query,
            count(distinct s.searcher_id) as people,
            count(distinct s.searcher_id) filter (where s.source = 'search') as searches,
            count(distinct s.searcher_id) filter (where s.source = 'ticket') as tickets
          from guichet_knowledge.article_search s
          left join guichet_knowledge.article_rating r on r.article_id = s.opened_id and r.language = s.language
            and r.rater_kind = 'customer' and r.rater_id = s.searcher_id
          where s.opened_id is not null and s.searcher_kind = 'customer' and char_length(s.query) <= ${articleLimits.phrase}
            and (s.source = 'ticket' or r.is_helpful or (r.is_helpful is null and ${needsNothing(now())}))
          group by 1, 2, 3 having count(distinct s.searcher_id) >= ${fewestPeople}
        )
        select c.opened_id as "articleId", c.language, c.query as phrase,
          c.searches::integer as searches, c.tickets::integer as tickets, t.phrases as stated, v.title
        from came c join guichet_read.article a on a.id = c.opened_id and a.status = 'active'
        join guichet_read.article_translation t on t.article_id = c.opened_id and t.language = c.language
        left join guichet_read.article_revision v on v.article_id = c.opened_id and v.language = c.language
          and v.revision = coalesce(t.published, t.revision)
        where c.query <> all(t.phrases || t.declined_phrases) and not exists (
          select from json_array_elements(t.suggested_phrases) e where e ->> 'phrase' = c.query
        )
        order by c.people desc, c.query, c.opened_id limit ${limit}`)
      return rows.flatMap(({ stated, title, ...asked }) => {
        const isStated = [...stated, title ?? ''].some((each) => foldQuery(each) === asked.phrase)
        return isStated ? [] : [asked]
      })
    },

    erase: async (customerIds) => {
      if (customerIds.length === 0) return 0
      const { rowCount } = await retryAfterLockFailure(() =>
        pool.query(
          `delete from guichet_knowledge.article_search where searcher_kind = 'customer' and searcher_id = any($1::text[])`,
          [customerIds],
        ),
      )
      return rowCount ?? 0
    },

    removeArticle: async (articleId) => {
      await retryAfterLockFailure(() =>
        pool.query(`update guichet_knowledge.article_search set opened_id = null where opened_id = $1`, [articleId]),
      )
    },
  }

  function readCommon(
    { from, to, language }: ReadershipPeriod,
    condition: RawBuilder<unknown>,
    limit: number,
  ): Promise<readonly CommonSearch[]> {
    return reader
      .rows(
        sql<Omit<CommonSearch, 'lastSearchedAt'> & { readonly last: Date }>`
        select s.query, s.language, count(distinct (s.searcher_kind, s.searcher_id))::integer as people,
          count(*)::integer as searches, max(s.searched_at) as last
        from guichet_knowledge.article_search s
        where s.source = 'search' and s.day between ${from}::date and ${to}::date
          ${language === undefined ? sql`` : sql`and s.language = ${language}`} and ${condition}
        group by s.query, s.language having count(distinct (s.searcher_kind, s.searcher_id)) >= ${fewestPeople}
        order by people desc, searches desc, s.query, s.language limit ${limit}`,
      )
      .then((rows) => rows.map(({ last, ...row }) => ({ ...row, lastSearchedAt: last.toISOString() as Instant })))
  }
}

type SelectedPhrase = AskedPhrase & { readonly stated: readonly string[]; readonly title: string | null }

/** That a customer has opened neither a ticket nor a chat in the 72 hours after a search, which are over. */
const needsNothing = (now: Instant): RawBuilder<unknown> => {
  const patience = sql`interval '72 hours'`
  const follows = (table: string, moment: string): RawBuilder<unknown> => sql`exists (
    select from ${sql.id('guichet_read', table)} f where f.customer_id = s.searcher_id
      and ${sql.id('f', moment)} between s.searched_at and s.searched_at + ${patience})`
  return sql`s.searched_at <= ${now}::timestamptz - ${patience}
    and not ${follows('ticket', 'opened_at')} and not ${follows('chat', 'started_at')}`
}

/** Stores searches; of one that somebody has repeated on a day, what it has found last. */
async function storeSearches(pool: Pool, searches: readonly WaitingSearch[]): Promise<void> {
  await retryAfterLockFailure(() =>
    pool.query(
      `insert into guichet_knowledge.article_search as s
         (day, source, searcher_kind, searcher_id, language, query, results, article_ids, opened_id, searched_at)
       select day, source, searcher_kind, searcher_id, language, query, results, article_ids, opened_id, searched_at
       from json_to_recordset($1::json) as w (day date, source text, searcher_kind text, searcher_id text, language text,
         query text, results integer, article_ids text[], opened_id text, searched_at timestamptz)
       order by day, source collate "C", searcher_kind collate "C", searcher_id collate "C", language collate "C", query collate "C"
       on conflict (day, source, searcher_kind, searcher_id, language, query) do update set results = excluded.results,
         article_ids = excluded.article_ids, opened_id = coalesce(excluded.opened_id, s.opened_id),
         searched_at = excluded.searched_at`,
      [JSON.stringify(searches)],
    ),
  )
}

/** Gives each opening to the last search of its customer, in the half hour before, that has found the article. */
async function storeOpenings(pool: Pool, openings: readonly ArticleOpening[]): Promise<void> {
  await retryAfterLockFailure(() =>
    pool.query(
      `with opening as (
         select * from json_to_recordset($1::json) as o ("articleId" text, "personId" text, at timestamptz)
       ), led as (
         select s.day, s.searcher_id, s.language, s.query, o."articleId", o.at
         from opening o cross join lateral (
           select * from guichet_knowledge.article_search s
           where s.source = 'search' and s.searcher_kind = 'customer' and s.searcher_id = o."personId"
             and s.searched_at between o.at - interval '30 minutes' and o.at and s.article_ids @> array[o."articleId"]
           order by s.searched_at desc limit 1
         ) s
       ), last as (
         select distinct on (day, searcher_id, language, query) * from led
         order by day, searcher_id, language, query, at desc
       )
       update guichet_knowledge.article_search s set opened_id = l."articleId" from last l
       where s.day = l.day and s.source = 'search' and s.searcher_kind = 'customer' and s.searcher_id = l.searcher_id
         and s.language = l.language and s.query = l.query`,
      [JSON.stringify(openings)],
    ),
  )
}
