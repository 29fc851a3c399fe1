import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'

/** A condition on the rows of a statement. */
export type Condition = RawBuilder<unknown>

/** All of these conditions; those left out ask for nothing. */
export function allOf(conditions: readonly (Condition | undefined | false)[]): Condition {
  const given = conditions.filter(
    (condition) => condition !== undefined && condition !== false && condition !== always,
  ) as readonly Condition[]
  if (given.length === 0) return always
  return given.length === 1 && given[0] ? given[0] : sql`(${sql.join(given, sql` and `)})`
}

/** One of these conditions at least. */
export const anyOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`

/** One of these values. */
export const among = (column: Condition, values: readonly string[]): Condition =>
  sql`${column} = any(${[...values]}::text[])`

/** One of these values, `null` standing for none at all. */
export function amongOrNone(column: Condition, values: readonly (string | null)[]): Condition {
  const named = values.filter((value) => value !== null)
  if (named.length === values.length) return among(column, named)
  return anyOf([...(named.length > 0 ? [among(column, named)] : []), sql`${column} is null`])
}

const always: Condition = sql`true`
