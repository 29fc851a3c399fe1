import type { AddCommand } from '../context.ts'
import { wholeNumber } from '../options.ts'
import type { ShiftsOptions } from '../work/shifts.ts'

/** `guichet shifts`: who is on shift, and when that changes. */
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
