import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { KnownWords } from './known-words.ts'
import { remainsOf } from './tables.ts'
import type { AddedText, Found, Heading, SearchTexts, Subject, Vocabulary } from './texts.ts'
import { isSpelled } from './words.ts'

/** Writes what can be searched for. */
export async function writeTexts(tx: Transaction<unknown>, texts: SearchTexts, known: KnownWords): Promise<void> {
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

/** Texts go by the language of their ticket; those of a ticket that is not known are taken as they are. */
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

/** Writes the words that have not been seen before, or in no heading, and learns which of them had been written. */
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

/** The words and the exact ones of a record `r` as they are searched, without their places. */
const vector = (configuration: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`strip(to_tsvector(${configuration}::regconfig, r.words)) || array_to_tsvector(r.exact)`

/** How many words are written at once: a parameter of a statement has its limits, which a large batch could reach. */
const mostAtOnce = 300_000

/** Texts in their order, in parts of at most 300,000 words or a single text; no part is empty. */
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
