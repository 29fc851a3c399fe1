import type { Step, TicketCommandInput } from '@guichet/domain'
import type { CaseRow } from '../read-row.ts'

/** A case's first row opens its ticket, at the time and by the person the log names for it. */
export function openingStep(row: CaseRow): Step<TicketCommandInput> {
  const { subject, customer, channel, priority, language, category } = row
  return {
    at: row.openedAt,
    by: row.openedBy,
    command: {
      type: 'open',
      subject,
      body: firstMessage(row),
      customer,
      ...(channel && { channel }),
      ...(priority && { priority }),
      ...(language && { language }),
      ...(category && { category, anyCategory: true }),
    },
  }
}

/** The ticket opens with its subject where nobody has said anything, or where the desk has: that is told as such. */
function firstMessage({ meaning, subject, body = '', text }: CaseRow): string {
  const isOfTheDesk = meaning !== undefined && 'does' in meaning && /^(agentReply|addNote)$/.test(meaning.does)
  return body.trim() === '' || (isOfTheDesk && text !== undefined && body.includes(text)) ? subject : body
}
