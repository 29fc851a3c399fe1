import type { CaseRow } from '../read-row.ts'
import type { Intended } from './plan-row.ts'

/** A case's first row opens its ticket, at the time and by the person the log names for it. */
export function openingStep(row: CaseRow): Intended {
  const { subject, body = '', customer, channel, priority, language, category } = row
  return {
    step: 'open',
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
      ...(category && { category }),
    },
  }
}
