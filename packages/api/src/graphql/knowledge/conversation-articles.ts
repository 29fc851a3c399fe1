import { z } from 'zod'
import { cutTo, days, id, isSameLanguage, later } from '@guichet/domain'
import type { ExpertRequest } from '@guichet/domain'
import type { ArticleHit, SendsOfArticle } from '@guichet/projections'
import { isPublicArticle, mostHits } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import type { Conversation } from '../canned/canned.ts'
import { conversationOf } from '../canned/canned.ts'
import { readArguments } from '../filter.ts'
import type { ApiContext } from '../services.ts'
import { addressOf } from './article-html.ts'
import { publicText } from './article-message.ts'
import type { WithArticle } from './article-search.ts'
import {
  addExpertRequest,
  longestQuery,
  recordSearch,
  requestOf,
  searchLanguage,
  withArticles,
} from './article-search.ts'
import { addArticleType } from './article.ts'

const argumentsSchema = z.object({
  chatId: id.optional(),
  ticketId: id.optional(),
  query: z.string().max(longestQuery).default(''),
  first: z.int().min(1).max(mostHits),
})

/** How many of the last words of the customer are read, in messages and in characters. */
const lastWords = { messages: 5, characters: 2_000 } as const

/** For how many days back it counts what colleagues have sent. */
const sentDays = 180

/** How many of the articles sent most for a category are compared with what was found. */
const mostSentRead = 200

/** How much more an article counts that colleagues always send for the category: half of its score; a few sends are no rule. */
const shareOfSends = 0.5
const sendsOfHalf = 3

type Suggestion = WithArticle<{
  readonly articleId: string
  readonly language: string
  readonly title: string
  readonly excerpt: string
  readonly sends: number
  readonly solved: number
  readonly isSendable: boolean
  readonly isCustomersLanguage: boolean
}>

type Suggestions = { readonly articles: readonly Suggestion[]; readonly request: ExpertRequest | undefined }

/** Adds `conversationArticles`: the articles for a ticket or a chat, for those who answer it. */
export function addConversationArticles({ builder, use }: SchemaParts): void {
  const article = use(addArticleType)
  const suggestion = builder.objectRef<Suggestion>('ConversationArticle').implement({
    description: 'An article that may answer a ticket or a chat.',
    fields: (t) => ({
      article: t.expose('article', { type: article, description: 'The article.' }),
      language: t.exposeString('language', { description: 'The language of the text that would be sent.' }),
      isCustomersLanguage: t.exposeBoolean('isCustomersLanguage', {
        description: 'Whether that is the language of the customer.',
      }),
      title: t.exposeString('title', { description: 'Its title.' }),
      excerpt: t.exposeString('excerpt', {
        description: 'The part of the text that fits best, or what it is about, as plain text.',
      }),
      address: t.string({
        nullable: true,
        description: 'Where its text is read.',
        extensions: { cost: 2 },
        resolve: ({ articleId, language }, _, of) => addressOf(articleId, language, of),
      }),
      isSendable: t.exposeBoolean('isSendable', {
        description: 'Whether customers may read it, so that `sendArticle` takes it.',
      }),
      sends: t.exposeInt('sends', {
        description: `How often the desk has sent it for the category of the ticket or chat, in ${sentDays} days.`,
      }),
      solved: t.exposeInt('solved', { description: 'How many of these tickets and chats were solved then.' }),
    }),
  })
  const result = builder.objectRef<Suggestions>('ConversationArticles').implement({
    description: 'The articles that may answer a ticket or a chat.',
    fields: (t) => ({
      articles: t.field({
        type: [suggestion],
        description: `The articles, the best first: ${mostHits} at most.`,
        resolve: ({ articles }) => [...articles],
      }),
      expertRequest: t.field({
        type: use(addExpertRequest),
        nullable: true,
        description: 'The question to an expert, in your language, where what you search was not found.',
        resolve: ({ request }) => request,
      }),
    }),
  })
  builder.queryField('conversationArticles', (t) =>
    t.field({
      type: result,
      nullable: true,
      description:
        'The published articles for a ticket or a chat, in the language of its customer where there are any: by what you search and what the customer wrote, then by how often the desk has sent them for its category. Null if there is no such ticket or chat.',
      args: {
        chatId: t.arg.id({ description: 'The chat; give this or a ticket.' }),
        ticketId: t.arg.id({ description: 'The ticket; give this or a chat.' }),
        query: t.arg.string({
          description: `What you look for, of ${longestQuery} characters at most: what the customer wrote counts beside it. Without it that alone decides.`,
        }),
        first: t.arg.int({ required: true, defaultValue: 10, description: `How many at most, up to ${mostHits}.` }),
      },
      extensions: { cost: 150 },
      resolve: async (_, args, of) => {
        const { query, first, ...named } = readArguments(argumentsSchema, args)
        const conversation = await conversationOf(named, of)
        return conversation ? suggest(conversation, query.trim(), first, of) : null
      },
    }),
  )
}

async function suggest(
  conversation: Conversation,
  query: string,
  first: number,
  context: ApiContext,
): Promise<Suggestions> {
  const searches = await context.read('articleSearch')
  const language = await searchLanguage(conversation.language, context)
  const words = await wordsOf(conversation, context)
  const text = query === '' ? words : query
  const search = { text: cutTo(text, longestQuery), language: language ?? '', filter: {} }
  const beside = query === '' ? categoryWords(conversation) : `${categoryWords(conversation)} ${words}`
  const { hits } =
    language === undefined
      ? { hits: [] }
      : await searches.search({ ...search, context: cutTo(beside, longestQuery) }, 'desk', mostHits)
  if (query !== '') recordSearch({ query, language: language ?? conversation.language, hits }, context)
  const request = query !== '' && hits.length === 0 ? await requestOf(query, undefined, context) : undefined
  const sent = await sentFor(conversation, context)
  const ranked = rankedBySends(hits, sent)
  // Who has not searched is shown what colleagues send for such tickets, behind what fits the words.
  const others =
    query === '' ? [...sent.values()].filter(({ articleId }) => hits.every((hit) => hit.articleId !== articleId)) : []
  const named = [
    ...ranked.map((hit) => ({ articleId: hit.articleId, hit })),
    ...others.map(({ articleId }) => ({ articleId, hit: undefined })),
  ]
  const articles: Suggestion[] = []
  for (const each of await withArticles(named, context)) {
    if (articles.length === first) break
    const suggestion = await suggestionOf(each, conversation, sent.get(each.articleId), context)
    if (suggestion) articles.push(suggestion)
  }
  return { articles, request }
}

/** The hits by their scores, which what was sent for the category raises; in the same order where nothing was. */
const rankedBySends = (
  hits: readonly ArticleHit[],
  sent: ReadonlyMap<string, SendsOfArticle>,
): readonly ArticleHit[] => {
  const scoreOf = ({ articleId, score }: ArticleHit): number => {
    const { sends = 0 } = sent.get(articleId) ?? {}
    return score * (1 + (shareOfSends * sends) / (sends + sendsOfHalf))
  }
  return hits.toSorted((one, other) => scoreOf(other) - scoreOf(one))
}

/** What is shown of an article: the text that would be sent, else the published one that was found. */
async function suggestionOf(
  { article, articleId, hit }: WithArticle<{ readonly articleId: string; readonly hit: ArticleHit | undefined }>,
  { language: customerLanguage }: Conversation,
  sent: SendsOfArticle | undefined,
  context: ApiContext,
): Promise<Suggestion | undefined> {
  const text = await publicText(article, customerLanguage, context)
  const preview = hit && (!text || text.language === hit.language) ? textOfHit(hit) : text
  if (!preview) return undefined
  const { language, title, excerpt } = preview
  return {
    article,
    articleId,
    language,
    title,
    excerpt,
    isSendable: text !== undefined && isPublicArticle(article),
    isCustomersLanguage: isSameLanguage(language, customerLanguage),
    sends: sent?.sends ?? 0,
    solved: sent?.solved ?? 0,
  }
}

const textOfHit = ({ language, title, excerpt }: ArticleHit) => ({
  language,
  title: title.map(({ text }) => text).join(''),
  excerpt: excerpt.map(({ text }) => text).join(''),
})

/** What the desk has lately sent for the category of a conversation, by article. */
async function sentFor(
  { category }: Conversation,
  { read, services }: ApiContext,
): Promise<ReadonlyMap<string, SendsOfArticle>> {
  if (category === undefined) return new Map()
  const since = later(services.desk.now(), -days(sentDays))
  const rows = await (await read('sentArticles')).sentFor(category, since, mostSentRead)
  return new Map(rows.map((row) => [row.articleId, row]))
}

/** The words of the path of a category, such as `technical support login issues`. */
const categoryWords = ({ category = '' }: Conversation): string => category.replaceAll(/[/_-]+/g, ' ')

/** What the customer wrote last, the latest first, behind the subject of a ticket. */
async function wordsOf(
  { kind, id: conversationId, ticket }: Conversation,
  { read, loaders }: ApiContext,
): Promise<string> {
  const page = { limit: 20, backward: true } as const
  const slice =
    kind === 'chat'
      ? await (await read('chatMessages')).ofChat(conversationId, page, 'public')
      : await loaders.conversation.load({ ticketId: conversationId, page })
  const said = slice.rows.flatMap(({ row }) => (row.author.kind === 'customer' ? [row.body] : []))
  const last = said.slice(-lastWords.messages).toReversed()
  return cutTo([ticket?.subject ?? '', ...last].join('\n').trim(), lastWords.characters)
}
