import type { Issued } from '../kernel/decider.ts'
import { priorities } from '../kernel/priority.ts'
import { refusal } from '../kernel/refusal.ts'
import { deny } from '../kernel/result.ts'
import type { Decision } from './rule.ts'
import type { Ticket } from './state.ts'
import type { Priority } from './vocabulary.ts'

type Asked = Pick<Issued, 'by'> & {
  readonly reason?: string | undefined
  readonly reasonOwed?: true | undefined
  readonly priority?: Priority | undefined
}

/**
 * The refusal of what moves a promise, or somebody else's ticket, without a word: who owes a reason gives one for lowering the
 * priority of any ticket, and for whatever else asks this of a ticket that another person has.
 */
export function refuseUnexplained(
  { by, reason, reasonOwed, priority }: Asked,
  { assignee, priority: present }: Ticket,
): Decision | undefined {
  if (!reasonOwed || reason !== undefined) return undefined
  const owed =
    priority === undefined
      ? assignee !== undefined && assignee.id !== by.id
      : priorities.indexOf(priority) < priorities.indexOf(present)
  return owed ? deny(refusal('reason_required', { field: 'reason' })) : undefined
}
