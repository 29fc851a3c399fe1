import { availabilities, loadOf } from '@guichet/domain'
import type { AgentRow, AgentTime } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import { Fault } from '../../fault/fault.ts'
import { askReadModels } from '../ask-read-models.ts'
import type { Context } from '../context.ts'
import { period } from '../period.ts'
import { spoken, table } from '../table.ts'

/** What the command line gives. */
export type Options = {
  readonly retired?: boolean
  readonly times?: boolean
  readonly from?: string
  readonly to?: string
  readonly json?: boolean
}

type Shown = AgentRow & { readonly times?: readonly AgentTime[] }

/** Prints who works at the desk, or how long each was in which availability. */
export async function run(options: Options, context: Context): Promise<void> {
  const { terminal } = context
  const { retired = false, times = false, from, to, json } = options
  if (!times && (from ?? to) !== undefined) throw new Fault('usage', '--from and --to go with --times')
  const rows = await askReadModels(context, async ({ desk, readModels }): Promise<readonly Shown[]> => {
    const agents = await readModels.routing.agents({ retired })
    if (!times) return agents
    const { timeZone } = (await desk.terms()).policy
    const { first, last } = period(options, timeZone)
    const days = { first, last, now: now(), timeZone }
    return Promise.all(
      agents.map(async (each) => ({ ...each, times: await readModels.routing.timesOf(each.id, days) })),
    )
  })
  if (json) return terminal.out(JSON.stringify(rows.map(shown)))
  if (rows.length === 0) return terminal.out('nobody is registered: tickets are not routed')
  terminal.out(times ? table(timeHeadings, rows.map(timesRow)) : table(headings, rows.map(row)))
}

const headings = ['agent', 'name', 'level', 'centre', 'team', 'availability', 'since', 'tickets', 'chats', 'calls']
const timeHeadings = ['agent', 'name', ...availabilities]

function timesRow({ id, agent, times = [] }: Shown): string[] {
  const spent = availabilities.map((each) =>
    times.reduce((sum, { availability, milliseconds }) => sum + (availability === each ? milliseconds : 0), 0),
  )
  return [id, agent.profile.name, ...spent.map((ms) => (ms === 0 ? '–' : spoken(ms)))]
}

const shown = ({ id, agent, times }: Shown) => ({
  agentId: id,
  ...agent.profile,
  retired: agent.status === 'retired',
  availability: agent.availability,
  availabilityReason: agent.availabilityReason,
  availableSince: agent.availableSince,
  load: loadOf(agent),
  ...(times && { times }),
})

function row({ id, agent }: AgentRow): string[] {
  const { profile, status, availability, availableSince } = agent
  const load = loadOf(agent)
  const taken = (['ticket', 'chat', 'phone'] as const).map(
    (channel) => `${load[channel]} of ${profile.capacity[channel]}`,
  )
  const doing = status === 'retired' ? 'retired' : availability
  return [
    id,
    profile.name,
    String(profile.level),
    profile.centre ?? '',
    profile.team ?? '',
    doing,
    availableSince,
    ...taken,
  ]
}
