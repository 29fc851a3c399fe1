import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { editDistance } from './edit-distance.ts'
import { searchConfigurations } from './languages.ts'
import { remainsOf } from './tables.ts'
import { isLearned, isSpelled, searchedWords, unfinished } from './words.ts'

/** `whole`: all that a word may mean; `any`: the words that hold it as a part besides. */
export type Meant = 'whole' | 'any'

/** One word of a search as conditions on a text: `tsquery`s that match all its forms. */
type SearchedWord = Readonly<Record<Meant, string>>

/** What somebody looks for: texts that together hold every one of these words; nothing is found for none. */
export type UnderstoodSearch = readonly SearchedWord[]

type Looked = { word: string; forms: string[]; empty: boolean; known: boolean; alike: string[]; containing: string[] }

const mostWords = 12
const mostMeant = 5

/** How many words that hold a searched one as a part are meant by it, and by all that are looked up at once. */
const mostContaining = { each: 20, together: 60 }

/** How many words are compared to find the best of them. */
const mostCompared = { each: 2_000, together: 6_000 }

/**
 * Understands searches: each word in the forms that it may have in any language of the desk, and a word that no
 * subject and no customer holds also as the words that it may be a misspelling of and, at the end of a search, as the
 * beginning of a word. The end of a search may also be the beginning of an address. Three characters or more may
 * besides be a part of any word; those of headings, those that begin with them and short ones are meant before others.
 * Words without meaning of their own (articles and the like, single characters) count only when there are no others.
 */
export async function understandSearches(
  reader: Reader,
  searches: readonly string[],
): Promise<ReadonlyMap<string, UnderstoodSearch>> {
  const wordsOf = new Map(searches.map((search) => [search, searchedWords(search, mostWords)]))
  const looked = await lookUp(reader, unique(wordsOf.values()))
  const meant = new Map([...looked.values()].map((each) => [each.word, meantBy(each)]))
  const others = unique([...meant.values(), ...[...looked.values()].map(({ containing }) => containing)])
  const formsOfOthers = await readForms(reader, others)
  const formsOf = (words: readonly string[]): string[] => words.flatMap((word) => formsOfOthers.get(word) ?? [])
  const understood = (search: string, words: readonly string[]): UnderstoodSearch => {
    const telling = words.filter((word) => word.length > 1 && !looked.get(word)?.empty)
    const begun = beginnings(search, (word) => looked.get(word)?.known ?? false)
    return (telling.length > 0 ? telling : words).map((word) => {
      const { forms = [], containing = [] } = looked.get(word) ?? {}
      const whole = [...forms, ...formsOf(meant.get(word) ?? [])]
      return { whole: anyOf(whole, begun(word)), any: anyOf([...whole, ...formsOf(containing)], begun(word)) }
    })
  }
  return new Map([...wordsOf].map(([search, words]) => [search, understood(search, words)]))
}

const unique = (lists: Iterable<readonly string[]>): readonly string[] => [...new Set([...lists].flat())]

/** What each word at the end of a search may be the beginning of, or a part of the beginning of an address. */
function beginnings(search: string, isKnown: (word: string) => boolean): (word: string) => readonly string[] {
  const { end = '', words = [] } = unfinished(search) ?? {}
  return (word) => {
    if (!words.includes(word)) return []
    if (end !== word || word.includes('@')) return [end]
    return isSpelled(word) && !isKnown(word) ? [word] : []
  }
}

async function lookUp(reader: Reader, words: readonly string[]): Promise<Map<string, Looked>> {
  if (words.length === 0) return new Map()
  const read = sql.id(readSchema)
  const rows = await reader.rows(sql<Looked>`
    select w.word, f.forms, f.empty, k.known,
      case when k.known or not w.spelled then '{}' else array(
        select t.word from ${read}.ticket_word t
        where t.remains && ${remainsOf('w.word')} and abs(length(t.word) - length(w.word)) <= 2 and t.word <> w.word
        order by t.heading desc, t.word limit 1000
      ) end as alike,
      case when w.pattern is null or f.empty then '{}' else array(
        select t.word from (
          select c.word, c.heading from ${read}.ticket_word c where c.word like w.pattern limit ${shareOf(mostCompared, words.length)}
        ) t
        where t.word <> w.word
        order by t.heading desc, starts_with(t.word, w.word) desc, length(t.word), t.word
        limit ${shareOf(mostContaining, words.length)}
      ) end as containing
    from unnest(${[...words]}::text[], ${words.map(isSpelled)}::boolean[], ${words.map(patternOf)}::text[])
      as w (word, spelled, pattern)
    cross join lateral (${formsOfWord}) f
    cross join lateral (
      select coalesce((select k.heading from ${read}.ticket_word k where k.word = w.word), false) as known
    ) k`)
  return new Map(rows.map((row) => [row.word, { ...row, forms: row.forms.filter((form) => form !== null) }]))
}

const shareOf = (most: { readonly each: number; readonly together: number }, words: number): number =>
  Math.min(most.each, Math.ceil(most.together / words))

async function readForms(reader: Reader, words: readonly string[]): Promise<Map<string, readonly string[]>> {
  if (words.length === 0) return new Map()
  const rows = await reader.rows(sql<Pick<Looked, 'word' | 'forms'>>`
    select w.word, f.forms from unnest(${[...words]}::text[]) as w (word) cross join lateral (${formsOfWord}) f`)
  return new Map(rows.map(({ word, forms }) => [word, forms.filter((form) => form !== null)]))
}

/** The forms of a word `w` in every language, and whether it has no meaning of its own in one of them. */
const formsOfWord = sql`
  select array_agg(distinct l.form) as forms, bool_or(v.vector = '') as empty
  from (
    select case when strpos(w.word, '@') > 0 then array_to_tsvector(array[w.word])
      else to_tsvector(c::regconfig, w.word) end as vector
    from unnest(${[...searchConfigurations]}::text[]) c
  ) v left join lateral unnest(tsvector_to_array(v.vector)) as l (form) on true`

/** What a word is like that holds another as a part; null for what is too short. Letters and digits are no wildcards. */
const patternOf = (word: string): string | null => (isLearned(word) ? `%${word}%` : null)

/**
 * One edit turns a word of four letters or more into what was meant. Two do from eight letters on; from five when nothing is
 * nearer and the words begin alike: few people get a first letter wrong.
 */
function meantBy({ word, alike }: Looked): readonly string[] {
  const distances = alike.map((other) => editDistance(word, other, 2))
  const within = (edits: number): readonly string[] => alike.filter((_, n) => distances[n] === edits)
  const near = within(1)
  if (word.length < 5 || (word.length < 8 && near.length > 0)) return near.slice(0, mostMeant)
  const far = within(2).filter((other) => word.length >= 8 || other[0] === word[0])
  return [...near, ...far].slice(0, mostMeant)
}

/** A `tsquery` for any of several lexemes, or any that begins in one of several ways. */
function anyOf(forms: readonly string[], beginnings: readonly string[]): string {
  return [...[...new Set(forms)].map(quoted), ...beginnings.map((beginning) => `${quoted(beginning)}:*`)].join(' | ')
}

const quoted = (lexeme: string): string => `'${lexeme.replace(/['\\]/g, (special) => special + special)}'`
