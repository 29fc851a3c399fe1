import { z } from 'zod'
import { days as daysLong, language, later, utcDay } from '@guichet/domain'
import type { CommonSearch, ReadershipPeriod } from '@guichet/workflows'
import { searchDays } from '@guichet/workflows'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf } from '../context.ts'
import { readArguments } from '../filter.ts'
import type { Services } from '../services.ts'
import { searchLanguage } from './article-search.ts'

const usualDays = 30
const usualLimit = 20
const mostSearches = 100
const mostPopular = 20

const reportSchema = z.object({
  language: language.optional(),
  days: z.int().min(1).max(searchDays).default(usualDays),
  limit: z.int().min(1).max(mostSearches),
})

const popularSchema = z.object({ language: language.optional(), limit: z.int().min(1).max(mostPopular) })

/**
 * Adds `searchesWithoutResult`, what authors may write about, and `popularArticleSearches`, what readers may search. Both have what at
 * least three people have searched; for the latter they must be identified.
 */
export function addCommonSearches({ builder }: SchemaParts): void {
  const search = builder.objectRef<CommonSearch>('CommonSearch').implement({
    description: 'What at least three people have searched.',
    fields: (t) => ({
      query: t.exposeString('query', {
        description: 'The words, in lower case and without accents and punctuation: in this form they are compared.',
      }),
      language: t.exposeString('language', { description: 'The language that was searched in.' }),
      people: t.exposeInt('people', { description: 'How many people have searched it.' }),
      searches: t.exposeInt('searches', { description: 'How often: each person counts once a day (UTC).' }),
      lastSearchedAt: t.expose('lastSearchedAt', { type: 'DateTime', description: 'When it was searched last.' }),
    }),
  })
  builder.queryFields((t) => ({
    searchesWithoutResult: t.field({
      type: [search],
      description:
        'What at least three people have searched lately without any result, what most people have searched first.',
      args: {
        language: t.arg.string({ description: 'What was searched in this language; in any unless given.' }),
        days: t.arg.int({
          description: `The last days in UTC, today included, from 1 to ${searchDays}; ${usualDays} unless given.`,
        }),
        limit: t.arg.int({
          required: true,
          defaultValue: usualLimit,
          description: `How many at most, up to ${mostSearches}.`,
        }),
      },
      extensions: { cost: 100 },
      resolve: async (_, args, { services }) => {
        const { days, limit, language: tag } = readArguments(reportSchema, args)
        return [...((await services.readership?.searches.withoutResult(lastDays(days, tag, services), limit)) ?? [])]
      },
    }),
    popularArticleSearches: t.stringList({
      description: `What most people have searched in the last ${usualDays} days, at least three of them, with a result that you may read. Only people whom the desk has identified count, no anonymous visitors. Customers are shown what customers have searched. An answer is up to a minute old.`,
      args: {
        language: t.arg.string({ description: 'The language, as that of `articleSearch`.' }),
        limit: t.arg.int({ required: true, defaultValue: 5, description: `How many at most, up to ${mostPopular}.` }),
      },
      extensions: { cost: 100 },
      resolve: async (_, args, context) => {
        const { limit, language: tag } = readArguments(popularSchema, args)
        await context.read('articles')
        const { readership } = context.services
        const period = lastDays(usualDays, await searchLanguage(tag, context), context.services)
        const popular = (await readership?.searches.popular(period, articleReadersOf(context))) ?? []
        return popular.slice(0, limit).map(({ query }) => query)
      },
    }),
  }))
}

/** The last days, today included. */
function lastDays(days: number, tag: string | undefined, { desk }: Pick<Services, 'desk'>): ReadershipPeriod {
  const now = desk.now()
  return { from: utcDay(later(now, -daysLong(days - 1))), to: utcDay(now), language: tag }
}
