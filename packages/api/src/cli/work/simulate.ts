import type { Instant } from '@guichet/domain'
import { days, later } from '@guichet/domain'
import { now } from '../../engine/engine.ts'
import { Fault } from '../../fault.ts'
import { holdImport } from '../../import/import-lock.ts'
import { retryWhileAway } from '../../sending.ts'
import type { SimulationPlan } from '../../simulate/case.ts'
import { fullHour, simulationId } from '../../simulate/case.ts'
import { simulate } from '../../simulate/simulate.ts'
import type { Context } from '../context.ts'
import { environmentOf } from '../context.ts'
import { counted } from '../table.ts'
import { watchLag, withEngine } from '../with-engine.ts'

/** The options of the command. */
export type SimulateOptions = {
  readonly tickets: number
  readonly days: number
  readonly seed: string
  readonly start?: Instant
  readonly json?: boolean
}

/** Simulates a helpdesk and prints its summary. */
export async function runSimulate(options: SimulateOptions, context: Context): Promise<void> {
  if (environmentOf(context).production) {
    throw new Fault('not_in_production', 'a made-up helpdesk does not belong into production')
  }
  const plan = planOf(options)
  const started = Date.now()
  const summary = await withEngine(context, async ({ database, desk, runner, readModels }, signal) => {
    const progress = context.terminal.progress('simulating', plan.tickets)
    const simulating = (held: AbortSignal) => simulate(desk, plan, { onTickets: progress.update, signal: held })
    const made = await holdImport(database.url, simulationId(plan), simulating, signal).finally(progress.stop)
    const { position, ...simulated } = made
    const stopped = await watchLag(runner, context.terminal, { signal, position })
    if (stopped) throw stopped
    const { seed, start, end } = plan
    const counters = await retryWhileAway(() => readModels.tickets.counters(), { signal })
    return { ...simulated, seed, start, end, desk: counters }
  })
  const seconds = Math.round((Date.now() - started) / 100) / 10
  const { tickets, events, start, end, desk } = summary
  context.terminal.out(
    options.json
      ? JSON.stringify({ ...summary, seconds })
      : `${counted(tickets, 'ticket')} from ${start} to ${end}, ${counted(events, 'new event')}, in ${seconds} s; the desk now holds ${counted(desk.total, 'ticket')}`,
  )
}

function planOf({ tickets, days: length, seed, start }: SimulateOptions): SimulationPlan {
  const present = now()
  if (start === undefined) {
    const end = fullHour(present)
    return { tickets, seed, start: later(end, -days(length)), end }
  }
  const end = later(start, days(length))
  if (end > present) {
    throw new Fault('ends_in_the_future', `the simulation would end at ${end}`)
  }
  return { tickets, seed, start, end }
}
