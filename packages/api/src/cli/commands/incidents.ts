import type { Command } from 'commander'
import type { AddCommand } from '../context.ts'
import type { Options as Show } from '../work/incident.ts'
import type { Options } from '../work/incidents.ts'

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
    .action(async (options: Options) => (await import('../work/incidents.ts')).run(options, context))
  incidents
    .command('show')
    .summary('tell the history of one')
    .description('Tells the history of an incident event by event, and what falls due on it. Times are UTC.')
    .argument('<incident>', 'the id of the incident')
    .option('--json', 'print events and state as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet incidents show 0a1b2c3d')
    .action(async (id: string, _: object, command: Command) =>
      (await import('../work/incident.ts')).run(id, command.optsWithGlobals<Show>(), context),
    )
}
