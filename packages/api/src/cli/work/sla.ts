import { instant, later, supportLevels } from '@guichet/domain'
import type { SlaDashboard, SlaDimension, SlaFigures, SlaFilter, SlaTargetRow } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import { askReadModels } from '../ask-read-models.ts'
import type { Context } from '../context.ts'
import { period } from '../period.ts'
import { percent, spoken, table } from '../table.ts'
import { refuseUnknownTerms } from './refuse-unknown-terms.ts'

/** What the command line gives; `within` in seconds. */
export type Options = {
  readonly by: SlaDimension
  readonly category?: string
  readonly team?: string
  readonly level?: '1' | '2' | '3'
  readonly centre?: string
  readonly from?: string
  readonly to?: string
  readonly within?: number
  readonly json?: boolean
}

/** How many targets the list of what breaches soon shows at most. */
const most = 100

type Shown =
  | { readonly dashboard: SlaDashboard }
  | { readonly soon: readonly SlaTargetRow[]; readonly more: boolean; readonly asOf: string }

/** Prints the dashboard, or what breaches within a time. */
export async function run(options: Options, context: Context): Promise<void> {
  const { by, within, json } = options
  const filter = filterOf(options)
  const shown = await askReadModels(context, async ({ desk, readModels }): Promise<Shown> => {
    const asOf = instant(now())
    await refuseUnknownTerms(options, { desk, readModels }, asOf)
    if (within === undefined) {
      const { from, to } = period(options, (await desk.terms()).policy.timeZone)
      return { dashboard: await readModels.sla.dashboard({ by, filter, period: { from, to } }, asOf) }
    }
    const dueAt = { to: later(asOf, within * 1_000 + 1) }
    const soon = { ...filter, state: ['PENDING', 'IMMINENT_BREACH'], dueAt } as const
    const { rows, hasNext } = await readModels.sla.list(soon, { limit: most }, asOf)
    return { soon: rows.map(({ row }) => row), more: hasNext, asOf }
  })
  for (const line of json ? [JSON.stringify(shown)] : inWords(shown, by)) context.terminal.out(line)
}

const filterOf = ({ category, team, level, centre }: Options): SlaFilter => ({
  ...(category !== undefined && { category: [category] }),
  ...(team !== undefined && { team: [team] }),
  ...(level !== undefined && { level: supportLevels.filter((each) => String(each) === level) }),
  ...(centre !== undefined && { centre: [centre] }),
})

function inWords(shown: Shown, by: SlaDimension): string[] {
  if ('dashboard' in shown) {
    const { groups, total } = shown.dashboard
    const rows = [...groups, { key: 'total', figures: total }]
    return [
      table(
        [by, ...columns],
        rows.map(({ key, figures }) => [key ?? '–', ...figuresOf(figures)]),
      ),
    ]
  }
  if (shown.soon.length === 0) return ['nothing breaches in that time']
  const rows = shown.soon.map((row) => [
    row.ticketId,
    row.target.replace('_', ' '),
    row.dueAt ?? '–',
    row.dueAt ? spoken(Date.parse(row.dueAt) - Date.parse(shown.asOf)) : '–',
    row.priority,
    row.category ?? '–',
    row.team ?? '–',
    row.centre ?? '–',
    row.assigneeId ?? '–',
    row.policy,
  ])
  const headings = ['ticket', 'target', 'due', 'left', 'priority', 'category', 'team', 'centre', 'assignee', 'policy']
  return [table(headings, rows), ...(shown.more ? [`and more than these ${most}`] : [])]
}

const columns = ['on time', 'about to breach', 'breached', 'paused', 'met', 'missed', 'cancelled', 'kept'] as const

const figuresOf = (figures: SlaFigures): string[] => [
  ...[figures.onTime, figures.aboutToBreach, figures.breached, figures.paused].map(String),
  ...[figures.met, figures.missed, figures.cancelled].map(String),
  percent(figures.share),
]
