import { z } from 'zod'
import type { ConfiguredHelp, Difficulty, QuickAction } from '@guichet/domain'
import {
  configuredHelp,
  contextualHelpLimits,
  difficulties,
  language as languageTag,
  languageFor,
  line,
  wordsOfPage,
} from '@guichet/domain'
import type { ArticleVideo } from '@guichet/knowledge'
import type { ArticleRow } from '@guichet/projections'
import { publishedTexts } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf } from '../context.ts'
import { languageOfViewer } from '../customer-language.ts'
import { readArguments } from '../filter.ts'
import type { ApiContext } from '../services.ts'
import { addArticleType } from './article.ts'
import { addArticleEnums } from './article-enums.ts'
import { publishedTextOf } from './article-links.ts'
import { articlesAbout } from './article-search.ts'
import { knowledgeSettings } from './knowledge-settings.ts'

const mostArticles = 10
const usualArticles = 8
const mostVideos = 5
const mostSearches = 5

const schema = z.object({
  page: z.string().max(contextualHelpLimits.page),
  action: line(contextualHelpLimits.name).optional(),
  level: z.enum(difficulties).optional(),
  language: languageTag.optional(),
  limit: z.int().min(1).max(mostArticles),
})

type VideoTutorial = ArticleVideo & { readonly article: ArticleRow }
type ContextualHelp = {
  readonly language: string
  readonly articles: readonly ArticleRow[]
  readonly searches: readonly string[]
  readonly quickActions: readonly QuickAction[]
}

/** Adds `contextualHelp`: what helps at a page of the product. It writes nothing. */
export function addContextualHelp({ builder, use }: SchemaParts): void {
  const article = use(addArticleType)
  const { difficulty } = use(addArticleEnums)
  const video = builder.objectRef<VideoTutorial>('VideoTutorial').implement({
    description: 'A video of an article, on another site.',
    fields: (t) => ({
      title: t.exposeString('title', { description: 'What it shows; may be empty.' }),
      address: t.exposeString('address', { description: 'Where it is played.' }),
      poster: t.exposeString('poster', { description: 'The address of its picture.' }),
      article: t.expose('article', { type: article, description: 'The article that it is in.' }),
    }),
  })
  const quickAction = builder.objectRef<QuickAction & { readonly language: string }>('QuickAction').implement({
    description: 'Something that a page offers to do at once, as the desk has configured it.',
    fields: (t) => ({
      key: t.exposeID('id', { description: 'Its name in the configuration.' }),
      label: t.string({
        description: 'What it is called, in the language of the help or in the closest one.',
        resolve: async ({ labels, language }, _, { services }) =>
          labels[languageFor(labels, language, (await services.desk.terms()).policy.defaultLanguage)] ?? '',
      }),
      address: t.string({
        nullable: true,
        description: 'Where it leads; null for one that raises an event.',
        resolve: ({ address }) => address,
      }),
      event: t.string({
        nullable: true,
        description: 'The event that the page raises for it; null for one that leads elsewhere.',
        resolve: ({ event }) => event,
      }),
    }),
  })
  const help = builder.objectRef<ContextualHelp>('ContextualHelp').implement({
    description: 'What helps at a page of the product.',
    fields: (t) => ({
      articles: t.field({
        type: [article],
        description:
          'The articles that may help, the best first: those that the desk has named for the page, then those in the categories that it has named, then those that its searches find. Where it has named none, those that the words of the path find.',
        resolve: ({ articles }) => [...articles],
      }),
      videos: t.field({
        type: [video],
        description: `The videos of these articles on other sites, ${mostVideos} at most.`,
        extensions: { cost: 50 },
        resolve: async (each, _, context) => [...(await videosOf(each, context))],
      }),
      searches: t.stringList({
        description: `What the desk suggests to search, ${mostSearches} at most.`,
        resolve: ({ searches }) => [...searches],
      }),
      quickActions: t.field({
        type: [quickAction],
        description: 'What the page offers to do at once.',
        resolve: ({ quickActions, language }) => quickActions.map((each) => ({ ...each, language })),
      }),
    }),
  })
  builder.queryField('contextualHelp', (t) =>
    t.field({
      type: help,
      description:
        'What helps at a page of the product, as the configuration says: articles that you may read, their videos, searches and quick actions.',
      args: {
        page: t.arg.string({
          required: true,
          description: `The path or the address of the page, of ${contextualHelpLimits.page} characters at most. Its query and fragment change nothing, and nothing of it is stored.`,
        }),
        action: t.arg.string({ description: 'What the user does there, as the configuration calls it.' }),
        level: t.arg({
          type: difficulty,
          description: 'What the user is used to: the articles closest to it come first.',
        }),
        language: t.arg.string({ description: 'The language, as that of `articleSearch`.' }),
        limit: t.arg.int({
          required: true,
          defaultValue: usualArticles,
          description: `How many articles at most, up to ${mostArticles}.`,
        }),
      },
      extensions: { cost: 100 },
      resolve: async (_, args, context): Promise<ContextualHelp> => {
        const { limit, language: preference, ...where } = readArguments(schema, args)
        const language = preference ?? (await languageOfViewer(context))
        const configured = configuredHelp((await knowledgeSettings(context.services)).contextualHelp, where)
        const searches = searchesIn(configured, language)
        const isConfigured = configured.articles.length > 0 || configured.categories.length > 0
        const candidates = await articlesOf(
          configured,
          { words: searches[0] ?? (isConfigured ? '' : wordsOfPage(where)), language, limit },
          context,
        )
        return {
          language,
          articles: closestFirst(candidates, where.level).slice(0, limit),
          searches: searches.slice(0, mostSearches),
          quickActions: configured.quickActions,
        }
      },
    }),
  )
}

/** The suggested searches in the language, or in the closest one that has some, each once. */
function searchesIn({ searches }: ConfiguredHelp, language: string): readonly string[] {
  const lists = searches.flatMap((each) => {
    const [first] = Object.keys(each)
    return first === undefined ? [] : (each[languageFor(each, language, first)] ?? [])
  })
  return [...new Set(lists)]
}

type ArticleWish = { readonly words: string; readonly language: string; readonly limit: number }

/** The articles that the viewer may read: named ones, those in named categories, and those that words find, until there are enough. */
async function articlesOf(
  { articles: ids, categories }: ConfiguredHelp,
  { words, language, limit }: ArticleWish,
  context: ApiContext,
): Promise<readonly ArticleRow[]> {
  const rows = new Map<string, ArticleRow>()
  const add = (others: readonly (ArticleRow | null)[]): void => {
    for (const row of others)
      if (row?.status === 'active' && publishedTexts(row).length > 0 && !rows.has(row.id)) rows.set(row.id, row)
  }
  add(await Promise.all(ids.map((id) => context.loaders.article.load(id))))
  for (const categoryId of categories) {
    if (rows.size >= limit) break
    const models = await context.read('articles')
    const filter = { status: ['active'], categoryId, state: 'published' } as const
    const page = await models.list(filter, articleReadersOf(context), { limit })
    add(page.rows.map(({ row }) => row))
  }
  if (rows.size < limit && words !== '') add(await articlesAbout({ text: words, language }, limit, context))
  return [...rows.values()]
}

/** Articles whose difficulty is closest to a level first, otherwise in their order. */
function closestFirst(articles: readonly ArticleRow[], level: Difficulty | undefined): readonly ArticleRow[] {
  if (level === undefined) return articles
  const distance = ({ difficulty }: ArticleRow): number =>
    Math.abs(difficulties.indexOf(difficulty) - difficulties.indexOf(level))
  return articles.toSorted((a, b) => distance(a) - distance(b))
}

/** The videos of what is published of articles, in the language of the help or in the closest one. */
async function videosOf(
  { articles, language }: ContextualHelp,
  { loaders }: ApiContext,
): Promise<readonly VideoTutorial[]> {
  const { readVideos } = await import('@guichet/knowledge')
  const videos = await Promise.all(
    articles.map(async (row) => {
      const text = publishedTextOf(row, language)
      const revision = text && (await loaders.articleRevision.load(text))
      return readVideos(revision?.body ?? '').map((each) => ({ ...each, article: row }))
    }),
  )
  // The first of equal addresses is that of the article that fits best.
  const first = new Map(
    videos
      .flat()
      .toReversed()
      .map((each) => [each.address, each]),
  )
  return [...first.values()].toReversed().slice(0, mostVideos)
}
