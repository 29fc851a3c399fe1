import type { DeliveryState } from '@guichet/workflows'
import { Option } from 'commander'
import type { AddCommand } from '../context.ts'
import type { ListOptions, RetryOptions } from '../work/deliveries.ts'

/** Each state once: `@guichet/workflows` is loaded only when a command is run. */
const states: Readonly<Record<DeliveryState, true>> = { waiting: true, refused: true, delivered: true }

/** `guichet deliveries` and `guichet deliveries retry`. */
export const deliveriesCommand: AddCommand = (program, context) => {
  const deliveries = program
    .command('deliveries')
    .summary('look after what is sent by e-mail, push and webhook')
    .description('Shows the latest 100 notifications and daily reports that are sent outside, newest first.')
    .addOption(new Option('--state <state>', 'those in one state only').choices(Object.keys(states)))
    .option('--json', 'print the deliveries as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet deliveries\n  guichet deliveries --state refused --json')
    .action(async (options: ListOptions) => (await import('../work/deliveries.ts')).list(options, context))
  deliveries
    .command('retry')
    .description('Lets what was refused, or given up, be tried again: one delivery, or all of them.')
    .argument('[id]', 'the id of the delivery')
    .option('--all-refused', 'every delivery that was refused')
    .addHelpText('after', '\nExample:\n  guichet deliveries retry --all-refused')
    .action(async (id: string | undefined, options: RetryOptions) =>
      (await import('../work/deliveries.ts')).retry(id, options, context),
    )
}
