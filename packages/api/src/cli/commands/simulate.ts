import type { Instant } from '@guichet/domain'
import { days, later } from '@guichet/domain'
import { Fault } from '../../fault/fault.ts'
import { now } from '../../engine/engine.ts'
import { persistently } from '../../sending/persistently.ts'
import { fullHour } from '../../simulate/arrivals.ts'
import { holdImport } from '../../import/import-lock.ts'
import type { SimulationPlan } from '../../simulate/simulation-plan.ts'
import { simulationId } from '../../simulate/simulation-plan.ts'
import { simulate } from '../../simulate/simulate.ts'
import type { AddCommand, Context } from '../context.ts'
import { configurationOf, withEngine } from '../context.ts'
import { instantOption, wholeNumber } from '../options.ts'
import { counted } from '../table.ts'
import { watchLag } from '../watch-lag.ts'

type Options = {
  readonly tickets: number
  readonly days: number
  readonly seed: string
  readonly start?: Instant
  readonly json?: boolean
}

/** `guichet simulate`: a made-up helpdesk. */
export const simulateCommand: AddCommand = (program, context) => {
  program
    .command('simulate')
    .summary('fill the desk with a made-up helpdesk')
    .description(
      'Makes up a helpdesk at simulated time: customers write by the hour of the day, agents answer on their shifts,\n' +
        'reminders and closings fall due. The same options give the same history; a second run adds nothing.',
    )
    .option('--tickets <number>', 'how many tickets', wholeNumber(1, 1_000_000), 500)
    .option('--days <number>', 'over how many days', wholeNumber(1, 3_650), 30)
    .option('--seed <text>', 'what chance begins with', '1')
    .option('--start <instant>', 'when it begins (default: so that it ends at the last full hour)', instantOption)
    .option('--json', 'print the summary as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet simulate --tickets 2000 --days 60 --seed 7\n  guichet simulate --tickets 100 --days 10 --seed demo --start 2026-01-05T00:00:00Z --json',
    )
    .action((options: Options) => run(options, context))
}

async function run(options: Options, context: Context): Promise<void> {
  if (configurationOf(context).production) {
    throw new Fault('not_in_production', 'a made-up helpdesk does not belong into production')
  }
  const plan = planOf(options)
  const started = Date.now()
  const summary = await withEngine(context, async ({ database, desk, runner, readModels }, signal) => {
    const progress = context.terminal.progress('simulating', plan.tickets)
    const made = await holdImport(database.url, simulationId(plan), () =>
      simulate(desk, plan, { onTickets: progress.update, signal }),
    ).finally(progress.stop)
    const { position, ...simulated } = made
    const stopped = await watchLag(runner, context.terminal, { signal, position })
    if (stopped) throw stopped
    const { seed, start, end } = plan
    const counters = await persistently(() => readModels.tickets.counters(), { signal })
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

function planOf({ tickets, days: length, seed, start }: Options): SimulationPlan {
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
