import { levelsOf } from '@guichet/domain'
import type { Aimed, LevelReport } from '@guichet/projections'
import { askReadModels } from '../ask-read-models.ts'
import type { Context } from '../context.ts'
import { period } from '../period.ts'
import { percent, spoken, table } from '../table.ts'

/** What the command line gives. */
export type Options = { readonly from?: string; readonly to?: string; readonly json?: boolean }

/** Prints how each support level has done with the tickets that came to it in a period. */
export async function run(options: Options, { terminal, ...context }: Context): Promise<void> {
  const levels = await askReadModels({ terminal, ...context }, async ({ desk, readModels }) => {
    const { policy } = await desk.terms()
    return readModels.escalations.report(period(options, policy.timeZone), levelsOf(policy))
  })
  terminal.out(options.json ? JSON.stringify(levels) : levelTable(levels))
}

/** The figures of the support levels, each beside its aim where it misses it. */
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

/** A figure, followed by its aim where there is one that is missed. */
const beside = ({ value, aim, met }: Aimed, words: (figure: number | null) => string): string =>
  met === false ? `${words(value)} (aim ${words(aim)})` : words(value)

function level(report: LevelReport): string[] {
  const { handled, open, averageResponse, solvedShare, escalatedShare, handedDown, solvedInTimeShare } = report
  return [
    String(report.level),
    String(handled),
    String(open),
    beside(averageResponse, spoken),
    beside(solvedShare, percent),
    beside(escalatedShare, percent),
    String(handedDown),
    beside(solvedInTimeShare, percent),
    beside(report.averageSolution, spoken),
  ]
}
