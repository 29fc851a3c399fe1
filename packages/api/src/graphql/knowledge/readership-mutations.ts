import { z } from 'zod'
import { describeIssue, language, limits, malformed, refusal, survivorOf, text } from '@guichet/domain'
import type { Refusal } from '@guichet/domain'
import type { Rater } from '@guichet/workflows'
import { isCustomer } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import { isCrawler } from '../../knowledge/crawlers.ts'
import type { SchemaParts } from '../builder.ts'
import type { CommandResult } from '../command.ts'
import { refused } from '../command.ts'
import { seesOwnOnly, viewerOf } from '../context.ts'
import { addInputs } from '../inputs.ts'
import { addMutation } from '../mutation.ts'
import { addResultTypes } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import { isBlocked } from '../shared-access.ts'
import { addArticleType } from './article.ts'

const inLanguage = { language: language.describe('The language in which it was read.') } as const

const ratingSchema = z.strictObject({
  ...inLanguage,
  helpful: z.boolean().describe('Whether it helps.'),
  stars: z.int().min(1).max(5).optional().describe('How good it is, from 1 to 5. For people of the desk alone.'),
  comment: text(limits.reason).optional().describe('What is missing or wrong, for its authors.'),
})

const viewSchema = z.strictObject(inLanguage)

/** Adds `rateArticle` and `viewArticle`: what readers make of articles. */
export function addReadershipMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { payloadWith } = use(addResultTypes)
  const article = use(addArticleType)
  const payload = payloadWith({
    reached: 'Always true: no read model shows it.',
    fields: (t) => ({
      article: t.field({
        type: article,
        nullable: true,
        description: 'The article; null if it was refused.',
        resolve: ({ id }, _, { loaders }) => (id === undefined ? null : loaders.article.load(id)),
      }),
    }),
  })
  addMutation(builder, inputs, 'rateArticle', {
    description:
      'Says whether an article helps, in place of what you have said of it in this language before. Its authors read the comment.',
    payload,
    schema: ratingSchema,
    fields: (t) => ({ articleId: t.id({ required: true, description: 'The article.' }) }),
    resolve: (rating, { articleId }, context) => rate(articleId, rating, context),
  })
  addMutation(builder, inputs, 'viewArticle', {
    description:
      'Says that you have opened an article: it counts once a day. Of crawlers, by the header `User-Agent`, it does not count.',
    payload,
    schema: viewSchema,
    fields: (t) => ({ articleId: t.id({ required: true, description: 'The article.' }) }),
    resolve: (view, { articleId }, context) => countView(articleId, view, context),
  })
}

async function rate(articleId: string, input: unknown, context: ApiContext): Promise<CommandResult> {
  const { success, data, error } = ratingSchema.safeParse(input, describeIssue)
  if (!success) return refused(malformed(error))
  const { readership, desk } = context.services
  if (!readership) throw edgeError('readership_off')
  const viewer = viewerOf(context)
  if (data.stars !== undefined && isCustomer(viewer))
    return refused(refusal('invalid_command', { message: 'stars: only people of the desk give stars', field: 'stars' }))
  if (await isBlocked(context)) return refused(refusal('customer_blocked'))
  const unreadable = await refuseUnreadable(articleId, data.language, context)
  if (unreadable) return refused(unreadable)
  await readership.rate({
    articleId,
    language: data.language,
    rater: await raterOf(context),
    isHelpful: data.helpful,
    stars: data.stars,
    comment: data.comment,
    ratedAt: desk.now(),
  })
  return { id: articleId, executed: undefined, userErrors: [] }
}

/** A customer who was merged rates as whom they were merged into, and a visitor as the customer who they are. */
export async function raterOf(context: ApiContext): Promise<Rater> {
  const viewer = viewerOf(context)
  const { name } = viewer
  if (!isCustomer(viewer)) return { kind: 'agent', id: viewer.id, name }
  const { desk } = context.services
  const { state } = await desk.read('customer', viewer.id)
  const id = state.status === 'absent' ? viewer.id : (state.identifiedAs?.customer.id ?? viewer.id)
  return { kind: 'customer', id: await survivorOf(desk, id), name }
}

async function countView(articleId: string, input: unknown, context: ApiContext): Promise<CommandResult> {
  const { success, data, error } = viewSchema.safeParse(input, describeIssue)
  if (!success) return refused(malformed(error))
  const { readership, desk } = context.services
  if (!readership) throw edgeError('readership_off')
  const unreadable = await refuseUnreadable(articleId, data.language, context)
  if (unreadable) return refused(unreadable)
  if (!isCrawler(context.userAgent)) {
    const viewer = viewerOf(context)
    const view = { articleId, language: data.language, personId: viewer.id, at: desk.now() }
    readership.view(view)
    if (isCustomer(viewer)) readership.searches.open(view)
  }
  return { id: articleId, executed: undefined, userErrors: [] }
}

/** Why the viewer cannot have read an article in a language, if so. */
export async function refuseUnreadable(
  articleId: string,
  textLanguage: string,
  context: ApiContext,
): Promise<Refusal | undefined> {
  const article = await context.loaders.article.load(articleId)
  if (!article) return refusal('article_not_found', { field: 'articleId' })
  if (article.status === 'deleted') return refusal('article_deleted', { field: 'articleId' })
  const translation = article.translations.find((each) => each.language === textLanguage)
  if (translation && (translation.published !== undefined || !seesOwnOnly(context))) return undefined
  return refusal('article_not_published', { field: 'language' })
}
