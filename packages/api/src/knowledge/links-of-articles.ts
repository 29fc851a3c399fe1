import type { ReadModels } from '@guichet/projections'
import { publishedTexts } from '@guichet/projections'

/** The links of a published text of an article to other sites. */
export type LinksOfText = {
  readonly articleId: string
  readonly language: string
  readonly urls: readonly string[]
}

/** How many articles are read together: their texts are long. */
const together = 20

/** The links of all published texts of articles in use, in the order of the ids of the articles; of those that have any. */
export async function* linksOfArticles(
  articles: Pick<ReadModels['articles'], 'listById' | 'byIds' | 'revisions'>,
): AsyncGenerator<LinksOfText, void, undefined> {
  const { outsideLinks } = await import('@guichet/knowledge')
  let last: string | undefined
  for (;;) {
    const ids = (await articles.listById(last, together)).map(({ id }) => id)
    if (ids.length === 0) return
    last = ids.at(-1)
    const keys = (await articles.byIds(ids)).flatMap((row) => (row?.status === 'active' ? publishedTexts(row) : []))
    for (const row of await articles.revisions(keys)) {
      const urls = row ? outsideLinks(row.body) : []
      if (row && urls.length > 0) yield { articleId: row.articleId, language: row.language, urls }
    }
  }
}
