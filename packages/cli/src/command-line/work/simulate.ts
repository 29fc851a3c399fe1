import type { Instant } from '@guichet/domain'
import { days, later } from '@guichet/domain'
import { now } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import { holdImport } from '@guichet/import'
import { retryWhileAway } from '@guichet/eventstore'
import type { SimulationPlan } from '../../simulate/case.ts'
import { fullHour, simulationId } from '../../simulate/case.ts'
import type { ChatPlan } from '../../simulate/chat-story.ts'
import { chatSimulationId, simulateChats } from '../../simulate/simulate-chats.ts'
import { simulate } from '../../simulate/simulate.ts'
import type { Context } from '../context.ts'
import { environmentOf } from '../context.ts'
import { counted } from '../table.ts'
import { watchLag, withEngine } from '../with-engine.ts'

/** The options of the command. */
export type SimulateOptions = {
  readonly tickets: number
  /** The number of visits of live chats, instead of tickets. */
  readonly chats?: number
  readonly days: number
  readonly seed: string
  readonly start?: Instant
  readonly json?: boolean
}

/** Simulates a helpdesk and prints its summary. */
export async function runSimulate(options: SimulateOptions, context: Context): Promise<void> {
  if (environmentOf(context).production) {
    throw new CommandFault('not_in_production', 'a made-up helpdesk does not belong into production')
  }
  const started = Date.now()
  const print = (summary: object, text: string): void => {
    const seconds = Math.round((Date.now() - started) / 100) / 10
    context.terminal.out(options.json ? JSON.stringify({ ...summary, seconds }) : `${text}, in ${seconds} s`)
  }
  return options.chats === undefined
    ? runTickets(planOf(options), context, print)
    : runChats({ chats: options.chats, seed: options.seed, ...periodOf(options) }, context, print)
}

type Print = (summary: object, text: string) => void

async function runTickets(plan: SimulationPlan, context: Context, print: Print): Promise<void> {
  const summary = await withEngine(context, async ({ database, desk, runner, readModels }, signal) => {
    const progress = context.terminal.progress('simulating', plan.tickets)
    const simulating = (lockSignal: AbortSignal) =>
      simulate(desk, plan, { onTickets: progress.update, signal: lockSignal })
    const made = await holdImport(database.url, simulationId(plan), simulating, signal).finally(progress.stop)
    const { position, ...simulated } = made
    const stopped = await watchLag(runner, context.terminal, { signal, position })
    if (stopped) throw stopped
    const { seed, start, end } = plan
    const counters = await retryWhileAway(() => readModels.tickets.counters(), { signal })
    return { ...simulated, seed, start, end, desk: counters }
  })
  const { tickets, events, start, end, desk } = summary
  print(
    summary,
    `${counted(tickets, 'ticket')} from ${start} to ${end}, ${counted(events, 'new event')}; the desk now holds ${counted(desk.total, 'ticket')}`,
  )
}

/** Simulates chats, and reads what the read models say of them at the end of the simulation. */
async function runChats(plan: ChatPlan, context: Context, print: Print): Promise<void> {
  const { start, end } = plan
  const summary = await withEngine(context, async ({ database, desk, runner, readModels }, signal) => {
    const progress = context.terminal.progress('simulating', plan.chats)
    const simulating = (lockSignal: AbortSignal) =>
      simulateChats(desk, plan, { onChats: progress.update, signal: lockSignal })
    const made = await holdImport(database.url, chatSimulationId(plan), simulating, signal).finally(progress.stop)
    const { position, ...simulated } = made
    const stopped = await watchLag(runner, context.terminal, { signal, position })
    if (stopped) throw stopped
    const period = { from: start, to: end }
    const [figures, targets] = await retryWhileAway(
      () =>
        Promise.all([
          readModels.chatFigures.figures(period, end),
          readModels.chatTargets.dashboard({ filter: {}, period, by: 'target' }, end),
        ]),
      { signal },
    )
    return { ...simulated, seed: plan.seed, start, end, figures, targets }
  })
  const { chats, events, figures, waits } = summary
  const error = waits.medianError === null ? 'none' : `${Math.round(100 * waits.medianError)} %`
  const abandoned = Math.round(1_000 * (figures.abandonment.share ?? 0)) / 10
  print(
    summary,
    `${counted(chats, 'visit')} from ${start} to ${end}, ${counted(events, 'new event')}; ${abandoned} % of ${counted(figures.closed, 'closed chat')} abandoned; median error of ${counted(waits.estimates, 'expected wait')}: ${error}`,
  )
}

function planOf(options: SimulateOptions): SimulationPlan {
  const { tickets, seed } = options
  return { tickets, seed, ...periodOf(options) }
}

function periodOf({ days: length, start }: SimulateOptions): { readonly start: Instant; readonly end: Instant } {
  const present = now()
  if (start === undefined) {
    const end = fullHour(present)
    return { start: later(end, -days(length)), end }
  }
  const end = later(start, days(length))
  if (end > present) throw new CommandFault('ends_in_the_future', `the simulation would end at ${end}`)
  return { start, end }
}
