import type { AddCommand } from '../context.ts'
import type { Output } from '../work/projections.ts'

/** `guichet projections status`, `guichet projections resume` and `guichet projections rebuild`. */
export const projectionsCommand: AddCommand = (program, context) => {
  const projections = program
    .command('projections')
    .summary('look after the read models')
    .description('Looks after the read models.')
  projections
    .command('status')
    .description('Shows each read model: its state, how many events it is behind, and why it has stopped if it has.')
    .option('--json', 'print the states as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet projections status')
    .action(async (options: Output) => (await import('../work/projections.ts')).status(options, context))
  projections
    .command('resume')
    .description('Lets a stopped read model try again the event at which it stopped, and go on from there.')
    .argument('<name>', 'the read model')
    .option('--json', 'print the states afterwards as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet projections resume tickets')
    .action(async (name: string, options: Output) =>
      (await import('../work/projections.ts')).resume(name, options, context),
    )
  projections
    .command('rebuild')
    .description('Builds a read model anew from the history, beside the one that is read meanwhile.')
    .argument('[name]', 'the read model')
    .option('--all', 'every read model, one after the other')
    .option('--json', 'print the states afterwards as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet projections rebuild tickets\n  guichet projections rebuild --all')
    .action(async (name: string | undefined, options: Output & { all?: boolean }) =>
      (await import('../work/projections.ts')).rebuild(name, options, context),
    )
}
