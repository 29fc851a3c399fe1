/** What a text is embedded for: some models tell a question from a text that may answer it. */
export type EmbeddedTextKind = 'query' | 'passage'

/** The port to a model that turns texts into vectors: the closer two texts are in meaning, the closer are their vectors. */
export type EmbeddingService = {
  /** Names the model and how it is asked. Only vectors of the same name compare. 300 characters at most. */
  readonly model: string
  /**
   * The vectors of texts, in their order, each of length 1 and all with as many dimensions. It rejects when there is no such
   * answer in time.
   */
  embed(texts: readonly string[], kind: EmbeddedTextKind): Promise<readonly Float32Array[]>
}

/** An article whose published text is close in meaning to a search. */
export type SimilarArticle = {
  readonly articleId: string
  /** The cosine of the angle between the vectors of the search and of that part of the text which is closest to it, from -1 to 1. */
  readonly similarity: number
}

/** Articles by their similarity to a search. It includes articles that the searcher may not read. */
export type SimilarArticles = {
  /** The most similar ones by their texts in the language of the search, the closest first. */
  nearest(limit: number): readonly SimilarArticle[]
  /**
   * How similar an article is by its texts in any language: models compare texts across languages, and a translation may have
   * the words that another lacks. -1 for one without vectors.
   */
  similarityOf(articleId: string): number
  /** What is less similar is not found, from -1 to 1. */
  readonly least: number
}

/**
 * The port by which the search of articles learns what is close to a text in meaning, among the texts of a language. It resolves
 * to undefined where that cannot be known in time, and never rejects: the words answer alone then. Who searches decides what of
 * the budget it may take, so that searches of the public leave some of it to the desk.
 */
export type ArticleSimilarity = (
  text: string,
  language: string,
  searcher: 'public' | 'desk',
) => Promise<SimilarArticles | undefined>
