import { foldText } from './fold-text.ts'

/** A text prepared for search: its words, and what is only ever looked for as a whole. */
type Searchable = {
  /** The folded words in their order, parted by spaces. */
  readonly words: string
  /** Folded e-mail addresses. */
  readonly addresses: readonly string[]
}

const address = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.[\p{L}\p{N}]+/gu
const betweenWords = /[^\p{L}\p{N}]+/gu
const betweenAsciiWords = /[^a-z0-9]+/g

/** The longest word that is looked for, in characters; longer ones are encodings, not words. */
const longest = 100

/** Folds a text and parts it into words. Parts of an e-mail address are words as well. */
export function searchable(text: string): Searchable {
  const folded = foldText(text)
  const addresses = folded.includes('@') ? (folded.match(address) ?? []) : []
  return { words: wordsOf(folded).join(' '), addresses: [...new Set(addresses)] }
}

/** What somebody looks for: each word once, e-mail addresses whole; at most `most`. */
export function searchedWords(text: string, most: number): readonly string[] {
  const folded = foldText(text)
  const addresses = folded.match(address) ?? []
  const words = wordsOf(folded.replace(address, ' '))
  return [...new Set([...addresses, ...words])].slice(0, most)
}

function wordsOf(folded: string): string[] {
  const between = /^[\0-\x7f]*$/.test(folded) ? betweenAsciiWords : betweenWords
  return folded.split(between).filter((word) => word !== '' && word.length <= longest)
}
