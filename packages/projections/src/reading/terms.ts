import { sql } from 'kysely'
import type { Priority, SupportLevel } from '@guichet/domain'
import { readSchema } from './reader.ts'
import type { Condition } from './slice.ts'
import { allOf, amongOrNone, anyOf } from './slice.ts'

/**
 * The dimensions of a ticket or of a target, with the same meaning in every list and on the dashboard. All given
 * conditions must hold; a list matches any of its values, and `null` in it matches a missing value.
 */
export type TermsFilter = {
  /** Each includes all its subcategories. */
  readonly category?: readonly (string | null)[] | undefined
  readonly priority?: readonly Priority[] | undefined
  readonly plan?: readonly (string | null)[] | undefined
  readonly team?: readonly (string | null)[] | undefined
  /** The support level of the ticket. */
  readonly level?: readonly SupportLevel[] | undefined
  /** The support level of the assigned agent. */
  readonly centre?: readonly (string | null)[] | undefined
}

/**
 * The condition of a filter on rows that have columns of these names; priorities and centres have several column forms.
 */
export const ofTerms = (alias: string, { category, plan, team, level }: TermsFilter): Condition =>
  allOf([
    category && inCategories(sql.ref(`${alias}.category`), category),
    plan && amongOrNone(sql.ref(`${alias}.plan`), plan),
    team && amongOrNone(sql.ref(`${alias}.team`), team),
    level && sql`${sql.ref(`${alias}.level`)} = any(${[...level]}::smallint[])`,
  ])

/** The customer is a member of an organisation, or was merged into one. Gathers the members, so that their index serves. */
export const ofMembers = (customerId: Condition, organisationId: string): Condition => sql`
  ${customerId} = any(array(
    with recursive member as (
      select c.id from ${customers} c where c.member_of = ${organisationId} and c.merged_into is null
      union select c.id from ${customers} c join member m on c.merged_into = m.id
    ) select id from member))`

/**
 * The ids, as an array, under which these customers are known after merges: their own, of whoever survives the merges, and of all who
 * were merged into the same one.
 * @param ids an array of ids in SQL.
 */
export const idsOfPersons = (ids: Condition): Condition => sql`
  array(
    with recursive survivor as (
      select c.id, c.merged_into from ${customers} c where c.id = any(${ids})
      union select c.id, c.merged_into from ${customers} c join survivor s on c.id = s.merged_into
    ), person as (
      select s.id from survivor s
      union select c.id from ${customers} c join person p on c.merged_into = p.id
    ) select id collate "default" from person union select unnest(${ids}) collate "default")`

/** The customer is one of these, or the same person after merges. Gathers the ids, so that their index serves. */
export const ofPersons = (customerId: Condition, ids: readonly string[]): Condition =>
  sql`${customerId} = any(${idsOfPersons(sql`${[...ids]}::text[]`)})`

const customers = sql`${sql.id(readSchema)}.customer`

/**
 * Matches these categories and those below them, as ranges that an index in the order of bytes can look up: `0` comes
 * right after `/`.
 */
const inCategories = (column: Condition, paths: readonly (string | null)[]): Condition =>
  anyOf([
    amongOrNone(column, paths),
    ...paths.flatMap((path) =>
      path === null ? [] : [sql`(${column} collate "C" >= ${`${path}/`} and ${column} collate "C" < ${`${path}0`})`],
    ),
  ])
