import { sql } from 'kysely'
import type { Priority, SupportLevel } from '@guichet/domain'
import { closeReasons, closeResults } from '@guichet/domain'
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
 * were merged into the same one, whether anything is recorded of that one or not.
 * @param ids an array of ids in SQL.
 */
export const idsOfPersons = (ids: Condition): Condition => sql`
  array(
    with recursive survivor as (
      select i.id collate "C" as id, c.merged_into from unnest(${ids}) i (id) left join ${customers} c on c.id = i.id
      union select s.merged_into, c.merged_into from survivor s left join ${customers} c on c.id = s.merged_into
      where s.merged_into is not null
    ), person as (
      select s.id from survivor s
      union select c.id from ${customers} c join person p on c.merged_into = p.id
    ) select id collate "default" from person)`

/** The customer is one of these, or the same person after merges. Gathers the ids, so that their index serves. */
export const ofPersons = (customerId: Condition, ids: readonly string[]): Condition =>
  sql`${customerId} = any(${idsOfPersons(sql`${[...ids]}::text[]`)})`

/**
 * The ticket was resolved, which no reopening has ended, and was not closed afterwards as spam, as invalid, as a duplicate
 * or by a merge.
 * @param alias the name of what has the columns of the table `ticket` in the statement.
 */
export const isSolved = (alias: string): Condition => sql`(${sql.ref(`${alias}.resolved_at`)} is not null
  and coalesce(${sql.ref(`${alias}.shown`)} ->> 'closeReason', '') <> all(${reasonsLeftOut}::text[]))`

const reasonsLeftOut = closeReasons.filter((reason) => closeResults[reason] === 'left_out')

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
