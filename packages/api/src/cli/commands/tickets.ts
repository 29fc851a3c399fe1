import { priorities, supportLevels, ticketStatuses } from '@guichet/domain'
import { Option } from 'commander'
import type { AddCommand } from '../context.ts'
import { personOption, wholeNumber } from '../options.ts'
import type { Options } from '../work/tickets.ts'

/** `guichet tickets`: the tickets of the desk, by what is asked of them. */
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
      new Option('--order <order>', 'what comes first')
        .choices(['updated', 'opened', 'priority', 'due'])
        .default('updated'),
    )
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 10_000), 50)
    .option('--json', 'print the tickets as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet tickets --status new in_progress --order due\n  guichet tickets --assignee nobody --priority urgent\n  guichet tickets --search invoice --json',
    )
    .action(async (options: Options) => (await import('../work/tickets.ts')).run(options, context))
}
