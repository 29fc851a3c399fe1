import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { RunnerLog } from '../runner/failure.ts'
import type { Projection } from '../runner/projection.ts'
import { ticketEventsIn } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import { forgetSurvivors, passOn, survivorsOf, writeMerges } from './merged-texts.ts'
import type { AddedText, SearchTerms, Heading, RedactedSubject, RedactedText, SearchTexts, Subject } from './texts.ts'
import { searchTexts } from './texts.ts'
import type { WordCache } from './vocabulary.ts'
import { createMemory, createWordIndexes, createWordTable, writeVocabulary } from './vocabulary.ts'

/**
 * The words of tickets, for lists with a search. What a text needs of its ticket (the language, the customer) comes
 * from its opening and is stored with its heading: no state is folded. A ticket is also found by the texts of those that
 * were merged into it.
 * @param log called when parts of words cannot be indexed.
 */
export function searchProjection(log: RunnerLog = () => undefined): Projection {
  const memory = createMemory()
  return forgetsWithdrawn(
    {
      name: 'search',
      version: 11,
      tables: ['ticket_heading', 'ticket_text', 'ticket_word'],
      createTables: createSearchTables,
      createIndexes: async (tx) => {
        await createWordIndexes(tx, 'ticket_word', 'search', log)
        await createSearchIndexes(tx)
      },
      project: async (events, context) => writeTexts(context.tx, searchTexts(ticketEventsIn(events)), memory(context)),
    },
    async (ids, { tx }) => {
      await forgetSurvivors(tx, ids)
      await removeRows(tx, ids, { ticket_heading: 'ticket_id', ticket_text: 'ticket_id' })
    },
  )
}

/** Writes the search index of a batch. */
async function writeTexts(tx: Transaction<unknown>, texts: SearchTexts, wordCache: WordCache): Promise<void> {
  await Promise.all([
    writeOpened(tx, texts.opened),
    writeRenamed(tx, texts.renamed),
    writeAdded(tx, texts.added),
    writeVocabulary(tx, 'ticket_word', texts.vocabulary, wordCache),
  ])
  await passOn(tx, texts.added)
  await writeRedacted(tx, texts.redacted)
  await writeRedactedSubjects(tx, texts.redactedSubjects)
  await writeMerges(tx, texts.merges)
}

async function writeOpened(tx: Transaction<unknown>, opened: readonly Heading[]): Promise<void> {
  for (const part of inParts(opened)) {
    await sql`
      insert into ticket_heading (ticket_id, configuration, customer, words)
      select ticket_id, configuration, customer, ${vector(sql`configuration`)} || array_to_tsvector(customer)
      from json_to_recordset(${json(part)}::json) as r (
        ticket_id text, configuration text, customer text[], words text, exact text[]
      )`.execute(tx)
  }
}

async function writeRenamed(tx: Transaction<unknown>, renamed: readonly Subject[]): Promise<void> {
  for (const part of inParts(renamed)) {
    await sql`
      update ticket_heading h
      set words = ${vector(sql`h.configuration`)} || array_to_tsvector(h.customer)
      from json_to_recordset(${json(part)}::json) as r (ticket_id text, words text, exact text[])
      where h.ticket_id = r.ticket_id`.execute(tx)
  }
}

/** Texts use the language of their ticket; those of an unknown ticket are indexed without stemming. */
async function writeAdded(tx: Transaction<unknown>, added: readonly AddedText[]): Promise<void> {
  const configuration = sql`coalesce(
    r.configuration, (select h.configuration from ticket_heading h where h.ticket_id = r.ticket_id), 'simple'
  )`
  for (const part of inParts(added)) {
    await sql`
      insert into ticket_text (ticket_id, origin, version, message_id, public, words, heading, body)
      select ticket_id, ticket_id, version, message_id, public, ${vector(configuration)}, heading, body
      from json_to_recordset(${json(part)}::json) as r (
        ticket_id text, version integer, message_id text, public boolean, configuration text, words text, exact text[], heading text,
        body text
      )`.execute(tx)
  }
}

/** Leaves of a redacted message the words of its subject and customer, if it opened the ticket, and of what is left. */
async function writeRedacted(tx: Transaction<unknown>, redacted: readonly RedactedText[]): Promise<void> {
  const configuration = sql`coalesce(
    (select h.configuration from ticket_heading h where h.ticket_id = r.ticket_id), 'simple'
  )`
  for (const part of inParts(redacted)) {
    await sql`
      update ticket_text t
      set words = strip(to_tsvector(${configuration}::regconfig, t.heading)) ||
          array_to_tsvector(string_to_array(t.heading, ' ')) || ${vector(configuration)},
        body = case when t.public then r.body else '' end
      from json_to_recordset(${json(part)}::json) as r (
        ticket_id text, message_id text, words text, exact text[], body text
      )
      cross join lateral (select r.ticket_id as id union all select id from ${survivorsOf(sql`r.ticket_id`)} s) shown
      where t.ticket_id = shown.id and t.origin = r.ticket_id and t.message_id = r.message_id`.execute(tx)
  }
}

/**
 * Leaves of the subjects until a redaction what is left of them, beside the words of the customer and those of the first
 * message that are stored as written. The rows of changes of the subject become empty.
 */
async function writeRedactedSubjects(tx: Transaction<unknown>, redacted: readonly RedactedSubject[]): Promise<void> {
  for (const part of inParts(redacted)) {
    await sql`
      update ticket_text t
      set words = case when t.message_id is null then '' else ${vector(sql`h.configuration`)} ||
          array_to_tsvector(h.customer) || strip(to_tsvector(h.configuration::regconfig, t.body)) ||
          array_to_tsvector(string_to_array(t.body, ' ')) end,
        heading = case when t.message_id is null then '' else concat_ws(' ', nullif(r.heading, ''), (
          select string_agg(word, ' ' order by place)
          from unnest(string_to_array(t.heading, ' ')) with ordinality as w (word, place)
          where word = any(h.customer)
        )) end
      from json_to_recordset(${json(part)}::json) as r (
        ticket_id text, version integer, words text, exact text[], heading text
      )
      join ticket_heading h on h.ticket_id = r.ticket_id
      cross join lateral (select r.ticket_id as id union all select id from ${survivorsOf(sql`r.ticket_id`)} s) shown
      where t.ticket_id = shown.id and t.origin = r.ticket_id and t.version < r.version and (
        t.message_id is null or
        t.version = (select min(f.version) from ticket_text f where f.ticket_id = r.ticket_id and f.origin = r.ticket_id)
      )`.execute(tx)
  }
}

/** The words and the exact words of a record `r` as they are searched, without their positions. */
export const vector = (configuration: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`strip(to_tsvector(${configuration}::regconfig, r.words)) || array_to_tsvector(r.exact)`

/** How many words are written in one statement: a parameter has a size limit, which a large batch could reach. */
const mostAtOnce = 300_000

/** Texts in order, split into parts of at most 300,000 words or a single text; no part is empty. */
export function inParts<T extends SearchTerms>(texts: readonly T[]): readonly (readonly T[])[] {
  const parts: T[][] = []
  let room = 0
  for (const text of texts) {
    const size = text.words.length + text.exact.length
    if (parts.length === 0 || size > room) {
      parts.push([])
      room = mostAtOnce
    }
    parts.at(-1)?.push(text)
    room -= size
  }
  return parts
}

/** Texts as the records of a statement. */
export const json = (texts: readonly SearchTerms[]): string =>
  JSON.stringify(texts.map((each) => ({ ...each, words: each.words.join(' ') })))

/**
 * `ticket_text`: all words of a ticket, a row per event that added some, so that a new message writes only its own
 * words; `origin` is the ticket of the event, another one that was merged into it if it is not the same; `heading` and `body` hold the words of a public one as written, for searches that may match only its
 * customer's words. `ticket_heading`: the words of subject and customer, a row per ticket, with what later events need
 * of the opening: the search configuration of the ticket's language, and the customer's words; and the ticket that it was merged into.
 */
async function createSearchTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table ticket_heading (
      ticket_id text collate "C" primary key,
      configuration text not null,
      customer text[] not null,
      words tsvector not null,
      merged_into text collate "C"
    )`.execute(tx)
  await sql`
    create table ticket_text (
      ticket_id text collate "C" not null,
      origin text collate "C" not null,
      version integer not null,
      message_id text,
      public boolean not null,
      words tsvector not null,
      heading text not null,
      body text not null
    )`.execute(tx)
  await createWordTable(tx, 'ticket_word')
}

/** The pending list of an index is kept short: every search has to read it. */
async function createSearchIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on ticket_heading using gin (words) with (gin_pending_list_limit = 256)`.execute(tx)
  await sql`create index on ticket_text using gin (words) with (gin_pending_list_limit = 256)`.execute(tx)
  await sql`create unique index on ticket_text (ticket_id, version, origin)`.execute(tx)
  await sql`create index on ticket_heading (merged_into) where merged_into is not null`.execute(tx)
  await sql`analyze ticket_heading, ticket_text`.execute(tx)
}
