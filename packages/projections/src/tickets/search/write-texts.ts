import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { trigramsOf } from './tables.ts'
import type { AddedText, SearchTexts } from './texts.ts'

/** Writes what can be searched for. */
export async function writeTexts(tx: Transaction<unknown>, texts: SearchTexts): Promise<void> {
  await Promise.all([writeHeadings(tx, texts), writeAdded(tx, texts.added)])
}

/** Writes headings, and which of their words have not been seen before. */
async function writeHeadings(tx: Transaction<unknown>, { headings, vocabulary }: SearchTexts): Promise<void> {
  if (headings.length === 0) return
  await sql`
    with headings as (
      insert into ticket_heading (ticket_id, words)
      select ticket_id, ${found} from json_to_recordset(${JSON.stringify(headings)}::json) as r (
        ticket_id text, configuration text, words text, exact text[]
      )
      on conflict (ticket_id) do update set words = excluded.words
    ), seen_first as (
      insert into ticket_word (word)
      select word from unnest(${[...vocabulary]}::text[]) word
      on conflict do nothing
      returning word
    )
    insert into ticket_trigram (trigram, word)
    select t.trigram, seen_first.word from seen_first cross join lateral ${trigramsOf('seen_first.word')} t`.execute(tx)
}

async function writeAdded(tx: Transaction<unknown>, added: readonly AddedText[]): Promise<void> {
  if (added.length === 0) return
  await sql`
    insert into ticket_text (ticket_id, version, public, words)
    select ticket_id, version, public, ${found}
    from json_to_recordset(${JSON.stringify(added)}::json) as r (
      ticket_id text, version integer, public boolean, configuration text, words text, exact text[]
    )`.execute(tx)
}

const found = sql`strip(to_tsvector(configuration::regconfig, words)) || array_to_tsvector(exact)`
