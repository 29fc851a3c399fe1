import { z } from 'zod'
import type { ArticleAnswer } from '@guichet/domain'
import { id, isHoldout, language as languageTag, leastConfidence, mostAnswers } from '@guichet/domain'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf } from '../context.ts'
import { readArguments } from '../filter.ts'
import type { ApiContext } from '../services.ts'
import { addArticleType } from './article.ts'
import { addressOf } from './article-html.ts'
import type { WithArticle } from './article-search.ts'
import { longestQuery, searchLanguage, withArticles } from './article-search.ts'
import { knowledgeSettings } from './knowledge-settings.ts'

const answersSchema = z.object({
  text: z.string().max(longestQuery),
  language: languageTag.optional(),
  sessionId: id.optional(),
  context: z.object({ categoryId: id.optional(), page: z.string().max(500).optional() }).default({}),
})

type Answer = WithArticle<ArticleAnswer>
type Answers = { readonly isHeldBack: boolean; readonly answers: readonly Answer[] }

/** Adds `articleAnswers`: what is suggested while somebody writes. It writes nothing. */
export function addArticleAnswers({ builder, use }: SchemaParts): void {
  const article = use(addArticleType)
  const answer = builder.objectRef<Answer>('ArticleAnswer').implement({
    description: 'An article that may answer what somebody writes.',
    fields: (t) => ({
      article: t.expose('article', { type: article, description: 'The article.' }),
      language: t.exposeString('language', { description: 'The language of the text that was found.' }),
      title: t.exposeString('title', { description: 'Its title, as plain text.' }),
      excerpt: t.exposeString('excerpt', {
        description: 'The part of the text that fits best, as plain text of some 240 characters.',
      }),
      address: t.string({
        nullable: true,
        description: 'Where its text is read.',
        extensions: { cost: 2 },
        resolve: ({ articleId, language }, _, context) => addressOf(articleId, language, context),
      }),
      confidence: t.exposeFloat('confidence', {
        description: `How likely it is that it answers the text, from 0 to 1, as the questions about a real help centre let expect. The best has ${leastConfidence} at least.`,
      }),
    }),
  })
  const answersType = builder.objectRef<Answers>('ArticleAnswers').implement({
    description: 'The articles that may answer what somebody writes.',
    fields: (t) => ({
      isHeldBack: t.exposeBoolean('isHeldBack', {
        description:
          'Whether there are some, and the session is in the holdout, which measures what suggestions change: nothing is shown.',
      }),
      answers: t.field({
        type: [answer],
        description: `The articles, the best first: ${mostAnswers} at most. None where nothing is good enough, and in the holdout.`,
        resolve: (each) => [...each.answers],
      }),
    }),
  })
  const contextInput = builder.inputType('WritingContext', {
    description: 'Where somebody writes.',
    fields: (t) => ({
      categoryId: t.id({
        description: 'A category of articles: those in it, or in one that lies in it, answer alone where any does.',
      }),
      page: t.string({
        description: 'The page, of 500 characters at most. Its words change the order, not the confidence.',
      }),
    }),
  })
  builder.queryField('articleAnswers', (t) =>
    t.field({
      type: answersType,
      description:
        'The published articles that may answer what somebody writes to the desk, for suggestions while they write. Customers get those that are published for everybody.',
      args: {
        text: t.arg.string({
          required: true,
          description: `What was written so far, of ${longestQuery} characters at most.`,
        }),
        language: t.arg.string({ description: 'The language, as that of `articleSearch`.' }),
        sessionId: t.arg.id({
          description:
            'The session of `recordDeflection`, under an id that you choose by chance. Without one nothing is held back.',
        }),
        context: t.arg({ type: contextInput, description: 'Where it is written.' }),
      },
      extensions: { cost: 100 },
      resolve: async (_, args, context) => {
        const { text, language: preference, sessionId, context: where } = readArguments(answersSchema, args)
        const searches = await context.read('articleSearch')
        const language = await searchLanguage(preference, context)
        if (language === undefined) return { isHeldBack: false, answers: [] }
        const answers = await searches.answers({ text, language, ...where }, articleReadersOf(context))
        const isHeldBack =
          answers.length > 0 && sessionId !== undefined && (await isSessionHeldBack(sessionId, context))
        return { isHeldBack, answers: isHeldBack ? [] : await withArticles(answers, context) }
      },
    }),
  )
}

/** Whether nothing is suggested in a session. */
export async function isSessionHeldBack(
  sessionId: string,
  { services }: Pick<ApiContext, 'services'>,
): Promise<boolean> {
  const { holdout } = await knowledgeSettings(services)
  return isHoldout('article answers', sessionId, holdout)
}
