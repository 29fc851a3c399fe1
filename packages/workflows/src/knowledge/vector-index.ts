import type { SimilarArticle, SimilarArticles } from '@guichet/domain'

/** The vectors of articles by language, in memory. */
type VectorIndex = {
  /** How many texts there are, and how many bytes their vectors have. */
  readonly size: { readonly texts: number; readonly bytes: number }
  /** Puts the vectors of a text in place of those before; false where there is no room for them. */
  set(articleId: string, language: string, vectors: readonly Float32Array[]): boolean
  delete(articleId: string, language: string): void
  clear(): void
  /** Whether there are vectors of texts in a language. */
  hasLanguage(language: string): boolean
  /** The articles of a language by their similarity to a vector; undefined for one of other dimensions, or where there are none. */
  similarTo(vector: Float32Array, language: string): Omit<SimilarArticles, 'least'> | undefined
}

/** Creates an index. @param mostBytes how many bytes its vectors have at most. */
export function createVectorIndex(mostBytes: number): VectorIndex {
  /** By language, then by article: all vectors of a text, one after the other. */
  const languages = new Map<string, Map<string, Float32Array>>()
  let [count, bytes] = [0, 0]
  const remove = (articleId: string, language: string): void => {
    const ofLanguage = languages.get(language)
    const numbers = ofLanguage?.get(articleId)
    if (!ofLanguage || !numbers) return
    ofLanguage.delete(articleId)
    if (ofLanguage.size === 0) languages.delete(language)
    count -= 1
    bytes -= numbers.byteLength
  }
  return {
    get size() {
      return { texts: count, bytes }
    },
    set: (articleId, language, vectors) => {
      remove(articleId, language)
      const numbers = concatenated(vectors)
      if (numbers.length === 0) return true
      if (bytes + numbers.byteLength > mostBytes) return false
      const ofLanguage = languages.get(language) ?? new Map<string, Float32Array>()
      languages.set(language, ofLanguage.set(articleId, numbers))
      count += 1
      bytes += numbers.byteLength
      return true
    },
    delete: remove,
    clear: () => {
      languages.clear()
      count = 0
      bytes = 0
    },
    hasLanguage: (language) => languages.has(language),
    similarTo: (vector, language) => {
      const ofLanguage = languages.get(language)
      if (!ofLanguage) return undefined
      const scores: SimilarArticle[] = []
      for (const [articleId, numbers] of ofLanguage)
        if (numbers.length % vector.length === 0) scores.push({ articleId, similarity: closest(vector, numbers) })
      if (scores.length === 0) return undefined
      return {
        nearest: (limit) => highest(scores, limit),
        similarityOf: (articleId) =>
          Math.max(
            ...[...languages.values()].map((texts) => {
              const numbers = texts.get(articleId)
              return numbers && numbers.length % vector.length === 0 ? closest(vector, numbers) : -1
            }),
          ),
      }
    },
  }
}

function concatenated(vectors: readonly Float32Array[]): Float32Array {
  const dimension = vectors[0]?.length ?? 0
  const numbers = new Float32Array(dimension * vectors.length)
  for (const [index, vector] of vectors.entries()) numbers.set(vector, index * dimension)
  return numbers
}

/** The greatest product of a vector with one of several, one after the other: of vectors of length 1, their cosine. */
function closest(vector: Float32Array, numbers: Float32Array): number {
  const dimension = vector.length
  let best = -1
  for (let from = 0; from < numbers.length; from += dimension) {
    let product = 0
    for (let index = 0; index < dimension; index++) product += (vector[index] ?? 0) * (numbers[from + index] ?? 0)
    if (product > best) best = product
  }
  return best
}

/** The articles of the highest similarity, the highest first; of the same one, in the order of their ids. */
const highest = (scores: readonly SimilarArticle[], limit: number): readonly SimilarArticle[] => {
  const least = limit < scores.length ? leastOf(scores, limit) : -Infinity
  return scores
    .filter(({ similarity }) => similarity >= least)
    .sort((a, b) => b.similarity - a.similarity || (a.articleId < b.articleId ? -1 : 1))
    .slice(0, limit)
}

/** The similarity of the last one of so many that are the most similar. */
function leastOf(scores: readonly SimilarArticle[], limit: number): number {
  const sorted = Float64Array.from(scores, ({ similarity }) => similarity).sort()
  return sorted[sorted.length - limit] ?? -Infinity
}
