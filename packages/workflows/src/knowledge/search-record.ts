import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { articleLimits, days, later, SharedReads, utcDay } from '@guichet/domain'
import { articleSelection, createReader, idsOfPersons } from '@guichet/projections'
import { retryAfterLockFailure } from '../lock-failure.ts'
import { erasedSince, whileNobodyIsErased } from './person-erasure.ts'
import type { ReadershipPeriod } from './readership-period.ts'
import type { WaitingSearch } from './search-gatherer.ts'
import { createSearchGatherer, foldQuery, kindOf } from './search-gatherer.ts'
import type { ArticleOpening, AskedPhrase, CommonSearch, SearchRecord } from './search-record-port.ts'
import { fewestPeople, searchDays } from './search-record-port.ts'

type SearchRecordOptions = { readonly pool: Pool; readonly now: () => Instant }

/** Bounds of the memory: some 500 bytes for each search. */
const bounds = { mostWaiting: 20_000, mostOfPerson: 50 } as const

/** How many popular searches are read at most, for how long in milliseconds they are shared, and in how many languages. */
const [mostPopular, sharedMs, mostShared] = [20, 60_000, 200]

/** How many phrases are read at a time. */
const phrasesAtOnce = 200

/** Opens the record of searches of a database that has `searchRecordSchema`; `finish` stores all that was gathered. */
export function postgresSearchRecord({ pool, now }: SearchRecordOptions): SearchRecord & { finish(): Promise<void> } {
  const reader = createReader(pool)
  const gatherer = createSearchGatherer({
    ...bounds,
    store: async ({ searches, openings }) => {
      if (searches.length > 0) await storeSearches(pool, searches)
      if (openings.length === 0) return
      await storeOpenings(pool, openings)
      await storeOpeningsOfSent(pool, reader, openings)
    },
  })
  const popular = new SharedReads<readonly CommonSearch[]>({
    sharedMs,
    maxEntries: mostShared,
    now: () => Date.parse(now()),
  })
  const removeOld = async (): Promise<void> => {
    const oldest = utcDay(later(now(), -days(searchDays)))
    await pool.query('delete from guichet_knowledge.article_search where day < $1::date', [oldest])
    await pool.query('delete from guichet_knowledge.erased_person where erased_at < $1::date', [oldest])
  }

  return {
    add: (search) => gatherer.add(search),
    open: (opening) => gatherer.open(opening),
    flush: async () => {
      await gatherer.flush()
      await removeOld()
    },
    finish: () => gatherer.flush({ atOnce: true }),

    answer: async ({ customerId, ticketId, subject, articleId, language, at }) => {
      const query = foldQuery(subject)
      if (query === '') return
      const searcher = { searcher_kind: kindOf({ kind: 'customer', id: customerId }), searcher_id: customerId } as const
      const text = { day: utcDay(at), source: 'ticket', language, query } as const
      const outcome = {
        results: 1,
        article_ids: [articleId],
        opened_id: articleId,
        searched_at: at,
        ticket_id: ticketId,
      }
      await storeSearches(pool, [{ ...searcher, ...text, ...outcome }])
    },

    forgetTicket: async (ticketId) => {
      await retryAfterLockFailure(() =>
        pool.query('delete from guichet_knowledge.article_search where ticket_id = $1', [ticketId]),
      )
    },

    withoutResult: (period, limit) => readCommon(period, sql`s.results = 0`, limit),

    popular: (period, readers) =>
      popular.get(JSON.stringify([period, readers]), () => {
        const { from, where } = articleSelection({ status: ['active'], state: 'published' }, readers)
        const readable = sql`s.results > 0 and exists (select from ${from} where a.id = any(s.article_ids) and ${where})`
        const customers = readers === 'public' ? sql`and s.searcher_kind = 'customer'` : sql``
        return readCommon(period, sql`${readable} and s.searcher_kind <> 'visitor' ${customers}`, mostPopular)
      }),

    phrases: async function* () {
      for (let last: SelectedPhrase | undefined; ;) {
        const rows = await readPhrases(last)
        for (const { stated, title, people: _, ...asked } of rows)
          if (![...stated, title ?? ''].some((each) => foldQuery(each) === asked.phrase)) yield asked
        last = rows.at(-1)
        if (!last || rows.length < phrasesAtOnce) return
      }
    },

    erase: async (customerIds) => {
      if (customerIds.length === 0) return 0
      const { rowCount } = await retryAfterLockFailure(() =>
        pool.query(
          `delete from guichet_knowledge.article_search where searcher_kind <> 'agent' and searcher_id = any($1::text[])`,
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

  /** The next phrases after one, with what is stated in the text already. */
  function readPhrases(after: SelectedPhrase | undefined): Promise<readonly SelectedPhrase[]> {
    const { people, phrase, articleId, language } = after ?? {}
    const isNext =
      after === undefined
        ? sql`true`
        : sql`(-c.people, c.query, c.opened_id, c.language) > (-${people}::bigint, ${phrase}, ${articleId}, ${language})`
    return reader.rows(sql<SelectedPhrase>`
      with frequent as materialized (
        select s.opened_id, s.language, s.query from guichet_knowledge.article_search s
        where s.opened_id is not null and s.searcher_kind <> 'agent' and char_length(s.query) <= ${articleLimits.phrase}
        group by 1, 2, 3 having count(distinct s.searcher_id) >= ${fewestPeople}
      ), asked as materialized (
        select s.source, s.opened_id, s.language, s.query, s.searched_at, p.ids,
          (select min(i) from unnest(p.ids) i) as person
        from frequent f join guichet_knowledge.article_search s using (opened_id, language, query)
        cross join lateral (select ${idsOfPersons(sql`array[s.searcher_id]`)} as ids) p
        where s.searcher_kind <> 'agent'
      ), came as materialized (
        select s.opened_id, s.language, s.query,
          count(distinct s.person) as people,
          count(distinct s.person) filter (where s.source = 'search') as searches,
          count(distinct s.person) filter (where s.source = 'ticket') as tickets
        from asked s left join lateral (
          select r.is_helpful from guichet_knowledge.article_rating r
          where r.article_id = s.opened_id and r.language = s.language and r.rater_kind = 'customer' and r.rater_id = any(s.ids)
          order by r.rated_at desc limit 1
        ) r on true
        where s.source = 'ticket' or r.is_helpful or (r.is_helpful is null and ${needsNothing(now())})
        group by 1, 2, 3 having count(distinct s.person) >= ${fewestPeople}
      )
      select c.opened_id as "articleId", c.language, c.query as phrase, c.people::integer as people,
        c.searches::integer as searches, c.tickets::integer as tickets, t.phrases as stated, v.title
      from came c join guichet_read.article a on a.id = c.opened_id and a.status = 'active'
      join guichet_read.article_translation t on t.article_id = c.opened_id and t.language = c.language
      left join guichet_read.article_revision v on v.article_id = c.opened_id and v.language = c.language
        and v.revision = coalesce(t.published, t.revision)
      where ${isNext} and c.query <> all(t.phrases || t.declined_phrases) and not exists (
        select from json_array_elements(t.suggested_phrases) e where e ->> 'phrase' = c.query
      )
      order by -c.people, c.query, c.opened_id, c.language limit ${phrasesAtOnce}`)
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

type SelectedPhrase = AskedPhrase & {
  readonly people: number
  readonly stated: readonly string[]
  readonly title: string | null
}

/** That a customer has opened neither a ticket nor a chat in the 72 hours after a search, which are over. */
const needsNothing = (now: Instant): RawBuilder<unknown> => {
  const patience = sql`interval '72 hours'`
  const follows = (table: string, moment: string): RawBuilder<unknown> => sql`exists (
    select from ${sql.id('guichet_read', table)} f where f.customer_id = any(s.ids)
      and ${sql.id('f', moment)} between s.searched_at and s.searched_at + ${patience})`
  return sql`s.searched_at <= ${now}::timestamptz - ${patience}
    and not ${follows('ticket', 'opened_at')} and not ${follows('chat', 'started_at')}`
}

/** Stores searches; of one that somebody has repeated on a day, what it has found last. */
async function storeSearches(pool: Pool, searches: readonly WaitingSearch[]): Promise<void> {
  await whileNobodyIsErased(pool, (client) =>
    client.query(
      `insert into guichet_knowledge.article_search as s
         (day, source, searcher_kind, searcher_id, language, query, results, article_ids, opened_id, searched_at, ticket_id)
       select day, source, searcher_kind, searcher_id, language, query, results, article_ids, opened_id, searched_at, ticket_id
       from json_to_recordset($1::json) as w (day date, source text, searcher_kind text, searcher_id text, language text,
         query text, results integer, article_ids text[], opened_id text, searched_at timestamptz, ticket_id text)
       where not exists (${erasedSince('w.searcher_id', 'w.searched_at')})
       order by day, source collate "C", searcher_kind collate "C", searcher_id collate "C", language collate "C", query collate "C"
       on conflict (day, source, searcher_kind, searcher_id, language, query) do update set results = excluded.results,
         article_ids = excluded.article_ids, opened_id = coalesce(excluded.opened_id, s.opened_id),
         searched_at = excluded.searched_at, ticket_id = excluded.ticket_id`,
      [JSON.stringify(searches)],
    ),
  )
}

type OpenedMessage = {
  readonly stream: string
  readonly message_id: string
  readonly article_id: string
  readonly person_id: string
  readonly opened_at: Date
}

/** Stores which openings come within 30 days of a message in which the article was sent to the same customer, under any of their ids. */
async function storeOpeningsOfSent(
  pool: Pool,
  reader: ReturnType<typeof createReader>,
  openings: readonly ArticleOpening[],
): Promise<void> {
  // A process may store what it has gathered before the read model was built for the first time.
  const { rows } = await pool.query<{ readonly isBuilt: boolean }>(
    `select to_regclass('guichet_read.sent_article') is not null and to_regclass('guichet_read.customer') is not null as "isBuilt"`,
  )
  if (!rows[0]?.isBuilt) return
  const opened = await reader.rows(sql<OpenedMessage>`
    select distinct on (s.stream, s.message_id) s.stream, s.message_id, s.article_id, o."personId" as person_id, o.at as opened_at
    from json_to_recordset(${JSON.stringify(openings)}::json) as o ("articleId" text, "personId" text, at timestamptz)
    cross join lateral (select ${idsOfPersons(sql`array[o."personId"]`)} as ids) p
    join guichet_read.sent_article s on s.article_id = o."articleId" and s.customer_id = any(p.ids)
      and o.at between s.at and s.at + interval '30 days'
    order by s.stream, s.message_id, o.at`)
  if (opened.length === 0) return
  await whileNobodyIsErased(pool, (client) =>
    client.query(
      `insert into guichet_knowledge.sent_article_opening (stream, message_id, article_id, person_id, opened_at)
       select o.stream, o.message_id, o.article_id, o.person_id, o.opened_at
       from json_to_recordset($1::json) as o (stream text, message_id text, article_id text, person_id text, opened_at timestamptz)
       where not exists (select from guichet_knowledge.removed_article r where r.article_id = o.article_id)
         and not exists (${erasedSince('o.person_id', 'o.opened_at')})
       order by o.stream collate "C", o.message_id collate "C"
       on conflict do nothing`,
      [JSON.stringify(opened)],
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
           where s.source = 'search' and s.searcher_kind <> 'agent' and s.searcher_id = o."personId"
             and s.searched_at between o.at - interval '30 minutes' and o.at and s.article_ids @> array[o."articleId"]
           order by s.searched_at desc limit 1
         ) s
       ), last as (
         select distinct on (day, searcher_id, language, query) * from led
         order by day, searcher_id, language, query, at desc
       )
       update guichet_knowledge.article_search s set opened_id = l."articleId" from last l
       where s.day = l.day and s.source = 'search' and s.searcher_kind <> 'agent' and s.searcher_id = l.searcher_id
         and s.language = l.language and s.query = l.query`,
      [JSON.stringify(openings)],
    ),
  )
}
