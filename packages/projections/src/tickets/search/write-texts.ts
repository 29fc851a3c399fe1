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
  if (headings.length === 0) return
  await sql`
    insert into ticket_heading (ticket_id, words)
    select ticket_id, ${found} from json_to_recordset(${json(headings)}::json) as r (
      ticket_id text, configuration text, words text, exact text[]
    )
    on conflict (ticket_id) do update set words = excluded.words`.execute(tx)
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
  if (added.length === 0) return
  await sql`
    insert into ticket_text (ticket_id, version, public, words)
    select ticket_id, version, public, ${found}
    from json_to_recordset(${json(added)}::json) as r (
      ticket_id text, version integer, public boolean, configuration text, words text, exact text[]
    )`.execute(tx)
}

const found = sql`strip(to_tsvector(configuration::regconfig, words)) || array_to_tsvector(exact)`

const json = (found: readonly Found[]): string =>
  JSON.stringify(found.map((each) => ({ ...each, words: each.words.join(' ') })))
