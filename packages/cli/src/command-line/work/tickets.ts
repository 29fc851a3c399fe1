import type { Desk, Instant, NameSet, Priority, TicketStatus } from '@guichet/domain'
import { instant, isUnknownName, later, supportLevels } from '@guichet/domain'
import type {
  ReadModels,
  SlaDashboard,
  SlaDimension,
  SlaFigures,
  SlaFilter,
  SlaTargetRow,
  TicketFilter,
  TicketInstant,
  TicketOrder,
  TicketRow,
} from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import type { FaultCode } from '../../fault.ts'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'
import { percent, period, formatElapsed, table } from '../table.ts'
import { askReadModels } from '../with-engine.ts'

/** The options of the command. */
export type TicketsOptions = {
  readonly status?: readonly TicketStatus[]
  readonly priority?: readonly Priority[]
  readonly category?: string
  readonly team?: string
  readonly level?: '1' | '2' | '3'
  readonly centre?: string
  readonly assignee?: string
  readonly customer?: string
  readonly tag?: string
  readonly search?: string
  readonly id?: string
  readonly order: { readonly by: Exclude<TicketOrder['by'], 'relevance'>; readonly direction: TicketOrder['direction'] }
  readonly limit: number
  readonly json?: boolean
}

/** Prints the tickets that match the filters. */
export async function runTickets(options: TicketsOptions, context: Context): Promise<void> {
  const { order, limit, json } = options
  const { terminal } = context
  const { rows, hasNext } = await askReadModels(context, async ({ desk, readModels }) => {
    await refuseUnknownTerms(options, { desk, readModels }, instant(now()))
    return readModels.tickets.list(filterOf(options), order, { limit }, 'all')
  })
  const tickets = rows.map(({ row }) => row)
  if (json) return terminal.out(JSON.stringify({ tickets, more: hasNext }))
  if (tickets.length === 0) return terminal.out('no such tickets')
  const instantColumn = order.by === 'priority' || order.by === 'due' ? 'updatedAt' : order.by
  terminal.out(
    table(
      headings(instantColumn),
      tickets.map((ticket) => cells(ticket, instantColumn)),
    ),
  )
  if (hasNext) terminal.out(`and more than these ${limit}`)
}

const filterOf = ({ level, assignee, ...options }: TicketsOptions): TicketFilter => ({
  status: options.status,
  priority: options.priority,
  category: options.category === undefined ? undefined : [options.category],
  team: options.team === undefined ? undefined : [options.team],
  level: level === undefined ? undefined : supportLevels.filter((each) => String(each) === level),
  centre: options.centre === undefined ? undefined : [options.centre],
  assigneeId: assignee === undefined ? undefined : [assignee === 'nobody' ? null : assignee],
  person: options.customer === undefined ? undefined : [options.customer],
  tag: options.tag === undefined ? undefined : [options.tag],
  search: options.search,
  idPrefix: options.id,
})

/** An instant of a ticket as the heading of a column: `lastReplyAt` is `last reply`. */
const inWordsOf = (instant: TicketInstant): string =>
  instant.replace(/At$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

const headings = (instant: TicketInstant) => [
  'number',
  'ticket',
  'status',
  'priority',
  'category',
  'customer',
  'assignee',
  inWordsOf(instant),
  'subject',
]

const cells = (
  { id, number, status, priority, category, customer, assignee, subject, ...instants }: TicketRow,
  instant: TicketInstant,
) => [
  String(number),
  id,
  status,
  priority,
  category ?? '–',
  customer.name ?? customer.id,
  assignee?.name ?? assignee?.id ?? '–',
  instants[instant] ?? '–',
  subject,
]

/** The options of the command; `within` in seconds. */
export type SlaOptions = {
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

/** The maximum of targets in the list of imminent breaches. */
const most = 100

type SlaReport =
  | { readonly dashboard: SlaDashboard }
  | { readonly soon: readonly SlaTargetRow[]; readonly more: boolean; readonly asOf: string }

/** Prints the dashboard, or the targets that breach within a time. */
export async function runSla(options: SlaOptions, context: Context): Promise<void> {
  const { by, within, json } = options
  const filter = slaFilterOf(options)
  const report = await askReadModels(context, async ({ desk, readModels }): Promise<SlaReport> => {
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
  for (const line of json ? [JSON.stringify(report)] : inWords(report, by)) context.terminal.out(line)
}

const slaFilterOf = ({ category, team, level, centre }: SlaOptions): SlaFilter => ({
  ...(category !== undefined && { category: [category] }),
  ...(team !== undefined && { team: [team] }),
  ...(level !== undefined && { level: supportLevels.filter((each) => String(each) === level) }),
  ...(centre !== undefined && { centre: [centre] }),
})

function inWords(report: SlaReport, by: SlaDimension): string[] {
  if ('dashboard' in report) {
    const { groups, total } = report.dashboard
    const rows = [...groups, { key: 'total', figures: total }]
    return [
      table(
        [by, ...columns],
        rows.map(({ key, figures }) => [key ?? '–', ...figuresOf(figures)]),
      ),
    ]
  }
  if (report.soon.length === 0) return ['nothing breaches in that time']
  const rows = report.soon.map((row) => [
    row.ticketId,
    row.target.replace('_', ' '),
    row.dueAt ?? '–',
    row.dueAt ? formatElapsed(Date.parse(row.dueAt) - Date.parse(report.asOf)) : '–',
    row.priority,
    row.category ?? '–',
    row.team ?? '–',
    row.centre ?? '–',
    row.assigneeId ?? '–',
    row.policy,
  ])
  const headings = ['ticket', 'target', 'due', 'left', 'priority', 'category', 'team', 'centre', 'assignee', 'policy']
  return [table(headings, rows), ...(report.more ? [`and more than these ${most}`] : [])]
}

const columns = ['on time', 'about to breach', 'breached', 'paused', 'met', 'missed', 'cancelled', 'kept'] as const

const figuresOf = (figures: SlaFigures): string[] => [
  ...[figures.onTime, figures.aboutToBreach, figures.breached, figures.paused].map(String),
  ...[figures.met, figures.missed, figures.cancelled].map(String),
  percent(figures.share),
]

type TermNames = { readonly category?: string; readonly team?: string; readonly centre?: string }

/**
 * Refuses a name that must be a typing error: the configuration in force does not have it, and no SLA target was ever
 * of it. Names that the configuration has dropped stay usable, for their figures.
 * @throws Fault `category_unknown`, `team_unknown` or `centre_unknown`.
 */
async function refuseUnknownTerms(
  { category, team, centre }: TermNames,
  { desk, readModels }: { readonly desk: Desk; readonly readModels: ReadModels },
  asOf: Instant,
): Promise<void> {
  const refuse = async (kind: keyof typeof codes, name: string, names: NameSet | undefined, filter: SlaFilter) => {
    if (!isUnknownName(names, name)) return
    const { groups } = await readModels.sla.dashboard({ by: kind, filter, period: {} }, asOf)
    if (groups.length === 0)
      throw new CommandFault(codes[kind], `the desk has no ${kind} ${name}, nor any SLA target of one`)
  }
  const { categories, teams } = (await desk.terms()).policy
  if (category !== undefined) await refuse('category', category, categories, { category: [category] })
  if (team !== undefined) await refuse('team', team, teams, { team: [team] })
  if (centre === undefined) return
  const { centres = [] } = (await desk.configuration())?.followTheSun ?? {}
  await refuse('centre', centre, new Set(centres.map(({ id }) => id)), { centre: [centre] })
}

const codes = {
  category: 'category_unknown',
  team: 'team_unknown',
  centre: 'centre_unknown',
} as const satisfies Readonly<Record<string, FaultCode>>
