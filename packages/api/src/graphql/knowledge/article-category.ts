import { languageFor } from '@guichet/domain'
import type { ArticleCategoryRow } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf } from '../context.ts'
import { languageOfViewer } from '../customer-language.ts'
import { loadNodes } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { addArticleEnums } from './article-enums.ts'

type CategoryText = ArticleCategoryRow['texts'][string] & { readonly language: string }

/** Adds `ArticleCategory`. Customers see those that are public. */
export function addArticleCategory({ builder, use }: SchemaParts) {
  const { audience } = use(addArticleEnums)
  const text = builder.objectRef<CategoryText>('ArticleCategoryText').implement({
    description: 'The name of a category of articles in a language.',
    fields: (t) => ({
      language: t.exposeString('language', { description: 'The language.' }),
      name: t.exposeString('name', { description: 'The name.' }),
      description: t.exposeString('description', { description: 'What its articles are about; may be empty.' }),
      slug: t.exposeString('slug', { description: 'How its address ends.' }),
    }),
  })
  const category = builder.objectRef<ArticleCategoryRow>('ArticleCategory')
  builder.node(category, {
    description: 'A category of articles.',
    id: { description: 'The global id. Queries and mutations take it as well as `key`.', resolve: ({ id }) => id },
    loadMany: loadNodes('articleCategories', loadArticleCategory),
    fields: (t) => ({
      key: t.exposeID('id', { description: 'The id in addresses and on the command line.' }),
      parent: t.field({
        type: category,
        nullable: true,
        description: 'The category that it lies in; null for one at the top.',
        extensions: { cost: 2 },
        resolve: ({ parentId }, _, context) => (parentId === null ? null : loadArticleCategory(parentId, context)),
      }),
      children: t.field({
        type: [category],
        description: 'The categories that lie in it, in their order.',
        extensions: { cost: 20 },
        resolve: async ({ id }, _, context) => (await allCategories(context)).filter(({ parentId }) => parentId === id),
      }),
      order: t.exposeInt('order', { description: 'Its place among the others there: the least comes first.' }),
      audience: t.field({
        type: audience,
        description: 'Who reads its articles: by what it says itself, and by all categories that it lies in.',
        resolve: ({ reads }) => reads,
      }),
      ownAudience: t.field({
        type: audience,
        nullable: true,
        description: 'What it says itself; null for customers.',
        extensions: deskOnly,
        resolve: (row) => row.audience,
      }),
      articles: t.exposeInt('articles', {
        description: 'How many articles are in it that you may read, without those in categories that lie in it.',
      }),
      texts: t.field({ type: [text], description: 'Its name in each language.', resolve: textsOf }),
      text: t.field({
        type: text,
        nullable: true,
        description: 'Its name in the language closest to the given one, by default to yours; otherwise in any.',
        args: { language: t.arg.string({ description: 'The language.' }) },
        resolve: async (row, { language }, context) => {
          const preference = language ?? (await languageOfViewer(context))
          const { defaultLanguage } = (await context.services.desk.terms()).policy
          const chosen = languageFor(row.texts, preference, defaultLanguage)
          return textsOf(row).find((each) => each.language === chosen)
        },
      }),
    }),
  })
  return category
}

const textsOf = ({ texts }: ArticleCategoryRow): readonly CategoryText[] =>
  Object.entries(texts).map(([language, each]) => ({ language, ...each }))

/** The categories that the viewer may see, in the order of the tree. */
export const allCategories = (context: ApiContext): Promise<readonly ArticleCategoryRow[]> =>
  context.loaders.articleCategories.load(articleReadersOf(context))

/** A category by its id, if the viewer may see it. */
export const loadArticleCategory = async (id: string, context: ApiContext): Promise<ArticleCategoryRow | undefined> =>
  (await allCategories(context)).find((each) => each.id === id)
