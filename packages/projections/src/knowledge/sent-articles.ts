import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { ArticleForm, ChatEvent, Instant, TicketEvent, TicketState } from '@guichet/domain'
import { SharedReads, streamName } from '@guichet/domain'
import type { ChatFacts, ChatFolding } from '../chats/chat-facts.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { Projection } from '../runner/projection.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/**
 * The articles that the desk has sent to customers: a row for each message of a ticket or a chat that was made of one, with
 * the customer and the category of then, and since when the ticket or chat has been solved.
 */
export function sentArticlesProjection(
  tickets: StreamFolding<TicketEvent, TicketState>,
  chats: ChatFolding,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'sent_articles',
      version: 1,
      ...tablesOf(table),
      project: async (events, context) => {
        const ofTickets = await tickets.steps(events, context)
        const ofChats = await chats.steps(events, context)
        await table.insert(context.tx, [...ofTickets.flatMap(rowOfTicket), ...ofChats.flatMap(rowOfChat)])
        await change(context.tx, [...ofTickets.flatMap(changeOfTicket), ...ofChats.flatMap(changeOfChat)])
      },
    },
    (ids, { tx }) =>
      removeRows(
        tx,
        ids.map((id) => streamName('ticket', id)),
        { sent_article: 'stream' },
      ),
  )
}

const table = writtenTable(
  'sent_article',
  `stream text collate "C",
  message_id text collate "C",
  article_id text collate "C" not null,
  language text collate "C" not null,
  revision integer not null,
  form text not null,
  agent_id text collate "C" not null,
  agent_name text,
  customer_id text collate "C" not null,
  category text,
  at timestamptz not null,
  solved_at timestamptz,
  primary key (stream, message_id)`,
  {
    fillfactor: 80,
    indexes: [
      'index on sent_article (article_id, at)',
      'index on sent_article (customer_id, article_id)',
      'index on sent_article (category, at)',
    ],
  },
)

/** What a message says of the article that it was made of. */
type Message = {
  readonly messageId: string
  readonly at: Instant
  readonly by: { readonly id: string; readonly name?: string | undefined }
  readonly article?:
    | {
        readonly articleId: string
        readonly language: string
        readonly revision: number
        readonly form: ArticleForm
      }
    | undefined
}

type Conversation = { readonly customer: { readonly id: string }; readonly category?: string | undefined }

function rowOf(
  stream: string,
  { messageId, at, by, article }: Message,
  { customer, category }: Conversation,
): readonly object[] {
  if (!article) return []
  const { articleId, language, revision, form } = article
  const agent = { agent_id: by.id, agent_name: by.name }
  const text = { article_id: articleId, language, revision, form }
  return [{ stream, message_id: messageId, ...text, ...agent, customer_id: customer.id, category, at }]
}

const rowOfTicket = ({ id, envelope: { event }, after }: Step<TicketEvent, TicketState>): readonly object[] =>
  event.type === 'AgentReplied' && after.status !== 'absent' ? rowOf(streamName('ticket', id), event, after) : []

const rowOfChat = ({ id, envelope: { event }, after: { state } }: Step<ChatEvent, ChatFacts>): readonly object[] =>
  event.type === 'ChatMessageSent' && state.status !== 'absent' ? rowOf(streamName('chat', id), event, state) : []

/** What an event changes of all that was sent in a ticket or a chat: whether it is solved, or whose it is. */
type Change = {
  readonly stream: string
  readonly at: Instant
  readonly solved?: boolean
  readonly customer_id?: string
}

function changeOfTicket({ id, envelope: { event } }: Step<TicketEvent, TicketState>): readonly Change[] {
  const { type, at } = event
  const stream = streamName('ticket', id)
  if (type === 'TicketReopened') return [{ stream, at, solved: false }]
  const isSolved =
    type === 'TicketResolved' ||
    (type === 'TicketClosed' && (event.reason === 'solved' || event.reason === 'confirmed'))
  return isSolved ? [{ stream, at, solved: true }] : []
}

function changeOfChat({ id, envelope: { event }, before, after }: Step<ChatEvent, ChatFacts>): readonly Change[] {
  const stream = streamName('chat', id)
  const { type, at } = event
  if (type === 'ChatReopened') return [{ stream, at, solved: false }]
  if (type === 'ChatClosed' && event.reason === 'solved') return [{ stream, at, solved: true }]
  if (before.state.status === 'absent' || after.state.status === 'absent') return []
  const { id: customerId } = after.state.customer
  return customerId === before.state.customer.id ? [] : [{ stream, at, customer_id: customerId }]
}

/** Applies changes in their order: those of each stream one after the other, what is equal together. */
async function change(tx: Transaction<unknown>, changes: readonly Change[]): Promise<void> {
  const solved = new Map(changes.flatMap((each) => (each.solved === undefined ? [] : [[each.stream, each] as const])))
  const moved = new Map(
    changes.flatMap((each) => (each.customer_id === undefined ? [] : [[each.stream, each] as const])),
  )
  if (solved.size > 0)
    await sql`
      update sent_article s set solved_at = case when c.solved then coalesce(s.solved_at, c.at) end
      from json_to_recordset(${JSON.stringify([...solved.values()])}::json) as c (stream text, at timestamptz, solved boolean)
      where s.stream = c.stream and (not c.solved or s.at <= c.at)`.execute(tx)
  if (moved.size > 0)
    await sql`
      update sent_article s set customer_id = c.customer_id
      from json_to_recordset(${JSON.stringify([...moved.values()])}::json) as c (stream text, customer_id text)
      where s.stream = c.stream`.execute(tx)
}

/** Who has sent an article, and how often. */
type SendsOfAgent = { readonly agentId: string; readonly name: string | null; readonly sends: number }

/** For which category an article was sent, and how often; null for tickets and chats without one. */
type SendsForCategory = { readonly category: string | null; readonly sends: number }

/** How often an article was sent, and what became of it. */
export type SentArticleFigures = {
  /** In how many messages. */
  readonly sends: number
  /** How many of them are in a ticket or a chat that was solved afterwards and is solved now. */
  readonly solved: number
  /** The agents who have sent it most. */
  readonly agents: readonly SendsOfAgent[]
  /** The categories for which it was sent most. */
  readonly categories: readonly SendsForCategory[]
}

/** How often an article was sent for a category, and how often the ticket or chat was solved then. */
export type SendsOfArticle = { readonly articleId: string; readonly sends: number; readonly solved: number }

/** The days in UTC that are counted, both included, as `2026-03-02`; and which language: all unless given. */
type SendPeriod = { readonly from: string; readonly to: string; readonly language?: string | undefined }

/** How many agents and categories are listed of an article. */
export const mostSenders = 10

/** For how long what was sent for a category is shared, in milliseconds, and for how many categories: half a year changes little in a minute. */
const [sharedMs, mostShared] = [60_000, 500]

type SentArticlesQueries = {
  /** How often each of some articles was sent in a period. */
  figuresOf(articleIds: readonly string[], period: SendPeriod): Promise<readonly SentArticleFigures[]>
  /**
   * The articles sent most for a category since a moment, or for those without one: the most often sent first. As they were at most a
   * minute ago.
   */
  sentFor(category: string | undefined, since: Instant, limit: number): Promise<readonly SendsOfArticle[]>
}

const none: SentArticleFigures = { sends: 0, solved: 0, agents: [], categories: [] }

/** Queries the live generation of the articles that were sent. */
export function sentArticlesQueries(reader: Reader): SentArticlesQueries {
  const rows = sql`${sql.id(readSchema)}.sent_article`
  const sent = new SharedReads<readonly SendsOfArticle[]>({
    sharedMs,
    maxEntries: mostShared,
    now: () => performance.now(),
  })
  return {
    figuresOf: async (articleIds, { from, to, language }) => {
      const selected = await reader.rows(sql<SentArticleFigures & { readonly articleId: string }>`
        with sent as materialized (
          select * from ${rows} s where s.article_id = any(${[...articleIds]}::text[])
            and s.at >= ${from}::date::timestamp at time zone 'UTC'
            and s.at < (${to}::date + 1)::timestamp at time zone 'UTC'
            ${language === undefined ? sql`` : sql`and s.language = ${language}`}
        ), agent as (
          select article_id, agent_id, count(*)::integer as sends,
            (array_agg(agent_name order by at desc) filter (where agent_name is not null))[1] as name,
            row_number() over (partition by article_id order by count(*) desc, agent_id) as place
          from sent group by article_id, agent_id
        ), category as (
          select article_id, category, count(*)::integer as sends,
            row_number() over (partition by article_id order by count(*) desc, category) as place
          from sent group by article_id, category
        )
        select s.article_id as "articleId", count(*)::integer as sends, count(s.solved_at)::integer as solved, (
          select json_agg(json_build_object('agentId', a.agent_id, 'name', a.name, 'sends', a.sends) order by a.place)
          from agent a where a.article_id = s.article_id and a.place <= ${mostSenders}
        ) as agents, (
          select json_agg(json_build_object('category', c.category, 'sends', c.sends) order by c.place)
          from category c where c.article_id = s.article_id and c.place <= ${mostSenders}
        ) as categories
        from sent s group by s.article_id`)
      const figures = new Map(selected.map(({ articleId, ...each }) => [articleId, each]))
      return articleIds.map((id) => figures.get(id) ?? none)
    },
    sentFor: (category, since, limit) =>
      sent.get(JSON.stringify([category, since.slice(0, 10), limit]), () =>
        reader.rows(sql<SendsOfArticle>`
          select s.article_id as "articleId", count(*)::integer as sends, count(s.solved_at)::integer as solved
          from ${rows} s
          where ${category === undefined ? sql`s.category is null` : sql`s.category = ${category}`} and s.at >= ${since}::timestamptz
          group by s.article_id order by sends desc, solved desc, s.article_id limit ${limit}`),
      ),
  }
}
