import { z } from 'zod'
import { language as languageTag } from '@guichet/domain'
import type { ArticleRow } from '@guichet/projections'
import { mostRelated } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf } from '../context.ts'
import { languageOfViewer } from '../customer-language.ts'
import { readArguments } from '../filter.ts'
import type { ApiContext } from '../services.ts'
import { addArticleType } from './article.ts'
import { addArticleCategory, allCategories } from './article-category.ts'
import { publishedTextOf } from './article-links.ts'
import { searchLanguage } from './article-search.ts'

const usualLimit = 5

const schema = z.object({ language: languageTag.optional(), limit: z.int().min(1).max(mostRelated) })

/** Adds `Article.relatedArticles` and `ArticleCategory.relatedCategories`: those that are stated, and those that texts say. */
export function addRelatedArticles({ builder, use }: SchemaParts): void {
  const article = use(addArticleType)
  const category = use(addArticleCategory)
  const limit = {
    required: true,
    defaultValue: usualLimit,
    description: `How many at most, up to ${mostRelated}.`,
  } as const
  builder.objectField(article, 'relatedArticles', (t) =>
    t.field({
      type: [article],
      description:
        'Other articles that its readers may need: those of `related` first, then those whose texts share its rare words, of them the ones in its category first.',
      args: {
        language: t.arg.string({ description: 'The language of the texts that are compared, yours by default.' }),
        limit: t.arg.int(limit),
      },
      extensions: { cost: 50 },
      resolve: async (row, args, context) => {
        const { language, limit: most } = readArguments(schema, args)
        return [...(await relatedArticles(row, language, most, context))]
      },
    }),
  )
  builder.objectField(category, 'relatedCategories', (t) =>
    t.field({
      type: [category],
      description:
        'Other categories whose articles share the rare words of its own, the closest first; without those that it lies in or that lie in it.',
      args: {
        language: t.arg.string({
          description: 'The language of the texts that are compared, as that of `articleSearch`.',
        }),
        limit: t.arg.int(limit),
      },
      extensions: { cost: 50 },
      resolve: async ({ id: categoryId }, args, context) => {
        const { language: preference, limit: most } = readArguments(schema, args)
        const related = await context.read('relatedArticles')
        const language = await searchLanguage(preference, context)
        if (language === undefined) return []
        const ids = await related.ofCategory({ categoryId, language }, articleReadersOf(context), most)
        const categories = new Map((await allCategories(context)).map((each) => [each.id, each]))
        return ids.flatMap((id) => categories.get(id) ?? [])
      },
    }),
  )
}

/** The articles that readers of one may need, of those that the viewer may read: stated ones, then those that share its words. */
async function relatedArticles(
  row: ArticleRow,
  preference: string | undefined,
  limit: number,
  context: ApiContext,
): Promise<readonly ArticleRow[]> {
  const stated = await articlesOf(row.relatedIds, context)
  const text = publishedTextOf(row, preference ?? (await languageOfViewer(context)))
  if (stated.length >= limit || row.status !== 'active' || !text) return stated.slice(0, limit)
  const related = await context.read('relatedArticles')
  const ids = await related.ofArticle(text, articleReadersOf(context), mostRelated)
  const others = await articlesOf(
    ids.filter((id) => !row.relatedIds.includes(id)),
    context,
  )
  return [...stated, ...others].slice(0, limit)
}

/** The articles that the viewer may read, in the order of their ids. */
const articlesOf = async (ids: readonly string[], { loaders }: ApiContext): Promise<readonly ArticleRow[]> =>
  (await Promise.all(ids.map((id) => loaders.article.load(id)))).filter((each) => each !== null)
