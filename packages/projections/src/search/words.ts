import { isRandom, withoutEncodings } from './encoded-text.ts'
import { foldText } from './fold-text.ts'

/** A text prepared for search: its words, and what is only ever looked for as a whole. Both are bounded. */
type Searchable = {
  /** Each folded word once, in the order of the text. */
  readonly words: readonly string[]
  /** Folded e-mail addresses, each once. */
  readonly addresses: readonly string[]
}

/** Begins only where a run of its characters does, which keeps the time in proportion to the text. */
const address = /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.[\p{L}\p{N}]+/gu
const betweenAddresses = /[^\p{L}\p{N}._%+@-]+/gu
const betweenWords = /[^\p{L}\p{N}]+/gu
const betweenAsciiWords = /[^a-z0-9]+/g

/** The longest word that is looked for, in characters; longer ones are encodings, not words. */
const longest = 100

/** The longest e-mail address, in characters: 64 before the `@` and 255 after it (RFC 5321). */
const longestAddress = 320

/**
 * How much of a text is indexed: its first characters once folded, which makes up to 18 of one; and of those as many different
 * words, also in bytes of UTF-8, and addresses. A `tsvector` takes no more than a mebibyte with all that Postgres keeps beside
 * a word.
 */
const mostCharacters = 200_000
const mostWords = 2_000
const mostBytes = 200_000
const mostAddresses = 100

/** Folds a text and parts it into words, without long encoded parts. Parts of an e-mail address are words as well. */
export function searchable(text: string): Searchable {
  const beginning = text.slice(0, mostCharacters)
  return {
    words: indexed(wordsOf(folded(withoutEncodings(beginning)))),
    addresses: [...new Set(addressesIn(folded(beginning)))].slice(0, mostAddresses),
  }
}

/** Each word once, the first ones when there are more than are indexed. */
export function indexed(words: Iterable<string>): readonly string[] {
  const kept = new Set<string>()
  let left = mostBytes
  for (const word of words) {
    if (kept.has(word)) continue
    left -= Buffer.byteLength(word) + 1
    if (left < 0 || kept.size === mostWords) break
    kept.add(word)
  }
  return [...kept]
}

/** What somebody looks for: each word once, e-mail addresses whole; at most `most`. */
export function searchedWords(text: string, most: number): readonly string[] {
  const whole = foldText(text)
  const rest = foldText(withoutEncodings(text))
  const words = wordsOf(rest.replace(address, (found) => (isIndexed(found) ? ' ' : found)))
  return [...new Set([...addressesIn(whole), ...words])].slice(0, most)
}

/** What the end of a search may be the beginning of. */
type Unfinished = {
  /** The folded text after the last character that no address holds. */
  readonly end: string
  /** The words in it. */
  readonly words: readonly string[]
}

/** The end of a search that somebody may still be typing: nothing after a space, or when it is longer than any address. */
export function unfinished(text: string): Unfinished | undefined {
  const end = foldText(text).split(betweenAddresses).at(-1) ?? ''
  return end === '' || !isIndexed(end) ? undefined : { end, words: searchedWords(end, end.length) }
}

/**
 * Whether a word is remembered by itself: long enough to be told by a part of it, no longer than people write, and not at
 * random.
 */
export const isLearned = (word: string): boolean => /^[\p{L}\p{N}]{3,40}$/u.test(word) && !isRandom(word)

/** Whether a word consists of letters, enough of them for a misspelling to be told from another word. */
export const isSpelled = (word: string): boolean => /^\p{L}{4,40}$/u.test(word)

const folded = (text: string): string => foldText(text).slice(0, mostCharacters)

const addressesIn = (folded: string): readonly string[] =>
  folded.includes('@') ? (folded.match(address) ?? []).filter(isIndexed) : []

const isIndexed = (found: string): boolean => found.length <= longestAddress

function wordsOf(folded: string): string[] {
  const between = /^[\0-\x7f]*$/.test(folded) ? betweenAsciiWords : betweenWords
  return folded.split(between).filter((word) => word !== '' && word.length <= longest)
}
