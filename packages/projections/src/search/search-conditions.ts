import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { readSchema } from '../reading/reader.ts'
import type { Visibility } from '../visibility/shown-to-customers.ts'
import type { UnderstoodSearch } from './understand.ts'

/** A condition on a ticket, by the expression of its id. */
type Condition = RawBuilder<unknown>

/** For each word of a search, that it is somewhere in the ticket: not necessarily all in one message. */
export function foundInTexts(
  id: RawBuilder<unknown>,
  search: UnderstoodSearch,
  visibility: Visibility,
): readonly Condition[] {
  const visible = visibility === 'public' ? sql`and public` : sql``
  return search.map(
    ({ query }) => sql`${id} in (select ticket_id from ${texts} where words @@ ${query}::tsquery ${visible})`,
  )
}

/** Every word of every one of these searches is in the ticket's subject or its customer's name or address. */
export function foundInHeading(id: RawBuilder<unknown>, searches: readonly UnderstoodSearch[]): Condition {
  const all = searches.flatMap((words) => words.map(({ query }) => `(${query})`)).join(' & ')
  return sql`exists (select from ${headings} h where h.ticket_id = ${id} and h.words @@ ${all}::tsquery)`
}

const headings = sql`${sql.id(readSchema)}.ticket_heading`
const texts = sql`${sql.id(readSchema)}.ticket_text`
