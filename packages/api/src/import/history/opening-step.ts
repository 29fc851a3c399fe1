import type { Step, TicketCommandInput } from '@guichet/domain'
import type { CaseRow } from '../read-row.ts'

/** A case's first row opens its ticket, at the time and by the person the log names for it. */
export function openingStep(row: CaseRow): Step<TicketCommandInput> {
  const { subject, body = '', customer, channel, priority, language, category } = row
  return {
    at: row.openedAt,
    by: row.openedBy,
    command: {
      type: 'open',
      subject,
      body,
      customer,
      ...(channel && { channel }),
      ...(priority && { priority }),
      ...(language && { language }),
      ...(category && { category, anyCategory: true }),
    },
  }
}
