import { sql } from 'kysely'
import type { Condition } from '../reading/condition.ts'
import { allOf, amongOrNone, anyOf } from '../reading/condition.ts'
import type { TermsFilter } from './terms-filter.ts'

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
