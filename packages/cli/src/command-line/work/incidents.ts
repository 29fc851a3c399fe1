import type { IncidentStatus } from '@guichet/domain'
import type { IncidentRow } from '@guichet/projections'
import type { Context } from '../context.ts'
import { table } from '../table.ts'
import { askReadModels } from '../with-engine.ts'

/** The options of the command. */
export type IncidentsOptions = { readonly all?: boolean; readonly json?: boolean }

const open: readonly IncidentStatus[] = ['declared', 'acknowledged', 'resolved']

/** Prints the latest hundred incidents. */
export async function runIncidents({ all, json }: IncidentsOptions, context: Context): Promise<void> {
  const { terminal } = context
  const incidents = await askReadModels(context, async ({ readModels }) => {
    const { rows } = await readModels.incidents.list(all ? {} : { status: open }, { limit: 100 })
    return rows.map(({ row }) => listed(row))
  })
  if (json) return terminal.out(JSON.stringify(incidents))
  if (incidents.length === 0) return terminal.out(all ? 'no incident was ever declared' : 'no incident is open')
  terminal.out(
    table(['incident', 'severity', 'status', 'declared', 'with', 'next due', 'overdue', 'title'], incidents.map(row)),
  )
}

type IncidentEntry = ReturnType<typeof listed>

function listed({ id, version, incident, deadlines }: IncidentRow) {
  const { title, severity, status, declaredAt, ticket, customers, page, acknowledged, overdue } = incident
  return {
    id,
    version,
    title,
    severity,
    status,
    declaredAt,
    ticket: { ticketId: ticket.ticketId, state: ticket.state },
    customers: customers.length,
    page,
    acknowledged,
    overdue,
    deadlines,
  }
}

function row({
  id,
  title,
  severity,
  status,
  declaredAt,
  page,
  acknowledged,
  overdue,
  deadlines,
}: IncidentEntry): string[] {
  const [next] = deadlines
  const paged = page && `paged ${page.agentId ?? 'everybody'} (${page.number})`
  return [
    id,
    severity,
    status,
    declaredAt,
    acknowledged ? (acknowledged.by.name ?? acknowledged.by.id) : status === 'declared' ? (paged ?? '') : '',
    next ? `${next.kind} ${next.dueAt}` : '',
    overdue.join(', '),
    title,
  ]
}
