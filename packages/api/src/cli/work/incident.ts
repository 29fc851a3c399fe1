import { Fault } from '../../fault/fault.ts'
import { printIncident, replayIncident } from '../../replay/replay-incident.ts'
import type { Context } from '../context.ts'
import { withEngineRepeatedly } from '../with-engine.ts'

/** What the command line gives. */
export type Options = { readonly json?: boolean }

/** Prints the history of an incident. */
export async function run(id: string, { json }: Options, context: Context): Promise<void> {
  const replay = await withEngineRepeatedly(context, ({ desk }) => replayIncident(desk, id))
  if (!replay) throw new Fault('incident_not_found', `there is no incident ${id}`)
  for (const line of json ? [JSON.stringify(replay)] : printIncident(replay)) context.terminal.out(line)
}
