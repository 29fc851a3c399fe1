import type { Instant } from '@guichet/domain'
import { Fault } from '../../fault/fault.ts'
import { printReplay } from '../../replay/print-replay.ts'
import { replayTicket } from '../../replay/replay.ts'
import type { Context } from '../context.ts'
import { withEngineRepeatedly } from '../with-engine.ts'

/** What the command line gives. */
export type Options = { readonly asOf?: Instant; readonly json?: boolean }

/** Prints the history of a ticket. */
export async function run(ticketId: string, { asOf, json }: Options, context: Context): Promise<void> {
  const replay = await withEngineRepeatedly(context, ({ desk }) => replayTicket(desk, ticketId, asOf))
  if (!replay) {
    const told = await withEngineRepeatedly(context, ({ desk }) =>
      desk.read('incident', ticketId.replace(/^incident-/, '')),
    )
    const instead = told.version > 0 ? '; guichet incidents show tells an incident' : ''
    throw new Fault('ticket_not_found', `there is no ticket ${ticketId}${instead}`)
  }
  for (const line of json ? [JSON.stringify(replay)] : printReplay(replay)) context.terminal.out(line)
}
