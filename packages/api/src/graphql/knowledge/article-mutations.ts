import { articleAggregate, articleTreeAggregate, articleTreeId } from '@guichet/domain'
import { projectionsBehind } from '@guichet/projections'
import { operationOf } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import { addInputs } from '../inputs.ts'
import { addCommandMutations } from '../mutation.ts'
import { addResultTypes } from '../result-types.ts'
import { addArticleType } from './article.ts'
import { addArticleCategory, allCategories } from './article-category.ts'

const reached = 'Waits until queries show the change to everybody; false if that takes too long.'

/** Adds one mutation for every command of an article, and of the categories of articles. */
export function addArticleMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { entityPayload, payloadWith } = use(addResultTypes)
  const article = use(addArticleType)
  const category = use(addArticleCategory)
  addCommandMutations(builder, inputs, {
    category: 'article',
    definitions: articleAggregate,
    operations: operationOf.article,
    id: 'The article.',
    begun: { create: { id: 'The id of the new article, derived from the command id unless given.' } },
    payload: entityPayload('article', article, {
      models: projectionsBehind.articles,
      reached,
      description: 'The article after the command.',
      read: (id, { loaders }) => loaders.article.load(id),
    }),
  })
  addCommandMutations(builder, inputs, {
    category: 'articleTree',
    noun: 'the tree of categories',
    only: articleTreeId,
    definitions: articleTreeAggregate,
    operations: operationOf.articleTree,
    payload: payloadWith({
      reached,
      models: () => projectionsBehind.articles,
      fields: (t) => ({
        categories: t.field({
          type: [category],
          description: 'All categories of articles after the command, in their order; empty if it was refused.',
          resolve: async ({ id }, _, context) => (id === undefined ? [] : [...(await allCategories(context))]),
        }),
      }),
    }),
  })
}
