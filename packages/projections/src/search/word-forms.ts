import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { searchConfigurations } from './languages.ts'

/** A word in all forms that texts may hold it in, and whether it has no meaning of its own in some language. */
export type WordForms = { readonly word: string; readonly forms: readonly string[]; readonly empty: boolean }

/** The forms of a word `w` in every language, and whether it has no meaning of its own in one of them. */
export const formsOfWord = sql`
  select array_remove(array_agg(distinct l.form), null) as forms, bool_or(v.vector = '') as empty
  from (
    select case when strpos(w.word, '@') > 0 then array_to_tsvector(array[w.word])
      else to_tsvector(c::regconfig, w.word) end as vector
    from unnest(${[...searchConfigurations]}::text[]) c
  ) v left join lateral unnest(tsvector_to_array(v.vector)) as l (form) on true`

/** The forms of words; they depend on the languages alone, not on what anybody wrote. */
export async function readForms(reader: Reader, words: readonly string[]): Promise<ReadonlyMap<string, WordForms>> {
  if (words.length === 0) return new Map()
  const rows = await reader.rows(sql<WordForms>`
    select w.word, f.forms, f.empty from unnest(${[...words]}::text[]) as w (word) cross join lateral (${formsOfWord}) f`)
  return new Map(rows.map((row) => [row.word, row]))
}
