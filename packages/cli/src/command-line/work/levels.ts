import type { SupportLevel } from '@guichet/domain'
import { levelsOf } from '@guichet/domain'
import type { AimedFigure, EscalationRow, LevelReport } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import type { Context } from '../context.ts'
import { percent, period, formatElapsed, table } from '../table.ts'
import { askReadModels } from '../with-engine.ts'

/** The options of the command. */
export type LevelsOptions = { readonly from?: string; readonly to?: string; readonly json?: boolean }

/** Prints the figures of each support level for the tickets that reached it in a period. */
export async function runLevels(options: LevelsOptions, { terminal, ...context }: Context): Promise<void> {
  const levels = await askReadModels({ terminal, ...context }, async ({ desk, readModels }) => {
    const { policy } = await desk.terms()
    return readModels.escalations.report(period(options, policy.timeZone), levelsOf(policy))
  })
  terminal.out(options.json ? JSON.stringify(levels) : levelTable(levels))
}

/** Formats the figures of the support levels, each with its aim if missed. */
export const levelTable = (levels: readonly LevelReport[]): string => table(levelColumns, levels.map(level))

const levelColumns = [
  'level',
  'handled',
  'open',
  'average response',
  'solved',
  'escalated',
  'handed down',
  'solved in time',
  'average solution',
] as const

/** Formats a figure, followed by its aim if missed. */
const beside = ({ value, aim, met }: AimedFigure, words: (figure: number | null) => string): string =>
  met === false ? `${words(value)} (aim ${words(aim)})` : words(value)

function level(report: LevelReport): string[] {
  const { handled, open, averageResponse, solvedShare, escalatedShare, handedDown, solvedInTimeShare } = report
  return [
    String(report.level),
    String(handled),
    String(open),
    beside(averageResponse, formatElapsed),
    beside(solvedShare, percent),
    beside(escalatedShare, percent),
    String(handedDown),
    beside(solvedInTimeShare, percent),
    beside(report.averageSolution, formatElapsed),
  ]
}

/** The options of the command. */
export type EscalationsOptions = {
  readonly state?: EscalationRow['state']
  readonly level?: SupportLevel
  readonly first: number
  readonly json?: boolean
}

/** Prints the latest escalations. */
export async function runEscalations(
  { state, level, first, json }: EscalationsOptions,
  context: Context,
): Promise<void> {
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
