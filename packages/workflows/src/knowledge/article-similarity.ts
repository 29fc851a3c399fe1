import type { ArticleSimilarity, EmbeddingService, Instant } from '@guichet/domain'
import { LruCache } from '@guichet/domain'
import type { Budget } from '../completion/budget.ts'
import type { CircuitOptions } from '../completion/circuit.ts'
import { createCircuit } from '../completion/circuit.ts'
import { isRefusal, ServiceFailed } from '../completion/json-endpoint.ts'
import type { ArticleVectors } from './article-vectors.ts'
import { firstChange } from './article-vectors.ts'
import { createVectorIndex } from './vector-index.ts'

/** What finds articles by the meaning of a text: the vectors of articles in memory, and the service for that of the text. */
type SimilaritySearch = {
  readonly similarity: ArticleSimilarity
  /** Takes over what has been stored since the last time. @throws the errors of the database. */
  refresh(): Promise<void>
  readonly figures: () => SimilarityFigures
}

/** How searches by meaning fare in this process, since it began. */
export type SimilarityFigures = {
  /** The texts whose vectors are in memory, and the bytes that these have. */
  readonly texts: number
  readonly bytes: number
  /** Searches that the service or the cache gave a vector for. */
  readonly answered: number
  /** Searches that words have answered alone, since the service failed, refused the text or was paused, or its budget was spent. */
  readonly failed: number
  /** Whether the service failed at the last search that asked it. */
  readonly isFailing: boolean
}

type SimilarityParts = {
  readonly service: EmbeddingService
  readonly vectors: Pick<ArticleVectors, 'since'>
  /** How many bytes the vectors have at most. */
  readonly mostBytes: number
  /** The least similarity of an article to a search, from -1 to 1. */
  readonly leastSimilarity: number
  /** How many searches the service is sent. */
  readonly budget: Budget
  /** The time of the budget. */
  readonly at: () => Instant
  readonly circuit?: CircuitOptions
  /** Called once when searches begin to be answered by words alone, once when they are not any more, once when a text is refused, and where memory ends. */
  readonly log: (level: 'info' | 'warn', message: string) => void
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number
}

/** What the log calls the service. */
const serviceName = 'the embedding service of searches'

/** For how long the vector of a search is cached in milliseconds, and how many are. */
const cachedMs = 300_000
const mostCached = 1_000

/** How much of a day's budget searches of the public take at most: the rest is left to the desk. */
const shareOfPublic = 0.75

/** The longest text that a search sends, in UTF-16 units. */
const longestText = 1_000

/** After how long without a refresh everything is read again, in milliseconds: what was removed is known for a day. */
const longestGapMs = 3_600_000

/** The vectors of how many texts are read at once: a text may have a megabyte of them. */
const mostAtOnce = 10

/** Creates the search by meaning; nothing is similar before the first `refresh`. */
export function createSimilaritySearch(parts: SimilarityParts): SimilaritySearch {
  const { service, vectors, mostBytes, leastSimilarity, budget, at, log, now = () => performance.now() } = parts
  const circuit = createCircuit({ now, ...parts.circuit })
  const index = createVectorIndex(mostBytes)
  const cache = new LruCache<string, { readonly vector: Float32Array; readonly until: number }>({
    maxEntries: mostCached,
  })
  let change = firstChange
  let refreshedAt: number | undefined
  let [isFailing, isFull, hasRefused, answered, failed] = [false, false, false, 0, 0]

  /** A text that the service refuses says nothing about other ones: whoever searches for it must not pause the service. */
  const embedQuery = async (text: string): Promise<readonly Float32Array[] | undefined> => {
    try {
      return await service.embed([text], 'query')
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (!hasRefused) log('warn', `${serviceName} refuses a text; words answer such ones alone: ${error.message}`)
      hasRefused = true
      return undefined
    }
  }

  const takeBudget = (searcher: Parameters<ArticleSimilarity>[2]): Promise<boolean> =>
    budget.take(at(), 1, searcher === 'desk' ? [] : [{ person: 'public', share: shareOfPublic, amount: 1 }])

  const vectorOf = async (
    text: string,
    searcher: Parameters<ArticleSimilarity>[2],
  ): Promise<Float32Array | undefined> => {
    const cached = cache.get(text)
    if (cached && cached.until > now()) return cached.vector
    const [vector] = (await circuit(async () => ((await takeBudget(searcher)) ? embedQuery(text) : undefined))) ?? []
    if (vector) cache.set(text, { vector, until: now() + cachedMs })
    return vector
  }
  const succeed = (): void => {
    answered += 1
    if (isFailing) log('info', `${serviceName} answers again`)
    isFailing = false
  }
  const fail = (error: unknown): void => {
    if (isFailing) return
    isFailing = true
    const message = error instanceof ServiceFailed ? error.message : 'an unexpected failure'
    log('warn', `${serviceName} fails; words answer alone until it recovers: ${message}`)
  }

  return {
    similarity: async (text, language, searcher) => {
      const searched = text
        .trim()
        .slice(0, longestText)
        .replaceAll(/\p{Surrogate}/gu, '')
      if (refreshedAt === undefined || searched === '' || index.size.texts === 0) return undefined
      try {
        const vector = await vectorOf(searched, searcher)
        if (!vector) {
          failed += 1
          return undefined
        }
        const similar = index.similarTo(vector, language)
        if (similar === undefined && index.hasLanguage(language))
          throw new ServiceFailed(`the embedding service answered ${vector.length} dimensions, unlike before`)
        succeed()
        return similar && { ...similar, least: leastSimilarity }
      } catch (error) {
        failed += 1
        fail(error)
        return undefined
      }
    },
    refresh: async () => {
      if (refreshedAt !== undefined && now() - refreshedAt > longestGapMs) {
        index.clear()
        change = firstChange
      }
      for (;;) {
        const changes = await vectors.since(change, mostAtOnce)
        for (const { articleId, language, model, vectors: stored } of changes) {
          if (model !== service.model) index.delete(articleId, language)
          else if (!index.set(articleId, language, stored) && !isFull) {
            isFull = true
            log('warn', `the vectors of articles need more than ${mostBytes} bytes: words alone find the rest`)
          }
        }
        change = changes.at(-1)?.change ?? change
        if (changes.length < mostAtOnce) break
      }
      refreshedAt = now()
    },
    figures: () => ({ ...index.size, answered, failed, isFailing }),
  }
}
