import type { SupportLevel } from '@guichet/domain'
import type { EscalationRow } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import { askReadModels } from '../ask-read-models.ts'
import type { Context } from '../context.ts'
import { table } from '../table.ts'

/** What the command line gives. */
export type Options = {
  readonly state?: EscalationRow['state']
  readonly level?: SupportLevel
  readonly first: number
  readonly json?: boolean
}

/** Prints the latest escalations. */
export async function run({ state, level, first, json }: Options, context: Context): Promise<void> {
  const { terminal } = context
  const filter = { ...(state && { states: [state] }), ...(level && { level }) }
  const { rows, hasNext } = await askReadModels(context, ({ readModels }) =>
    readModels.escalations.list(filter, { limit: first }, now()),
  )
  const escalations = rows.map(({ row }) => row)
  if (json) return terminal.out(JSON.stringify(escalations))
  if (escalations.length === 0) return terminal.out('no such escalation')
  terminal.out(table(['ticket', 'level', 'team', 'state', 'at', 'by', 'with', 'why'], escalations.map(line)))
  if (hasNext) terminal.out(`and more than these ${first}`)
}

function line({ ticketId, fromLevel, level, team, state, at, by, takenBy, arrival, reason }: EscalationRow): string[] {
  const expected = arrival ? `likely at ${arrival.at}` : ''
  return [
    ticketId,
    level === fromLevel ? String(level) : `${fromLevel} → ${level}`,
    team ?? '–',
    state,
    at,
    by.name ?? by.id,
    takenBy ? (takenBy.name ?? takenBy.id) : expected,
    reason,
  ]
}
