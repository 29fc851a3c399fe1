import type { Instant, Ticket } from '@guichet/domain'
import type { TicketRow } from './ticket-query.ts'

/**
 * A ticket's state as lists and headers show it: for the read model as for a ticket at an earlier moment.
 * `resolvedAt` is the last resolution while it stands: reopening takes it away, closing keeps it.
 */
export function ticketRow(id: string, version: number, state: Ticket, publicUpdatedAt: Instant): TicketRow {
  return {
    id,
    version,
    subject: state.subject,
    status: state.status,
    priority: state.priority,
    channel: state.channel,
    language: state.language,
    category: state.category,
    plan: state.plan,
    customer: state.customer,
    assignee: state.assignee,
    team: state.team,
    level: state.level,
    tags: state.tags,
    watchers: state.watchers,
    openedAt: state.openedAt,
    updatedAt: state.updatedAt,
    publicUpdatedAt,
    firstRespondedAt: state.firstRespondedAt,
    waitingSince: state.waitingSince,
    resolvedAt: standingResolution(state),
    closedAt: state.closed?.at,
    closeReason: state.closed?.reason,
    resolutions: state.resolutions,
    reopenings: state.reopenings,
    mergedInto: state.mergedInto,
    clocks: state.clocks,
  }
}

function standingResolution({ status, lastResolvedAt, closed }: Ticket): Instant | undefined {
  return status === 'resolved' || closed?.from === 'resolved' ? lastResolvedAt : undefined
}
