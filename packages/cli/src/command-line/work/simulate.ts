import type { Instant } from '@guichet/domain'
import { days, defaultProactiveSettings, instant, later } from '@guichet/domain'
import { now } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import { holdImport } from '@guichet/import'
import { retryWhileAway } from '@guichet/eventstore'
import { expectedActivities } from '../../simulate/activity-days.ts'
import type { DetectedCauses, DetectorFigures } from '../../simulate/activity-figures.ts'
import type { ActivityPlan } from '../../simulate/activity-plan.ts'
import type { SimulationPlan } from '../../simulate/case.ts'
import { fullHour, simulationId } from '../../simulate/case.ts'
import type { ChatPlan } from '../../simulate/chat-story.ts'
import { simulateActivities } from '../../simulate/simulate-activities.ts'
import { chatSimulationId, simulateChats } from '../../simulate/simulate-chats.ts'
import { simulate } from '../../simulate/simulate.ts'
import type { Context } from '../context.ts'
import { environmentOf } from '../context.ts'
import { counted, percent, table } from '../table.ts'
import { watchLag, withEngine } from '../with-engine.ts'
import { readFile } from './config.ts'

/** The options of the command. */
export type SimulateOptions = {
  readonly tickets: number
  /** The number of visits of live chats, instead of tickets. */
  readonly chats?: number
  /** Whether activities of customers are simulated, instead of tickets. */
  readonly activities?: boolean
  readonly customers?: number
  /** How many failures a customer meets a day by chance. */
  readonly failures?: number
  /** How many causes of trouble are injected. */
  readonly causes?: number
  /** The share of the customers who report page views. */
  readonly pageViews?: number
  /** The file with the configuration under which trouble is suspected. */
  readonly configuration?: string
  readonly days?: number
  readonly seed: string
  readonly start?: Instant
  readonly json?: boolean
}

/**
 * Simulates a helpdesk, or the activities of its customers, and prints its summary. Activities are simulated in
 * production too: nothing of them is stored.
 * @throws Fault `usage` or `not_in_production`.
 */
export async function runSimulate(options: SimulateOptions, context: Context): Promise<void> {
  if (!options.activities) {
    refuseOptionsOfActivities(options)
    if (environmentOf(context).production)
      throw new CommandFault('not_in_production', 'a made-up helpdesk does not belong into production')
  }
  const started = Date.now()
  const print = (summary: object, text: string): void => {
    const seconds = Math.round((Date.now() - started) / 100) / 10
    context.terminal.out(options.json ? JSON.stringify({ ...summary, seconds }) : `${text}, in ${seconds} s`)
  }
  if (options.activities) return runActivities(options, context, print)
  return options.chats === undefined
    ? runTickets(planOf(options), context, print)
    : runChats({ chats: options.chats, seed: options.seed, ...periodOf(options) }, context, print)
}

/** The options of activities: none of them changes tickets or chats. */
function refuseOptionsOfActivities(options: SimulateOptions): void {
  const { customers, failures, causes, pageViews, configuration } = options
  const values = { customers, failures, causes, 'page-views': pageViews, configuration }
  const [name] = Object.entries(values).find(([, value]) => value !== undefined) ?? []
  if (name === undefined) return
  const next = `leave --${name} out, or add --activities`
  throw new CommandFault('usage', `--${name} is of simulated activities`, { next })
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

/** Where the days of simulated activities begin, unless one says otherwise: their figures depend on no clock. */
const firstMonday = instant('2026-01-05T00:00:00Z')

/** The most activities of a simulation: those of a week stay in memory. */
const mostActivities = 20_000_000

/** Simulates activities, without a desk, and prints how good the rules are. */
async function runActivities(options: SimulateOptions, context: Context, print: Print): Promise<void> {
  const plan = activityPlanOf(options)
  const { configuration: file } = options
  const settings =
    file === undefined ? defaultProactiveSettings : (await readFile(file, context.terminal)).configuration.proactive
  const summary = await context.interruption.during((signal) => simulateActivities(plan, { settings, signal }))
  const { activities, healthy, outageDrafts, causes, rules } = summary
  const { customers, seed, start, days: length, failuresPerDay, pageViews } = plan
  print(
    { seed, start, days: length, failuresPerDay, pageViews, ...summary },
    `${activities} activities of ${counted(customers, 'customer')}: ${percent(healthy.withDraft)} of ${counted(healthy.customers, 'healthy customer')} had a draft in a week, and ${shareOf(causes.trouble)} causes that are trouble were detected (plain: ${shareOf(causes.plain)}, hard: ${shareOf(causes.hard)}); drafts during outages: ${outageDrafts}`,
  )
  if (options.json) return
  const headings = ['rule', 'suspected', 'right', 'precision', 'trouble', 'recall', 'plain', 'hard']
  context.terminal.out(table(headings, rules.map(ruleRow)))
}

/** @throws Fault `usage` for a plan of too many activities. */
function activityPlanOf(options: SimulateOptions): ActivityPlan {
  const { customers = 2_000, failures: failuresPerDay = 0.3, causes = 100, pageViews = 1, seed } = options
  const { days: length = 7, start = firstMonday } = options
  const plan = { customers, failuresPerDay, causes, pageViews, seed, days: length, start }
  const expected = expectedActivities(plan)
  if (expected <= mostActivities) return plan
  const millions = (count: number): number => Math.ceil(count / 1_000_000)
  throw new CommandFault(
    'usage',
    `these options lead to some ${millions(expected)} million activities, and a simulation has ${millions(mostActivities)} million at most`,
    { next: 'choose fewer customers, failures or days' },
  )
}

const ruleRow = ({ rule, suspected, right, precision, causes }: DetectorFigures): string[] => [
  rule,
  String(suspected),
  String(right),
  percent(precision),
  shareOf(causes.trouble),
  percent(causes.trouble.recall),
  shareOf(causes.plain),
  shareOf(causes.hard),
]

const shareOf = ({ detected, injected }: DetectedCauses): string => `${detected} of ${injected}`

function planOf(options: SimulateOptions): SimulationPlan {
  const { tickets, seed } = options
  return { tickets, seed, ...periodOf(options) }
}

function periodOf({ days: length = 30, start }: SimulateOptions): { readonly start: Instant; readonly end: Instant } {
  const present = now()
  if (start === undefined) {
    const end = fullHour(present)
    return { start: later(end, -days(length)), end }
  }
  const end = later(start, days(length))
  if (end > present) throw new CommandFault('ends_in_the_future', `the simulation would end at ${end}`)
  return { start, end }
}
