import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ArticleSimilarity } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import type { ArticleReaders } from '@guichet/projections'
import { readModels } from '@guichet/projections'
import type { ProjectedHistory } from '@guichet/projections/testing'
import { articleWriter, emptyDesk, historyOf, projectHistory } from '@guichet/projections/testing'
import { completionSchema, dailyBudget } from '../completion/budget.ts'
import { answerOf, embeddingServer } from '../testing/embedding-service.ts'
import { createSimilaritySearch } from './article-similarity.ts'
import type { ArticleVectors } from './article-vectors.ts'
import { articleVectorSchema, postgresArticleVectors } from './article-vectors.ts'
import { articleEmbedder } from './embed-articles.ts'
import type { EmbeddingServiceOptions } from './embedding-service.ts'
import { httpEmbeddings } from './embedding-service.ts'

const desk = emptyDesk()
const write = articleWriter(desk)
let history: ProjectedHistory
let server: Awaited<ReturnType<typeof embeddingServer>>
let projected = 0
let now = 0
let lines: string[] = []

/** Projects what has been written since. */
async function follow(): Promise<void> {
  const events = await historyOf(desk)
  await history.project([events.slice(projected)])
  projected = events.length
}

function embeddings(
  asked: Partial<EmbeddingServiceOptions> = {},
  mostBytes = 10_000_000,
  budget?: number,
  read?: Pick<ArticleVectors, 'since'>,
) {
  const service = httpEmbeddings({
    url: server.url,
    model: 'hashed',
    key: undefined,
    prefixes: { query: '', passage: '' },
    inputTypes: undefined,
    timeoutMs: 5_000,
    batch: 8,
    ...asked,
  })
  const vectors = postgresArticleVectors(history.pool)
  const { articles } = readModels(history.pool)
  const searching = createSimilaritySearch({
    service,
    vectors: read ?? vectors,
    mostBytes,
    leastSimilarity: 0.2,
    budget: dailyBudget(history.pool, 'embeddings', budget),
    at: () => instant(new Date(1_700_000_000_000)),
    circuit: { failures: 2, pauseMs: { first: 1_000, last: 1_000 } },
    log: (level, message) => lines.push(`${level} ${message}`),
    now: () => now,
  })
  const { turn } = articleEmbedder({ service, vectors, articles, isCurrent: async () => true, now: () => now })
  return { ...searching, turn, vectors }
}

/** What the search finds, with what is similar. */
async function found(text: string, similarity: ArticleSimilarity | undefined, readers: ArticleReaders = 'public') {
  const { articleSearch } = readModels(history.pool, { similarity })
  const { hits } = await articleSearch.search({ text, language: 'en', filter: {} }, readers, 20)
  return hits.map(({ articleId }) => articleId)
}

const stored = async () => {
  const { rows } = await history.pool.query<{ text: string }>(
    `select article_id || ' ' || language || ' ' || count(*) as text from guichet_knowledge.article_vector
     group by article_id, language order by 1`,
  )
  return rows.map(({ text }) => text)
}

const locked = 'locked out of my account'

beforeAll(async () => {
  server = await embeddingServer({ locked: 'password', account: 'password', raum: 'password', heizung: 'heating' })
  history = await projectHistory([])
  for (const part of [articleVectorSchema, completionSchema]) await migrateSchema(history.pool, part)
  await write.published('password', { title: 'Reset your password', body: 'Choose a new password.\n\nThen sign in.' })
  await write.published('invoice', { title: 'Download an invoice', body: 'Open billing.' })
  await write.published('heating', { title: 'Turn the heating on', body: 'Open the valve.' })
  await write.published('vault', { title: 'Password of the vault', body: 'The password.' }, { audience: 'internal' })
  await write.published('heizung', { language: 'de', title: 'Heizung einschalten', body: 'Das Ventil.' })
  await follow()
})
afterAll(async () => {
  server.close()
  await history.drop()
})
beforeEach(() => {
  lines = []
})
afterEach(() => server.recover())

describe('the vectors of articles', () => {
  it('are made of every published text once, and by no second turn', async () => {
    const { turn } = embeddings()
    expect(await turn()).toBe(5)
    const asked = server.requests.length
    expect(await stored()).toEqual(['heating en 2', 'heizung de 2', 'invoice en 2', 'password en 2', 'vault en 2'])
    expect(await turn()).toBe(0)
    expect(server.requests).toHaveLength(asked)
  })

  it('are made again when phrases are added, and removed when the text is unpublished', async () => {
    const { turn, refresh, similarity } = embeddings()
    await refresh()
    await write.send('invoice', { type: 'addPhrase', language: 'en', phrase: 'a bill for the taxes' })
    await follow()
    expect(await turn()).toBe(1)
    await refresh()
    expect((await similarity('a bill for the taxes', 'en', 'desk'))?.nearest(1)).toMatchObject([
      { articleId: 'invoice' },
    ])
    await write.send('heating', { type: 'unpublish', language: 'en', reason: 'wrong' })
    await follow()
    expect(await turn()).toBe(0)
    expect(await stored()).not.toContain('heating en 2')
    await refresh()
    expect(
      (await similarity('turn the heating on', 'en', 'desk'))?.nearest(9).map((each) => each.articleId),
    ).not.toContain('heating')
    await write.send('heating', { type: 'publish', language: 'en', revision: 1 })
    await follow()
    expect(await turn()).toBe(1)
  })

  it('are made again by another model, and compare with no others', async () => {
    const other = embeddings({ model: 'other' })
    await other.refresh()
    expect(await other.similarity(locked, 'en', 'desk')).toBeUndefined()
    expect(await other.turn()).toBe(5)
    await other.refresh()
    expect((await other.similarity(locked, 'en', 'desk'))?.nearest(1)).toMatchObject([
      { similarity: expect.any(Number) },
    ])
    expect(await embeddings().turn()).toBe(5)
  })

  it('are all there in the end when a process is killed in between, and when two work at once', async () => {
    await history.pool.query('delete from guichet_knowledge.article_embedding')
    let texts = 0
    expect(await embeddings().turn(async () => ++texts <= 2)).toBe(2)
    const [one, other] = await Promise.all([embeddings().turn(), embeddings().turn()])
    expect(one + other).toBeGreaterThanOrEqual(3)
    expect(await stored()).toEqual(['heating en 2', 'heizung de 2', 'invoice en 2', 'password en 2', 'vault en 2'])
  })

  it('are made of the texts behind one that the service refuses, which is tried again later', async () => {
    await history.pool.query('delete from guichet_knowledge.article_embedding')
    const { turn } = embeddings()
    server.misbehave((response, { input }) => {
      if (input.some((text) => text.includes('invoice'))) response.writeHead(400).end()
      else response.end(answerOf(input.map(() => [1, 2, 3])))
    })
    expect(await turn().catch((error: unknown) => String(error))).toContain('answered 400')
    expect(await stored()).toEqual(['heating en 2', 'heizung de 2', 'password en 2', 'vault en 2'])
    await history.pool.query('delete from guichet_knowledge.article_embedding')
    server.recover()
    now += 600_000
    expect(await turn()).toBe(5)
  })

  it('wait for a text that the articles do not show yet, and hold up no other one', async () => {
    await history.pool.query('delete from guichet_knowledge.article_embedding')
    const ahead = "update guichet_read.article_document set revision = revision + $1 where article_id = 'heating'"
    await history.pool.query(ahead, [1])
    const { turn } = embeddings()
    let texts = 0
    expect(await turn(async () => ++texts <= 50)).toBe(4)
    expect(texts).toBe(5)
    expect(await turn(async () => ++texts <= 50)).toBe(0)
    expect(texts).toBe(6)
    await history.pool.query(ahead, [-1])
    expect(await turn()).toBe(1)
  })

  it('keep their dimension: what the service answers otherwise is not stored', async () => {
    server.misbehave((response, { input }) => response.end(answerOf(input.map(() => [1, 2, 3]))))
    await write.published('printer', { title: 'Print on paper' })
    await follow()
    await expect(embeddings().turn()).rejects.toThrow('answered 3 dimensions, and the vectors that are stored have 256')
    server.recover()
    expect(await embeddings().turn()).toBe(1)
  })
})

describe('a search with embeddings', () => {
  it('finds what shares no word with it, and ranks it with what words find', async () => {
    const { refresh, similarity } = embeddings()
    await refresh()
    expect(await found(locked, undefined)).toEqual([])
    expect((await found(locked, similarity))[0]).toBe('password')
    expect((await found('download an invoice', similarity))[0]).toBe('invoice')
  })

  it('shows the public nothing internal, and ranks as if that were not there', async () => {
    const { refresh, similarity } = embeddings()
    await refresh()
    const withVault = await found('password', similarity)
    expect(await found('password', similarity, 'desk')).toContain('vault')
    expect(withVault).not.toContain('vault')
    await write.send('vault', { type: 'unpublish', language: 'en', reason: 'gone' })
    await follow()
    expect(await found('password', similarity)).toEqual(withVault)
    await write.send('vault', { type: 'publish', language: 'en', revision: 1 })
    await follow()
  })

  it('asks for more of the nearest until there are enough that the public reads', async () => {
    for (let number = 0; number < 60; number++)
      await write.published(
        `internal-${number}`,
        { title: `Password account locked ${number}` },
        { audience: 'internal' },
      )
    await follow()
    const { turn, refresh, similarity } = embeddings()
    await turn()
    await refresh()
    expect((await found(locked, similarity))[0]).toBe('password')
  })

  it('asks for no more than 2,000 of the nearest, however few of them a reader sees', async () => {
    const limits: number[] = []
    const near = Array.from({ length: 9_000 }, (_, number) => ({ articleId: `unseen-${number}`, similarity: 0.9 }))
    const similarity: ArticleSimilarity = async () => ({
      nearest: (limit) => {
        limits.push(limit)
        return near.slice(0, limit)
      },
      similarityOf: () => 0.9,
      least: 0.2,
    })
    expect(await found('download an invoice', similarity)).toEqual(['invoice'])
    expect(limits).toEqual([100, 400, 1_600, 2_000])
  })

  it('reads the vectors of few texts at once', async () => {
    const { vectors, turn } = embeddings()
    await turn()
    const pages: number[] = []
    const { refresh, figures } = embeddings({}, 10_000_000, undefined, {
      since: async (change, limit) => {
        const page = await vectors.since(change, limit)
        pages.push(page.length)
        return page
      },
    })
    await refresh()
    expect(figures().texts).toBeGreaterThan(60)
    expect(Math.max(...pages)).toBe(10)
  })

  it.each([400, 413, 422])('is asked of the service after texts that this has refused with %i', async (status) => {
    const { refresh, similarity, figures } = embeddings()
    await refresh()
    server.misbehave((response) => response.writeHead(status).end())
    for (const text of ['invoice', 'the invoice', 'an invoice'])
      expect(await found(text, similarity)).toEqual(['invoice'])
    expect(lines).toEqual([
      `warn the embedding service of searches refuses a text; words answer such ones alone: the embedding service answered ${status}`,
    ])
    expect(figures()).toMatchObject({ isFailing: false, answered: 0, failed: 3 })
    server.recover()
    expect((await found(locked, similarity))[0]).toBe('password')
  })

  it.each([401, 403, 408, 429])(
    'is asked of the service no more for a while after it has answered %i',
    async (status) => {
      const { refresh, similarity, figures } = embeddings()
      await refresh()
      server.misbehave((response) => response.writeHead(status).end())
      for (const text of ['invoice', 'the invoice']) await found(text, similarity)
      const asked = server.requests.length
      await found('an invoice', similarity)
      expect(server.requests).toHaveLength(asked)
      expect(figures()).toMatchObject({ isFailing: true, failed: 3 })
    },
  )

  it('is answered by words alone while the service fails, is logged once, and asks it no more for a while', async () => {
    const { refresh, similarity, figures } = embeddings()
    await refresh()
    server.misbehave((response) => response.writeHead(500).end())
    for (const text of ['invoice', 'the invoice', 'an invoice'])
      expect(await found(text, similarity)).toEqual(['invoice'])
    const asked = server.requests.length
    expect(await found('invoices', similarity)).toEqual(['invoice'])
    expect(server.requests).toHaveLength(asked)
    expect(lines).toEqual([
      'warn the embedding service of searches fails; words answer alone until it recovers: the embedding service answered 500',
    ])
    expect(figures()).toMatchObject({ isFailing: true, answered: 0, failed: 4 })
    server.recover()
    now += 1_001
    expect((await found(locked, similarity))[0]).toBe('password')
    expect(lines[1]).toBe('info the embedding service of searches answers again')
    expect(figures()).toMatchObject({ isFailing: false, answered: 1 })
  })

  it('is answered by words alone when the service stalls, or answers another dimension', async () => {
    const stalled = embeddings({ timeoutMs: 30 })
    await stalled.refresh()
    server.misbehave(() => undefined)
    expect(await found('download an invoice', stalled.similarity)).toEqual(['invoice'])
    const { refresh, similarity } = embeddings()
    await refresh()
    server.misbehave((response, { input }) => response.end(answerOf(input.map(() => [1, 2, 3]))))
    expect(await found('download an invoice', similarity)).toEqual(['invoice'])
    expect(lines.map((line) => line.split(': ').at(-1))).toEqual([
      'no answer within 0.03 s',
      'the embedding service answered 3 dimensions, unlike before',
    ])
  })

  it('asks the service once for a text that is searched again', async () => {
    const { refresh, similarity } = embeddings()
    await refresh()
    const asked = server.requests.length
    for (let time = 0; time < 3; time++) await found(locked, similarity)
    expect(server.requests).toHaveLength(asked + 1)
  })

  it('is answered by words alone once the budget of the day is spent', async () => {
    const { refresh, similarity, figures } = embeddings({}, 10_000_000, 2)
    await refresh()
    expect((await found(locked, similarity))[0]).toBe('password')
    const asked = server.requests.length
    expect(await found('where is the invoice', similarity)).toEqual(['invoice'])
    expect(server.requests).toHaveLength(asked)
    expect(figures()).toMatchObject({ answered: 1, failed: 1, isFailing: false })
    // A quarter of the budget is left to the desk.
    await found('where is our invoice', similarity, 'desk')
    expect(server.requests).toHaveLength(asked + 1)
    await found('where are our invoices', similarity, 'desk')
    expect(server.requests).toHaveLength(asked + 1)
    expect(figures()).toMatchObject({ answered: 2, failed: 2, isFailing: false })
  })

  it('takes no more memory than it may, and says so once', async () => {
    const { refresh, figures } = embeddings({}, 10_000)
    await refresh()
    await refresh()
    expect(figures().bytes).toBeLessThanOrEqual(10_000)
    expect(figures().bytes).toBeGreaterThan(5_000)
    expect(lines).toEqual(['warn the vectors of articles need more than 10000 bytes: words alone find the rest'])
  })
})
