import type { Issued } from '../kernel/decider.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { deny } from '../kernel/result.ts'
import type { Crew } from '../shift/crew.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import type { AgentCommand } from './commands.ts'

/**
 * The refusal of a centre or a shift that the desk does not have, so that a typing error is seen by whoever makes it. What acts for
 * others may bring its own names; a desk without centres takes any centre, one without shifts any shift.
 */
export function refuseUnknownPlace(
  command: AgentCommand & Issued,
  plan: ShiftPlan | undefined,
): Result<never> | undefined {
  if (!plan || command.by.kind === 'system') return undefined
  if (command.type !== 'register' && command.type !== 'changeProfile') return undefined
  const [field, { centre, shift }] =
    command.type === 'register' ? (['profile', command.profile] as const) : (['changes', command.changes] as const)
  if (isUnknown(plan, 'centre', centre)) {
    return deny(refusal('centre_unknown', { message: `the desk has no centre ${centre}`, field: `${field}.centre` }))
  }
  return isUnknown(plan, 'shift', shift)
    ? deny(refusal('shift_unknown', { message: `the desk has no shift ${shift}`, field: `${field}.shift` }))
    : undefined
}

function isUnknown({ crews }: ShiftPlan, kind: Crew['kind'], name: string | null | undefined): boolean {
  const known = crews.filter((crew) => crew.kind === kind)
  return name != null && known.length > 0 && !known.some((crew) => crew.name === name)
}
