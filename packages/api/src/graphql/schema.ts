import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql'
import { lexicographicSortSchema, printSchema } from 'graphql'
import type { Operation } from '../auth/rights.ts'
import { rights } from '../auth/rights.ts'
import type { SchemaPart } from './builder.ts'
import { addScalars, createParts } from './builder.ts'
import { addActivities } from './proactive/activity.ts'
import { addActivityCounts } from './proactive/activity-counts.ts'
import { addDraftReport } from './proactive/draft-report.ts'
import { addDrafts } from './proactive/draft.ts'
import { addDraftMutations } from './proactive/draft-mutations.ts'
import { addDraftsChanged } from './proactive/drafts-changed.ts'
import { addHealth } from './proactive/health.ts'
import { addDraftIncident } from './proactive/draft-incident.ts'
import { addSimilarTickets } from './proactive/similar-tickets.ts'
import { addLikelyIncidents } from './proactive/likely-incidents.ts'
import { addArticleComparison, addArticleRestoration } from './knowledge/article-comparison.ts'
import { addArticleEditors } from './knowledge/article-editors.ts'
import { addArticleFiles } from './knowledge/article-files.ts'
import { addArticleHtml } from './knowledge/article-html.ts'
import { addArticleLinks } from './knowledge/article-links.ts'
import { addArticleMutations } from './knowledge/article-mutations.ts'
import { addOutsideLinks } from './knowledge/outside-links.ts'
import { addArticlePdf } from './knowledge/article-pdf.ts'
import { addArticlePreview } from './knowledge/article-preview.ts'
import { addArticleQueries } from './knowledge/article-queries.ts'
import { addArticleAnswers } from './knowledge/article-answers.ts'
import { addArticleSearch } from './knowledge/article-search.ts'
import { addConversationArticles } from './knowledge/conversation-articles.ts'
import { addSentArticles } from './knowledge/sent-articles.ts'
import { addSendArticle } from './knowledge/send-article.ts'
import { addSuggestedArticles } from './knowledge/suggested-articles.ts'
import { addContextualHelp } from './knowledge/contextual-help.ts'
import { addContributions } from './knowledge/contributions.ts'
import { addArticleLists, addReadership } from './knowledge/readership.ts'
import { addRelatedArticles } from './knowledge/related-articles.ts'
import { addCommonSearches } from './knowledge/common-searches.ts'
import { addDeflection } from './knowledge/deflection.ts'
import { addReadershipMutations } from './knowledge/readership-mutations.ts'
import { addQueue } from './ticket/queue.ts'
import { addRecipientMutations } from './desk/recipient.ts'
import { addAgentMutations, addAgentQueries } from './agent/agent.ts'
import { addAudit } from './desk/audit.ts'
import { addCalendars } from './desk/calendar.ts'
import { addCannedMutations, addRunMacro } from './canned/canned-mutations.ts'
import { addCannedQueries } from './canned/canned.ts'
import { addChatAgents } from './chat/chat-agents.ts'
import { addChatCalls } from './chat/chat-calls.ts'
import { addChatChanged } from './chat/chat-changed.ts'
import { addChatTyping } from './chat/chat-typing.ts'
import { addChatMarks } from './chat/chat-message.ts'
import { addChatMutations } from './chat/chat-mutations.ts'
import { addChatQueries } from './chat/chat-queries.ts'
import { addChatReport } from './chat/chat-report.ts'
import { addLeaveChatMessage } from './chat/leave-chat-message.ts'
import { addChatSla } from './chat/chat-sla.ts'
import { addApplyConfiguration, addConfiguration } from './desk/configuration.ts'
import { authorize } from './context.ts'
import { addConversation } from './ticket/conversation.ts'
import { addCustomerMutations } from './customer/customer-mutations.ts'
import { addCustomerQueries } from './customer/customer.ts'
import { addCustomerWork } from './customer/customer-work.ts'
import { addOrganisationQueries } from './customer/organisation.ts'
import { describeSchema } from './description/describe-schema.ts'
import { addDeskQueries, addViewer } from './desk/desk.ts'
import { addFileMutations } from './file/file.ts'
import { addInbox, addInboxReceived } from './inbox/inbox.ts'
import { addIncidentMutations, addIncidentQueries } from './incident/incident-mutations.ts'
import { addLevelQueries, addTicketLevel } from './ticket/level.ts'
import { addReports } from './desk/reports.ts'
import { addPresence } from './chat/presence.ts'
import { addPush } from './chat/push.ts'
import { hideFromCustomers } from './readers.ts'
import { addTicketRouting } from './ticket/routing.ts'
import { withOwnIds } from './own-ids.ts'
import type { Refusals } from './operation-outcomes.ts'
import type { CommandResult } from './command.ts'
import type { ApiContext } from './services.ts'
import { addLanguageAvailability } from './agent/language-availability.ts'
import { addShiftQueries } from './agent/shift.ts'
import { addSla } from './ticket/sla.ts'
import { addTicketChanged } from './ticket/ticket-changed.ts'
import { addLiveData } from './chat/live-data.ts'
import { addOpenTicket, addTicketMutations } from './ticket/ticket-mutations.ts'
import { addDeadlines, addLinks, addMergedTickets, addTicketQueries, addViewerCan } from './ticket/ticket-queries.ts'
import { addTimeline } from './ticket/timeline.ts'
import { addMessageTranslation } from './translation/message-translation.ts'
import { addRateTranslation } from './translation/rate-translation.ts'
import { addWorkingLanguage } from './translation/working-language.ts'

/** Creates the schema of the API. Every operation checks the rights table first. */
export function createSchema(): GraphQLSchema {
  const schema = guardOperations(hideFromCustomers(withOwnIds(buildSchema())))
  describeSchema(schema)
  return schema
}

let shared: GraphQLSchema | undefined

/** The schema of the API for all servers of this process. Whoever changes a schema creates one of their own. */
export const sharedSchema = (): GraphQLSchema => (shared ??= createSchema())

/** The parts of the schema, in any order: each adds first the types that it needs. */
export const schemaParts: readonly SchemaPart<unknown>[] = [
  addScalars,
  addTimeline,
  addTicketLevel,
  addInbox,
  addConversation,
  addDeadlines,
  addLinks,
  addMergedTickets,
  addViewerCan,
  addTicketRouting,
  addTicketQueries,
  addViewer,
  addDeskQueries,
  addConfiguration,
  addCalendars,
  addAudit,
  addReports,
  addLevelQueries,
  addSla,
  addFileMutations,
  addTicketMutations,
  addOpenTicket,
  addRecipientMutations,
  addQueue,
  addAgentQueries,
  addShiftQueries,
  addLanguageAvailability,
  addAgentMutations,
  addCustomerQueries,
  addCustomerWork,
  addOrganisationQueries,
  addCustomerMutations,
  addApplyConfiguration,
  addIncidentQueries,
  addIncidentMutations,
  addChatQueries,
  addChatMutations,
  addChatAgents,
  addChatMarks,
  addChatCalls,
  addLiveData,
  addChatTyping,
  addPresence,
  addChatReport,
  addPush,
  addLeaveChatMessage,
  addChatSla,
  addCannedQueries,
  addCannedMutations,
  addRunMacro,
  addActivities,
  addActivityCounts,
  addDrafts,
  addDraftReport,
  addDraftMutations,
  addDraftsChanged,
  addDraftIncident,
  addArticleComparison,
  addArticleEditors,
  addArticleFiles,
  addArticleHtml,
  addArticleLinks,
  addOutsideLinks,
  addArticlePdf,
  addArticlePreview,
  addArticleQueries,
  addRelatedArticles,
  addArticleSearch,
  addSimilarTickets,
  addSuggestedArticles,
  addSendArticle,
  addConversationArticles,
  addSentArticles,
  addArticleMutations,
  addArticleRestoration,
  addArticleLists,
  addCommonSearches,
  addReadership,
  addReadershipMutations,
  addArticleAnswers,
  addDeflection,
  addContextualHelp,
  addContributions,
  addMessageTranslation,
  addRateTranslation,
  addWorkingLanguage,
  addLikelyIncidents,
  addHealth,
  addTicketChanged,
  addChatChanged,
  addInboxReceived,
]

/**
 * Builds the schema without descriptions, client ids, and the rights of operations and fields: for the tests of these.
 */
export function buildSchema(parts = schemaParts): GraphQLSchema {
  const { builder, use } = createParts()
  builder.queryType({})
  builder.mutationType({})
  builder.subscriptionType({})
  for (const part of parts) use(part)
  return builder.toSchema()
}

/** Prints the sorted schema, as in schema.graphql. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(createSchema()))}\n`

/**
 * Makes every root field check the rights table before its resolver.
 * @throws Error when a root field has no row in the table, or a row has no root field.
 */
function guardOperations(schema: GraphQLSchema): GraphQLSchema {
  const unguarded = new Set<string>(Object.keys(rights))
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const operation = field.name
      if (!isOperation(operation)) throw new Error(`the rights table says nothing about ${operation}`)
      unguarded.delete(operation)
      if (field.subscribe) field.subscribe = guarded(operation, field.subscribe)
      else field.resolve = guarded(operation, field.resolve)
    }
  }
  if (unguarded.size > 0) throw new Error(`no operation is named ${[...unguarded].join(', ')}`)
  return schema
}

type Resolver = GraphQLFieldResolver<unknown, ApiContext>

function guarded(operation: Operation, resolve: Resolver | undefined): Resolver {
  if (!resolve) throw new Error(`${operation} resolves nothing`)
  return (source, args, context, info) => {
    authorize(operation, context)
    const result: unknown = resolve(source, args, context, info)
    return context.refusals && info.operation.operation === 'mutation'
      ? recordingRefusal(result, context.refusals, String(info.path.key))
      : result
  }
}

/** Records why the command of a mutation was refused, also where its sender does not ask. */
async function recordingRefusal(result: unknown, refusals: Refusals, key: string): Promise<unknown> {
  const payload = (await result) as Partial<Pick<CommandResult, 'userErrors'>> | null | undefined
  const code = payload?.userErrors?.[0]?.code
  if (code !== undefined) refusals.set(key, code)
  return payload
}

const isOperation = (name: string): name is Operation => Object.hasOwn(rights, name)
