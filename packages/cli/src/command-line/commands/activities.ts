import type { AddCommand } from '../context.ts'
import { personOption, wholeNumber } from '../options.ts'
import type { EraseOptions, EvaluateOptions, ListOptions, ModelLogOptions } from '../work/activities.ts'

/** `guichet activities`, `guichet activities erase`, `evaluate` and `model-log`. */
export const activitiesCommand: AddCommand = (program, context) => {
  const activities = program
    .command('activities')
    .enablePositionalOptions()
    .summary('show and erase what customers did and met')
    .description(
      'Shows the trouble that customers have had most often in the last seven days, and how many analyses wait; or the latest activities of one customer.',
    )
    .option('--customer <id>', 'the activities of this customer, the latest first', personOption)
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 1_000), 50)
    .option('--json', 'print them as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet activities\n  guichet activities --customer zoe --json')
    .action(async (options: ListOptions) => (await import('../work/activities.ts')).list(options, context))
  activities
    .command('erase')
    .description(
      'Removes all activities of a customer and of all who were merged into them, and their ratings of articles, and takes them out of the counts.',
    )
    .argument('<customer>', 'the customer', personOption)
    .option('--json', 'print the result as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet activities erase zoe')
    .action(async (customer: string, options: EraseOptions) =>
      (await import('../work/activities.ts')).erase(customer, options, context),
    )
  activities
    .command('evaluate')
    .summary('show how well the desk tells which trouble becomes a ticket')
    .description(
      'Learns from the history of the desk which trouble becomes a ticket, and shows how good the result is on held-out history, beside the rules. Nothing is stored.',
    )
    .option('--json', 'print the figures as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet activities evaluate --json')
    .action(async (options: EvaluateOptions) => (await import('../work/activities.ts')).evaluate(options, context))
  activities
    .command('model-log')
    .summary('show what a model was asked about activities, and what it answered')
    .description(
      'Shows what a model was asked about the activities of customers, and what it answered, the latest first. It is asked kinds, codes, counts and times alone; nothing says whose they are.',
    )
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 1_000), 50)
    .option('--json', 'print them as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet activities model-log --json')
    .action(async (options: ModelLogOptions) => (await import('../work/activities.ts')).listModelLog(options, context))
}
