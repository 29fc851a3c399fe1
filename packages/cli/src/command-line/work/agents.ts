import { availabilities, loadOf } from '@guichet/domain'
import type { AgentRow, AgentTime, Keyset, Page, QueueOfLevel, Slice } from '@guichet/projections'
import { mostReportDays } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import { onShiftAt } from '@guichet/api/parts'
import type { Context } from '../context.ts'
import { counted, period, formatElapsed, table } from '../table.ts'
import { askReadModels } from '../with-engine.ts'

/** The options of the command. */
export type AgentsOptions = {
  readonly retired?: boolean
  readonly times?: boolean
  readonly from?: string
  readonly to?: string
  readonly json?: boolean
}

/** An agent, whether they are on shift, and their times if requested. */
type AgentEntry = AgentRow & { readonly onShift: boolean; readonly times?: readonly AgentTime[] }

/** The agents, and the tickets that wait for them where shown. */
type AgentOverview = { readonly agents: readonly AgentEntry[]; readonly levels: readonly QueueOfLevel[] }

/** Prints the agents with the tickets that wait for them, or how long each was in which availability. */
export async function runAgents(options: AgentsOptions, context: Context): Promise<void> {
  const { terminal } = context
  const { retired = false, times = false, from, to, json } = options
  if (!times && (from ?? to) !== undefined) throw new CommandFault('usage', '--from and --to go with --times')
  const overview = await askReadModels(context, async ({ desk, readModels }): Promise<AgentOverview> => {
    const { timeZone } = (await desk.terms()).policy
    const at = now()
    const onShift = onShiftAt(desk.timeline, at)
    const rows = await allRows((page) => readModels.routing.agents({ retired }, page))
    const agents = rows.map((each) => ({ ...each, onShift: onShift(each.agent) }))
    if (!times) return { agents, levels: (await readModels.routing.queue({ limit: 1 }, at)).levels }
    const { first, last } = period(options, timeZone, mostReportDays)
    const ids = agents.map(({ id }) => id)
    const spent = await readModels.routing.timesOf(ids, { first, last, now: at, timeZone })
    return { agents: agents.map((each) => ({ ...each, times: spent.get(each.id) ?? [] })), levels: [] }
  })
  const { agents: rows, levels } = overview
  if (json) return terminal.out(JSON.stringify(rows.map(agentJson)))
  if (rows.length === 0) return terminal.out('nobody is registered: tickets are not routed')
  terminal.out(times ? table(timeHeadings, rows.map(timesRow)) : table(headings, rows.map(row)))
  const waiting = levelsOfQueue(levels)
  if (waiting !== undefined) terminal.out(`\nin the queue\n${waiting}`)
}

const headings = [
  'agent',
  'name',
  'level',
  'centre',
  'team',
  'shift',
  'availability',
  'since',
  'tickets',
  'chats',
  'calls',
]

const timeHeadings = ['agent', 'name', ...availabilities]

function timesRow({ id, agent, times = [] }: AgentEntry): string[] {
  const spent = availabilities.map((each) =>
    times.reduce((sum, { availability, milliseconds }) => sum + (availability === each ? milliseconds : 0), 0),
  )
  return [id, agent.profile.name, ...spent.map((ms) => (ms === 0 ? '–' : formatElapsed(ms)))]
}

const agentJson = ({ id, agent, onShift, times }: AgentEntry) => ({
  agentId: id,
  ...agent.profile,
  retired: agent.status === 'retired',
  onShift,
  availability: agent.availability,
  availabilityReason: agent.availabilityReason,
  availableSince: agent.availableSince,
  load: loadOf(agent),
  ...(times && { times }),
})

function row({ id, agent, onShift }: AgentEntry): string[] {
  const { profile, status, availability, availableSince } = agent
  const load = loadOf(agent)
  const occupancy = (['ticket', 'chat', 'phone'] as const).map(
    (channel) => `${load[channel]} of ${profile.capacity[channel]}`,
  )
  const doing = status === 'retired' ? 'retired' : availability
  return [
    id,
    profile.name,
    String(profile.level),
    profile.centre ?? '',
    profile.team ?? '',
    `${profile.shift === null ? '' : `${profile.shift}, `}${onShift ? 'on' : 'off'}`,
    doing,
    availableSince,
    ...occupancy,
  ]
}

const pageSize = 1_000

/** Reads all rows of a list, page by page. */
async function allRows<Row>(readPage: (page: Page) => Promise<Slice<Row>>): Promise<readonly Row[]> {
  const all: Row[] = []
  for (let after: Keyset | undefined; ;) {
    const { rows, hasNext } = await readPage({ limit: pageSize, after })
    all.push(...rows.map(({ row }) => row))
    if (!hasNext) return all
    after = rows.at(-1)?.keyset
  }
}

/** The options of the command. */
export type QueueOptions = { readonly limit: number; readonly json?: boolean }

/** Prints the tickets that wait for an agent. */
export async function runQueue({ limit, json }: QueueOptions, context: Context): Promise<void> {
  const { terminal } = context
  const report = await askReadModels(context, async ({ readModels }) => {
    const { tickets, ...queue } = await readModels.routing.queue({ limit }, now())
    return { ...queue, tickets: tickets.rows.map(({ row }) => row) }
  })
  if (json) return terminal.out(JSON.stringify(report))
  const { total, placedInTheLastHour, levels, tickets } = report
  terminal.out(`${counted(total, 'ticket')} waiting, ${placedInTheLastHour} found an agent in the last hour`)
  const byLevel = levelsOfQueue(levels)
  if (byLevel === undefined || tickets.length === 0) return
  terminal.out(
    table(
      ['place', 'ticket', 'level', 'waiting since', 'expected wait', 'why', 'known since'],
      tickets.map(({ position, ticketId, level, waitingSince, expectedWait, reason, reasonSince }) => [
        String(position),
        ticketId,
        String(level),
        waitingSince,
        expected(expectedWait),
        reason ?? '',
        reasonSince ?? '',
      ]),
    ),
  )
  terminal.out(`\n${byLevel}`)
}

/** Formats the expected wait of a ticket. */
const expected = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? 'unknown' : formatElapsed(milliseconds)

/** Lists the waiting tickets of each level that has any; undefined if none has. */
function levelsOfQueue(levels: readonly QueueOfLevel[]): string | undefined {
  const waitedFor = levels.filter(({ waiting }) => waiting > 0)
  if (waitedFor.length === 0) return undefined
  return table(
    ['level', 'waiting', 'found an agent in the last hour', 'expected wait of the last'],
    waitedFor.map(({ level, waiting, placedInTheLastHour, expectedWait }) => [
      String(level),
      String(waiting),
      String(placedInTheLastHour),
      expected(expectedWait),
    ]),
  )
}
