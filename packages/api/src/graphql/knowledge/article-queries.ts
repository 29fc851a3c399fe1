import { z } from 'zod'
import { articleStatuses, articleAudiences, difficulties, id, language, limits, line } from '@guichet/domain'
import type { TranslationState } from '@guichet/projections'
import { translationStates, wasPublicArticle } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf, seesOwnOnly } from '../context.ts'
import { list, readFilter } from '../filter.ts'
import { connectionOf } from '../paging.ts'
import { enumOf } from '../vocabulary.ts'
import { addArticleConnection, addArticleType } from './article.ts'
import { addArticleCategory, allCategories } from './article-category.ts'
import { addArticleEnums } from './article-enums.ts'

const stateNames: Readonly<Record<TranslationState, string>> = {
  draft: 'Its last revision is not published.',
  in_review: 'A revision waits for its review.',
  approved: 'Its last revision is approved, and not published yet.',
  published: 'Readers see it.',
  stale: 'Readers see it, and it does not say any more what the first language says.',
  phrases_suggested: 'Words are suggested for it, and nobody has approved or declined them yet.',
}

const filterSchema = z.object({
  status: list(z.enum(articleStatuses)),
  categoryId: id.optional(),
  tags: list(line(limits.tag)),
  difficulty: list(z.enum(difficulties)),
  audience: z.enum(articleAudiences).optional(),
  language: language.optional(),
  state: z.enum(translationStates).optional(),
  relatedTo: id.optional(),
})

const mostTags = 200

/** Adds `article`, `articles`, `articleCategories` and `articleTags`. */
export function addArticleQueries({ builder, use }: SchemaParts): void {
  const article = use(addArticleType)
  const connection = use(addArticleConnection)
  const category = use(addArticleCategory)
  const enums = use(addArticleEnums)
  const state = enumOf(builder, 'ArticleTextState', translationStates, {
    description: 'What the desk looks for among the texts of articles.',
    describe: (word) => stateNames[word],
  })
  const filterInput = builder.inputType('ArticleFilter', {
    description: 'Conditions on articles, all of which must hold.',
    fields: (t) => ({
      status: t.field({ type: [enums.status], description: 'Any of these.' }),
      categoryId: t.id({ description: 'Those in a category, or in one that lies in it.' }),
      tags: t.stringList({ description: 'Those with all of these tags.' }),
      difficulty: t.field({ type: [enums.difficulty], description: 'Any of these.' }),
      audience: t.field({ type: enums.audience, description: 'Who reads them.' }),
      language: t.string({ description: 'Those with a text in the language; for customers, with a published one.' }),
      state: t.field({
        type: state,
        description: 'Those with a text, in the language if one is given, in this state. Customers see published ones.',
      }),
      relatedTo: t.id({ description: 'Those whose readers may need this article.' }),
    }),
  })
  const tag = builder.objectRef<{ readonly tag: string; readonly articles: number }>('ArticleTag').implement({
    description: 'A tag of articles.',
    fields: (t) => ({
      tag: t.exposeString('tag', { description: 'The tag.' }),
      articles: t.exposeInt('articles', { description: 'How many articles that you may read have it.' }),
    }),
  })
  builder.queryFields((t) => ({
    article: t.field({
      type: article,
      nullable: true,
      description: 'An article by its id; null if there is none that you may read.',
      args: { id: t.arg.id({ required: true, description: 'The id.' }) },
      resolve: (_, { id: articleId }, { loaders }) => loaders.article.load(articleId),
    }),
    articleReplacement: t.field({
      type: article,
      nullable: true,
      description:
        'The article that readers of a deleted one are sent to; null if there is none that you may read, or if you could never read the deleted one.',
      args: { id: t.arg.id({ required: true, description: 'The id of the deleted article.' }) },
      extensions: { cost: 2 },
      resolve: async (_, { id: articleId }, context) => {
        if (!id.safeParse(articleId).success) return null
        const [deleted] = await (await context.read('articles')).byIds([articleId])
        if (deleted?.replacedBy === undefined || (seesOwnOnly(context) && !wasPublicArticle(deleted))) return null
        return context.loaders.article.load(deleted.replacedBy)
      },
    }),
    articles: t.connection(
      {
        type: article,
        description:
          'Articles, those that have changed last first. Customers get those that are published for everybody.',
        args: { filter: t.arg({ type: filterInput, description: 'Which ones; all unless given.' }) },
        extensions: { cost: 100 },
        resolve: (_, { filter, ...args }, context) =>
          connectionOf('articles', args, async (page) =>
            (await context.read('articles')).list(readFilter(filterSchema, filter), articleReadersOf(context), page),
          ),
      },
      connection,
    ),
    articleCategories: t.field({
      type: [category],
      description: 'All categories of articles, in their order; for customers, the public ones.',
      extensions: { cost: 20 },
      resolve: async (_, __, context) => [...(await allCategories(context))],
    }),
    articleTags: t.field({
      type: [tag],
      description: `The ${mostTags} most frequent tags of articles that you may read, the most frequent first.`,
      extensions: { cost: 20 },
      resolve: async (_, __, context) => [
        ...(await (await context.read('articles')).tags(articleReadersOf(context), mostTags)),
      ],
    }),
  }))
}
