import type { Pool } from 'pg'
import { isVisitorId } from '@guichet/domain'
import type { ReceivedActivity } from './record-statement.ts'

/** How many pages and versions of a day are counted by themselves: products may report any number of them. */
const mostCounted = { page: 2_000, version: 100 } as const

/** How many of them a person may be the first to report: the others are left for other people. */
const mostOfPerson = 20

/** How long what others have counted may be unknown here, in milliseconds. */
const readAgainMs = 60_000

type CountedColumn = keyof typeof mostCounted

/** The values of activities that are not counted by themselves, on a day in UTC. */
type ReadExcessValues = (
  day: string,
  received: readonly Pick<ReceivedActivity, 'person' | 'activity'>[],
) => Promise<readonly string[]>

/**
 * Decides which pages, or versions, of a day are counted by themselves: those that are counted so already, and the next
 * ones of customers up to a limit. Visitors add none: anybody may be any number of them. Each process decides for
 * itself what none of them has counted yet.
 */
export function countedValues(pool: Pool, column: CountedColumn): ReadExcessValues {
  const read = async (day: string) => {
    const { rows } = await pool.query<{ value: string }>(
      `select distinct ${column} as value from guichet_activity.activity_count
       where day = $1::date and ${column} <> ''`,
      [day],
    )
    return new Set(rows.map(({ value }) => value))
  }
  let counted: { day: string; values: Set<string>; addedBy: Map<string, number>; readAt: number } | undefined
  return async (day, received) => {
    if (counted?.day !== day) counted = { day, values: await read(day), addedBy: new Map(), readAt: performance.now() }
    const { values, addedBy, readAt } = counted
    const isUnknown = received.some(({ activity: { [column]: value } }) => value !== undefined && !values.has(value))
    if (isUnknown && performance.now() - readAt > readAgainMs) {
      counted.readAt = performance.now()
      // Nobody waits for it: what stores activities meets the same errors.
      read(day).then(
        (others) => others.forEach((value) => values.add(value)),
        () => undefined,
      )
    }
    const mayAdd = (personId: string): boolean =>
      values.size < mostCounted[column] && (addedBy.get(personId) ?? 0) < mostOfPerson && !isVisitorId(personId)
    const excess = new Set<string>()
    for (const { person, activity } of received) {
      const value = activity[column]
      if (value === undefined || values.has(value)) continue
      if (mayAdd(person.id)) {
        values.add(value)
        addedBy.set(person.id, (addedBy.get(person.id) ?? 0) + 1)
      } else excess.add(value)
    }
    return [...excess].filter((value) => !values.has(value))
  }
}
