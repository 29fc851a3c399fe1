import { z } from 'zod'
import type { ExpertRequest } from '@guichet/domain'
import {
  articleAudiences,
  closestLanguage,
  difficulties,
  expertRequest,
  id,
  language as languageTag,
  limits,
  line,
} from '@guichet/domain'
import type {
  ArticleHit,
  ArticleHits,
  ArticleReaders,
  ArticleRow,
  ArticleSuggestion,
  ExcerptPart,
} from '@guichet/projections'
import { mostCounted, mostHits, mostSuggestions } from '@guichet/projections'
import { isCustomer } from '../../auth/principal.ts'
import { isCrawler } from '../../knowledge/crawlers.ts'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf } from '../context.ts'
import { languageOfViewer } from '../customer-language.ts'
import { list, readArguments } from '../filter.ts'
import type { ApiContext } from '../services.ts'
import { addArticleType } from './article.ts'
import { addArticleCategory, loadArticleCategory } from './article-category.ts'
import { addArticleEnums } from './article-enums.ts'

/** The longest search, in characters: a question as somebody writes it. */
export const longestQuery = 1_000

/** The longest beginning that is completed, in characters. */
const longestBeginning = 200

const searchSchema = z.object({
  query: z.string().max(longestQuery),
  language: languageTag.optional(),
  filter: z
    .object({
      categoryId: id.optional(),
      tags: list(line(limits.tag)),
      difficulty: list(z.enum(difficulties)),
      audience: z.enum(articleAudiences).optional(),
    })
    .default({}),
  level: z.enum(difficulties).optional(),
  first: z.int().min(1).max(mostHits),
})

const suggestionSchema = z.object({
  text: z.string().max(longestBeginning),
  language: languageTag.optional(),
  limit: z.int().min(1).max(mostSuggestions),
})

/** What a search found, with its article. */
export type WithArticle<T> = T & { readonly article: ArticleRow }
type CategoryCount = { readonly categoryId: string | null; readonly articles: number }
type SearchResult = {
  readonly language: string | null
  readonly hits: readonly WithArticle<ArticleHit>[]
  readonly request: ExpertRequest | undefined
  readonly categories: readonly CategoryCount[]
}

const nothing: ArticleHits = { hits: [], categories: [] }

/** The question to an expert after a search without result, in the given language or the viewer’s. */
export async function requestOf(
  query: string,
  preference: string | undefined,
  context: ApiContext,
): Promise<ExpertRequest | undefined> {
  const { policy } = await context.services.desk.terms()
  return expertRequest(query, preference ?? (await languageOfViewer(context)), policy.defaultLanguage)
}

/**
 * Records a search of somebody who is no crawler and no service. Of one in a filter it is not known whether there is nothing, or
 * nothing else.
 */
export function recordSearch(
  {
    query,
    language,
    hits,
  }: Pick<ArticleHits, 'hits'> & { readonly query: string; readonly language: string | undefined },
  { services: { readership, desk }, principal, userAgent }: ApiContext,
): void {
  if (!readership || !principal || principal.role === 'service' || language === undefined || isCrawler(userAgent))
    return
  const searcher = { kind: isCustomer(principal) ? 'customer' : 'agent', id: principal.id } as const
  const articleIds = hits.map(({ articleId }) => articleId)
  readership.searches.add({ searcher, query, language, articleIds, at: desk.now() })
}

/** Adds `ExpertRequest`. */
export const addExpertRequest = ({ builder }: SchemaParts) =>
  builder.objectRef<ExpertRequest>('ExpertRequest').implement({
    description: 'What to send to the desk after a search without result, so that whoever answers sees the search.',
    fields: (t) => ({
      search: t.exposeString('search', {
        description: 'What was searched, on one line: the value of a fact of the chat, beside its page.',
      }),
      subject: t.exposeString('subject', { description: 'The subject of a ticket.' }),
      message: t.exposeString('message', { description: 'The first message of a ticket or a chat, to be written on.' }),
    }),
  })

/** Adds `articleSearch` and `articleSuggestions`. */
export function addArticleSearch({ builder, use }: SchemaParts): void {
  const article = use(addArticleType)
  const category = use(addArticleCategory)
  const enums = use(addArticleEnums)
  const part = builder.objectRef<ExcerptPart>('ExcerptPart').implement({
    description: 'A part of a text. It is plain text, no HTML.',
    fields: (t) => ({
      text: t.exposeString('text', { description: 'The part as it is written.' }),
      isMatch: t.exposeBoolean('isMatch', { description: 'Whether the search has found it.' }),
    }),
  })
  const hit = builder.objectRef<WithArticle<ArticleHit>>('ArticleHit').implement({
    description: 'An article that a search found.',
    fields: (t) => ({
      article: t.expose('article', { type: article, description: 'The article.' }),
      language: t.exposeString('language', { description: 'The language of the text that was found.' }),
      score: t.exposeFloat('score', { description: 'How well it fits; comparable within one search alone.' }),
      title: t.field({ type: [part], description: 'The title.', resolve: ({ title }) => [...title] }),
      excerpt: t.field({
        type: [part],
        description: 'The part of the text that fits best, of some 240 characters.',
        resolve: ({ excerpt }) => [...excerpt],
      }),
    }),
  })
  const count = builder.objectRef<CategoryCount>('ArticleHitCount').implement({
    description: 'How many articles of a category a search found.',
    fields: (t) => ({
      category: t.field({
        type: category,
        nullable: true,
        description: 'The category; null for articles in none, and in one that was removed.',
        extensions: { cost: 2 },
        resolve: ({ categoryId }, _, context) =>
          categoryId === null ? null : loadArticleCategory(categoryId, context),
      }),
      articles: t.exposeInt('articles', { description: 'How many, without those in categories that lie in it.' }),
    }),
  })
  const request = use(addExpertRequest)
  const result = builder.objectRef<SearchResult>('ArticleSearchResult').implement({
    description: 'What a search of articles found.',
    fields: (t) => ({
      language: t.exposeString('language', {
        nullable: true,
        description: 'The language that was searched in; null where there is no article to be found.',
      }),
      hits: t.field({
        type: [hit],
        description: `The articles that fit best, the best first: ${mostHits} at most.`,
        resolve: ({ hits }) => [...hits],
      }),
      categories: t.field({
        type: [count],
        description: `How many of the ${mostCounted} articles that fit best lie in each category, the most first.`,
        resolve: ({ categories }) => [...categories],
      }),
      expertRequest: t.field({
        type: request,
        nullable: true,
        description: 'The question to an expert, in your language, where nothing was found; null where something was.',
        resolve: (outcome) => outcome.request,
      }),
    }),
  })
  const suggestion = builder.objectRef<WithArticle<ArticleSuggestion>>('ArticleSuggestion').implement({
    description: 'An article that somebody may look for.',
    fields: (t) => ({
      article: t.expose('article', { type: article, description: 'The article.' }),
      language: t.exposeString('language', { description: 'The language of the title.' }),
      title: t.field({ type: [part], description: 'The title.', resolve: ({ title }) => [...title] }),
    }),
  })
  const filterInput = builder.inputType('ArticleSearchFilter', {
    description: 'Conditions on the articles of a search, all of which must hold.',
    fields: (t) => ({
      categoryId: t.id({ description: 'Those in a category, or in one that lies in it.' }),
      tags: t.stringList({ description: 'Those with all of these tags.' }),
      difficulty: t.field({ type: [enums.difficulty], description: 'Any of these.' }),
      audience: t.field({ type: enums.audience, description: 'Who reads them.' }),
    }),
  })
  builder.queryFields((t) => ({
    articleSearch: t.field({
      type: result,
      description:
        'Searches what is published of articles. Customers find what is published for everybody. No text finds nothing.',
      args: {
        query: t.arg.string({
          required: true,
          description: `What somebody looks for: words, or a question, of ${longestQuery} characters at most.`,
        }),
        language: t.arg.string({
          description:
            'The language, yours by default. Where it has no articles, the closest one, or that of the desk.',
        }),
        filter: t.arg({ type: filterInput, description: 'Which articles; all unless given.' }),
        level: t.arg({
          type: enums.difficulty,
          description: 'What the reader is used to: of articles that fit alike, those closest to it come first.',
        }),
        first: t.arg.int({
          required: true,
          defaultValue: 10,
          description: `How many at most, up to ${mostHits}.`,
        }),
      },
      extensions: { cost: 100 },
      resolve: async (_, args, context): Promise<SearchResult> => {
        const { query, filter, level, first, language: preference } = readArguments(searchSchema, args)
        const searches = await context.read('articleSearch')
        const language = await searchLanguage(preference, context)
        const search = { text: query, language: language ?? '', filter, level }
        const { hits, categories } =
          language === undefined ? nothing : await searches.search(search, articleReadersOf(context), first)
        const isFiltered = Object.values(filter).some((each) => each !== undefined)
        if (!isFiltered) recordSearch({ query, language: language ?? preference, hits }, context)
        const readable = await withArticles(hits, context)
        const request = readable.length > 0 ? undefined : await requestOf(query, preference, context)
        return { language: language ?? null, hits: readable, categories, request }
      },
    }),
    articleSuggestions: t.field({
      type: [suggestion],
      description: 'Titles that what somebody types may become, the best first.',
      args: {
        text: t.arg.string({
          required: true,
          description: `What was typed so far, of ${longestBeginning} characters at most. The last word may go on.`,
        }),
        language: t.arg.string({ description: 'The language, as that of `articleSearch`.' }),
        limit: t.arg.int({
          required: true,
          defaultValue: 5,
          description: `How many at most, up to ${mostSuggestions}.`,
        }),
      },
      extensions: { cost: 20 },
      resolve: async (_, args, context) => {
        const { text, limit, language: preference } = readArguments(suggestionSchema, args)
        const searches = await context.read('articleSearch')
        const language = await searchLanguage(preference, context)
        if (language === undefined) return []
        return withArticles(await searches.suggest(text, language, articleReadersOf(context), limit), context)
      },
    }),
  }))
}

/**
 * The articles that fit a text in a language best, of those that the viewer may read.
 * @param readers for whom the articles are, others than the viewer.
 */
export async function articlesAbout(
  { text, language: preference }: { readonly text: string; readonly language: string },
  limit: number,
  context: ApiContext,
  readers: ArticleReaders = articleReadersOf(context),
): Promise<readonly ArticleRow[]> {
  const language = await searchLanguage(preference, context)
  if (language === undefined) return []
  const searches = await context.read('articleSearch')
  const search = { text: text.slice(0, longestQuery), language, filter: {} }
  const { hits } = await searches.search(search, readers, limit)
  return (await withArticles(hits, context)).map(({ article }) => article)
}

/**
 * The language to search in: the given one, or the viewer's, where there are articles in it; else one with the same primary
 * tag; else the desk's, or any.
 */
export async function searchLanguage(preference: string | undefined, context: ApiContext): Promise<string | undefined> {
  const languages = await (await context.read('articleSearch')).languages(articleReadersOf(context))
  const tag = preference ?? (await languageOfViewer(context))
  const { defaultLanguage } = (await context.services.desk.terms()).policy
  return closestLanguage(languages, tag) ?? closestLanguage(languages, defaultLanguage) ?? languages[0]
}

/** What was found, with its articles, without any that the viewer may not read any more. */
export async function withArticles<T extends { readonly articleId: string }>(
  found: readonly T[],
  { loaders }: ApiContext,
): Promise<readonly WithArticle<T>[]> {
  const loaded = await Promise.all(found.map(({ articleId }) => loaders.article.load(articleId)))
  return found.flatMap((each, index) => {
    const article = loaded[index]
    return article ? [{ ...each, article }] : []
  })
}
