import { supportLevels } from '@guichet/domain'
import { slaDimensions } from '@guichet/projections'
import { Option } from 'commander'
import type { AddCommand } from '../context.ts'
import { firstDay, lastDay, secondsOption } from '../options.ts'
import type { Options } from '../work/sla.ts'

/** `guichet sla`: how the desk keeps its promises, and what breaches soon. */
export const slaCommand: AddCommand = (program, context) => {
  program
    .command('sla')
    .summary('show how the SLA targets are kept, and what breaches soon')
    .description('Shows how the SLA targets that are open stand, and how those of a period ended.')
    .addOption(new Option('--by <dimension>', 'what to tell them apart by').choices(slaDimensions).default('category'))
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
      '\nExamples:\n  guichet sla\n  guichet sla --by team --category billing\n  guichet sla --by centre --level 2\n  guichet sla --within 1h --json',
    )
    .action(async (options: Options) => (await import('../work/sla.ts')).run(options, context))
}
