import { id, language, personId } from '@guichet/domain'
import type { ArticleRating } from '@guichet/workflows'
import { accessToField } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import { loadNodes } from '../paging.ts'
import type { ApiContext } from '../services.ts'
import { addPeople } from '../vocabulary.ts'

/** Adds `ArticleRating`: what somebody says of an article. */
export function addArticleRating({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
  const rating = builder.objectRef<ArticleRating>('ArticleRating')
  builder.node(rating, {
    description: 'What somebody says of an article in a language.',
    id: {
      description: 'The global id.',
      resolve: ({ articleId, language: tag, rater }) => joinIds(articleId, tag, rater.kind, rater.id),
    },
    loadMany: loadNodes('article', loadRating),
    fields: (t) => ({
      language: t.exposeString('language', { description: 'The language in which it was read.' }),
      helpful: t.exposeBoolean('isHelpful', { description: 'Whether it has helped.' }),
      stars: t.exposeInt('stars', { nullable: true, description: 'How good it is, from 1 to 5; null for customers.' }),
      comment: t.exposeString('comment', { nullable: true, description: 'What is missing or wrong.' }),
      by: t.expose('rater', { type: actor, description: 'Who says so.' }),
      ratedAt: t.expose('ratedAt', { type: 'DateTime', description: 'When they said so last.' }),
    }),
  })
  return rating
}

/** A rating by its id, for those who may read ratings. */
async function loadRating(key: string, { principal, services }: ApiContext): Promise<ArticleRating | undefined> {
  if (accessToField('Article.ratings', principal) === 'none') return undefined
  const [articleId = '', tag = '', kind, ...rater] = splitIds(key)
  const raterId = joinIds(...rater)
  const isWellFormed =
    id.safeParse(articleId).success && language.safeParse(tag).success && personId.safeParse(raterId).success
  if (!isWellFormed || (kind !== 'customer' && kind !== 'agent')) return undefined
  return services.readership?.find(articleId, tag, { kind, id: raterId })
}
