import type { AddCommand } from '../context.ts'
import type { Options } from '../work/incidents.ts'

/** `guichet incidents`: the critical incidents. */
export const incidentsCommand: AddCommand = (program, context) => {
  program
    .command('incidents')
    .summary('show the critical incidents')
    .description(
      'Shows the latest 100 critical incidents that are not closed, newest first: who is paged or has taken each on, what falls due next and what is overdue.',
    )
    .option('--all', 'closed ones too')
    .option('--json', 'print the incidents as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet incidents\n  guichet incidents --all --json')
    .action(async (options: Options) => (await import('../work/incidents.ts')).run(options, context))
}
