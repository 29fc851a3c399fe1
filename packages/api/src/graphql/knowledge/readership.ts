import { z } from 'zod'
import { days as daysLong, id, language, later, utcDay } from '@guichet/domain'
import { mostReportDays } from '@guichet/projections'
import type { ReadershipFigures, ReadershipPeriod } from '@guichet/workflows'
import { accessToField } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf } from '../context.ts'
import { readFilter } from '../filter.ts'
import { connectionOf, emptySlice, namesOf } from '../paging.ts'
import { addAimed } from '../aimed.ts'
import { deskOnly } from '../readers.ts'
import type { Services } from '../services.ts'
import { addArticleConnection, addArticleType } from './article.ts'
import { addArticleRating } from './article-rating.ts'
import { knowledgeSettings } from './knowledge-settings.ts'

const usualDays = 30

/** The description of an argument that says how many days are counted. */
export const daysDescription = `The last days in UTC, today included, from 1 to ${mostReportDays}; ${usualDays} unless given.`

const argumentsSchema = z.object({
  categoryId: id.optional(),
  language: language.optional(),
  days: z.int().min(1).max(mostReportDays).default(usualDays),
})

/**
 * Adds `Article.readership`, `Article.ratings` and `articleReadership`: what readers make of articles, for the desk.
 */
export function addReadership({ builder, use }: SchemaParts): void {
  const article = use(addArticleType)
  const aimed = use(addAimed)
  const rating = use(addArticleRating)
  const readership = builder.objectRef<ReadershipFigures>('ArticleReadership').implement({
    description: 'What readers made of articles in a period.',
    fields: (t) => ({
      views: t.exposeFloat('views', {
        description: 'How many people have opened them: each counts once a day, article and language.',
      }),
      helpful: t.exposeFloat('helpful', { description: 'How many ratings found them helpful.' }),
      unhelpful: t.exposeFloat('unhelpful', { description: 'How many did not.' }),
      helpfulShare: t.field({
        type: aimed,
        description: 'The share of ratings that found them helpful, beside the aim of the desk.',
        resolve: async ({ helpful, unhelpful }, _, { services }) => {
          const { helpful: aim } = await knowledgeSettings(services)
          const ratings = helpful + unhelpful
          if (ratings === 0) return { value: null, aim, met: null }
          return { value: helpful / ratings, aim, met: helpful / ratings >= aim }
        },
      }),
      stars: t.exposeFloat('stars', { nullable: true, description: 'The mean of the stars that the desk gave.' }),
    }),
  })

  builder.objectField(article, 'readership', (t) =>
    t.field({
      type: readership,
      nullable: true,
      description: 'What its readers made of it lately; null for customers.',
      args: {
        language: t.arg.string({ description: 'In which language; in all unless given.' }),
        days: t.arg.int({ description: daysDescription }),
      },
      extensions: { ...deskOnly, cost: 5 },
      resolve: ({ id: articleId }, args, { loaders, services }) =>
        loaders.readership.load({ articleId, period: periodOf(args, services) }),
    }),
  )
  const [connectionName, edgeName] = namesOf('ArticleRating')
  builder.objectField(article, 'ratings', (t) =>
    t.connection(
      {
        type: rating,
        nullable: true,
        description: 'What readers say of it, the latest first; null if you may not read it.',
        args: { language: t.arg.string({ description: 'In which language; in all unless given.' }) },
        extensions: { cost: 10 },
        resolve: ({ id: articleId }, { language: textLanguage, ...args }, { principal, services }) =>
          accessToField('Article.ratings', principal) === 'none'
            ? null
            : connectionOf(
                `ratings-of:${articleId}`,
                args,
                async (page) =>
                  services.readership?.ratingsOf(articleId, textLanguage ?? undefined, page) ?? emptySlice,
              ),
      },
      connectionName,
      edgeName,
    ),
  )

  builder.queryFields((t) => ({
    articleReadership: t.field({
      type: readership,
      nullable: true,
      description: 'What readers made of all articles, or of those of a category, lately.',
      args: {
        categoryId: t.arg.id({ description: 'Those in this category, or in one that lies in it.' }),
        language: t.arg.string({ description: 'In which language; in all unless given.' }),
        days: t.arg.int({ description: daysDescription }),
      },
      extensions: { cost: 100 },
      resolve: async (_, args, { read, services }) => {
        await read('articles')
        const { categoryId } = readFilter(argumentsSchema, args)
        return services.readership?.figures({ categoryId }, periodOf(args, services))
      },
    }),
  }))
}

/** Adds `mostReadArticles` and `recentArticles`: lists of what the viewer may read. */
export function addArticleLists({ builder, use }: SchemaParts): void {
  const article = use(addArticleType)
  const connection = use(addArticleConnection)
  builder.queryFields((t) => ({
    mostReadArticles: t.connection(
      {
        type: article,
        description: 'The articles that most people have opened lately, those first, of what you may read.',
        args: {
          categoryId: t.arg.id({ description: 'Those in this category, or in one that lies in it.' }),
          language: t.arg.string({ description: 'Those read in this language; in all unless given.' }),
          days: t.arg.int({ description: daysDescription }),
        },
        extensions: { cost: 100 },
        resolve: async (_, { categoryId, language: textLanguage, days, ...args }, context) => {
          const { read, services } = context
          await read('articles')
          const period = periodOf({ language: textLanguage, days }, services)
          const filter = { categoryId: readFilter(argumentsSchema, { categoryId }).categoryId }
          return connectionOf(
            'most-read-articles-by-rank',
            args,
            async (page) =>
              services.readership?.mostRead(filter, articleReadersOf(context), period, page) ?? emptySlice,
          )
        },
      },
      connection,
    ),
    recentArticles: t.connection(
      {
        type: article,
        description: 'The articles of which a text was published last, those first, of what you may read.',
        args: {
          categoryId: t.arg.id({ description: 'Those in this category, or in one that lies in it.' }),
          language: t.arg.string({ description: 'Those published in this language; in any unless given.' }),
        },
        extensions: { cost: 100 },
        resolve: (_, { categoryId, language: textLanguage, ...args }, context) => {
          const filter = readFilter(argumentsSchema, { categoryId, language: textLanguage })
          return connectionOf('recent-articles', args, async (page) =>
            (await context.read('recentArticles')).published(filter, articleReadersOf(context), page),
          )
        },
      },
      connection,
    ),
  }))
}

/** The last days, today included. @throws malformed_input when they are none, or too many. */
export function periodOf(
  args: { readonly language?: string | null | undefined; readonly days?: number | null | undefined },
  { desk }: Pick<Services, 'desk'>,
): ReadershipPeriod {
  const { days, language: textLanguage } = readFilter(argumentsSchema, { language: args.language, days: args.days })
  const now = desk.now()
  return { from: utcDay(later(now, -daysLong(days - 1))), to: utcDay(now), language: textLanguage }
}
