import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { RunnerLog } from '../runner/failure.ts'
import { isTransient, messageOf } from '../runner/failure.ts'
import type { Projection, ProjectionContext } from '../runner/projection.ts'
import { ticketEventsIn } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import type { AddedText, Found, Heading, SearchTexts, Subject, Vocabulary } from './texts.ts'
import { searchTexts } from './texts.ts'
import { isSpelled } from './words.ts'

/**
 * The words of tickets, for lists with a search. What a text needs of its ticket (the language, the customer) comes
 * from its opening and is stored with its heading: no state is folded.
 * @param log called when parts of words cannot be indexed.
 */
export function searchProjection(log: RunnerLog = () => undefined): Projection {
  const memory = createMemory()
  return forgetsWithdrawn(
    {
      name: 'search',
      version: 5,
      tables: ['ticket_heading', 'ticket_text', 'ticket_word'],
      createTables: createSearchTables,
      createIndexes: async (tx) => {
        await createTrigramIndex(tx, log)
        await createSearchIndexes(tx)
      },
      project: async (events, context) => writeTexts(context.tx, searchTexts(ticketEventsIn(events)), memory(context)),
    },
    (ids, { tx }) => removeRows(tx, ids, { ticket_heading: 'ticket_id', ticket_text: 'ticket_id' }),
  )
}

/** Writes the search index of a batch. */
async function writeTexts(tx: Transaction<unknown>, texts: SearchTexts, known: KnownWords): Promise<void> {
  await Promise.all([
    writeOpened(tx, texts.opened),
    writeRenamed(tx, texts.renamed),
    writeAdded(tx, texts.added),
    writeVocabulary(tx, texts.vocabulary, known),
  ])
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
      insert into ticket_text (ticket_id, version, public, words, heading, body)
      select ticket_id, version, public, ${vector(configuration)}, heading, body
      from json_to_recordset(${json(part)}::json) as r (
        ticket_id text, version integer, public boolean, configuration text, words text, exact text[], heading text,
        body text
      )`.execute(tx)
  }
}

/** Writes new words, and words that are new in a heading, and marks those that had been written before as known. */
async function writeVocabulary(tx: Transaction<unknown>, vocabulary: Vocabulary, known: KnownWords): Promise<void> {
  const lacking = known.lacking(vocabulary)
  if (lacking.size === 0) return
  const words = [...lacking.keys()]
  const { rows } = await sql<{ word: string; heading: boolean }>`
    with looked as materialized (
      select w.word, w.heading, w.spelled, k.heading as written
      from unnest(${words}::text[], ${[...lacking.values()]}::boolean[], ${words.map(isSpelled)}::boolean[])
        as w (word, heading, spelled)
      left join ticket_word k on k.word = w.word
    ), added as (
      insert into ticket_word (word, heading, remains)
      select word, heading, case when spelled then ${remainsOf('looked.word')} else '{}' end
      from looked where written is null or written < heading
      on conflict (word) do update set heading = true
    )
    select word, written as heading from looked where written is not null`.execute(tx)
  for (const { word, heading } of rows) known.add(word, heading)
}

/** The words and the exact words of a record `r` as they are searched, without their positions. */
const vector = (configuration: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`strip(to_tsvector(${configuration}::regconfig, r.words)) || array_to_tsvector(r.exact)`

/** How many words are written in one statement: a parameter has a size limit, which a large batch could reach. */
const mostAtOnce = 300_000

/** Texts in order, split into parts of at most 300,000 words or a single text; no part is empty. */
export function inParts<T extends Found>(texts: readonly T[]): readonly (readonly T[])[] {
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

const json = (found: readonly Found[]): string =>
  JSON.stringify(found.map((each) => ({ ...each, words: each.words.join(' ') })))

/**
 * `ticket_text`: all words of a ticket, a row per event that added some, so that a new message writes only its own
 * words; `heading` and `body` hold the words of a public one as written, for searches that may match only its
 * customer's words. `ticket_heading`: the words of subject and customer, a row per ticket, with what later events need
 * of the opening: the search configuration of the ticket's language, and the customer's words. `ticket_word`: each word
 * once, to find words that contain a part, with its deletion variants, to find misspelled words; a word that is not all
 * letters has none.
 */
async function createSearchTables(tx: Transaction<unknown>): Promise<void> {
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

/** The pending list of an index is kept short: every search has to read it. */
async function createSearchIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on ticket_heading using gin (words) with (gin_pending_list_limit = 256)`.execute(tx)
  await sql`create index on ticket_text using gin (words) with (gin_pending_list_limit = 256)`.execute(tx)
  await sql`create unique index on ticket_text (ticket_id, version)`.execute(tx)
  await sql`create index on ticket_word using gin (remains) with (gin_pending_list_limit = 64)`.execute(tx)
  await sql`analyze ticket_heading, ticket_text, ticket_word`.execute(tx)
}

/** How much of a word's beginning is compared for misspellings. */
const beginning = 7

/**
 * The deletion variants of the beginning of a word: what is left without up to two of its letters, as an array. Two
 * words within two edits of each other share a variant, since an edit corresponds to a letter that one of them, or
 * each, has to lose.
 */
export const remainsOf = (word: string) => {
  const start = sql`left(${sql.ref(word)}, ${sql.lit(beginning)})`
  return sql`array(
    select distinct left(${start}, i - 1) || substr(${start}, i + 1, greatest(j - i - 1, 0)) || substr(${start}, j + 1)
    from generate_series(1, length(${start}) + 1) i, generate_series(i, length(${start}) + 1) j
  )`
}

/**
 * Indexes the parts of words by their trigrams, with the extension `pg_trgm`. It comes with Postgres and is trusted, so
 * that a user who may create a schema in the database may create it. If it is not available, the log says so, and words
 * are scanned one by one: the results of a search are the same.
 */
async function createTrigramIndex(tx: Transaction<unknown>, log: RunnerLog): Promise<void> {
  const refused = await createExtension(tx)
  const schema = await schemaOfExtension(tx)
  if (schema !== undefined) {
    const operators = sql.id(schema, 'gin_trgm_ops')
    await sql`create index on ticket_word using gin (word ${operators}) with (gin_pending_list_limit = 64)`.execute(tx)
    return
  }
  log(
    'warn',
    `the extension pg_trgm cannot be had (${refused ?? 'it is not there'}): searches for parts of words are slower. ` +
      'Let an administrator run "create extension pg_trgm schema public", then rebuild the read model "search"',
  )
}

/**
 * Creates the extension where every generation finds it; an existing one is not moved. @returns the reason of a
 * failure.
 */
async function createExtension(tx: Transaction<unknown>): Promise<string | undefined> {
  if ((await schemaOfExtension(tx)) !== undefined) return undefined
  await sql`savepoint trigrams`.execute(tx)
  try {
    await sql`create extension if not exists pg_trgm schema public`.execute(tx)
    await sql`release savepoint trigrams`.execute(tx)
    return undefined
  } catch (error) {
    if (isTransient(error)) throw error
    await sql`rollback to savepoint trigrams`.execute(tx)
    return messageOf(error)
  }
}

async function schemaOfExtension(tx: Transaction<unknown>): Promise<string | undefined> {
  const { rows } = await sql<{ schema: string }>`
    select n.nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_trgm'`.execute(tx)
  return rows[0]?.schema
}

/** Words that are committed, and whether in a heading: they need not be looked up again. */
type KnownWords = {
  /** The words of a vocabulary that are not known to be committed. */
  lacking(vocabulary: Vocabulary): Vocabulary
  /** Adds a word that an earlier transaction committed. */
  add(word: string, heading: boolean): void
}

/** Returns the known words of the generation that a projection is writing. */
type Memory = (context: Pick<ProjectionContext, 'tx' | 'schema' | 'replaying'>) => KnownWords

const nothingKnown: KnownWords = { lacking: (vocabulary) => vocabulary, add: () => undefined }

/**
 * Caches the latest words, per connection and generation. What was read on a connection stays committed as long as the
 * connection lives, since a server that crashes and loses its last transactions loses the connection too. Nothing is
 * cached while a generation is built: it may be abandoned, and another may take its name.
 */
export function createMemory(maxWords = 20_000): Memory {
  const connections = new WeakMap<ProjectionContext['tx'], { readonly schema: string; readonly known: KnownWords }>()
  return ({ tx, schema, replaying }) => {
    if (replaying) return nothingKnown
    const before = connections.get(tx)
    if (before?.schema === schema) return before.known
    const known = createKnownWords(maxWords)
    connections.set(tx, { schema, known })
    return known
  }
}

function createKnownWords(maxWords: number): KnownWords {
  const headings = new Map<string, boolean>()
  return {
    lacking: (vocabulary) =>
      new Map([...vocabulary].filter(([word, heading]) => !headings.has(word) || (heading && !headings.get(word)))),
    add: (word, heading) => {
      headings.set(word, heading)
      if (headings.size <= maxWords) return
      const oldest = headings.keys().next()
      if (!oldest.done) headings.delete(oldest.value)
    },
  }
}
