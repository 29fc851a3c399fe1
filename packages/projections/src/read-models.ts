import type { Pool } from 'pg'
import type { ArticleSimilarity, OwnAggregates, TicketPolicy, Wording } from '@guichet/domain'
import {
  articleTreeAggregate,
  clockedAggregates,
  fileAggregate,
  termsOf,
  ticketDeadlines,
  ticketLabels,
} from '@guichet/domain'
import { auditProjection, auditQueries } from './audit.ts'
import { cannedProjection, cannedQueries } from './canned.ts'
import { createChatFolding } from './chats/chat-facts.ts'
import { chatsProjection } from './chats/chats-model.ts'
import { chatQueries } from './chats/chats-queries.ts'
import { chatFiguresProjection } from './chats/figures-model.ts'
import { chatFiguresQueries } from './chats/figures-queries.ts'
import { chatMessagesProjection } from './chats/messages-model.ts'
import { chatMessagesQueries } from './chats/messages-queries.ts'
import { chatQueueQueries } from './chats/queue.ts'
import { chatSearchProjection } from './chats/search-model.ts'
import { chatTargetsProjection } from './chats/targets-model.ts'
import { chatTargetsQueries } from './chats/targets-queries.ts'
import { conversationProjection } from './conversation/model.ts'
import { conversationQueries } from './conversation/queries.ts'
import { customersProjection } from './customers/model.ts'
import { customersQueries } from './customers/queries.ts'
import { dailyReportProjection } from './daily-report/model.ts'
import { dailyReportQueries } from './daily-report/queries.ts'
import type { DeadlineSink } from './deadlines/clock-states.ts'
import { clockOf, clocksOf, ownClocks } from './deadlines/clock-states.ts'
import { deadlinesProjection } from './deadlines/model.ts'
import { deadlinesQueries } from './deadlines/queries.ts'
import { draftsProjection } from './drafts/model.ts'
import { draftsQueries } from './drafts/queries.ts'
import { escalationsProjection } from './escalations/model.ts'
import { escalationsQueries } from './escalations/queries.ts'
import { filesProjection, filesQueries } from './files.ts'
import { healthProjection } from './health/model.ts'
import { healthQueries } from './health/queries.ts'
import type { NotificationSink } from './inbox/model.ts'
import { inboxProjection } from './inbox/model.ts'
import { inboxQueries } from './inbox/queries.ts'
import { incidentsProjection, incidentsQueries } from './incidents.ts'
import { articlesProjection } from './knowledge/articles-model.ts'
import { articlesQueries } from './knowledge/articles-queries.ts'
import { articleSearchProjection } from './knowledge/search-model.ts'
import { articleSearchQueries } from './knowledge/search-queries.ts'
import { contributionsProjection, contributionsQueries } from './knowledge/contributions.ts'
import { recentArticlesQueries } from './knowledge/recent-articles.ts'
import { relatedArticlesQueries } from './knowledge/related-articles.ts'
import { sentArticlesProjection, sentArticlesQueries } from './knowledge/sent-articles.ts'
import { helpCentreQueries } from './knowledge/help-centre-queries.ts'
import { createReader } from './reading/reader.ts'
import { responseTimesProjection } from './response-times/model.ts'
import { responseTimesQueries } from './response-times/queries.ts'
import { routingProjection } from './routing/model.ts'
import { routingQueries } from './routing/queries.ts'
import type { RunnerLog } from './runner/failure.ts'
import type { Projection } from './runner/projection.ts'
import { searchProjection } from './search/model.ts'
import { slaProjection } from './sla/model.ts'
import { slaQueries } from './sla/queries.ts'
import { createTermsKeeper } from './streams/configuration.ts'
import { createImportFolding, foldingOf } from './streams/imports.ts'
import { partOf } from './streams/stream-folding.ts'
import { createTicketFolding } from './ticket-facts.ts'
import { ticketsProjection } from './tickets/model.ts'
import { ticketQueries } from './tickets/queries.ts'

/** The queries of each read model, and the projections behind them. */
const models = {
  tickets: { queries: ticketQueries, behind: ['tickets'] },
  conversation: { queries: conversationQueries, behind: ['conversation'] },
  responseTimes: { queries: responseTimesQueries, behind: ['response_times'] },
  dailyReport: { queries: dailyReportQueries, behind: ['daily_report'] },
  inbox: { queries: inboxQueries, behind: ['inbox', 'tickets'] },
  deadlines: { queries: deadlinesQueries, behind: ['deadlines'] },
  sla: { queries: slaQueries, behind: ['sla'] },
  audit: { queries: auditQueries, behind: ['audit'] },
  incidents: { queries: incidentsQueries, behind: ['incidents'] },
  files: { queries: filesQueries, behind: ['files'] },
  routing: { queries: routingQueries, behind: ['routing'] },
  escalations: { queries: escalationsQueries, behind: ['escalations', 'routing'] },
  chats: { queries: chatQueries, behind: ['chats'] },
  chatMessages: { queries: chatMessagesQueries, behind: ['chat_messages'] },
  chatQueue: { queries: chatQueueQueries, behind: ['chats', 'chat_figures', 'routing'] },
  chatFigures: { queries: chatFiguresQueries, behind: ['chat_figures'] },
  canned: { queries: cannedQueries, behind: ['canned'] },
  chatTargets: { queries: chatTargetsQueries, behind: ['chat_targets'] },
  customers: { queries: customersQueries, behind: ['customers'] },
  drafts: { queries: draftsQueries, behind: ['drafts'] },
  health: { queries: healthQueries, behind: ['health', 'customers'] },
  articles: { queries: articlesQueries, behind: ['articles'] },
  articleSearch: { queries: articleSearchQueries, behind: ['articles', 'article_search'] },
  relatedArticles: { queries: relatedArticlesQueries, behind: ['articles', 'article_search'] },
  recentArticles: { queries: recentArticlesQueries, behind: ['articles'] },
  contributions: { queries: contributionsQueries, behind: ['contributions'] },
  sentArticles: { queries: sentArticlesQueries, behind: ['sent_articles'] },
  helpCentre: { queries: helpCentreQueries, behind: ['articles'] },
} as const

type Models = typeof models

/** All queries of the read models. */
export type ReadModels = { readonly [K in keyof Models]: ReturnType<Models[K]['queries']> }

/** One cell of every read model. */
const ofEach = <T>(cell: (model: Models[keyof Models]) => T): { readonly [K in keyof Models]: T } =>
  Object.fromEntries(Object.entries(models).map(([name, model]) => [name, cell(model)])) as {
    readonly [K in keyof Models]: T
  }

/** The projections that show a ticket. */
export const ticketModels: readonly string[] = ['tickets', 'conversation']

/** The projections that show a chat. */
export const chatModels: readonly string[] = ['chats', 'chat_messages']

/**
 * The projections behind each read model's queries. Lists with a search also need `searchModels`, those by SLA targets
 * `slaModels`.
 */
export const projectionsBehind: Readonly<Record<keyof ReadModels, readonly string[]>> = ofEach(({ behind }) => behind)

/** The additional projections of a list with a search. */
export const searchModels: readonly string[] = ['tickets', 'search']

/** The projections of a list of chats with a search. */
export const chatSearchModels: readonly string[] = ['chats', 'chat_search']

/** The additional projections of a list by SLA targets. */
export const slaModels: readonly string[] = ['tickets', 'sla']

/**
 * Every read model, for the runner. Deadlines, SLA targets, response times and notifications follow the configuration
 * in force; the given policy and wording apply until one is applied. No row depends on the desk's time zone, which is a
 * parameter of queries.
 * @param options.deadlineSink receives the streams whose next due instant changes; see `DeadlineSink`.
 * @param options.notificationSink receives the notifications by e-mail or push; see `NotificationSink`.
 * @param options.cachedTickets the most folded tickets, and chats, that each of their writers caches; 10,000 by default.
 * @param options.aggregates those of an embedder's own, whose deadlines have clocks too.
 * @param options.log receives what an operator should act on, such as a Postgres extension that is not available.
 */
export function projections(options: {
  readonly policy: TicketPolicy
  readonly wording: Wording
  readonly deadlineSink?: DeadlineSink | undefined
  readonly notificationSink?: NotificationSink | undefined
  readonly cachedTickets?: number | undefined
  readonly log?: RunnerLog
  readonly aggregates?: OwnAggregates
}): readonly Projection[] {
  const { policy, wording, deadlineSink, notificationSink, cachedTickets, log, aggregates = {} } = options
  const base = { policy, wording }
  const facts = createTicketFolding(cachedTickets)
  const states = partOf(facts, ({ ticket }) => ticket)
  const incidentFacts = foldingOf(clockedAggregates(() => termsOf([], base)).incident)
  const incidents = partOf(incidentFacts, ({ state }) => state)
  const chats = createChatFolding(cachedTickets)
  const draftFacts = foldingOf(clockedAggregates(() => termsOf([], base)).draft)
  const drafts = partOf(draftFacts, ({ state }) => state)
  const articleFacts = foldingOf(clockedAggregates(() => termsOf([], base)).article)
  const articleStates = partOf(articleFacts, ({ state }) => state)
  const articleTrees = partOf(foldingOf(articleTreeAggregate), ({ state }) => state)
  const imports = createImportFolding()
  const terms = createTermsKeeper(base)
  const basis = JSON.stringify(policy)
  const clocks = [
    clockOf('ticket', facts, {
      deadlines: ({ ticket }, timeline) => ticketDeadlines(ticket, timeline),
      labels: ({ ticket }, timeline) => ticketLabels(ticket, timeline),
    }),
    ...clocksOf(termsOf([], base), { incident: incidentFacts, chat: chats, draft: draftFacts, article: articleFacts }),
    ...ownClocks(aggregates),
  ]
  return [
    ticketsProjection(states),
    conversationProjection(),
    searchProjection(log),
    responseTimesProjection(
      partOf(facts, ({ responses }) => responses),
      terms,
      basis,
    ),
    dailyReportProjection(
      partOf(facts, ({ daily }) => daily),
      terms,
      basis,
    ),
    inboxProjection(states, incidents, chats, drafts, terms, notificationSink),
    deadlinesProjection(clocks, terms, imports, basis, deadlineSink),
    slaProjection(
      partOf(facts, ({ ticket, targets, importedBy }) => ({ ticket, ...targets, importedBy })),
      terms,
      imports,
      basis,
    ),
    auditProjection(),
    incidentsProjection(incidents),
    routingProjection(
      partOf(facts, ({ work }) => work),
      imports,
    ),
    escalationsProjection(partOf(facts, ({ levels }) => levels)),
    chatsProjection(chats),
    chatMessagesProjection(chats),
    chatFiguresProjection(chats),
    chatTargetsProjection(chats),
    cannedProjection(),
    customersProjection(),
    filesProjection(partOf(foldingOf(fileAggregate), ({ state }) => state)),
    chatSearchProjection(chats, log),
    draftsProjection(drafts),
    articlesProjection(articleStates, articleTrees),
    articleSearchProjection(articleStates, articleTrees),
    contributionsProjection(),
    sentArticlesProjection(states, chats),
    healthProjection(
      partOf(facts, ({ ticket, responses }) => ({ ticket, responses })),
      drafts,
      chats,
    ),
  ]
}

/**
 * Creates the queries of the read models over a pool. The caller closes the pool.
 * @param options.similarity lets the search of articles find them by the meaning of a text too; by words alone by default.
 */
export function readModels(
  pool: Pool,
  { similarity }: { readonly similarity?: ArticleSimilarity | undefined } = {},
): ReadModels {
  const reader = createReader(pool)
  const queries = ofEach<unknown>((model) => model.queries(reader)) as ReadModels
  return similarity ? { ...queries, articleSearch: articleSearchQueries(reader, similarity) } : queries
}
