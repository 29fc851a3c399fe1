import { sql } from 'kysely'
import type { Priority, SupportLevel } from '@guichet/domain'
import type { Condition } from './slice.ts'
import { allOf, amongOrNone, anyOf } from './slice.ts'

/**
 * What a ticket, or a target of it, is told apart by: one meaning in every list and on the dashboard. All conditions given must hold;
 * a list holds when one of its values does, and `null` among them finds what has none.
 */
export type TermsFilter = {
  /** Each with all its subcategories. */
  readonly category?: readonly (string | null)[] | undefined
  readonly priority?: readonly Priority[] | undefined
  readonly plan?: readonly (string | null)[] | undefined
  readonly team?: readonly (string | null)[] | undefined
  /** The support level of the ticket. */
  readonly level?: readonly SupportLevel[] | undefined
  /** That of the agent who has the ticket. */
  readonly centre?: readonly (string | null)[] | undefined
}

/** What a filter asks of rows that have columns of these names; priorities and centres are kept in several ways. */
export const ofTerms = (alias: string, { category, plan, team, level }: TermsFilter): Condition =>
  allOf([
    category && inCategories(sql.ref(`${alias}.category`), category),
    plan && amongOrNone(sql.ref(`${alias}.plan`), plan),
    team && amongOrNone(sql.ref(`${alias}.team`), team),
    level && sql`${sql.ref(`${alias}.level`)} = any(${[...level]}::smallint[])`,
  ])

/** In one of these categories or below it, in ranges that an index in the order of bytes can look up: `0` comes right after `/`. */
const inCategories = (column: Condition, paths: readonly (string | null)[]): Condition =>
  anyOf([
    amongOrNone(column, paths),
    ...paths.flatMap((path) =>
      path === null ? [] : [sql`(${column} collate "C" >= ${`${path}/`} and ${column} collate "C" < ${`${path}0`})`],
    ),
  ])
