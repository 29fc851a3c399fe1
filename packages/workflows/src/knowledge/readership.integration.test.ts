import type { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EventEnvelope, GuichetEvent, Instant } from '@guichet/domain'
import { chatActor, days, instant, later, utcDay } from '@guichet/domain'
import { deskInMemory } from '@guichet/domain/testing'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { openReadership } from './open-readership.ts'
import { personIdsAt } from '../reaction/person-ids.ts'
import { moveRatingsOfVisitors, postgresReadership, removeReadership } from './readership.ts'
import type { ArticleRating, Readership } from './readership-port.ts'
import { readershipSchema } from './readership-tables.ts'
import { searchRecordSchema } from './search-record-tables.ts'

const noon = instant('2026-03-02T12:00:00.000Z')
const tomorrow = later(noon, days(1))
const period = { from: utcDay(noon), to: utcDay(tomorrow) }

describe('the readership of articles', () => {
  let database: TestDatabase
  let pool: Pool
  let readership: Readership
  let now: Instant

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 8 })
    for (const part of [readershipSchema, searchRecordSchema]) await migrateSchema(pool, part)
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  beforeEach(() => {
    now = noon
    readership = postgresReadership({ pool, now: () => now })
  })
  afterEach(async () => {
    await pool.query(
      `truncate guichet_knowledge.article_day, guichet_knowledge.article_rating, guichet_knowledge.article_view,
        guichet_knowledge.removed_article`,
    )
  })

  const view = (personId: string, articleId = 'a-1', at = noon, to = readership): void =>
    to.view({ articleId, language: 'en', personId, at })
  const rating = (id: string, isHelpful: boolean, more: Partial<ArticleRating> = {}): ArticleRating => ({
    articleId: 'a-1',
    language: 'en',
    rater: { kind: 'customer', id },
    isHelpful,
    stars: undefined,
    comment: undefined,
    ratedAt: noon,
    ...more,
  })
  const figuresOf = async (articleId = 'a-1', within = period) => (await readership.figuresOf([articleId], within))[0]
  const stored = async () => (await pool.query('select * from guichet_knowledge.article_day order by day')).rows

  it('counts a person once who is seen by two processes, and after a restart', async () => {
    const other = postgresReadership({ pool, now: () => now })
    for (const each of [readership, other]) for (const id of ['zoe', 'max']) view(id, 'a-1', noon, each)
    await Promise.all([readership.flush(), other.flush()])
    const restarted = postgresReadership({ pool, now: () => now })
    view('zoe', 'a-1', noon, restarted)
    view('zoe', 'a-1', tomorrow, restarted)
    await restarted.flush()
    expect(await figuresOf()).toMatchObject({ views: 3 })
    expect(await figuresOf('a-1', { from: utcDay(noon), to: utcDay(noon) })).toMatchObject({ views: 2 })
    expect(await figuresOf('a-2')).toEqual({ views: 0, helpful: 0, unhelpful: 0, stars: undefined })
  })

  it('forgets who has opened what two days later, and keeps how many', async () => {
    view('zoe')
    await readership.flush()
    now = later(noon, days(2))
    view('max', 'a-1', now)
    await readership.flush()
    const { rows } = await pool.query('select day from guichet_knowledge.article_view')
    expect(rows).toHaveLength(1)
    expect(await figuresOf('a-1', { from: utcDay(noon), to: utcDay(now) })).toMatchObject({ views: 2 })
  })

  it('stores thousands of views of one person as a row for each article', async () => {
    for (let n = 0; n < 5_000; n++) view('zoe', `a-${n % 50}`)
    await readership.flush()
    expect(await stored()).toHaveLength(50)
  })

  it('stores the views of the last minute when it stops', async () => {
    const opened = await openReadership({ pool, now: () => now, onError: () => undefined })
    opened.view({ articleId: 'a-1', language: 'en', personId: 'zoe', at: noon })
    await opened.stop()
    expect(await figuresOf()).toMatchObject({ views: 1 })
  })

  it('counts a rating on the day on which it was given last', async () => {
    await readership.rate(rating('zoe', true))
    await readership.rate(rating('max', true))
    await readership.rate(rating('zoe', false, { ratedAt: tomorrow, stars: 2 }))
    expect(await stored()).toMatchObject([
      { helpful: '1', unhelpful: '0' },
      { helpful: '0', unhelpful: '1' },
    ])
    expect(await figuresOf()).toEqual({ views: 0, helpful: 1, unhelpful: 1, stars: 2 })
  })

  it('counts what many say at once, each once, while others are erased', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `person-${n}`)
    const articles = ['a-1', 'a-2', 'a-3']
    const ratings = ids.flatMap((id, n) =>
      articles.flatMap((articleId) =>
        [noon, tomorrow].map((ratedAt) => rating(id, n % 2 === 0, { articleId, ratedAt })),
      ),
    )
    await Promise.all([
      ...ratings.map((each) => readership.rate(each)),
      ...ids.slice(6).map((id) => readership.erase([id])),
    ])
    await readership.erase(ids.slice(6))
    for (const articleId of articles) expect(await figuresOf(articleId)).toMatchObject({ helpful: 3, unhelpful: 3 })
    const { rows } = await readership.ratingsOf('a-2', undefined, { limit: 100 })
    expect(rows.map(({ row }) => row.rater.id).toSorted()).toEqual(ids.slice(0, 6).toSorted())
  })

  it('lists ratings in pages, the latest first, of a language or of all', async () => {
    for (let n = 0; n < 5; n++)
      await readership.rate(
        rating(`p-${n}`, true, { ratedAt: later(noon, n < 3 ? 0 : n), language: n === 4 ? 'fr' : 'en' }),
      )
    const first = await readership.ratingsOf('a-1', undefined, { limit: 3 })
    const next = await readership.ratingsOf('a-1', undefined, { limit: 3, after: first.rows[2]?.keyset })
    const ids = [...first.rows, ...next.rows].map(({ row }) => row.rater.id)
    expect([ids, first.hasNext, next.hasNext]).toEqual([['p-4', 'p-3', 'p-2', 'p-1', 'p-0'], true, false])
    expect((await readership.ratingsOf('a-1', 'fr', { limit: 3 })).rows).toHaveLength(1)
  })

  it('erases what a customer has said, and nothing of the desk under the same id', async () => {
    await readership.rate(rating('ana', true, { comment: 'I am Ana.' }))
    await readership.rate(rating('ana', true, { rater: { kind: 'agent', id: 'ana' } }))
    expect(await readership.erase(['ana'])).toBe(1)
    expect(await readership.erase([])).toBe(0)
    const { rows } = await readership.ratingsOf('a-1', undefined, { limit: 10 })
    expect(rows.map(({ row }) => row.rater.kind)).toEqual(['agent'])
    expect(await figuresOf()).toMatchObject({ helpful: 1 })
  })

  it('removes what is stored of an article that was deleted for good, by its event', async () => {
    const desk = deskInMemory()
    const by = { kind: 'agent', id: 'ana' } as const
    await desk.execute('article', 'a-1', { type: 'create', language: 'en', title: 'x', body: 'y' }, { by })
    await desk.execute('article', 'a-1', { type: 'delete', reason: 'Wrong.' }, { by })
    await readership.rate(rating('zoe', true, { comment: 'Thanks.' }))
    await readership.rate(rating('zoe', true, { articleId: 'a-2' }))
    const history = (await desk.store.readStream('article-a-1')) as readonly EventEnvelope<GuichetEvent>[]
    const deleted = history.filter(({ event }) => event.type === 'ArticleDeleted')
    const personIds = personIdsAt({ reached: async () => true, withMerged: async (id) => [id] })
    await removeReadership(readership, personIds).react(deleted, desk)
    expect(await figuresOf()).toMatchObject({ helpful: 0 })
    expect(await figuresOf('a-2')).toMatchObject({ helpful: 1 })
  })

  it('writes nothing of an article that was removed while its views were gathered', async () => {
    view('zoe')
    view('zoe', 'a-2')
    await Promise.all([readership.removeArticle('a-1'), readership.flush()])
    view('max')
    await readership.flush()
    await readership.rate(rating('zoe', true))
    expect(await stored()).toMatchObject([{ article_id: 'a-2', views: '1' }])
    expect((await readership.ratingsOf('a-1', undefined, { limit: 10 })).rows).toEqual([])
  })

  it('makes the ratings of a visitor those of the customer who they prove to be, and counts the later of two', async () => {
    const desk = deskInMemory()
    const visitorId = 'visitor-00000000-0000-4000-8000-000000000001'
    const afterwards = later(noon, 1)
    await readership.rate(rating(visitorId, true, { comment: 'Before.' }))
    await readership.rate(rating('zoe', false, { ratedAt: afterwards }))
    await readership.rate(rating(visitorId, false, { articleId: 'a-2', ratedAt: afterwards }))
    await readership.rate(rating('zoe', true, { articleId: 'a-2' }))
    await readership.rate(rating(visitorId, true, { articleId: 'a-3' }))
    await readership.rate(rating('max', true, { articleId: 'a-3' }))
    const customer = { id: 'zoe', name: 'Zoé Dupont' }
    const outcome = await desk.engine.execute('customer', visitorId, { type: 'identify', customer }, { by: chatActor })
    expect(outcome.ok).toBe(true)
    const history = (await desk.store.readStream(`customer-${visitorId}`)) as readonly EventEnvelope<GuichetEvent>[]
    const identified = history.filter(({ event }) => event.type === 'VisitorIdentified')
    const move = moveRatingsOfVisitors(readership)
    for (let time = 0; time < 2; time++) await move.react(identified, desk)
    expect(await figuresOf('a-1')).toMatchObject({ helpful: 0, unhelpful: 1 })
    expect(await figuresOf('a-2')).toMatchObject({ helpful: 0, unhelpful: 1 })
    expect(await figuresOf('a-3')).toMatchObject({ helpful: 2, unhelpful: 0 })
    expect((await readership.find('a-3', 'en', { kind: 'customer', id: 'zoe' }))?.rater.name).toBe('Zoé Dupont')
    expect(await readership.erase(['zoe'])).toBe(3)
    expect(await figuresOf('a-3')).toMatchObject({ helpful: 1 })
  })
})
