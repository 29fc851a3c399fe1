import type { Instant, Ticket } from '@guichet/domain'
import type { TicketRow } from './ticket-query.ts'

/**
 * A ticket's state as lists and headers show it: for the read model as for a ticket at an earlier moment.
 * `resolvedAt` is the last resolution while it stands: reopening takes it away, closing keeps it.
 */
export const ticketRow = (id: string, version: number, state: Ticket, publicUpdatedAt: Instant): TicketRow => ({
  id,
  version,
  publicUpdatedAt,
  ...shownTicket(state),
})

export type ShownTicket = Omit<TicketRow, 'id' | 'number' | 'version' | 'publicUpdatedAt'>

/** What lists and headers show of a ticket’s state, beside its id, its number, its version and when customers last saw it change. */
export function shownTicket(state: Ticket): ShownTicket {
  return {
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
    firstRespondedAt: state.firstRespondedAt,
    waitingSince: state.waitingSince,
    resolvedAt: standingResolution(state),
    closedAt: state.closed?.at,
    closeReason: state.closed?.reason,
    resolutions: state.resolutions,
    reopenings: state.reopenings,
    mergedInto: state.mergedInto,
  }
}

function standingResolution({ status, lastResolvedAt, closed }: Ticket): Instant | undefined {
  return status === 'resolved' || closed?.from === 'resolved' ? lastResolvedAt : undefined
}
