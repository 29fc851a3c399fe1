import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { remainsOf } from './tables.ts'
import type { AddedText, Found, Heading, SearchTexts, Vocabulary } from './texts.ts'

/** Writes what can be searched for. */
export async function writeTexts(tx: Transaction<unknown>, texts: SearchTexts): Promise<void> {
  await Promise.all([
    writeHeadings(tx, texts.headings),
    writeAdded(tx, texts.added),
    writeVocabulary(tx, texts.vocabulary),
  ])
}

async function writeHeadings(tx: Transaction<unknown>, headings: readonly Heading[]): Promise<void> {
  for (const part of inParts(headings)) {
    await sql`
      insert into ticket_heading (ticket_id, words)
      select ticket_id, ${found} from json_to_recordset(${json(part)}::json) as r (
        ticket_id text, configuration text, words text, exact text[]
      )
      on conflict (ticket_id) do update set words = excluded.words`.execute(tx)
  }
}

/** Writes the words that have not been seen before, or in no heading. */
async function writeVocabulary(tx: Transaction<unknown>, vocabulary: Vocabulary): Promise<void> {
  if (vocabulary.size === 0) return
  await sql`
    insert into ticket_word (word, heading, remains)
    select w.word, w.heading, ${remainsOf('w.word')}
    from unnest(${[...vocabulary.keys()]}::text[], ${[...vocabulary.values()]}::boolean[]) as w (word, heading)
    where not exists (select from ticket_word k where k.word = w.word and k.heading >= w.heading)
    on conflict (word) do update set heading = true`.execute(tx)
}

async function writeAdded(tx: Transaction<unknown>, added: readonly AddedText[]): Promise<void> {
  for (const part of inParts(added)) {
    await sql`
      insert into ticket_text (ticket_id, version, public, words)
      select ticket_id, version, public, ${found}
      from json_to_recordset(${json(part)}::json) as r (
        ticket_id text, version integer, public boolean, configuration text, words text, exact text[]
      )`.execute(tx)
  }
}

const found = sql`strip(to_tsvector(configuration::regconfig, words)) || array_to_tsvector(exact)`

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
