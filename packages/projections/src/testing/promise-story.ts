import type { AgentCommandInput, ConfigurationInput, Desk, Instant, TicketCommandInput } from '@guichet/domain'
import { configurationSchema, hours, importCorrelation, instant, later } from '@guichet/domain'
import { expect } from 'vitest'
import type { ProjectedHistory } from './projected-history.ts'
import { projectHistory } from './projected-history.ts'
import { emptyDesk, historyOf } from './random-history.ts'

/** Somebody of the desk. */
export const agent = { by: { kind: 'agent', id: 'agent-1' } } as const
/** The customer of every ticket. */
export const customer = { by: { kind: 'customer', id: 'c-1' } } as const
/** The engine itself. */
export const clock = { by: { kind: 'system', id: 'clock' } } as const
/** When a story begins. */
export const opened = instant('2026-03-27T09:00:00Z')
/** So many hours after its beginning. */
export const at = (hour: number): Instant => later(opened, hours(hour))

/** A desk that promises every target, around the clock. */
export const promising: ConfigurationInput = {
  teams: [{ name: 'supervisors' }],
  categories: [{ name: 'bill', subcategories: [{ name: 'late' }, { name: 'wrong' }] }, { name: 'login' }],
  sla: { policies: [{ name: 'all', firstResponse: '4h', nextResponse: '2h', resolution: '1d' }] },
}

/** Something that happens at a desk. */
export type Step = (desk: Desk) => Promise<unknown>

/** A configuration is applied, in force from then on, or from another hour. */
export const apply =
  (configuration: ConfigurationInput, hour = 0, from = hour): Step =>
  async (desk) => {
    const parsed = configurationSchema.parse(configuration)
    const command = { type: 'apply', configuration: parsed, effectiveFrom: at(from), retroactive: true } as const
    expect(await desk.execute('configuration', 'desk', command, { ...agent, at: at(hour) })).toMatchObject({ ok: true })
  }

/** A ticket is opened, at the beginning unless an hour is given; by an import where one is named. */
export const open =
  (id: string, more: { category?: string; priority?: 'urgent'; import?: string; hour?: number } = {}): Step =>
  (desk) => {
    const { import: from, hour = 0, ...ticket } = more
    const correlation = from === undefined ? {} : { correlationId: importCorrelation(from) }
    const command = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' }, ...ticket } as const
    return desk.execute('ticket', id, command, { ...customer, at: at(hour), ...correlation })
  }

/** A command on a ticket, which must be accepted. */
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

/** An agent is registered at a centre. */
export const register = (id: string, centre: string): Step =>
  agentDoes(id, { type: 'register', profile: { name: id, centre } })

/** An agent goes to another centre, or to none. */
export const move = (id: string, centre: string | null): Step =>
  agentDoes(id, { type: 'changeProfile', changes: { centre } })

/** A ticket is given to an agent. */
export const assign = (ticket: string, to: string, hour: number): Step =>
  act(ticket, { type: 'assign', assignee: { id: to } }, hour)

/** What is due next on a ticket falls due. */
export const ring =
  (id: string): Step =>
  async (desk) => {
    const [due] = (await desk.clockState(`ticket-${id}`)).deadlines
    if (due) await desk.execute('ticket', id, { type: 'fire', ...due }, { ...clock, at: due.dueAt })
  }

/** What a story on a desk that promises makes of the read model, one batch for each of its steps. */
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

/** The targets of a ticket as they stand at an hour, by target and cycle. */
export const targetsOf = async ({ models }: ProjectedHistory, id: string, hour: number) =>
  Object.fromEntries(
    ((await models.sla.ofTickets([id], at(hour))).get(id) ?? []).map((row) => [`${row.target} ${row.cycle}`, row]),
  )

/** An answer to the customer. */
export const reply = { type: 'agentReply', body: 'z' } as const satisfies TicketCommandInput
