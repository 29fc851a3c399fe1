import type { Actor, Desk, ImportCommand, Outcome, Position } from '@guichet/domain'
import { importCorrelation, ticketAggregate } from '@guichet/domain'
import TinyQueue from 'tinyqueue'
import { Fault } from '../fault/fault.ts'
import { createLanes } from '../sending/lanes.ts'
import { persistently } from '../sending/persistently.ts'
import { playCase } from './case.ts'
import type { Happening } from './case-world.ts'
import type { SimulationPlan } from './simulation-plan.ts'
import { planCases, simulationId } from './simulation-plan.ts'

export type Simulated = {
  readonly simulationId: string
  /** How many tickets the simulation has, whether this run made them or an earlier one. */
  readonly tickets: number
  readonly commands: number
  /** The events that this run stored. */
  readonly events: number
  /** Read models that have passed it show all of the simulation; undefined when an earlier run had made it. */
  readonly position: Position | undefined
}

const simulator: Actor = { kind: 'system', id: 'simulation' }
const commandsUnderWay = 256

/**
 * Fills a desk with a made-up helpdesk, through the commands that everybody uses, in the order of simulated time. The
 * history counts as imported: nobody is notified, and live clocks wait until it is complete. A second run adds nothing.
 * @throws Fault `simulation_refused` when the desk refuses a command, because something else has changed its tickets.
 */
export async function simulate(
  desk: Desk,
  plan: SimulationPlan,
  options: { readonly onTickets?: (opened: number) => void; readonly signal?: AbortSignal } = {},
): Promise<Simulated> {
  const id = simulationId(plan)
  const before = await persistently(() => desk.read('import', id))
  if (before.state.status === 'completed')
    return { simulationId: id, tickets: plan.tickets, commands: 0, events: 0, position: undefined }

  const correlationId = importCorrelation(id)
  const lanes = createLanes(commandsUnderWay)
  const counts = { tickets: 0, commands: 0, events: 0 }
  await record(desk, id, plan, { type: 'start', source: `seed ${plan.seed}`, mapping: 'simulation' })

  for (const { lane, happening } of happenings(desk, plan)) {
    options.signal?.throwIfAborted()
    if ('command' in happening && happening.command.type === 'open') {
      counts.tickets++
      options.onTickets?.(counts.tickets)
    }
    counts.commands++
    await lanes.add(lane, async () => {
      const outcome = await persistently(() => carryOut(desk, happening, correlationId))
      counts.events += accepted(outcome).events.length
    })
  }
  await lanes.drained()
  const figures = { rows: counts.commands, applied: counts.commands, unchanged: 0, refused: 0 }
  const { position } = await record(desk, id, plan, { type: 'complete', ...figures })
  return { simulationId: id, ...counts, position }
}

/** Everything that happens, all cases together, in the order of simulated time. */
export function* happenings(
  { policy, wording }: Pick<Desk, 'policy' | 'wording'>,
  plan: SimulationPlan,
): Generator<{ readonly lane: string; readonly happening: Happening }> {
  type Pending = { readonly lane: string; readonly happening: Happening; readonly rest: Generator<Happening> }
  const pending = new TinyQueue<Pending>([], (a, b) => (a.happening.at < b.happening.at ? -1 : 1))
  const wait = (lane: string, rest: Generator<Happening>): void => {
    const next = rest.next()
    if (!next.done) pending.push({ lane, happening: next.value, rest })
  }
  function* until(at: string | undefined) {
    for (let next = pending.peek(); next && (at === undefined || next.happening.at < at); next = pending.peek()) {
      pending.pop()
      yield { lane: next.lane, happening: next.happening }
      wait(next.lane, next.rest)
    }
  }

  for (const setting of planCases(plan, { aggregate: ticketAggregate({ policy, wording }), policy })) {
    yield* until(setting.arrival)
    wait(setting.prefix, playCase(setting))
  }
  yield* until(undefined)
}

async function carryOut(desk: Desk, happening: Happening, correlationId: string): Promise<Outcome> {
  const { commandId, at, by } = happening
  const sender = { commandId, at, by: { kind: by.kind, id: by.id, name: by.name }, correlationId }
  return 'merge' in happening
    ? desk.mergeTickets(happening.merge, happening.into, sender)
    : desk.execute('ticket', happening.ticketId, happening.command, sender)
}

async function record(desk: Desk, id: string, { start, end }: SimulationPlan, command: ImportCommand) {
  const sender = {
    by: simulator,
    at: command.type === 'start' ? start : end,
    commandId: `${id}:${command.type}`,
    correlationId: importCorrelation(id),
  }
  return accepted(await persistently(() => desk.execute('import', id, command, sender)))
}

function accepted(outcome: Outcome) {
  if (outcome.ok) return outcome.value
  throw new Fault('simulation_refused', `the desk refuses the simulation: ${outcome.refusal.message}`)
}
