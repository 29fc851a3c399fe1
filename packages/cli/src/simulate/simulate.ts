import type { Actor, AgentCommandInput, Desk, ImportCommand, Instant, Outcome, Position, Step } from '@guichet/domain'
import { days, hours, later, simulationActor, termsAt, ticketAggregate } from '@guichet/domain'
import { CommandFault } from '../fault.ts'
import { createLanes, retryWhileAway } from '@guichet/eventstore'
import type { Happening, SimulationPlan } from './case.ts'
import { planCases, playCase, playOutage, prefixOf, simulationId, ticketsOfOutage } from './case.ts'
import type { Agent } from './roster.ts'
import { agents, shiftsOf } from './roster.ts'

/** What a simulation has stored, now or in an earlier run. */
export type SimulationSummary = {
  readonly simulationId: string
  /** The number of tickets of the simulation, from this run or an earlier one. */
  readonly tickets: number
  readonly commands: number
  /** The number of events that this run stored. */
  readonly events: number
  /** Read models that have passed it show all of the simulation; undefined if an earlier run stored it. */
  readonly position: Position | undefined
}

const casesUnderWay = 64

/**
 * Fills a desk with a simulated helpdesk, through the usual commands, at simulated time. A stretch of happenings on a
 * ticket is stored in one step, so that live clocks never see half of it. Notifications are sent as for any other
 * history. A second run adds nothing. The signal aborts it between two commands; its reason is thrown.
 * @throws Fault `simulation_refused` when the desk refuses a command, because its tickets were changed by others.
 */
export async function simulate(
  desk: Desk,
  plan: SimulationPlan,
  options: { readonly onTickets?: (opened: number) => void; readonly signal?: AbortSignal } = {},
): Promise<SimulationSummary> {
  const { onTickets, signal } = options
  const id = simulationId(plan)
  const before = await retryWhileAway(() => desk.read('import', id))
  if (before.state.status === 'completed')
    return { simulationId: id, tickets: plan.tickets, commands: 0, events: 0, position: undefined }

  const lanes = createLanes(casesUnderWay)
  const counts = { tickets: 0, commands: 0, events: 0 }
  await record(desk, id, plan, { type: 'start', source: `seed ${plan.seed}`, mapping: 'simulation' })

  const { timeline } = desk
  const aggregate = ticketAggregate.under((at) => termsAt(timeline, at))
  const { timeZone } = termsAt(timeline, plan.start).policy
  const staff = await retryWhileAway(() => registerStaff(desk, plan, { id, by: simulationActor }, timeZone))
  for (const outcome of staff) counts.events += accepted(outcome).events.length
  const ids = { prefix: prefixOf(plan), correlationId: id }
  const { outcomes, events } = await retryWhileAway(() => playOutage(desk, plan, ids))
  outcomes.forEach(accepted)
  counts.events += events
  counts.tickets = ticketsOfOutage(plan)
  try {
    for await (const setting of planCases(plan, { aggregate, timeline }, signal)) {
      signal?.throwIfAborted()
      const happenings = [...playCase(setting)]
      counts.commands += happenings.length
      counts.tickets += setting.story.tickets
      onTickets?.(counts.tickets)
      await lanes.add(setting.prefix, async () => {
        for (const stretch of stretches(happenings)) {
          signal?.throwIfAborted()
          const outcome = await retryWhileAway(() => carryOut(desk, stretch, id))
          counts.events += accepted(outcome).events.length
        }
      })
    }
  } finally {
    await lanes.drained()
  }
  const figures = { rows: counts.commands, applied: counts.commands, unchanged: 0, refused: 0 }
  const { position } = await record(desk, id, plan, { type: 'complete', ...figures })
  return { simulationId: id, ...counts, position }
}

type Stretch = readonly [Happening, ...Happening[]]

/** Splits a case into parts that are each stored in one step: happenings on one ticket, until another one follows. */
function stretches(happenings: readonly Happening[]): Stretch[] {
  const parts: [Happening, ...Happening[]][] = []
  for (const happening of happenings) {
    const part = parts.at(-1)
    const goesOn = part && 'command' in happening && 'command' in part[0] && part[0].ticketId === happening.ticketId
    if (goesOn) part.push(happening)
    else parts.push([happening])
  }
  return parts
}

async function carryOut(desk: Desk, stretch: Stretch, correlationId: string): Promise<Outcome> {
  const [first] = stretch
  const { commandId, at } = first
  const sender = { commandId, at, by: actorOf(first), correlationId }
  if ('merge' in first) return desk.engine.mergeTickets(first.merge, first.into, sender)
  const steps = stretch.flatMap((happening) =>
    'command' in happening ? [{ command: happening.command, by: actorOf(happening), at: happening.at }] : [],
  )
  return desk.engine.executeTogether('ticket', first.ticketId, steps, sender)
}

const actorOf = ({ by }: Happening): Actor => ({ kind: by.kind, id: by.id, name: by.name })

/**
 * Records the start or the end of a simulation, which is a unit as an import is.
 * @throws Fault `simulation_refused` when the desk refuses it.
 */
export async function record(
  desk: Desk,
  id: string,
  { start, end }: Pick<SimulationPlan, 'start' | 'end'>,
  command: ImportCommand,
) {
  const sender = {
    by: simulationActor,
    at: command.type === 'start' ? start : end,
    commandId: `${id}:${command.type}`,
    correlationId: id,
  }
  return accepted(await retryWhileAway(() => desk.engine.execute('import', id, command, sender)))
}

function accepted(outcome: Outcome) {
  if (outcome.ok) return outcome.value
  throw new CommandFault('simulation_refused', `the desk refuses the simulation: ${outcome.refusal.message}`)
}

/** How long before the end of a simulation the shifts of its agents are recorded. */
const recordedShiftsMs = days(14)

type AgentStep = Step<Extract<AgentCommandInput, { readonly type: 'register' | 'setAvailability' }>>

/**
 * Registers the agents of a simulated helpdesk from its beginning, records their shifts, and makes all of them
 * available at its end, so that later tickets are routed at any hour. Agents that the desk already has are left alone.
 */
async function registerStaff(
  desk: Desk,
  { start, end }: SimulationPlan,
  { id, by }: { readonly id: string; readonly by: Actor },
  timeZone: string,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const agent of agents) {
    const { state } = await desk.read('agent', agent.id)
    if (state.status !== 'absent') continue
    const sender = { by, at: start, commandId: `${id}:agent:${agent.id}`, correlationId: id }
    outcomes.push(await desk.engine.executeTogether('agent', agent.id, life(agent, by, start, end, timeZone), sender))
  }
  return outcomes
}

function life(agent: Agent, by: Actor, start: Instant, end: Instant, timeZone: string): readonly AgentStep[] {
  const { id, name, level, centre, languages, skills, specialities, rating } = agent
  const profile = {
    name,
    level,
    centre,
    languages: [...languages],
    skills,
    specialities: [...specialities],
    rating,
    capacity: { ticket: 12 },
  }
  const actor: Actor = { kind: 'agent', id, name }
  const says = (availability: 'available' | 'break' | 'offline', at: Instant): AgentStep => ({
    command: { type: 'setAvailability', availability },
    by: actor,
    at,
  })
  const from = later(end, -recordedShiftsMs) > start ? later(end, -recordedShiftsMs) : start
  const shifts = [...shiftsOf(agent, from, end, timeZone)].flatMap((shift) => [
    says('available', shift.from),
    says('break', later(shift.from, hours(4))),
    says('available', later(shift.from, hours(5))),
    says('offline', shift.to),
  ])
  const past = shifts.filter(({ at }) => at !== undefined && at < end)
  return [{ command: { type: 'register', profile }, by, at: start }, ...past, says('available', end)]
}
