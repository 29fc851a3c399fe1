import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { days, later, parseStream, survivorOf, utcDay } from '@guichet/domain'
import type { Instant } from '@guichet/domain'
import { inTransaction } from '@guichet/eventstore'
import type { ArticleFilter } from '@guichet/projections'
import { articleSelection, byInstant, byNumber, createReader, readSlice } from '@guichet/projections'
import { retryAfterLockFailure } from '../lock-failure.ts'
import type { ReadPersonIds } from '../reaction/person-ids.ts'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'
import { postgresDeflection } from './deflection.ts'
import { postgresOutsideLinks } from './outside-links.ts'
import { markErased } from './person-erasure.ts'
import type { ArticleRating, Rater, Readership, ReadershipFigures } from './readership-port.ts'
import type { ReadershipPeriod } from './readership-period.ts'
import { postgresSearchRecord } from './search-record.ts'
import type { WaitingView } from './view-counter.ts'
import { createViewCounter } from './view-counter.ts'

type ReadershipOptions = {
  readonly pool: Pool
  readonly now: () => Instant
}

/** Bounds of the memory for views: some 200 bytes each. */
const bounds = { mostWaiting: 20_000, mostRecognised: 50_000 } as const

/**
 * Opens what readers make of the articles of a database that has `readershipSchema` and `searchRecordSchema`. `finish` stores all
 * that was gathered.
 */
export function postgresReadership({ pool, now }: ReadershipOptions): Readership & { finish(): Promise<void> } {
  const reader = createReader(pool)
  const views = createViewCounter({ ...bounds, store: (batch) => storeViews(pool, batch, now()) })
  const searches = postgresSearchRecord({ pool, now })

  const deflection = postgresDeflection(pool, now)

  return {
    deflection,
    searches,
    outsideLinks: postgresOutsideLinks(pool),
    view: (view) => views.add(view),
    flush: async () => {
      await Promise.all([views.flush(), searches.flush()])
    },
    finish: async () => {
      await Promise.all([views.flush(), searches.finish()])
    },

    rate: (rating) => retryAfterLockFailure(() => inTransaction(pool, (client) => rate(client, rating))),

    find: async (articleId, language, { kind, id }) => {
      const rows = await reader.rows(sql<SelectedRating>`
        select r.* from guichet_knowledge.article_rating r
        where r.article_id = ${articleId} and r.language = ${language} and r.rater_kind = ${kind} and r.rater_id = ${id}`)
      return rows.map(toRating)[0]
    },

    ratingsOf: (articleId, language, page) =>
      readSlice(
        reader,
        {
          columns: sql`r.*`,
          from: sql`guichet_knowledge.article_rating r`,
          where: sql`r.article_id = ${articleId} ${language === undefined ? sql`` : sql`and r.language = ${language}`}`,
          ordering: byInstant({
            expression: sql`r.rated_at`,
            id: sql`(r.rater_kind || ' ' || r.language || ' ' || r.rater_id)`,
            direction: 'desc',
          }),
        },
        page,
        toRating,
      ),

    figuresOf: async (articleIds, period) => {
      const selected = await reader.rows(sql<SelectedFigures & { readonly id: string }>`
        select k.id, d.*, s.stars from unnest(${[...articleIds]}::text[]) as k (id)
        cross join lateral (
          select ${sums} from guichet_knowledge.article_day d where d.article_id = k.id and ${inPeriod(period)}
        ) d
        cross join lateral (
          select avg(d.stars)::float8 as stars from guichet_knowledge.article_rating d
          where d.article_id = k.id and ${inPeriod(period)}
        ) s`)
      const figures = new Map(selected.map((row) => [row.id, toFigures(row)]))
      return articleIds.map((id) => figures.get(id) ?? noFigures)
    },

    openedOf: async (articleIds, { from, to, language }) => {
      const rows = await reader.rows(sql<{ readonly id: string; readonly opened: number }>`
        select o.article_id as id, count(*)::integer as opened from guichet_knowledge.sent_article_opening o
        join guichet_read.sent_article s on s.stream = o.stream and s.message_id = o.message_id
        where o.article_id = any(${[...articleIds]}::text[])
          and s.at >= ${from}::date::timestamp at time zone 'UTC'
          and s.at < (${to}::date + 1)::timestamp at time zone 'UTC'
          ${language === undefined ? sql`` : sql`and s.language = ${language}`}
        group by o.article_id`)
      const opened = new Map(rows.map((row) => [row.id, row.opened]))
      return articleIds.map((id) => opened.get(id) ?? 0)
    },

    figures: async (filter, period) => {
      const { from, where } = articleSelection({ ...filter, language: period.language }, 'desk')
      const ofArticles = sql`d.article_id in (select a.id from ${from} where ${where}) and ${inPeriod(period)}`
      const [row] = await reader.rows(sql<SelectedFigures>`
        select d.*, s.stars from (select ${sums} from guichet_knowledge.article_day d where ${ofArticles}) d
        cross join (
          select avg(d.stars)::float8 as stars from guichet_knowledge.article_rating d where ${ofArticles}
        ) s`)
      return row ? toFigures(row) : noFigures
    },

    mostRead: (filter, readers, period, page) => {
      const inUse: ArticleFilter = { ...filter, status: ['active'], language: period.language }
      const { columns, from, where, toRow } = articleSelection(inUse, readers)
      return readSlice(
        reader,
        {
          columns,
          // By rank among what the reader sees: a cursor tells neither a number of views nor that there is more.
          from: sql`${from} join (
            select a.id as article_id, row_number() over (order by v.views desc, a.id desc) as place
            from ${from} join (
              select d.article_id, sum(d.views) as views from guichet_knowledge.article_day d
              where ${inPeriod(period)} group by d.article_id having sum(d.views) > 0
            ) v on v.article_id = a.id
            where ${where}
          ) m on m.article_id = a.id`,
          where: sql`true`,
          ordering: byNumber({ expression: sql`m.place`, id: sql`a.id`, direction: 'asc' }),
        },
        page,
        toRow,
      )
    },

    erase: async (customerIds) => {
      if (customerIds.length === 0) return 0
      const erased = await retryAfterLockFailure(() =>
        inTransaction(pool, (client) => erase(client, customerIds, now())),
      )
      await Promise.all([searches.erase(customerIds), deflection.erase(customerIds)])
      return erased
    },

    moveRatings: (from, to) =>
      from === to.id
        ? Promise.resolve()
        : retryAfterLockFailure(() => inTransaction(pool, (client) => moveRatings(client, from, to))),

    removeArticle: async (articleId) => {
      await searches.removeArticle(articleId)
      return retryAfterLockFailure(() => inTransaction(pool, (client) => removeArticle(client, articleId)))
    },
  }
}

/**
 * Removes what customers whose record was taken back with its import have said and read, also as visitors whom they have claimed, and what is stored of articles that were
 * deleted for good.
 */
export const removeReadership = (
  readership: Pick<Readership, 'erase' | 'removeArticle'>,
  personIds: ReadPersonIds,
): Reaction =>
  reaction({
    name: 'remove_readership',
    on: ['CustomerImportWithdrawn', 'ArticleDeleted'],
    inAnyOrder: true,
    react: async ({ stream, event, position }, desk) => {
      const { id } = parseStream(stream)
      if (event.type === 'ArticleDeleted') await readership.removeArticle(id)
      else await readership.erase(await personIds(desk, id, position))
    },
  })

/**
 * Makes what a visitor has said of articles the ratings of the customer who they prove to be, so that they count once,
 * and go with the customer.
 */
export const moveRatingsOfVisitors = (readership: Pick<Readership, 'moveRatings'>): Reaction =>
  reaction({
    name: 'move_ratings',
    on: ['VisitorIdentified'],
    inAnyOrder: true,
    react: async ({ stream, event }, desk) => {
      const { id, name } = event.customer
      await readership.moveRatings(parseStream(stream).id, { id: await survivorOf(desk, id), name })
    },
  })

/**
 * Counts the views that no process has stored before, and forgets who had opened what some days ago. Of arrays Postgres knows the
 * length: of JSON it expects a hundred rows, and compares each of 20,000 with each.
 */
async function storeViews(pool: Pool, views: readonly WaitingView[], now: Instant): Promise<void> {
  await retryAfterLockFailure(() =>
    inTransaction(pool, async (client) => {
      await client.query(whileNoneIsRemoved)
      await client.query(
        `with viewed as (
           select v.* from unnest($1::uuid[], $2::date[], $3::text[], $4::text[]) as v (hash, day, article_id, language)
           where not exists (select from guichet_knowledge.removed_article r where r.article_id = v.article_id)
         ), first as (
           insert into guichet_knowledge.article_view (day, hash) select day, hash from viewed order by day, hash
           on conflict do nothing returning day, hash
         )
         insert into guichet_knowledge.article_day as d (article_id, language, day, views)
         select article_id, language, day, count(*) from viewed join first using (day, hash)
         group by article_id, language, day order by article_id collate "C", language collate "C", day
         on conflict (article_id, language, day) do update set views = d.views + excluded.views`,
        (['hash', 'day', 'article_id', 'language'] as const).map((column) => views.map((view) => view[column])),
      )
    }),
  )
  await pool.query('delete from guichet_knowledge.article_view where day < $1::date', [utcDay(later(now, -days(1)))])
}

const removals = `hashtextextended('removal of articles', 0)`

/** Whoever writes of articles waits for a removal under way, and sees it afterwards. */
const whileNoneIsRemoved = `select pg_advisory_xact_lock_shared(${removals})`

async function removeArticle(client: PoolClient, articleId: string): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${removals})`)
  await client.query('insert into guichet_knowledge.removed_article values ($1) on conflict do nothing', [articleId])
  for (const table of ['article_rating', 'article_day', 'sent_article_opening'])
    await client.query(`delete from guichet_knowledge.${table} where article_id = $1`, [articleId])
}

/** How the counts of a day change. */
type CountChange = ArticleTextColumns & {
  readonly day: string
  readonly helpful: number
  readonly unhelpful: number
}

type ArticleTextColumns = { readonly article_id: string; readonly language: string }

/** Ratings of one person wait for each other, so that each is counted once. All who write lock ratings before counts. */
async function rate(client: PoolClient, rating: ArticleRating): Promise<void> {
  const { articleId, language, rater, isHelpful, stars, comment, ratedAt } = rating
  const key = [articleId, language, rater.kind, rater.id]
  await client.query(whileNoneIsRemoved)
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`article rating ${JSON.stringify(key)}`])
  const removed = await client.query('select from guichet_knowledge.removed_article where article_id = $1', [articleId])
  if (removed.rows.length > 0) return
  const { rows: before } = await client.query<{ readonly day: string; readonly is_helpful: boolean }>(
    `select to_char(day, 'YYYY-MM-DD') as day, is_helpful from guichet_knowledge.article_rating
     where article_id = $1 and language = $2 and rater_kind = $3 and rater_id = $4 for update`,
    key,
  )
  const day = utcDay(ratedAt)
  await client.query(
    `insert into guichet_knowledge.article_rating
       (article_id, language, rater_kind, rater_id, rater_name, is_helpful, stars, comment, rated_at, day)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (article_id, language, rater_kind, rater_id) do update set rater_name = excluded.rater_name,
       is_helpful = excluded.is_helpful, stars = excluded.stars, comment = excluded.comment,
       rated_at = excluded.rated_at, day = excluded.day`,
    [...key, rater.name, isHelpful, stars, comment, ratedAt, day],
  )
  const text = { article_id: articleId, language }
  await changeCounts(client, [
    ...before.map((each) => ({ ...text, day: each.day, ...counted(each.is_helpful, -1) })),
    { ...text, day, ...counted(isHelpful, 1) },
  ])
}

async function erase(client: PoolClient, customerIds: readonly string[], at: Instant): Promise<number> {
  await markErased(client, customerIds, at)
  await client.query('delete from guichet_knowledge.sent_article_opening where person_id = any($1::text[])', [
    customerIds,
  ])
  const { rows } = await client.query<ArticleTextColumns & { readonly day: string; readonly is_helpful: boolean }>(
    `delete from guichet_knowledge.article_rating where rater_kind = 'customer' and rater_id = any($1::text[])
     returning article_id, language, to_char(day, 'YYYY-MM-DD') as day, is_helpful`,
    [customerIds],
  )
  await changeCounts(
    client,
    rows.map(({ is_helpful, ...place }) => ({ ...place, ...counted(is_helpful, -1) })),
  )
  return rows.length
}

/** Ratings are locked in the order of their keys, so that two moves to one customer wait for each other. */
async function moveRatings(client: PoolClient, from: string, { id, name }: Pick<Rater, 'id' | 'name'>): Promise<void> {
  await client.query(
    `select from guichet_knowledge.article_rating where rater_kind = 'customer' and rater_id = any($1::text[])
     order by article_id, language, rater_id for update`,
    [[from, id]],
  )
  const { rows } = await client.query<ArticleTextColumns & { readonly day: string; readonly is_helpful: boolean }>(
    `delete from guichet_knowledge.article_rating r using guichet_knowledge.article_rating o
     where r.rater_kind = 'customer' and o.rater_kind = 'customer'
       and o.article_id = r.article_id and o.language = r.language
       and (r.rater_id = $1 and o.rater_id = $2 and r.rated_at <= o.rated_at
         or r.rater_id = $2 and o.rater_id = $1 and r.rated_at < o.rated_at)
     returning r.article_id, r.language, to_char(r.day, 'YYYY-MM-DD') as day, r.is_helpful`,
    [from, id],
  )
  await client.query(
    `update guichet_knowledge.article_rating set rater_id = $2, rater_name = coalesce($3, rater_name)
     where rater_kind = 'customer' and rater_id = $1`,
    [from, id, name],
  )
  await changeCounts(
    client,
    rows.map(({ is_helpful, ...place }) => ({ ...place, ...counted(is_helpful, -1) })),
  )
}

const counted = (isHelpful: boolean, by: 1 | -1) => ({ helpful: isHelpful ? by : 0, unhelpful: isHelpful ? 0 : by })

async function changeCounts(client: PoolClient, changes: readonly CountChange[]): Promise<void> {
  if (changes.length === 0) return
  await client.query(
    `insert into guichet_knowledge.article_day as d (article_id, language, day, helpful, unhelpful)
     select article_id, language, day, sum(helpful), sum(unhelpful)
     from json_to_recordset($1::json) as c (article_id text, language text, day date, helpful integer, unhelpful integer)
     group by article_id, language, day order by article_id collate "C", language collate "C", day
     on conflict (article_id, language, day) do update
       set helpful = d.helpful + excluded.helpful, unhelpful = d.unhelpful + excluded.unhelpful`,
    [JSON.stringify(changes)],
  )
}

const sums = sql`coalesce(sum(d.views), 0)::float8 as views, coalesce(sum(d.helpful), 0)::float8 as helpful,
  coalesce(sum(d.unhelpful), 0)::float8 as unhelpful`

const inPeriod = ({ from, to, language }: ReadershipPeriod): RawBuilder<unknown> =>
  sql`(d.day between ${from}::date and ${to}::date
    ${language === undefined ? sql`` : sql`and d.language = ${language}`})`

type SelectedFigures = {
  readonly views: number
  readonly helpful: number
  readonly unhelpful: number
  readonly stars: number | null
}

const noFigures: ReadershipFigures = { views: 0, helpful: 0, unhelpful: 0, stars: undefined }

const toFigures = ({ views, helpful, unhelpful, stars }: SelectedFigures): ReadershipFigures => ({
  views,
  helpful,
  unhelpful,
  stars: stars ?? undefined,
})

type SelectedRating = ArticleTextColumns & {
  readonly rater_kind: 'customer' | 'agent'
  readonly rater_id: string
  readonly rater_name: string | null
  readonly is_helpful: boolean
  readonly stars: number | null
  readonly comment: string | null
  readonly rated_at: Date
}

const toRating = (selected: SelectedRating): ArticleRating => ({
  articleId: selected.article_id,
  language: selected.language,
  rater: { kind: selected.rater_kind, id: selected.rater_id, name: selected.rater_name ?? undefined },
  isHelpful: selected.is_helpful,
  stars: selected.stars ?? undefined,
  comment: selected.comment ?? undefined,
  ratedAt: selected.rated_at.toISOString() as Instant,
})
