import type { Issued } from '../kernel/decider.ts'
import type { Priority } from '../kernel/priority.ts'
import type { Refusal, RefusalCode } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import { deny } from '../kernel/result.ts'
import type { TicketPolicy } from './policy.ts'
import type { Decision } from './rule.ts'

/** The refusal of a category that the desk does not have; the history of another helpdesk may bring its own. */
export const refuseUnknownCategory = (
  command: { readonly category?: string | undefined; readonly anyCategory?: true | undefined },
  { categories }: TicketPolicy,
): Decision | undefined =>
  command.anyCategory ? undefined : refuseUnknown('category', 'category_unknown', command.category, categories)

/**
 * The refusal of a plan that the desk does not have. A customer's own comes with their token, and that of a split with the
 * ticket: who sends these commands cannot correct it.
 */
export const refuseUnknownPlan = (
  command: Pick<Issued, 'by'> & { readonly plan?: string | null | undefined; readonly splitFrom?: object | undefined },
  { plans }: Pick<TicketPolicy, 'plans'>,
): ReturnType<typeof deny<Refusal>> | undefined =>
  command.by.kind === 'customer' || command.splitFrom
    ? undefined
    : refuseUnknown('plan', 'plan_unknown', command.plan ?? undefined, plans)

/** The refusal of a team that the desk does not have; the history of another helpdesk may bring its own. */
export const refuseUnknownTeam = (
  command: { readonly team?: string | undefined; readonly anyTeam?: true | undefined },
  { teams }: TicketPolicy,
): Decision | undefined => (command.anyTeam ? undefined : refuseUnknown('team', 'team_unknown', command.team, teams))

/** The refusal of a priority that the desk does not let customers give. */
export function refusePriority(
  { by, priority }: Pick<Issued, 'by'> & { readonly priority?: Priority | undefined },
  { customerPriorities: given }: TicketPolicy,
): Decision | undefined {
  if (by.kind !== 'customer' || priority === undefined || !given || given.includes(priority)) return undefined
  const message = `customers give ${given.length > 0 ? `the priority ${given.join(' or ')}` : 'no priority'}, not ${priority}`
  return deny(refusal('priority_not_for_customers', { message, field: 'priority' }))
}

type Known = { readonly size: number; has(name: string): boolean }

/** A desk that names none of a kind takes any. */
function refuseUnknown(
  field: string,
  code: RefusalCode,
  name: string | undefined,
  known: Known | undefined,
): ReturnType<typeof deny<Refusal>> | undefined {
  if (name === undefined || !known?.size || known.has(name)) return undefined
  return deny(refusal(code, { message: `the desk has no ${field} ${name}`, field }))
}
