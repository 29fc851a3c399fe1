import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { readSchema } from '../reading/reader.ts'
import type { Visibility } from '../visibility.ts'
import type { Meant, Texts, UnderstoodSearch } from './understand.ts'
import { textsOfTickets } from './understand.ts'

/** A condition on a ticket, by the expression of its id. */
type Condition = RawBuilder<unknown>

/** A condition for each word of a search: it is somewhere in the ticket or chat, not necessarily all in one message. */
export function foundInTexts(
  id: RawBuilder<unknown>,
  search: UnderstoodSearch,
  meant: Meant,
  visibility: Visibility,
  of: Pick<Texts, 'texts' | 'itemId'> = textsOfTickets,
): readonly Condition[] {
  const visible = visibility === 'public' ? sql`and public` : sql``
  return search.map(
    (word) =>
      sql`${id} in (select ${sql.id(of.itemId)} from ${of.texts} where words @@ ${word[meant]}::tsquery ${visible})`,
  )
}

/**
 * Every word of every one of these searches is, as a whole, in the ticket's subject or its customer's name or address.
 */
export function foundInHeading(id: RawBuilder<unknown>, searches: readonly UnderstoodSearch[]): Condition {
  const all = allOfThem(searches, 'whole')
  return sql`exists (select from ${headings} h where h.ticket_id = ${id} and h.words @@ ${all}::tsquery)`
}

/**
 * Where every word, or a word that contains it as a part, must be: in the heading, or not there; `anywhere` includes
 * matches of whole words.
 */
type Place = 'heading' | 'elsewhere' | 'anywhere'

/**
 * Every word of every one of these non-empty searches is in the ticket, at least one of them only as a part of a word,
 * unless `anywhere`. The tickets are gathered before the list is read: statistics cannot estimate how many contain any
 * of several words, and scanning a list to find a few takes long.
 */
export function foundWithParts(
  id: RawBuilder<unknown>,
  searches: readonly UnderstoodSearch[],
  place: Place,
  visibility: Visibility,
): Condition {
  const words = searches.flat()
  const visible = visibility === 'public' ? sql`and public` : sql``
  const inTexts = (meant: Meant): Condition =>
    sql.join(
      words.map((word) => sql`select ticket_id from ${texts} where words @@ ${word[meant]}::tsquery ${visible}`),
      sql` intersect `,
    )
  const inHeadings = sql`select ticket_id from ${headings} where words @@ ${allOfThem(searches, 'any')}::tsquery`
  const conditions = {
    heading: sql`(${inHeadings}) except (${inTexts('whole')})`,
    elsewhere: sql`(${inTexts('any')}) except (${inHeadings}) except (${inTexts('whole')})`,
    anywhere: inTexts('any'),
  }
  return sql`${id} = any(array(${conditions[place]}))`
}

const allOfThem = (searches: readonly UnderstoodSearch[], meant: Meant): string =>
  searches.flatMap((words) => words.map((word) => `(${word[meant]})`)).join(' & ')

const headings = sql`${sql.id(readSchema)}.ticket_heading`
const texts = sql`${sql.id(readSchema)}.ticket_text`
