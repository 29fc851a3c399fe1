import type { ArticleEvent, ArticleTreeEvent } from '@guichet/domain'
import { articleEvents, days, instant, later } from '@guichet/domain'
import type { Readership } from '@guichet/workflows'
import type { Canaries } from './canaries.ts'

type Arguments = Readonly<Record<string, unknown>>

/** An event of a stream, and the values that are given in its data: all other texts are for the desk alone. */
type Step = readonly [stream: string, type: (ArticleEvent | ArticleTreeEvent)['type'], given: Arguments]

/** An article that is published for everybody, and one that has every type of event and is internal. */
export const seededArticles = ['shown', 'hidden'] as const

const tree = 'articleTree-main'
const [shown, hidden] = seededArticles.map((id) => `article-${id}`) as [string, string]

/** What everybody reads. It names the code of a draft, which suggests it. */
const published = {
  title: 'a title',
  excerpt: 'an excerpt',
  body: '# A [text](article:hidden#a) of E_PAY',
  slug: 'a-title',
}

/** Two articles in two categories, of which customers see one each, and of its article what is published alone. */
export function articleEventsOf(canaries: Canaries): readonly Step[] {
  const plant = (name: string): string => canaries.plant({ name })
  const category = (categoryId: string, audience: 'public' | 'internal', texts: Arguments): Step => [
    tree,
    'ArticleCategoryAdded',
    { categoryId, parentId: null, order: 0, audience, texts },
  ]
  const internalText = {
    name: plant('the name of an internal category'),
    description: plant('the description of an internal category'),
    slug: plant('the slug of an internal category'),
    source: { path: 'start/_index.md', head: plant('the file of an internal category'), tail: '' },
  }
  const visible: Arguments = { categoryId: 'shown', audience: 'public', language: 'en', tags: ['a tag'] }
  const unseen: Arguments = { categoryId: 'hidden', audience: 'internal', language: 'en', relatedIds: ['shown'] }
  const dueAt = '2099-01-01T00:00:00.000Z'
  const inEnglish = { language: 'en', revision: 1, schedule: 1, dueAt, replacedBy: 'shown' }
  const others = Object.keys(articleEvents) as ArticleEvent['type'][]
  return [
    category('shown', 'public', { en: { name: 'a category', description: 'of articles', slug: 'a-category' } }),
    category('hidden', 'internal', { en: internalText }),
    category('moved', 'internal', { en: internalText }),
    [
      tree,
      'ArticleCategoryChanged',
      { categoryId: 'moved', order: 1, audience: 'internal', texts: { en: internalText } },
    ],
    [tree, 'ArticleCategoryMoved', { categoryId: 'moved', parentId: 'hidden', order: 2 }],
    category('removed', 'internal', { en: internalText }),
    [tree, 'ArticleCategoryRemoved', { categoryId: 'removed', audience: 'internal' }],
    [shown, 'ArticleCreated', { ...visible, relatedIds: ['hidden'] }],
    [shown, 'ArticleRevised', { language: 'en', revision: 1, ...published }],
    [shown, 'ArticleApproved', { language: 'en', revision: 1 }],
    [shown, 'ArticlePublished', { language: 'en', revision: 1 }],
    [shown, 'ArticleRevised', { language: 'en', revision: 2 }],
    [shown, 'ArticleRevised', { language: 'fr', revision: 1, follows: 1 }],
    [shown, 'ArticleReviewRequested', { language: 'fr', revision: 1 }],
    [shown, 'ArticleReviewDeclined', { language: 'fr', revision: 1 }],
    [shown, 'ArticleReviewRequested', { language: 'fr', revision: 1 }],
    [shown, 'ArticlePhraseAdded', { language: 'en' }],
    [shown, 'ArticlePhraseSuggested', { language: 'en' }],
    [shown, 'ArticlePublicationScheduled', { language: 'en', revision: 2, schedule: 1, dueAt }],
    [shown, 'ArticleUnpublicationScheduled', { language: 'en', schedule: 2, dueAt }],
    ...others.map((type): Step => [
      hidden,
      type,
      type === 'ArticleCreated' ? unseen : { ...inEnglish, ...ofType(type) },
    ]),
  ]
}

/** Changes of details leave an article internal. */
const ofType = (type: ArticleEvent['type']): Arguments =>
  type === 'ArticleDetailsChanged' ? { categoryId: 'hidden', audience: 'internal', relatedIds: ['shown'] } : {}

/**
 * Has a customer read and rate both articles, and somebody of the desk give stars: no service and no customer sees who. Three people of the
 * desk search what nobody finds, and what everybody reads: no customer sees what.
 */
export async function seedReadership(readership: Readership, canaries: Canaries, customerId: string): Promise<void> {
  const plant = (name: string): string => canaries.plant({ name, withoutServices: true })
  const ratedAt = instant(new Date())
  const searches = new Map<string, string>()
  for (const articleId of seededArticles) {
    const text = { articleId, language: 'en' }
    readership.view({ ...text, personId: customerId, at: ratedAt })
    const said = { comment: plant(`the comment on the ${articleId} article`), ratedAt }
    const customer = { kind: 'customer', id: customerId, name: plant('the name of a rater') } as const
    await readership.rate({ ...text, ...said, rater: customer, isHelpful: true, stars: undefined })
    const agent = { kind: 'agent', id: 'ana' } as const
    await readership.rate({ ...text, rater: agent, isHelpful: false, stars: 4, comment: undefined, ratedAt })
  }
  for (const id of ['ana', 'eve', 'ida'])
    for (const [name, articleIds] of [
      ['a search without result', []],
      ['a search of the desk', ['shown']],
    ] as const) {
      const query = searches.get(name) ?? canaries.plant({ name })
      searches.set(name, query)
      readership.searches.add({ searcher: { kind: 'agent', id }, query, language: 'en', articleIds, at: ratedAt })
    }
  await readership.flush()
  // Their 72 hours are over, and of each person the first session counts.
  const at = later(ratedAt, -days(4))
  const sessions = [
    [customerId, false],
    ['another-customer', true],
    ['visitor-00000000-0000-4000-8000-0000000000b1', false],
    ['visitor-00000000-0000-4000-8000-0000000000b2', true],
  ] as const
  for (const [personId, isHeldBack] of sessions) {
    const session = { sessionId: `of ${personId}`, viewerId: personId, personId, isHeldBack }
    await readership.deflection.record({ ...session, step: 'suggested', language: 'en', at })
  }
}
