import type { Transaction } from 'kysely'
import { sql } from 'kysely'

/**
 * `ticket_text`: all words of a ticket, a row per event that added some, so that a new message writes its own words only;
 * `heading` and `body` hold those of a public one as they are written, for searches that may mean its customer's words alone.
 * `ticket_heading`: the words of subject and customer once more, a row per ticket, with what later events need to know of
 * the opening: how the ticket's language is searched, and the customer's words. `ticket_word`: each word once, to find what it
 * is a part of, and with what is left of it when letters are missing, to find what was misspelled; nothing is left of what
 * is not spelled out in letters.
 */
export async function createSearchTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table ticket_heading (
      ticket_id text collate "C" primary key,
      configuration text not null,
      customer text[] not null,
      words tsvector not null
    )`.execute(tx)
  await sql`
    create table ticket_text (
      ticket_id text collate "C" not null,
      version integer not null,
      public boolean not null,
      words tsvector not null,
      heading text not null,
      body text not null
    )`.execute(tx)
  await sql`
    create table ticket_word (
      word text collate "C" primary key,
      heading boolean not null,
      remains text[] not null
    )`.execute(tx)
}

/** The list of words not yet sorted into an index is kept short: every search has to read it. */
export async function createSearchIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on ticket_heading using gin (words) with (gin_pending_list_limit = 256)`.execute(tx)
  await sql`create index on ticket_text using gin (words) with (gin_pending_list_limit = 256)`.execute(tx)
  await sql`create unique index on ticket_text (ticket_id, version)`.execute(tx)
  await sql`create index on ticket_word using gin (remains) with (gin_pending_list_limit = 64)`.execute(tx)
  await sql`analyze ticket_heading, ticket_text, ticket_word`.execute(tx)
}

/** How much of a word's beginning is looked at when it may be misspelled. */
const beginning = 7

/**
 * What is left of the beginning of a word when up to two of its letters are missing, as an array. Two words within two edits
 * of each other have some of it in common: an edit is a letter that one of them, or each, has to lose.
 */
export const remainsOf = (word: string) => {
  const start = sql`left(${sql.ref(word)}, ${sql.lit(beginning)})`
  return sql`array(
    select distinct left(${start}, i - 1) || substr(${start}, i + 1, greatest(j - i - 1, 0)) || substr(${start}, j + 1)
    from generate_series(1, length(${start}) + 1) i, generate_series(i, length(${start}) + 1) j
  )`
}
