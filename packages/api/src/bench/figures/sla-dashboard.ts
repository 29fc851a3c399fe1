import {
  createDesk,
  days,
  defaultTicketPolicy,
  defaultWording,
  guichetEvents,
  hours,
  instant,
  later,
} from '@guichet/domain'
import { openPool, postgresStore } from '@guichet/eventstore'
import type { SlaDimension, SlaFilter, TicketFilter, TicketOrder, TimeRange } from '@guichet/projections'
import { createProjectionRunner, projections, readModels, slaDimensions, slaModels } from '@guichet/projections'
import { randomUUID } from 'node:crypto'
import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import { promising, seedAgents, seedPromises } from '../sla-seeding.ts'
import { slowest } from '../slowest.ts'

const target = 50
const asOf = instant('2026-01-05T08:00:00Z')

/** Within a month whose ends are no whole days, and of all time. */
const periods: readonly TimeRange[] = [{ from: later(asOf, -days(30) - hours(3)), to: asOf }, {}]
const filters: readonly SlaFilter[] = [
  {},
  { category: ['billing'] },
  { team: ['experts'], priority: ['high', 'urgent'] },
  { level: [2, 3], centre: ['paris'] },
]

type TicketList = readonly [TicketFilter, TicketOrder]
const newest: TicketOrder = { by: 'openedAt', direction: 'desc' }

type Question = { readonly by: SlaDimension; readonly filter: SlaFilter; readonly period: TimeRange }

/**
 * Milliseconds within which 95 of 100 dashboards are read at 100,000 tickets, by each dimension, for the whole desk and for parts of
 * it; and pages of 25 of what breaches within the hour, as targets, and of tickets by their targets and by what is due next.
 */
export async function slaDashboard({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const connectionString = await ground.database()
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => asOf, newId: randomUUID })
  const sender = { by: { kind: 'system', id: 'bench' }, at: later(asOf, -days(400)) } as const
  const applied = await desk.execute('configuration', 'desk', { type: 'apply', configuration: promising() }, sender)
  if (!applied.ok) throw new Error(`the configuration was refused: ${applied.refusal.message}`)
  await seedAgents(store, later(asOf, -days(399)))
  await seedPromises(store, quick ? 10_000 : 100_000, asOf)
  const pool = openPool({ connectionString })
  const sla = projections({ policy: defaultTicketPolicy, wording: defaultWording }).filter(({ name }) =>
    slaModels.includes(name),
  )
  const runner = createProjectionRunner({ store, pool, projections: sla })
  await runner.start()
  await runner.caughtUp()
  await pool.query('analyze')
  const { sla: models, tickets } = readModels(pool)
  const times = quick ? 5 : 30
  const questions = slaDimensions.flatMap((by) =>
    filters.flatMap((filter) => periods.map((period): Question => ({ by, filter, period }))),
  )
  const dashboard = await slowest(times, questions, (question) => models.dashboard(question, asOf))
  const soon = { state: ['PENDING', 'IMMINENT_BREACH'], dueAt: { to: later(asOf, hours(1) + 1) } } as const
  const list = await slowest(times, filters, (filter) => models.list({ ...filter, ...soon }, { limit: 25 }, asOf))
  const lists = filters.flatMap((filter): TicketList[] => [
    [{ sla: { target: { ...filter, ...soon }, now: asOf } }, { by: 'due', direction: 'asc' }],
    [{ sla: { target: { ...filter, state: ['BREACHED'], open: true }, now: asOf } }, newest],
    [
      { status: ['new', 'in_progress'], priority: filter.priority },
      { by: 'due', direction: 'asc' },
    ],
  ])
  const found = await slowest(times, lists, ([filter, order]) => tickets.list(filter, order, { limit: 25 }, 'all'))
  await runner.stop()
  await store.close()
  await pool.end()
  return [
    figure('sla-dashboard', 'ms', dashboard, { target }),
    figure('sla-soon', 'ms', list, { target }),
    figure('sla-tickets', 'ms', found, { target }),
  ]
}
