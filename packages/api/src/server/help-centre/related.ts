import { LruCache } from '@guichet/domain'
import type { ReadModels, RevisionKey } from '@guichet/projections'
import { sharedAnswer } from '../health.ts'

/** How many related articles, or topics, a page has. */
export const mostRelatedOnPage = 5

/** How long what texts share is known without a query, in milliseconds, and how long a query may take. */
const sharing = { cachedFor: 60_000, givenUpAfter: 10_000 }

/** For how many articles and categories it is known. */
const mostCached = 10_000

/**
 * What readers of an article or of a category may need too, by the words that public texts share; up to a minute old. Whether the
 * public still reads it is for the caller to ask.
 */
export type RelatedPages = {
  ofArticle(article: Pick<RevisionKey, 'articleId' | 'language'>): Promise<readonly string[]>
  ofCategory(category: { readonly categoryId: string; readonly language: string }): Promise<readonly string[]>
}

/** Creates what knows the articles and categories that are related, by their ids. */
export function createRelatedPages({ relatedArticles }: Pick<ReadModels, 'relatedArticles'>): RelatedPages {
  const cache = new LruCache<string, () => Promise<readonly string[]>>({ maxEntries: mostCached })
  const once = async (name: string, read: () => Promise<readonly string[]>): Promise<readonly string[]> => {
    const last = cache.get(name)
    const shared = last ?? sharedAnswer(read, sharing)
    if (!last) cache.set(name, shared)
    try {
      return await shared()
    } catch (error) {
      cache.delete(name)
      throw error
    }
  }
  return {
    ofArticle: ({ articleId, language }) =>
      once(`article ${language} ${articleId}`, () =>
        relatedArticles.ofArticle({ articleId, language }, 'public', 2 * mostRelatedOnPage),
      ),
    ofCategory: ({ categoryId, language }) =>
      once(`category ${language} ${categoryId}`, () =>
        relatedArticles.ofCategory({ categoryId, language }, 'public', mostRelatedOnPage),
      ),
  }
}
