import type { Actor } from '@guichet/domain'
import type { SentArticleFigures } from '@guichet/projections'
import { mostSenders } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { deskOnly } from '../readers.ts'
import type { SentArticleView } from '../services.ts'
import { addPeople } from '../vocabulary.ts'
import { addArticleType } from './article.ts'
import { daysDescription, periodOf } from './readership.ts'

/** Adds `Article.sends`: how often the desk has sent it, and what became of it. */
export function addSentArticles({ builder, use }: SchemaParts): void {
  const { actor } = use(addPeople)
  const bySender = builder.objectRef<SentArticleFigures['agents'][number]>('ArticleSender').implement({
    description: 'Who has sent an article.',
    fields: (t) => ({
      by: t.field({
        type: actor,
        description: 'Who.',
        resolve: ({ agentId, name }): Actor => ({ kind: 'agent', id: agentId, ...(name !== null && { name }) }),
      }),
      count: t.exposeInt('sends', { description: 'In how many messages.' }),
    }),
  })
  const byCategory = builder.objectRef<SentArticleFigures['categories'][number]>('ArticleSendsForCategory').implement({
    description: 'For which category of tickets and chats an article was sent.',
    fields: (t) => ({
      category: t.exposeString('category', { nullable: true, description: 'The category; null for none.' }),
      count: t.exposeInt('sends', { description: 'In how many messages.' }),
    }),
  })
  const sends = builder.objectRef<SentArticleView>('ArticleSends').implement({
    description: 'How often the desk has sent an article to customers in a period, and what became of it.',
    fields: (t) => ({
      count: t.exposeInt('sends', { description: 'In how many messages.' }),
      opened: t.exposeInt('opened', {
        nullable: true,
        description:
          'After how many of them the customer has opened the article, signed in, within 30 days: who reads it on a public page is not recognised. Null where nothing is recorded.',
      }),
      solved: t.exposeInt('solved', {
        description: 'How many are in a ticket or a chat that was solved afterwards, and is solved now.',
      }),
      senders: t.field({
        type: [bySender],
        description: `Who has sent it most, those first: ${mostSenders} at most.`,
        resolve: ({ agents }) => [...agents],
      }),
      categories: t.field({
        type: [byCategory],
        description: `For which categories it was sent most, those first: ${mostSenders} at most.`,
        resolve: ({ categories }) => [...categories],
      }),
    }),
  })
  builder.objectField(use(addArticleType), 'sends', (t) =>
    t.field({
      type: sends,
      nullable: true,
      description: 'How often the desk has sent it lately; null for customers.',
      args: {
        language: t.arg.string({ description: 'In which language; in all unless given.' }),
        days: t.arg.int({ description: daysDescription }),
      },
      extensions: { ...deskOnly, cost: 5 },
      resolve: ({ id: articleId }, args, { loaders, services }) =>
        loaders.sentArticle.load({ articleId, period: periodOf(args, services) }),
    }),
  )
}
