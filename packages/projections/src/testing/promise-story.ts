import type { AgentCommandInput, ConfigurationInput, Desk, Instant, TicketCommandInput } from '@guichet/domain'
import { configurationSchema, hours, importCorrelation, instant, later } from '@guichet/domain'
import { expect } from 'vitest'
import type { ProjectedHistory } from './projected-history.ts'
import { projectHistory } from './projected-history.ts'
import { emptyDesk, historyOf } from './random-history.ts'

/** An agent of the desk. */
export const agent = { by: { kind: 'agent', id: 'agent-1' } } as const
/** The customer of every ticket. */
export const customer = { by: { kind: 'customer', id: 'c-1' } } as const
/** The engine itself. */
export const clock = { by: { kind: 'system', id: 'clock' } } as const
/** The start of a story. */
export const opened = instant('2026-03-27T09:00:00Z')
/** This many hours after its start. */
export const at = (hour: number): Instant => later(opened, hours(hour))

/** A configuration that promises every target, around the clock. */
export const promising: ConfigurationInput = {
  teams: [{ name: 'supervisors' }],
  categories: [{ name: 'bill', subcategories: [{ name: 'late' }, { name: 'wrong' }] }, { name: 'login' }],
  sla: { policies: [{ name: 'all', firstResponse: '4h', nextResponse: '2h', resolution: '1d' }] },
}

/** A step of a story: an action at a desk. */
export type Step = (desk: Desk) => Promise<unknown>

/** Applies a configuration, in force immediately or from another hour. */
export const apply =
  (configuration: ConfigurationInput, hour = 0, from = hour): Step =>
  async (desk) => {
    const parsed = configurationSchema.parse(configuration)
    const command = { type: 'apply', configuration: parsed, effectiveFrom: at(from), retroactive: true } as const
    expect(await desk.execute('configuration', 'desk', command, { ...agent, at: at(hour) })).toMatchObject({ ok: true })
  }

/** Opens a ticket, at hour 0 unless given; by an import if one is named. */
export const open =
  (id: string, more: { category?: string; priority?: 'urgent'; import?: string; hour?: number } = {}): Step =>
  (desk) => {
    const { import: from, hour = 0, ...ticket } = more
    const correlation = from === undefined ? {} : { correlationId: importCorrelation(from) }
    const command = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' }, ...ticket } as const
    return desk.execute('ticket', id, command, { ...customer, at: at(hour), ...correlation })
  }

/** Carries out a command on a ticket, which must be accepted. */
export const act =
  (id: string, command: TicketCommandInput, hour: number, sender: { by: object } = agent): Step =>
  async (desk) => {
    const outcome = await desk.execute('ticket', id, command, { ...(sender as typeof agent), at: at(hour) })
    expect(outcome).toMatchObject({ ok: true })
  }

const agentDoes =
  (id: string, command: AgentCommandInput): Step =>
  async (desk) =>
    expect(await desk.execute('agent', id, command, { ...agent, at: at(0) })).toMatchObject({ ok: true })

/** Registers an agent at a centre. */
export const register = (id: string, centre: string): Step =>
  agentDoes(id, { type: 'register', profile: { name: id, centre } })

/** Moves an agent to another centre, or to none. */
export const move = (id: string, centre: string | null): Step =>
  agentDoes(id, { type: 'changeProfile', changes: { centre } })

/** Assigns a ticket to an agent. */
export const assign = (ticket: string, to: string, hour: number): Step =>
  act(ticket, { type: 'assign', assignee: { id: to } }, hour)

/** Fires the next deadline of a ticket. */
export const ring =
  (id: string): Step =>
  async (desk) => {
    const [due] = (await desk.clockState(`ticket-${id}`)).deadlines
    if (due) await desk.execute('ticket', id, { type: 'fire', ...due }, { ...clock, at: due.dueAt })
  }

/**
 * Plays a story on a desk that promises every target, projects it with one batch per step, and passes the read models
 * on.
 */
export async function after(steps: readonly Step[], look: (history: ProjectedHistory) => Promise<void>): Promise<void> {
  const desk = emptyDesk()
  const history = await projectHistory([])
  try {
    let known = 0
    for (const step of [apply(promising), ...steps]) {
      await step(desk)
      const all = await historyOf(desk)
      await history.project([all.slice(known)])
      known = all.length
    }
    await look(history)
  } finally {
    await history.drop()
  }
}

/** The targets of a ticket at an hour, by target and cycle. */
export const targetsOf = async ({ models }: ProjectedHistory, id: string, hour: number) =>
  Object.fromEntries(
    ((await models.sla.ofTickets([id], at(hour))).get(id) ?? []).map((row) => [`${row.target} ${row.cycle}`, row]),
  )

/** An answer to the customer. */
export const reply = { type: 'agentReply', body: 'z' } as const satisfies TicketCommandInput
