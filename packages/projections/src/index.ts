export type * from './runner/projection.ts'
export type { AuditFilter, AuditQueries, AuditRow } from './audit.ts'
export { emptyMarks, evolveChatFacts, noChatFacts } from './chats/chat-facts.ts'
export type { CannedFilter, CannedReplyRow, MacroRow } from './canned.ts'
export type { LastMessage } from './chats/chat-facts.ts'
export { chatRow } from './chats/chat-row.ts'
export type { ChatFilter, ChatOrder, ChatQueries, ChatRow } from './chats/chat-row.ts'
export { chatAims, chatDimensions, mostReportHours } from './chats/figures-queries.ts'
export type { ChatDimension, ChatFigures, ChatFiguresOf, ChatFiguresQueries, Spread } from './chats/figures-queries.ts'
export type { ChatMessageKey, ChatMessageRow, ChatMessagesQueries } from './chats/messages-queries.ts'
export { chatTargetDimensions, chatTargetStates } from './chats/targets-queries.ts'
export type {
  ChatTargetDimension,
  ChatTargetFilter,
  ChatTargetRow,
  ChatTargetsQueries,
} from './chats/targets-queries.ts'
export { createPaceCount, expectedWait } from './chats/expected-wait.ts'
export type { ChatPace, ExpectedWait } from './chats/expected-wait.ts'
export type { AvailableAgent, ChatQueue, ChatQueueQueries, QueuedChat } from './chats/queue.ts'
export { nameOf as nameOfCustomer } from './customers/model.ts'
export type { CustomerFigures, CustomerFilter, CustomerRow, OrganisationRow } from './customers/queries.ts'
export { termsTimelineAt } from './streams/configuration.ts'
export type { TermsTimelineAt } from './streams/configuration.ts'
export { conversationOf } from './conversation/model.ts'
export type { AttachmentRow, ConversationQueries, MergedHistory, MessageRow } from './conversation/model.ts'
export { messageKey } from './conversation/queries.ts'
export type { DailyReport, DailyReportQueries } from './daily-report/queries.ts'
export { countDays, daysIn, isCalendarDay, mostReportDays } from './days.ts'
export type { DayOf } from './days.ts'
export type { DeadlineSink, ClockStateChange } from './deadlines/clock-states.ts'
export type { DeadlineRow, DeadlinesQueries, TicketDeadlineRow } from './deadlines/queries.ts'
export { draftRowId } from './drafts/model.ts'
export { draftGroups, effectDays, fewestCases, ticketsAvoided } from './drafts/queries.ts'
export type {
  DraftDay,
  DraftEffect,
  DraftFigures,
  DraftFilter,
  DraftGroup,
  DraftOutcomes,
  DraftRow,
} from './drafts/queries.ts'
export {
  articleSelection,
  isPublicArticle,
  publishedTexts,
  translationStates,
  wasPublicArticle,
} from './knowledge/articles-queries.ts'
export type { ArticleFilter, ArticleReaders, TranslationState } from './knowledge/articles-queries.ts'
export type {
  ArticleCategoryRow,
  ArticleLinkRow,
  ArticleRevisionRow,
  ArticleRow,
  ArticleTargetRow,
  ArticleTranslationRow,
  RevisionKey,
} from './knowledge/article-rows.ts'
export type { ExcerptPart } from './knowledge/search-excerpt.ts'
export { mostCounted, mostHits, mostSuggestions } from './knowledge/search-queries.ts'
export { plainText } from './knowledge/search-terms.ts'
export type { ArticleHit, ArticleHits, ArticleSearch, ArticleSuggestion } from './knowledge/search-queries.ts'
export { mostRelated } from './knowledge/related-articles.ts'
export { mostSenders } from './knowledge/sent-articles.ts'
export type { SendsOfArticle, SentArticleFigures } from './knowledge/sent-articles.ts'
export type { ContributionRow } from './knowledge/contributions.ts'
export type {
  HelpCentreArticleRow,
  HelpCentreCategoryRow,
  HelpCentreCountRow,
} from './knowledge/help-centre-queries.ts'
export { escalationStates } from './escalations/queries.ts'
export type {
  AimedFigure,
  EscalationFilter,
  EscalationRow,
  EscalationsQueries,
  EscalationState,
  LevelReport,
} from './escalations/queries.ts'
export type { AtRiskCount, AtRiskFilter, AtRiskRow, HealthFall } from './health/queries.ts'
export type { HealthSubject } from './health/scores.ts'
export type { NotificationSink } from './inbox/model.ts'
export type { InboxFilter, InboxQueries, InboxRow } from './inbox/queries.ts'
export type { FileFilter, FileListRow } from './files.ts'
export type { IncidentFilter, IncidentRow, IncidentsQueries } from './incidents.ts'
export type {
  AgentFilter,
  AgentRow,
  AgentTime,
  AssignedTicket,
  DaysOfAgent,
  Queue,
  QueuedTicket,
  QueueOfLevel,
  RoutingQueries,
  RoutingSnapshot,
  SpeakingAgent,
} from './routing/queries.ts'
export {
  chatModels,
  chatSearchModels,
  projections,
  projectionsBehind,
  readModels,
  searchModels,
  slaModels,
  ticketModels,
} from './read-models.ts'
export type { ReadModels } from './read-models.ts'
export { createReader, readSchema } from './reading/reader.ts'
export type { Keyset, Page, Slice, TimeRange } from './reading/reader.ts'
export { byInstant, byNumber, readSlice } from './reading/slice.ts'
export type { ResponseTimesQueries, ResponseTimesReport, TargetReport } from './response-times/queries.ts'
export { RebuildFailed, RebuildRefused } from './runner/failure.ts'
export type { ProjectionError, RunnerLog, RunnerMetrics, WrittenBatch } from './runner/failure.ts'
export { createProjectionRunner } from './runner/create-runner.ts'
export type { ProjectionRunnerOptions } from './runner/create-runner.ts'
export { ForeignHistory } from './runner/progress.ts'
export { recordLostStream } from './runner/status.ts'
export type { LagOptions, ModelLag } from './runner/lag.ts'
export type { ProjectionRunner, ProjectionStatus, RebuildProgress } from './runner/runner.ts'
export { slaDimensions } from './sla/sla-query.ts'
export type {
  SlaDashboard,
  SlaDimension,
  SlaFigures,
  SlaFilter,
  SlaQueries,
  SlaTargetFilter,
  SlaTargetRow,
} from './sla/sla-query.ts'
export { pageOfTargets } from './sla/target-row.ts'
export { targetsAt } from './sla/queries.ts'
export type { TargetsAt } from './sla/queries.ts'
export { migrateProjections } from './schema/migrate.ts'
export { idsOfPersons, isSolved } from './reading/terms.ts'
export type { TermsFilter } from './reading/terms.ts'
export { ticketInstants } from './tickets/instants.ts'
export type { TicketInstant } from './tickets/instants.ts'
export { ticketRow } from './tickets/ticket-query.ts'
export type { TicketCounters, TicketFilter, TicketOrder, TicketQueries, TicketRow } from './tickets/ticket-query.ts'
export { historyUntil, presentHistory } from './streams/stream-folding.ts'
export { forgetsWithdrawn } from './streams/withdrawals.ts'
export { editDistance, wordsOfSearch } from './search/understand.ts'
export { foldText } from './search/words.ts'
export { asksDrafts, asksPersons, asksSlaModels, searchesOf } from './tickets/ticket-query.ts'
export { numberIn } from './tickets/searched-numbers.ts'
export { closeReasonShownToCustomers } from './visibility.ts'
export type { Visibility } from './visibility.ts'
