import { loadOf, routingTermsAt } from '@guichet/domain'
import type { AgentRow, Keyset, Page, Slice } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Context } from '../context.ts'
import { oneLine } from '../report-fault.ts'
import { counted, spoken, table } from '../table.ts'
import { watchLag } from '../watch-lag.ts'
import { withEngineRepeatedly } from '../with-engine.ts'

/** What the command line gives to `agents`. */
export type AgentsOptions = { readonly retired?: boolean; readonly json?: boolean }
/** What the command line gives to `queue`. */
export type QueueOptions = { readonly limit: number; readonly json?: boolean }

/** Prints who works at the desk. */
export async function agents({ retired, json }: AgentsOptions, context: Context): Promise<void> {
  const { terminal } = context
  const rows = await read(context, async ({ readModels, desk }) => {
    await desk.terms()
    const at = now()
    const { onShift = () => true } = routingTermsAt(desk.timeline, at)
    const found = await allRows((page) => readModels.routing.agents({ retired: retired ?? false }, page))
    return found.map((each) => ({ ...each, onShift: onShift(each.agent, at) }))
  })
  if (json) return terminal.out(JSON.stringify(rows.map(shown)))
  if (rows.length === 0) return terminal.out('nobody is registered: tickets are not routed')
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
  terminal.out(table(headings, rows.map(row)))
}

/** An agent, and whether it is time for them to work. */
type Shown = AgentRow & { readonly onShift: boolean }

const shown = ({ id, agent, onShift }: Shown) => ({
  agentId: id,
  ...agent.profile,
  retired: agent.status === 'retired',
  onShift,
  availability: agent.availability,
  availabilityReason: agent.availabilityReason,
  availableSince: agent.availableSince,
  load: loadOf(agent),
})

function row({ id, agent, onShift }: Shown): string[] {
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
    `${profile.shift === null ? '' : `${profile.shift}, `}${onShift ? 'on' : 'off'}`,
    doing,
    availableSince,
    ...taken,
  ]
}

/** Prints what waits for an agent. */
export async function queue({ limit, json }: QueueOptions, context: Context): Promise<void> {
  const { terminal } = context
  const found = await read(context, async ({ readModels }) => {
    const { tickets, ...queue } = await readModels.routing.queue({ limit }, now())
    return { ...queue, tickets: tickets.rows.map(({ row }) => row) }
  })
  if (json) return terminal.out(JSON.stringify(found))
  const { total, placedInTheLastHour, tickets } = found
  terminal.out(`${counted(total, 'ticket')} waiting, ${placedInTheLastHour} found an agent in the last hour`)
  if (tickets.length === 0) return
  terminal.out(
    table(
      ['place', 'ticket', 'waiting since', 'expected wait', 'why'],
      tickets.map(({ position, ticketId, waitingSince, expectedWait, reason }) => [
        String(position),
        ticketId,
        waitingSince,
        spoken(expectedWait ?? null),
        reason ?? '',
      ]),
    ),
  )
}

function read<T>(context: Context, question: (engine: Engine) => Promise<T>): Promise<T> {
  return withEngineRepeatedly(context, async (engine, signal) => {
    const stopped = await watchLag(engine.runner, context.terminal, { signal })
    if (stopped) context.terminal.err(`warning ${stopped.code}: ${oneLine(stopped.message)} (${stopped.next})`)
    return question(engine)
  })
}

const pageSize = 1_000

/** Every row of a list, page by page. */
async function allRows<Row>(readPage: (page: Page) => Promise<Slice<Row>>): Promise<readonly Row[]> {
  const all: Row[] = []
  for (let after: Keyset | undefined; ;) {
    const { rows, hasNext } = await readPage({ limit: pageSize, after })
    all.push(...rows.map(({ row }) => row))
    if (!hasNext) return all
    after = rows.at(-1)?.keyset
  }
}
