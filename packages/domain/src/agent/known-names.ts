import type { Issued } from '../kernel/decider.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { deny } from '../kernel/result.ts'
import type { AgentCommand } from './commands.ts'
import type { AgentState } from './state.ts'

type Known = { readonly size: number; has(name: string): boolean }

/** The teams and the categories of the desk; one that names none of a kind takes any. */
export type DeskNames = { readonly teams?: Known | undefined; readonly categories?: Known | undefined }

/**
 * The refusal of a team or a speciality that the desk does not have, so that a typing error is seen by whoever makes it. What an agent
 * has stays, whatever the configuration has dropped since; what acts for others may bring its own names.
 */
export function refuseUnknownNames(
  command: AgentCommand & Issued,
  { teams, categories }: DeskNames,
  state: AgentState,
): Result<never> | undefined {
  if (command.by.kind === 'system' || (command.type !== 'register' && command.type !== 'changeProfile'))
    return undefined
  const [place, { team, specialities = [] }] =
    command.type === 'register' ? (['profile', command.profile] as const) : (['changes', command.changes] as const)
  const before = state.status === 'absent' ? undefined : state.profile
  if (team && team !== before?.team && isUnknown(teams, team)) {
    return deny(refusal('team_unknown', { message: `the desk has no team ${team}`, field: `${place}.team` }))
  }
  const unknown = specialities.findIndex(
    (category) => !before?.specialities.includes(category) && isUnknown(categories, category),
  )
  if (unknown < 0) return undefined
  const message = `the desk has no category ${specialities[unknown]}`
  return deny(refusal('category_unknown', { message, field: `${place}.specialities.${unknown}` }))
}

const isUnknown = (known: Known | undefined, name: string): boolean => !!known?.size && !known.has(name)
