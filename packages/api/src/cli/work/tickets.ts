import type { Priority, TicketStatus } from '@guichet/domain'
import { instant, supportLevels } from '@guichet/domain'
import type { TicketFilter, TicketOrder, TicketRow } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import { askReadModels } from '../ask-read-models.ts'
import type { Context } from '../context.ts'
import { table } from '../table.ts'
import { refuseUnknownTerms } from './refuse-unknown-terms.ts'

/** What the command line gives. */
export type Options = {
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
  readonly order: keyof typeof orders
  readonly limit: number
  readonly json?: boolean
}

const orders = {
  updated: { by: 'updatedAt', direction: 'desc' },
  opened: { by: 'openedAt', direction: 'desc' },
  priority: { by: 'priority', direction: 'desc' },
  due: { by: 'due', direction: 'asc' },
} as const satisfies Readonly<Record<string, TicketOrder>>

/** Prints the tickets that the filters let through. */
export async function run(options: Options, context: Context): Promise<void> {
  const { order, limit, json } = options
  const { terminal } = context
  const { rows, hasNext } = await askReadModels(context, async ({ desk, readModels }) => {
    await refuseUnknownTerms(options, { desk, readModels }, instant(now()))
    return readModels.tickets.list(filterOf(options), orders[order], { limit }, 'all')
  })
  const tickets = rows.map(({ row }) => row)
  if (json) return terminal.out(JSON.stringify({ tickets, more: hasNext }))
  if (tickets.length === 0) return terminal.out('no such tickets')
  terminal.out(table(headings, tickets.map(cells)))
  if (hasNext) terminal.out(`and more than these ${limit}`)
}

const filterOf = ({ level, assignee, ...options }: Options): TicketFilter => ({
  status: options.status,
  priority: options.priority,
  category: options.category === undefined ? undefined : [options.category],
  team: options.team === undefined ? undefined : [options.team],
  level: level === undefined ? undefined : supportLevels.filter((each) => String(each) === level),
  centre: options.centre === undefined ? undefined : [options.centre],
  assigneeId: assignee === undefined ? undefined : [assignee === 'nobody' ? null : assignee],
  customerId: options.customer === undefined ? undefined : [options.customer],
  tag: options.tag === undefined ? undefined : [options.tag],
  search: options.search,
  idPrefix: options.id,
})

const headings = [
  'number',
  'ticket',
  'status',
  'priority',
  'category',
  'customer',
  'assignee',
  'updated',
  'subject',
] as const

const cells = ({ id, number, status, priority, category, customer, assignee, updatedAt, subject }: TicketRow) => [
  String(number),
  id,
  status,
  priority,
  category ?? '–',
  customer.name ?? customer.id,
  assignee?.name ?? assignee?.id ?? '–',
  updatedAt,
  subject,
]
