import { now } from '../../engine/engine.ts'
import { askReadModels } from '../ask-read-models.ts'
import type { Context } from '../context.ts'
import { counted, spoken, table } from '../table.ts'

/** What the command line gives. */
export type Options = { readonly limit: number; readonly json?: boolean }

/** Prints what waits for an agent. */
export async function run({ limit, json }: Options, context: Context): Promise<void> {
  const { terminal } = context
  const found = await askReadModels(context, async ({ readModels }) => {
    const { tickets, ...queue } = await readModels.routing.queue({ limit }, now())
    return { ...queue, tickets: tickets.rows.map(({ row }) => row) }
  })
  if (json) return terminal.out(JSON.stringify(found))
  const { total, placedInTheLastHour, tickets } = found
  terminal.out(`${counted(total, 'ticket')} waiting, ${placedInTheLastHour} found an agent in the last hour`)
  if (tickets.length === 0) return
  terminal.out(
    table(
      ['place', 'ticket', 'waiting since', 'expected wait', 'why'],
      tickets.map(({ position, ticketId, waitingSince, expectedWait, reason }) => [
        String(position),
        ticketId,
        waitingSince,
        spoken(expectedWait ?? null),
        reason ?? '',
      ]),
    ),
  )
}
