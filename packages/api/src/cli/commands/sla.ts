import { supportLevels } from '@guichet/domain'
import { slaDimensions } from '@guichet/projections'
import type { Command } from 'commander'
import { Option } from 'commander'
import { Fault } from '../../fault/fault.ts'
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
    .action(async (options: Options, command: Command) => {
      if (options.within !== undefined) refuseFigures(command)
      await (await import('../work/sla.ts')).run(options, context)
    })
}

/** A list of targets takes nothing that is said of figures. */
function refuseFigures(command: Command): void {
  const given = ['by', 'from', 'to'].find((option) => command.getOptionValueSource(option) === 'cli')
  if (given === undefined) return
  const next = `leave --${given} out, or --within for the figures`
  throw new Fault('usage', `--within lists targets, and --${given} is of figures`, { next })
}
