import type { Command } from 'commander'
import { Option } from 'commander'
import { priorities, supportLevels, ticketStatuses } from '@guichet/domain'
import type { SlaDimension, TicketOrder } from '@guichet/projections'
import { CommandFault } from '../../fault.ts'
import type { AddCommand } from '../context.ts'
import { firstDay, lastDay, personOption, secondsOption, wholeNumber } from '../options.ts'
import type { AgentsOptions, QueueOptions } from '../work/agents.ts'
import type { IncidentsOptions } from '../work/incidents.ts'
import type { EscalationsOptions, LevelsOptions } from '../work/levels.ts'
import type { IncidentOptions as Show } from '../work/replay.ts'
import type { ShiftsOptions } from '../work/shifts.ts'
import type { StatsOptions } from '../work/stats.ts'
import type { SlaOptions, TicketsOptions as Options } from '../work/tickets.ts'

/** The values of `guichet sla --by`. They stand here so that no other command, and no `--help`, loads the read models. */
const dimensions = Object.keys({
  category: true,
  team: true,
  level: true,
  centre: true,
  priority: true,
  plan: true,
  policy: true,
  target: true,
} satisfies Record<SlaDimension, true>)

/**
 * What `guichet tickets --order` sorts by, with the direction in which the first is the one to look at. It stands here for the same
 * reason; `satisfies` names each instant of a ticket that is missing.
 */
const ticketOrders = {
  updatedAt: 'desc',
  openedAt: 'desc',
  priority: 'desc',
  due: 'asc',
  customerWaitingSince: 'asc',
  waitingSince: 'asc',
  unreadSince: 'asc',
  idleSince: 'asc',
  lastReplyAt: 'asc',
  lastAgentReplyAt: 'asc',
  lastCustomerReplyAt: 'asc',
  resolvedAt: 'desc',
} as const satisfies Readonly<Record<Exclude<TicketOrder['by'], 'relevance'>, TicketOrder['direction']>>

/** The orders by their names: `lastReplyAt` is called `last-reply`, `waitingSince` is called `waiting-since`. */
const ordersByName = Object.fromEntries(
  Object.entries(ticketOrders).map(([by, direction]) => [
    by.replace(/At$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    { by, direction } as Options['order'],
  ]),
)

/** `guichet tickets`: the tickets of the desk, with filters. */
export const ticketsCommand: AddCommand = (program, context) => {
  program
    .command('tickets')
    .summary('list tickets')
    .description('Lists tickets. All filters given must hold; of several values of one filter, one must.')
    .addOption(new Option('--status <status...>', 'only with a status').choices(ticketStatuses))
    .addOption(new Option('--priority <priority...>', 'only of a priority').choices(priorities))
    .option('--category <path>', 'only of a category, with its subcategories')
    .option('--team <name>', 'only of a team')
    .addOption(new Option('--level <level>', 'only of a support level').choices(supportLevels.map(String)))
    .option('--centre <name>', 'only of tickets with the agents of a centre')
    .option('--assignee <id>', 'only with an agent; nobody for those that no agent has', personOption)
    .option('--customer <id>', 'only of a customer', personOption)
    .option('--tag <tag>', 'only with a tag')
    .option('--search <words>', 'only with these words')
    .option('--id <beginning>', 'only with ids that begin so')
    .addOption(
      new Option('--order <order>', 'what comes first; tickets without it come last')
        .choices(Object.keys(ordersByName))
        .default('updated'),
    )
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 10_000), 50)
    .option('--json', 'print the tickets as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet tickets --status new in_progress --order due\n  guichet tickets --status new in_progress --order customer-waiting-since\n  guichet tickets --assignee nobody --priority urgent\n  guichet tickets --search invoice --json',
    )
    .action(async ({ order, ...filters }: Omit<Options, 'order'> & { readonly order: string }) => {
      const { runTickets } = await import('../work/tickets.ts')
      await runTickets({ ...filters, order: ordersByName[order] as Options['order'] }, context)
    })
}

/** `guichet agents`: the agents of the desk, and the tickets that occupy them. */
export const agentsCommand: AddCommand = (program, context) => {
  program
    .command('agents')
    .summary('show who tickets are offered to')
    .description(
      'Shows the agents with what they are doing, since when, and how many of their places are taken;\n' +
        'then what waits for each support level, if anything does.',
    )
    .option('--retired', 'those who have retired too')
    .option('--times', 'how long each was in which availability instead, in a period')
    .addOption(firstDay())
    .addOption(lastDay())
    .option('--json', 'print the agents as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet agents\n  guichet agents --json\n  guichet agents --times --from 2026-03-01 --to 2026-03-31',
    )
    .action(async (options: AgentsOptions) => (await import('../work/agents.ts')).runAgents(options, context))
}

/** `guichet queue`: the tickets that wait for an agent. */
export const queueCommand: AddCommand = (program, context) => {
  program
    .command('queue')
    .summary('show the tickets that wait for an agent')
    .description(
      'Shows the tickets that wait for an agent, in the order in which they are offered, and how long each is likely to wait:\n' +
        'its place among those of its support level, at the pace of that level in the last hour.',
    )
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 100_000), 50)
    .option('--json', 'print the queue as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet queue\n  guichet queue --limit 10 --json')
    .action(async (options: QueueOptions) => (await import('../work/agents.ts')).runQueue(options, context))
}

/** `guichet sla`: how the desk meets its SLA targets, and which it breaches soon. */
export const slaCommand: AddCommand = (program, context) => {
  program
    .command('sla')
    .summary('show how the SLA targets are kept, and what breaches soon')
    .description('Shows how the SLA targets that are open stand, and how those of a period ended.')
    .addOption(new Option('--by <dimension>', 'what to tell them apart by').choices(dimensions).default('category'))
    .option('--category <path>', 'only of a category, with its subcategories')
    .option('--team <name>', 'only of a team')
    .addOption(new Option('--level <level>', 'only of a support level').choices(supportLevels.map(String)))
    .option('--centre <name>', 'only of tickets with the agents of a centre')
    .addOption(firstDay())
    .addOption(lastDay())
    .option('--within <duration>', 'list what breaches within a time instead, such as 1h', secondsOption)
    .option('--json', 'print everything as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet sla\n  guichet sla --by team --category billing_support\n  guichet sla --by centre --level 2\n  guichet sla --within 1h --json',
    )
    .action(async (options: SlaOptions, command: Command) => {
      if (options.within !== undefined) refuseFigures(command)
      await (await import('../work/tickets.ts')).runSla(options, context)
    })
}

/** Refuses options of the figures for the list of targets. */
function refuseFigures(command: Command): void {
  const figureOption = ['by', 'from', 'to'].find((option) => command.getOptionValueSource(option) === 'cli')
  if (figureOption === undefined) return
  const next = `leave --${figureOption} out, or --within for the figures`
  throw new CommandFault('usage', `--within lists targets, and --${figureOption} is of figures`, { next })
}

/** `guichet levels`: the figures of the support levels. */
export const levelsCommand: AddCommand = (program, context) => {
  program
    .command('levels')
    .summary('show the figures of the support levels')
    .description(
      'Shows how each support level has done with the tickets that came to it in a period: how soon it answered, what it solved, ' +
        'handed up and handed down. What misses its aim has it beside it.',
    )
    .addOption(firstDay())
    .addOption(lastDay())
    .option('--json', 'print the figures as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet levels\n  guichet levels --from 2026-03-01 --to 2026-03-31 --json')
    .action(async (options: LevelsOptions) => (await import('../work/levels.ts')).runLevels(options, context))
}

/** `guichet escalations`: the escalations and those who were called. */
export const escalationsCommand: AddCommand = (program, context) => {
  program
    .command('escalations')
    .summary('show who was called to which tickets')
    .description(
      'Shows the latest escalations, newest first: from which level to which team and level, why, who has taken each on, ' +
        'and when somebody is likely to be there where nobody has.',
    )
    .addOption(new Option('--state <state>', 'in this state only').choices(['waiting', 'taken', 'over']))
    .option('--level <level>', 'to this support level only', wholeNumber(1, 3))
    .option('--first <number>', 'how many at the most', wholeNumber(1, 1_000), 50)
    .option('--json', 'print the escalations as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet escalations --state waiting\n  guichet escalations --level 2 --json')
    .action(async (options: EscalationsOptions) => (await import('../work/levels.ts')).runEscalations(options, context))
}

/** `guichet incidents`: the critical incidents. */
export const incidentsCommand: AddCommand = (program, context) => {
  const incidents = program
    .command('incidents')
    .summary('show the critical incidents')
    .description(
      'Shows the latest 100 critical incidents that are not closed, newest first: who is paged or has taken each on, what falls due next and what is overdue.',
    )
    .option('--all', 'closed ones too')
    .option('--json', 'print the incidents as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet incidents\n  guichet incidents --all --json')
    .action(async (options: IncidentsOptions) => (await import('../work/incidents.ts')).runIncidents(options, context))
  incidents
    .command('show')
    .summary('show the history of an incident')
    .description('Shows the history of an incident event by event, and its deadlines. Times are UTC.')
    .argument('<incident>', 'the id of the incident')
    .option('--json', 'print events and state as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet incidents show 0a1b2c3d')
    .action(async (id: string, _: object, command: Command) =>
      (await import('../work/replay.ts')).runIncident(id, command.optsWithGlobals<Show>(), context),
    )
}

/** `guichet shifts`: the agents on shift, and the next changes. */
export const shiftsCommand: AddCommand = (program, context) => {
  program
    .command('shifts')
    .summary('show who is on shift, and when that changes')
    .description(
      'Shows which centres and shifts are at work, when that changes next, whose open conversations go to whom then,\n' +
        'and the last changes as they were recorded.',
    )
    .option('--last <number>', 'how many of the last changes', wholeNumber(0, 1_000), 5)
    .option('--json', 'print it as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet shifts\n  guichet shifts --last 20 --json')
    .action(async (options: ShiftsOptions) => (await import('../work/shifts.ts')).shifts(options, context))
}

/** `guichet stats`: the counters, the response times, the support levels and the daily report. */
export const statsCommand: AddCommand = (program, context) => {
  program
    .command('stats')
    .summary('show counters, response times and support levels')
    .description(
      'Shows the counters of all tickets, and for a period the response times, how the\nsupport levels did, and the daily report.',
    )
    .addOption(firstDay())
    .addOption(lastDay())
    .option('--json', 'print everything as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet stats\n  guichet stats --from 2016-03-01 --to 2016-03-31 --json')
    .action(async (options: StatsOptions) => (await import('../work/stats.ts')).runStats(options, context))
}
