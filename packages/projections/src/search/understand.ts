import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { Condition } from '../reading/slice.ts'
import type { Vocabulary } from './texts.ts'
import type { WordTable } from './vocabulary.ts'
import { remainsOf } from './vocabulary.ts'
import type { WordForms } from './words.ts'
import {
  formsOfWord,
  isLearned,
  isSpelled,
  readForms,
  searchedWords,
  spellingsOfWord,
  textWords,
  unfinished,
} from './words.ts'

/** `whole`: all meanings of a word; `any`: also the words that contain it as a part. */
export type Meant = 'whole' | 'any'

/** One word of a search as conditions on a text: `tsquery`s that match all its forms. */
type SearchedWord = Readonly<Record<Meant, string>>

/** The terms of a search: matching texts together contain every one of these words; an empty list matches nothing. */
export type UnderstoodSearch = readonly SearchedWord[]

const mostWords = 12
const mostMeant = 5

/**
 * Interprets searches by the words of a vocabulary. Each word matches in its forms in every language of the desk. A
 * word that no subject and no customer contains also matches the words that it may be a misspelling of and, at the end
 * of a search, the words that begin with it. The end of a search may also be the beginning of an address. Three
 * characters or more may also be a part of any word; words of headings, words that begin with them and short words are
 * preferred. Stop words (articles and the like, single characters) count only when there are no others.
 */
export async function understandSearches(
  reader: Reader,
  searches: readonly string[],
  lookUp: LookUp,
): Promise<ReadonlyMap<string, UnderstoodSearch>> {
  const wordsOf = new Map(searches.map((search) => [search, wordsOfSearch(search)]))
  const results = await lookUp(unique(wordsOf.values()))
  const meant = new Map([...results.values()].map((each) => [each.word, meantBy(each)]))
  const spellings = new Map(searches.flatMap((search) => [...otherSpellings(search)]))
  const others = unique([
    ...meant.values(),
    ...[...results.values()].map(({ containing }) => containing),
    ...spellings.values(),
  ])
  const formsOfOthers = await readForms(reader, others)
  const formsOf = (words: readonly string[]): string[] => words.flatMap((word) => formsOfOthers.get(word)?.forms ?? [])
  const understood = (search: string, words: readonly string[]): UnderstoodSearch => {
    const meaningful = words.filter((word) => word.length > 1 && !results.get(word)?.empty)
    const prefixesOf = beginnings(search, (word) => results.get(word)?.present ?? false)
    return (meaningful.length > 0 ? meaningful : words).map((word) => {
      const { forms = [], containing = [] } = results.get(word) ?? {}
      const whole = [...forms, ...formsOf([...(spellings.get(word) ?? []), ...(meant.get(word) ?? [])])]
      return { whole: anyOf(whole, prefixesOf(word)), any: anyOf([...whole, ...formsOf(containing)], prefixesOf(word)) }
    })
  }
  return new Map([...wordsOf].map(([search, words]) => [search, understood(search, words)]))
}

/** The words of a search that are looked up in the database. */
export const wordsOfSearch = (search: string): readonly string[] => searchedWords(withoutNouns(search), mostWords)

/** A search without the words that say what a number is of: `Ticket #735` is the number alone, in any language. */
const withoutNouns = (search: string): string =>
  search.replace(/(?:[\p{L}\p{M}]{1,40}[\s\u2066-\u2069]{0,4})?[#№](?=\p{N})/gu, ' ')

/** The fewest letters of a word in which `ue` and the like may stand for an umlaut: `due` and `poet` are other words. */
const fewestSpelled = 5

/** The other spellings of the words of a search: `stueck` of `Stück`, and `stuck` of it and of `Stueck`. */
function otherSpellings(search: string): ReadonlyMap<string, readonly string[]> {
  const words = textWords(search.slice(0, 2_000)).map((word) => [word.folded, spellingsOfWord(word)] as const)
  return new Map(words.filter(([word, others]) => word.length >= fewestSpelled && others.length > 0))
}

const unique = (lists: Iterable<readonly string[]>): readonly string[] => [...new Set([...lists].flat())]

/** What each word at the end of a search may be a prefix of, or a part of the prefix of an address. */
function beginnings(search: string, isKnown: (word: string) => boolean): (word: string) => readonly string[] {
  const { end = '', words = [] } = unfinished(search) ?? {}
  return (word) => {
    if (!words.includes(word)) return []
    if (end !== word || word.includes('@')) return [end]
    return isSpelled(word) && !isKnown(word) ? [word] : []
  }
}

/**
 * The maximum number of edits of a misspelling: one in a word of four letters or more; two from eight letters on, and
 * from five when nothing is nearer and the first letters are the same, since few people get a first letter wrong.
 */
export function meantBy({ word, alike }: Pick<LookedUp, 'word' | 'alike'>): readonly string[] {
  const distances = alike.map((other) => editDistance(word, other, 2))
  const within = (edits: number): readonly string[] => alike.filter((_, n) => distances[n] === edits)
  const near = within(1)
  if (word.length < 5 || (word.length < 8 && near.length > 0)) return near.slice(0, mostMeant)
  const far = within(2).filter((other) => word.length >= 8 || other[0] === word[0])
  return [...near, ...far].slice(0, mostMeant)
}

/** A `tsquery` for any of several lexemes, or of several prefixes. */
function anyOf(forms: readonly string[], beginnings: readonly string[]): string {
  return [...[...new Set(forms)].map(quoted), ...beginnings.map((beginning) => `${quoted(beginning)}:*`)].join(' | ')
}

const quoted = (lexeme: string): string => `'${lexeme.replace(/['\\]/g, (special) => special + special)}'`

/** The limits of the customer's newest tickets or chats, texts and words that a search may match, in bytes of UTF-8. */
const mostOpened = 1_000

const mostTexts = 1_000
const mostBytes = 200_000

/** How many words are compared by their letters with searched ones. */
const mostCompared = { each: 6_000, together: 6_000 }

/** What customers have texts of: a table of items, one of their texts, and the column that names an item in it. */
export type Texts = {
  readonly items: RawBuilder<unknown>
  readonly openedAt: string
  readonly texts: RawBuilder<unknown>
  readonly itemId: string
}

/** The public texts of customers' tickets. */
export const textsOfTickets: Texts = {
  items: sql.id(readSchema, 'ticket'),
  openedAt: 'opened_at',
  texts: sql.id(readSchema, 'ticket_text'),
  itemId: 'ticket_id',
}

/** The public texts of customers' chats. */
export const textsOfChats: Texts = {
  items: sql.id(readSchema, 'chat'),
  openedAt: 'started_at',
  texts: sql.id(readSchema, 'chat_text'),
  itemId: 'chat_id',
}

/**
 * Looks words up in the public texts of customers' own tickets or chats. Reads no notes and no other customers' texts,
 * so that results reveal nothing of them.
 *
 * @param writers the condition on `customer_id` that these customers meet; without one no word is known.
 */
export function ownWords(reader: Reader, writers: Condition | undefined, of: Texts = textsOfTickets): LookUp {
  return async (words) => {
    if (words.length === 0) return new Map()
    const [forms, vocabulary] = await Promise.all([readForms(reader, words), readVocabulary(reader, writers, of)])
    const lookedUp = [...forms.values()].map((each) => {
      const isPresent = vocabulary.get(each.word) === true
      const alike = isPresent ? [] : alikeIn(vocabulary, each.word, shareOf(mostCompared, words.length))
      const containing = each.empty ? [] : containingIn(vocabulary, each.word, shareOf(mostContaining, words.length))
      return [each.word, { ...each, present: isPresent, alike, containing }] as const
    })
    return new Map(lookedUp)
  }
}

async function readVocabulary(
  reader: Reader,
  writers: Condition | undefined,
  { items, openedAt, texts: written, itemId }: Texts,
): Promise<Vocabulary> {
  if (writers === undefined) return new Map()
  const at = sql.id(openedAt)
  const texts = await reader.rows(sql<{ heading: string; body: string }>`
    select heading, body from (
      select heading, body, coalesce(sum(octet_length(heading) + octet_length(body)) over (
        order by ${at} desc, id desc, version desc rows between unbounded preceding and 1 preceding
      ), 0) as before
      from (
        select t.${at}, t.id, x.version, x.heading, x.body
        from (
          select id, ${at} from ${items}
          where ${writers} order by ${at} desc, id desc limit ${mostOpened}
        ) t join ${written} x on x.${sql.id(itemId)} = t.id and x.public
        order by t.${at} desc, t.id desc, x.version desc limit ${mostTexts}
      ) newest
    ) counted where before < ${mostBytes}`)
  const vocabulary = new Map<string, boolean>()
  for (const { heading, body } of texts) {
    for (const word of heading.split(' ')) vocabulary.set(word, true)
    for (const word of body.split(' ')) if (!vocabulary.has(word)) vocabulary.set(word, false)
  }
  vocabulary.delete('')
  return vocabulary
}

/** The words within two edits of another, those of headings first. */
function alikeIn(vocabulary: Vocabulary, word: string, most: number): readonly string[] {
  if (!isSpelled(word)) return []
  const similar = [...vocabulary.keys()].filter(
    (other) => mayBeWithin(2, word, other) && other !== word && isSpelled(other),
  )
  const near = similar.slice(0, most).filter((other) => editDistance(word, other, 2) <= 2)
  return near.sort((a, b) => headingsFirst(vocabulary, a, b) || compare(a, b))
}

/** The best words that contain another as a part: those of headings first, those that begin with it, the shortest. */
function containingIn(vocabulary: Vocabulary, word: string, most: number): readonly string[] {
  if (!isLearned(word)) return []
  const containing = [...vocabulary.keys()].filter((other) => other.includes(word) && other !== word)
  const begins = (other: string): number => Number(other.startsWith(word))
  return containing
    .sort((a, b) => headingsFirst(vocabulary, a, b) || begins(b) - begins(a) || a.length - b.length || compare(a, b))
    .slice(0, most)
}

const headingsFirst = (vocabulary: Vocabulary, a: string, b: string): number =>
  Number(vocabulary.get(b)) - Number(vocabulary.get(a))

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** How many words are compared to find the best of those that contain a searched one as a part. */
const mostComparedWords = { each: 2_000, together: 6_000 }

/** Looks words up in all texts of tickets, or of chats, notes included: only for the desk. */
export function deskWords(reader: Reader, table: WordTable = 'ticket_word'): LookUp {
  return async (words) => {
    if (words.length === 0) return new Map()
    const from = sql.id(readSchema, table)
    const rows = await reader.rows(sql<LookedUp>`
      select w.word, f.forms, f.empty, k.present,
        case when k.present or not w.spelled then '{}' else ${alikeWords(from)} end as alike,
        case when w.pattern is null or f.empty then '{}' else ${containingWords(from, words.length)} end as containing
      from unnest(${[...words]}::text[], ${words.map(isSpelled)}::boolean[], ${words.map(patternOf)}::text[])
        as w (word, spelled, pattern)
      cross join lateral (${formsOfWord}) f
      cross join lateral (
        select coalesce((select k.heading from ${from} k where k.word = w.word), false) as present
      ) k`)
    return new Map(rows.map((row) => [row.word, row]))
  }
}

/** The words of a vocabulary that may be within two edits of a word `w`, as an array. */
export const alikeWords = (vocabulary: RawBuilder<unknown>): RawBuilder<unknown> => sql`array(
  select t.word from ${vocabulary} t
  where t.remains && ${remainsOf('w.word')} and abs(length(t.word) - length(w.word)) <= 2 and t.word <> w.word
  order by t.heading desc, t.word limit 1000)`

/**
 * The best words of a vocabulary that contain a word `w` as a part, by its `pattern`, as an array.
 * @param words how many words are looked up together.
 */
export const containingWords = (vocabulary: RawBuilder<unknown>, words: number): RawBuilder<unknown> => sql`array(
  select t.word from (
    select c.word, c.heading from ${vocabulary} c where c.word like w.pattern limit ${shareOf(mostComparedWords, words)}
  ) t
  where t.word <> w.word
  order by t.heading desc, starts_with(t.word, w.word) desc, length(t.word), t.word
  limit ${shareOf(mostContaining, words)})`

/** A pattern for words that contain another as a part; null if it is too short. Letters and digits are no wildcards. */
export const patternOf = (word: string): string | null => (isLearned(word) ? `%${word}%` : null)

/** The result of looking up a searched word: its forms, and the words of a vocabulary that it may mean. */
type LookedUp = WordForms & {
  /** Whether a subject or a customer contains it as written. */
  readonly present: boolean
  /** Words that it may be a misspelling of, those of headings first. */
  readonly alike: readonly string[]
  /** The best words that contain it as a part. */
  readonly containing: readonly string[]
}

/** Looks searched words up in a vocabulary. */
type LookUp = (words: readonly string[]) => Promise<ReadonlyMap<string, LookedUp>>

/**
 * The maximum number of words that contain a searched one as a part, for one word and for all that are looked up
 * together.
 */
const mostContaining = { each: 20, together: 60 }

/** The share of each of this many words. */
const shareOf = (most: { readonly each: number; readonly together: number }, words: number): number =>
  Math.min(most.each, Math.ceil(most.together / words))

/**
 * The number of letters to add, remove, replace or swap with their neighbour to get from one word to another (optimal
 * string alignment). Stops counting beyond `most`: a greater distance is any number above it.
 */
export function editDistance(a: string, b: string, most: number): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = Math.max(1, row - most); column <= Math.min(b.length, row + most); column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

const at = (numbers: readonly number[], index: number): number => numbers[index] ?? Infinity

/**
 * Whether two words may be within this many edits of each other, by the letters that they contain: an edit removes one
 * at most and adds one at most. Much cheaper than the distance.
 */
export function mayBeWithin(edits: number, a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > edits) return false
  let left = 2 * edits
  for (let different = lettersOf(a) ^ lettersOf(b); different !== 0; different &= different - 1) {
    if (--left < 0) return false
  }
  return true
}

/** A bit for each letter, or for several that share it. */
function lettersOf(word: string): number {
  let letters = 0
  for (let at = 0; at < word.length; at++) letters |= 1 << (word.charCodeAt(at) % 32)
  return letters
}
