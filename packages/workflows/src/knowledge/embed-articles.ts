import type { EmbeddingService } from '@guichet/domain'
import type { ReadModels } from '@guichet/projections'
import { ServiceFailed } from '../completion/json-endpoint.ts'
import { retryPause } from '../supervision.ts'
import type { ArticleVectors, PublishedText } from './article-vectors.ts'
import { chunksOf } from './article-chunks.ts'

/** What embeds published texts, by what they differ from the stored vectors. */
type ArticleEmbedder = {
  /**
   * Embeds the texts that lack vectors, and removes the vectors of what is not published any more. Where it is broken off, the
   * next turn goes on: a text has all its vectors or none of the new ones. A text that the articles do not show yet waits for the
   * next turn too. Returns how many it has embedded.
   * @param mayGoOn asked before each text; false ends the turn.
   * @throws ServiceFailed when the service fails with a text, after the others, or at once with several in a row; the errors
   *   of the database.
   */
  turn(mayGoOn?: () => Promise<boolean>): Promise<number>
}

type EmbedderParts = {
  readonly service: EmbeddingService
  readonly vectors: ArticleVectors
  readonly articles: Pick<ReadModels['articles'], 'revisions'>
  /** Whether the read models show all of the history; may wait for it for some seconds. */
  readonly isCurrent: () => Promise<boolean>
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number
}

/** How many texts are looked up at once. */
const mostAtOnce = 200

/** After how many failures in a row the service is taken to be away: fewer may be the fault of texts. */
const mostFailures = 3

type Failure = { readonly attempts: number; readonly until: number }

/**
 * Embeds published texts by a service. A text that the service refuses is tried again with growing pauses, and holds up no
 * other one.
 */
export function articleEmbedder(parts: EmbedderParts): ArticleEmbedder {
  const { service, vectors, articles, isCurrent, now = () => performance.now() } = parts
  const failures = new Map<string, Failure>()

  /** Resolves to false for a text that the articles do not show yet: their read model may be behind that of the search. */
  const embed = async (text: PublishedText): Promise<boolean> => {
    const [revision] = await articles.revisions([text])
    if (!revision) return false
    const chunks = chunksOf({ ...revision, phrases: text.phrases })
    const embedded = await service.embed(chunks, 'passage')
    const dimension = await vectors.dimensionOf(service.model)
    const answered = embedded[0]?.length
    if (dimension !== undefined && answered !== undefined && dimension !== answered)
      throw new ServiceFailed(
        `the embedding service answered ${answered} dimensions, and the vectors that are stored have ${dimension}`,
      )
    await vectors.save(text, service.model, embedded)
    return true
  }

  const dueTexts = async (unseen: ReadonlySet<string>): Promise<readonly PublishedText[]> => {
    for (const [key, { until, attempts }] of failures) if (until + retryPause(attempts) < now()) failures.delete(key)
    const waiting = [...failures.values()].filter(({ until }) => until > now()).length
    const due = await vectors.due(service.model, mostAtOnce + waiting + unseen.size)
    return due.filter((text) => !unseen.has(keyOf(text)) && (failures.get(keyOf(text))?.until ?? 0) <= now())
  }

  return {
    turn: async (mayGoOn = () => Promise.resolve(true)) => {
      if (await isCurrent()) await vectors.removeUnpublished()
      let [embedded, inARow] = [0, 0]
      let failure: ServiceFailed | undefined
      const unseen = new Set<string>()
      for (let due = await dueTexts(unseen); due.length > 0; due = await dueTexts(unseen)) {
        const before = embedded + unseen.size
        for (const text of due) {
          if (!(await mayGoOn())) return embedded
          try {
            if (!(await embed(text))) {
              unseen.add(keyOf(text))
              continue
            }
            failures.delete(keyOf(text))
            embedded += 1
            inARow = 0
          } catch (error) {
            if (!(error instanceof ServiceFailed)) throw error
            const attempts = (failures.get(keyOf(text))?.attempts ?? 0) + 1
            failures.set(keyOf(text), { attempts, until: now() + retryPause(attempts) })
            inARow += 1
            failure = error
            if (inARow === mostFailures) throw error
          }
        }
        if (embedded + unseen.size === before) break
      }
      if (failure) throw failure
      return embedded
    },
  }
}

const keyOf = ({ articleId, language, revision, phrases }: PublishedText): string =>
  JSON.stringify([articleId, language, revision, phrases])
