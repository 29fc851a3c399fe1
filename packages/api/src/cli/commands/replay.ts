import type { Instant } from '@guichet/domain'
import { Fault } from '../../fault/fault.ts'
import { printReplay } from '../../replay/print-replay.ts'
import { replayTicket } from '../../replay/replay.ts'
import type { AddCommand, Context } from '../context.ts'
import { withEngineRepeatedly } from '../context.ts'
import { instantOption } from '../options.ts'

type Options = { readonly asOf?: Instant; readonly json?: boolean }

/** `guichet replay`: the history of one ticket, event by event. */
export const replayCommand: AddCommand = (program, context) => {
  program
    .command('replay')
    .summary('tell the history of a ticket: who, when, what changed and why')
    .description('Tells the history of a ticket event by event: who, when, what changed and why. Times are UTC.')
    .argument('<ticket>', 'the id of the ticket')
    .option('--as-of <instant>', 'stop at this instant and show the ticket as it was then', instantOption)
    .option('--json', 'print events and state as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet replay INC0000045\n  guichet replay INC0000045 --as-of 2016-03-01T00:00:00Z --json',
    )
    .action((ticket: string, options: Options) => run(ticket, options, context))
}

async function run(ticketId: string, { asOf, json }: Options, context: Context): Promise<void> {
  const replay = await withEngineRepeatedly(context, ({ desk }) => replayTicket(desk, ticketId, asOf))
  if (!replay) {
    throw new Fault('ticket_not_found', `there is no ticket ${ticketId}`)
  }
  for (const line of json ? [JSON.stringify(replay)] : printReplay(replay)) context.terminal.out(line)
}
