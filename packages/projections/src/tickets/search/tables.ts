import type { Transaction } from 'kysely'
import { sql } from 'kysely'

/**
 * `ticket_text`: all words of a ticket, a row per event that added some, so that a new message writes its own words only.
 * `ticket_heading`: the words of subject and customer once more, a row per ticket. `ticket_word` and `ticket_trigram`:
 * each word of the headings once, to find what was misspelled.
 */
export async function createSearchTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table ticket_heading (ticket_id text collate "C" primary key, words tsvector not null)`.execute(tx)
  await sql`
    create table ticket_text (
      ticket_id text collate "C" not null,
      version integer not null,
      public boolean not null,
      words tsvector not null
    )`.execute(tx)
  await sql`create table ticket_word (word text collate "C" primary key)`.execute(tx)
  await sql`create table ticket_trigram (trigram text collate "C" not null, word text collate "C" not null)`.execute(tx)
}

/** The list of words not yet sorted into an index is kept short: every search has to read it. */
export async function createSearchIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on ticket_heading using gin (words) with (gin_pending_list_limit = 256)`.execute(tx)
  await sql`create index on ticket_text using gin (words) with (gin_pending_list_limit = 256)`.execute(tx)
  await sql`create unique index on ticket_text (ticket_id, version)`.execute(tx)
  await sql`create index on ticket_trigram (trigram, word)`.execute(tx)
  await sql`analyze ticket_heading, ticket_text, ticket_word, ticket_trigram`.execute(tx)
}

/** The distinct trigrams of a word, its start and end marked by spaces, as rows of one column. */
export const trigramsOf = (word: string) => {
  const padded = sql`'  ' || ${sql.ref(word)} || ' '`
  return sql`(
    select distinct substr(${padded}, n, 3) as trigram from generate_series(1, length(${sql.ref(word)}) + 1) n
  )`
}
