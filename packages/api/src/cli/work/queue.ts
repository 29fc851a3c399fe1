import { now } from '../../engine/engine.ts'
import { askReadModels } from '../ask-read-models.ts'
import type { Context } from '../context.ts'
import { counted, table } from '../table.ts'
import { expected, levelsOfQueue } from './levels-of-queue.ts'

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
  const { total, placedInTheLastHour, levels, tickets } = found
  terminal.out(`${counted(total, 'ticket')} waiting, ${placedInTheLastHour} found an agent in the last hour`)
  const byLevel = levelsOfQueue(levels)
  if (byLevel === undefined || tickets.length === 0) return
  terminal.out(
    table(
      ['place', 'ticket', 'level', 'waiting since', 'expected wait', 'why', 'known since'],
      tickets.map(({ position, ticketId, level, waitingSince, expectedWait, reason, reasonSince }) => [
        String(position),
        ticketId,
        String(level),
        waitingSince,
        expected(expectedWait),
        reason ?? '',
        reasonSince ?? '',
      ]),
    ),
  )
  terminal.out(`\n${byLevel}`)
}
