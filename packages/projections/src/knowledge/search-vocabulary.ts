import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import { remainsOf } from '../search/vocabulary.ts'
import { isSpelled } from '../search/words.ts'
import { writtenTable } from '../written-table.ts'

/** The words of documents, in how many they are, and by what misspellings and parts they are found. */
export const wordTable = writtenTable(
  'article_word',
  `language text collate "C",
  word text collate "C",
  term text collate "C",
  documents integer not null,
  public_documents integer not null,
  remains text[] not null,
  parts text[] not null,
  primary key (language, word, term)`,
  {
    fillfactor: 70,
    indexes: [
      'index on article_word using gin (remains) with (gin_pending_list_limit = 64)',
      'index on article_word using gin (parts) with (gin_pending_list_limit = 64)',
    ],
  },
)

/**
 * The parts of three characters of a word in a language, as an array. Unlike the trigrams of Postgres they need neither an
 * extension nor a locale that knows the letters.
 */
export const partsOfWord = (language: RawBuilder<unknown>, word: string): RawBuilder<unknown> => sql`array(
  select distinct ${language} || ' ' || substr(${sql.ref(word)}, i, 3) from generate_series(1, length(${sql.ref(word)}) - 2) i)`

/** How many documents there are in each language, and how long they are together. */
export const totalTable = writtenTable(
  'article_search_total',
  `language text collate "C",
  documents integer not null,
  title bigint not null,
  description bigint not null,
  body bigint not null,
  public_documents integer not null,
  public_title bigint not null,
  public_description bigint not null,
  public_body bigint not null,
  primary key (language)`,
)

/** How many rows are written in one statement. */
export const mostAtOnce = 5_000

/** By how much a document changes the numbers of all documents, and of those that everybody reads. */
type Change = { readonly by: number; readonly publicBy: number }

/** The words and lengths of a document, and whether everybody reads it. */
export type CountedDocument = WordsOfDocument & LengthsOfDocument & { readonly public: boolean }

/** Adds documents to the numbers of those that have their words and their languages, or takes them from these. */
export async function countDocuments(
  tx: Transaction<unknown>,
  changes: readonly (CountedDocument & Change)[],
): Promise<void> {
  await countWords(tx, changes)
  await countTotals(tx, changes)
}

/** Removes what is in none of the documents any more that had these words. */
export async function removeUncounted(tx: Transaction<unknown>, documents: readonly WordsOfDocument[]): Promise<void> {
  const words = documents.flatMap((row) => row.words.map((word) => ({ language: row.language, word })))
  await sql`
    delete from article_word w using json_to_recordset(${JSON.stringify(words)}::json) as r (language text, word text)
    where w.language = r.language and w.word = r.word and w.documents = 0`.execute(tx)
  await sql`delete from article_search_total where documents = 0`.execute(tx)
}

type WordsOfDocument = {
  readonly language: string
  readonly words: readonly string[]
  readonly word_terms: readonly string[]
}
type LengthsOfDocument = {
  readonly language: string
  readonly title_length: number
  readonly description_length: number
  readonly body_length: number
}

/** Adds documents to the numbers of those that have a word, or takes them from these. */
async function countWords(tx: Transaction<unknown>, changes: readonly (WordsOfDocument & Change)[]): Promise<void> {
  const counts = new Map<string, { documents: number; public_documents: number }>()
  for (const { language, words, word_terms, by, publicBy } of changes) {
    for (const [index, word] of words.entries()) {
      const key = `${language} ${word} ${word_terms[index]}`
      const { documents, public_documents } = counts.get(key) ?? { documents: 0, public_documents: 0 }
      counts.set(key, { documents: documents + by, public_documents: public_documents + publicBy })
    }
  }
  const rows = [...counts].map(([key, count]) => {
    const [language, word = '', term] = key.split(' ')
    return { language, word, term, ...count, spelled: isSpelled(word) }
  })
  for (let from = 0; from < rows.length; from += mostAtOnce) {
    await sql`
      with r as materialized (
        select * from json_to_recordset(${JSON.stringify(rows.slice(from, from + mostAtOnce))}::json) as r (
          language text, word text, term text, documents integer, public_documents integer, spelled boolean)
      ), counted as (
        update article_word k set
          documents = k.documents + r.documents, public_documents = k.public_documents + r.public_documents
        from r where k.language = r.language and k.word = r.word and k.term = r.term
        returning k.language, k.word, k.term
      )
      insert into article_word (language, word, term, documents, public_documents, remains, parts)
      select r.language, r.word, r.term, r.documents, r.public_documents,
        case when r.spelled then ${remainsOf('r.word')} else '{}' end, ${partsOfWord(sql`r.language`, 'r.word')}
      from r where not exists (
        select from counted k where k.language = r.language and k.word = r.word and k.term = r.term
      )`.execute(tx)
  }
}

/** Adds documents to the numbers and lengths of those in their languages, or takes them from these. */
async function countTotals(tx: Transaction<unknown>, changes: readonly (LengthsOfDocument & Change)[]): Promise<void> {
  const totals = new Map<string, Record<string, number>>()
  for (const { language, title_length, description_length, body_length, by, publicBy } of changes) {
    const total = totals.get(language) ?? {}
    totals.set(language, total)
    const added = { documents: 1, title: title_length, description: description_length, body: body_length }
    for (const [name, number] of Object.entries(added)) {
      total[name] = (total[name] ?? 0) + by * number
      total[`public_${name}`] = (total[`public_${name}`] ?? 0) + publicBy * number
    }
  }
  await totalTable.add(
    tx,
    [...totals].map(([language, total]) => ({ language, ...total })),
  )
}
