import type { Pool } from 'pg'
import type { ArticleSimilarity, Instant } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import type { ReadModels } from '@guichet/projections'
import { completionSchema, dailyBudget } from '../completion/budget.ts'
import { ServiceFailed } from '../completion/json-endpoint.ts'
import { leaseOf } from '../reaction/checkpoint.ts'
import type { OnError, Repetition } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import type { SimilarityFigures } from './article-similarity.ts'
import { createSimilaritySearch } from './article-similarity.ts'
import { articleVectorSchema, postgresArticleVectors } from './article-vectors.ts'
import { articleEmbedder } from './embed-articles.ts'
import type { EmbeddingServiceOptions } from './embedding-service.ts'
import { httpEmbeddings } from './embedding-service.ts'

/** An embedding service, and how searches use it. */
export type ArticleEmbeddingOptions = EmbeddingServiceOptions & {
  /** How many bytes the vectors of articles take in the memory of each server at most. */
  readonly mostBytes: number
  /** The least similarity of an article to a search, from -1 to 1: what is less similar is not found by it. */
  readonly leastSimilarity: number
  /** How many searches the service is sent a day, in UTC, by all processes together; undefined for any number. */
  readonly budget: number | undefined
}

/** The vectors of articles, and the searches by them. */
export type ArticleEmbeddings = {
  readonly similarity: ArticleSimilarity
  /** Embeds what lacks vectors now, and takes it over for searches of this process. Returns how many texts it embedded. */
  embed(): Promise<number>
  /** Keeps the vectors up to date, in one process of all that do. */
  startEmbedding(): Repetition
  /** Keeps the searches of this process up to date. */
  startSearching(): Repetition
  /** How many published texts lack vectors, or have outdated ones. */
  due(): Promise<number>
  readonly figures: () => SimilarityFigures
}

type OpenOptions = {
  readonly pool: Pool
  readonly service: ArticleEmbeddingOptions
  readonly articles: Pick<ReadModels['articles'], 'revisions'>
  readonly now: () => Instant
  /** Whether the read models show all of the history; may wait for it for some seconds. */
  readonly isCurrent: () => Promise<boolean>
  readonly log: (level: 'info' | 'warn', message: string) => void
  readonly onError: OnError
}

/** After how many milliseconds texts are looked for that lack vectors, and how long the process that does keeps its lease. */
const embedEveryMs = 2_000
const leaseMs = 90_000

/** After how many milliseconds a process takes new vectors over. */
const refreshEveryMs = 1_000

/** Opens the vectors of articles in a database; creates or migrates their tables first. */
export async function openArticleEmbeddings(options: OpenOptions): Promise<ArticleEmbeddings> {
  const { pool, service: asked, articles, now, isCurrent, log, onError } = options
  for (const part of [articleVectorSchema, completionSchema]) await migrateSchema(pool, part)
  const stopping = new AbortController()
  const { signal } = stopping
  const service = httpEmbeddings(asked, signal)
  const vectors = postgresArticleVectors(pool)
  const { similarity, refresh, figures } = createSimilaritySearch({
    ...asked,
    budget: dailyBudget(pool, 'embeddings', asked.budget),
    at: now,
    service,
    vectors,
    log,
  })
  const { turn } = articleEmbedder({ service, vectors, articles, isCurrent })
  return {
    similarity,
    figures,
    due: () => vectors.countDue(service.model),
    embed: async () => {
      const embedded = await turn()
      await refresh()
      return embedded
    },
    startEmbedding: () => {
      const lease = leaseOf(pool, 'embed_articles', leaseMs)
      const claim = async (): Promise<boolean> => (await lease.claim()) !== undefined
      let reported = false
      const work = periodically(
        embedEveryMs,
        async () => {
          if (signal.aborted || !(await claim())) return
          await turn(async () => !signal.aborted && (await claim()))
          reported = false
        },
        (error) => {
          if (signal.aborted) return
          if (!reported) onError(error, 'embedding articles')
          reported = true
        },
      )
      return {
        stop: async () => {
          stopping.abort(new ServiceFailed('the embedding service is not asked any more'))
          await work.stop()
          await lease.release().catch((error: unknown) => onError(error, 'embedding articles'))
        },
      }
    },
    startSearching: () => {
      let reported = false
      return periodically(
        refreshEveryMs,
        async () => {
          await refresh()
          reported = false
        },
        (error) => {
          if (!reported) onError(error, 'reading the vectors of articles')
          reported = true
        },
      )
    },
  }
}
