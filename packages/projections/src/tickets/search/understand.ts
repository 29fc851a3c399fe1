import { sql } from 'kysely'
import type { Reader } from '../../reading/reader.ts'
import { readSchema } from '../../reading/reader.ts'
import { editDistance, toleratedEdits } from './edit-distance.ts'
import { searchConfigurations } from './languages.ts'
import { trigramsOf } from './tables.ts'
import { isSpelled } from './texts.ts'
import { searchedWords } from './words.ts'

/** One word of a search as a condition on a text: a `tsquery` that matches all its forms. */
type SearchedWord = { readonly query: string }

/** What somebody looks for: texts that together hold every one of these words; nothing is found for none. */
export type UnderstoodSearch = readonly SearchedWord[]

type Looked = { word: string; forms: string[]; empty: boolean; known: boolean; alike: string[] }

const mostWords = 12
const mostMeant = 5

/**
 * Understands searches: each word in the forms that it may have in any language of the desk, and a word that no
 * subject and no customer holds also as the known words that it may be a misspelling of. Words without meaning of
 * their own (such as articles) count only when there are no others.
 */
export async function understandSearches(
  reader: Reader,
  searches: readonly string[],
): Promise<ReadonlyMap<string, UnderstoodSearch>> {
  const wordsOf = new Map(searches.map((search) => [search, searchedWords(search, mostWords)]))
  const looked = await lookUp(reader, [...new Set([...wordsOf.values()].flat())])
  const meant = new Map([...looked.values()].map((each) => [each.word, meantBy(each)]))
  const corrected = await lookUp(reader, [...new Set([...meant.values()].flat())])
  const formsOf = (word: string): string[] => [
    ...(looked.get(word)?.forms ?? []),
    ...(meant.get(word) ?? []).flatMap((other) => corrected.get(other)?.forms ?? []),
  ]
  const understood = (words: readonly string[]): UnderstoodSearch => {
    const telling = words.filter((word) => !looked.get(word)?.empty)
    return (telling.length > 0 ? telling : words).map((word) => ({ query: anyOf(formsOf(word)) }))
  }
  return new Map([...wordsOf].map(([search, words]) => [search, understood(words)]))
}

async function lookUp(reader: Reader, words: readonly string[]): Promise<Map<string, Looked>> {
  if (words.length === 0) return new Map()
  const read = sql.id(readSchema)
  const rows = await reader.rows(sql<Looked>`
    select w.word, f.forms, f.empty, k.known, case when k.known or not w.spelled then '{}' else array(
      select t.word from ${trigramsOf('w.word')} g join ${read}.ticket_trigram t on t.trigram = g.trigram
      where abs(length(t.word) - length(w.word)) <= 2
      group by t.word order by count(*) desc, t.word limit 50
    ) end as alike
    from unnest(${[...words]}::text[], ${words.map(isSpelled)}::boolean[]) as w (word, spelled)
    cross join lateral (
      select array_agg(distinct l.form) as forms, bool_or(v.vector = '') as empty
      from (
        select case when strpos(w.word, '@') > 0 then array_to_tsvector(array[w.word])
          else to_tsvector(c::regconfig, w.word) end as vector
        from unnest(${[...searchConfigurations]}::text[]) c
      ) v left join lateral unnest(tsvector_to_array(v.vector)) as l (form) on true
    ) f
    cross join lateral (select exists (select from ${read}.ticket_word k where k.word = w.word) as known) k`)
  return new Map(rows.map((row) => [row.word, { ...row, forms: row.forms.filter((form) => form !== null) }]))
}

function meantBy({ word, alike }: Looked): readonly string[] {
  return alike
    .map((other) => ({ other, distance: editDistance(word, other) }))
    .filter(({ distance }) => distance <= toleratedEdits(word))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, mostMeant)
    .map(({ other }) => other)
}

/** A `tsquery` for any of several lexemes. */
export function anyOf(forms: readonly string[]): string {
  return [...new Set(forms)].map((form) => `'${form.replace(/['\\]/g, (special) => special + special)}'`).join(' | ')
}
