import type { AddCommand } from '../context.ts'
import { actorOption, instantOption, wholeNumber } from '../options.ts'
import type { AuditOptions } from '../work/audit.ts'

/** `guichet audit`: the audit trail. */
export const auditCommand: AddCommand = (program, context) => {
  program
    .command('audit')
    .summary('show who did what, when and why')
    .description(
      'Shows the audit trail: every event of the history, the last recorded first. All filters given must hold.',
    )
    .option('--stream <stream>', 'only of a stream, such as ticket-4711 or configuration-desk')
    .option('--actor <id>', 'only by somebody: a person, a service or the engine', actorOption)
    .option('--type <type...>', 'only of these types, such as DataExported')
    .option('--correlation <id>', 'only what one request or one import caused')
    .option('--from <instant>', 'only from this instant on', instantOption)
    .option('--to <instant>', 'only before this instant', instantOption)
    .option('--before <event>', 'only what was recorded before an event, such as ticket-4711@3: the next page')
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 1_000), 50)
    .option('--payload', 'the data of each event too, as it is shown now: personal data, without what was removed')
    .option('--json', 'print the entries as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet audit --actor camille --from 2026-03-01T00:00Z\n  guichet audit --type DataExported TokensRevoked --json\n  guichet audit --stream ticket-4711 --payload --before ticket-4711@3',
    )
    .action(async (options: AuditOptions) => (await import('../work/audit.ts')).runAudit(options, context))
}
