import type { Instant } from '@guichet/domain'
import { days, elapsed, hours, instant, later, minutes } from '@guichet/domain'
import type { Client } from '@temporalio/client'
import { searchAttributes } from '../workflow/search-attributes.ts'

/** The clocks of one installation that run, as Temporal lists them: some moments behind. */
export type RunningClocks = {
  /** How many wait for an instant after `from` and until `to`. */
  count(from: Instant | undefined, to: Instant): Promise<number>
  /** The earliest instant that any of them waits for. */
  earliest(now: Instant, late: number): Promise<Instant | undefined>
}

const listed = 200
const nextDue = searchAttributes.nextDue.name

/** The clocks of one installation that run, as a filter of Temporal's lists. */
export const runningOn = (taskQueue: string): string =>
  `WorkflowType = 'streamClock' AND TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`

/** The clocks of the installation with this task queue. Needs the search attributes; rejects with what the server does. */
export function runningClocks(client: Client, taskQueue: string): RunningClocks {
  const query = (from: Instant | undefined, to: Instant): string =>
    `${runningOn(taskQueue)}${from === undefined ? '' : ` AND ${nextDue} > '${from}'`} AND ${nextDue} <= '${to}'`

  const count: RunningClocks['count'] = async (from, to) => (await client.workflow.count(query(from, to))).count

  const first = async (from: Instant | undefined, to: Instant): Promise<Instant | undefined> => {
    let earliest: Instant | undefined
    for await (const { typedSearchAttributes } of client.workflow.list({ query: query(from, to), pageSize: listed })) {
      const value = typedSearchAttributes.get(searchAttributes.nextDue)
      const due = value && instant(value)
      if (due && (earliest === undefined || due < earliest)) earliest = due
    }
    return earliest
  }

  /** Halves a stretch of time until the clocks in it are few enough to be listed. */
  const narrow = async (from: Instant, to: Instant, found: number): Promise<Instant | undefined> => {
    if (found <= listed || elapsed(from, to) <= 1) return first(from, to)
    const middle = later(from, Math.floor(elapsed(from, to) / 2))
    const earlier = await count(from, middle)
    return earlier > 0 ? narrow(from, middle, earlier) : narrow(middle, to, found)
  }

  return {
    count,
    earliest: async (now, late) => {
      if (late > 0) return late <= listed ? first(undefined, now) : narrow(later(now, -days(3_650)), now, late)
      let from = now
      for (const ahead of [minutes(1), hours(1), days(1), days(10), days(36_500)]) {
        const to = later(now, ahead)
        const found = await count(from, to)
        if (found > 0) return narrow(from, to, found)
        from = to
      }
      return undefined
    },
  }
}
