import type { AuditQueries } from './audit/audit-query.ts'
import type { ConversationQueries } from './conversation/conversation-query.ts'
import type { DailyReportQueries } from './daily-report/daily-report-query.ts'
import type { DeadlinesQueries } from './deadlines/deadlines-query.ts'
import type { InboxQueries } from './inbox/inbox-query.ts'
import type { ResponseTimesQueries } from './response-times/response-times-query.ts'
import type { TicketQueries } from './tickets/ticket-query.ts'

/** Everything that can be asked of the read models. */
export type ReadModels = {
  readonly tickets: TicketQueries
  readonly conversation: ConversationQueries
  readonly responseTimes: ResponseTimesQueries
  readonly dailyReport: DailyReportQueries
  readonly inbox: InboxQueries
  readonly deadlines: DeadlinesQueries
  readonly audit: AuditQueries
}
