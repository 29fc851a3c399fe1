import type { Reader } from '../reading/reader.ts'
import { editDistance } from './edit-distance.ts'
import type { LookedUp, LookUp } from './looked-up.ts'
import { readForms } from './word-forms.ts'
import { isSpelled, searchedWords, unfinished } from './words.ts'

/** `whole`: all that a word may mean; `any`: the words that hold it as a part besides. */
export type Meant = 'whole' | 'any'

/** One word of a search as conditions on a text: `tsquery`s that match all its forms. */
type SearchedWord = Readonly<Record<Meant, string>>

/** What somebody looks for: texts that together hold every one of these words; nothing is found for none. */
export type UnderstoodSearch = readonly SearchedWord[]

const mostWords = 12
const mostMeant = 5

/**
 * Understands searches by the words of a vocabulary, which says what they may stand for: each word in the forms that it may
 * have in any language of the desk, and a word that no subject and no customer holds also as the words that it may be a
 * misspelling of and, at the end of a search, as the beginning of a word. The end of a search may also be the beginning
 * of an address. Three characters or more may besides be a part of any word; those of headings, those that begin with them
 * and short ones are meant before others. Words without meaning of their own (articles and the like, single characters)
 * count only when there are no others.
 */
export async function understandSearches(
  reader: Reader,
  searches: readonly string[],
  lookUp: LookUp,
): Promise<ReadonlyMap<string, UnderstoodSearch>> {
  const wordsOf = new Map(searches.map((search) => [search, wordsOfSearch(search)]))
  const looked = await lookUp(unique(wordsOf.values()))
  const meant = new Map([...looked.values()].map((each) => [each.word, meantBy(each)]))
  const others = unique([...meant.values(), ...[...looked.values()].map(({ containing }) => containing)])
  const formsOfOthers = await readForms(reader, others)
  const formsOf = (words: readonly string[]): string[] => words.flatMap((word) => formsOfOthers.get(word)?.forms ?? [])
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

/** The words that are looked for in a search: those that the database is asked about. */
export const wordsOfSearch = (search: string): readonly string[] => searchedWords(search, mostWords)

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

/**
 * One edit turns a word of four letters or more into what was meant. Two do from eight letters on; from five when nothing is
 * nearer and the words begin alike: few people get a first letter wrong.
 */
function meantBy({ word, alike }: LookedUp): readonly string[] {
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
