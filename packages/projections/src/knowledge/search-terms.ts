import { stemsOf } from '../search/stems.ts'
import type { TextWord } from '../search/words.ts'
import { indexed, isLearned, textWords } from '../search/words.ts'

/** The texts of an article that it is found by. */
type SearchedTexts = {
  readonly title: string
  /** What it is about, the words that customers ask for it in, and its keywords. */
  readonly description: string
  /** Without the marks of Markdown. */
  readonly body: string
}

/** How often a term occurs in each text of an article. */
type TermCounts = { readonly term: string; readonly title: number; readonly description: number; readonly body: number }

/** What an article is found by in a language. */
type DocumentTerms = {
  readonly counts: readonly TermCounts[]
  /** The number of words in each text. */
  readonly lengths: { readonly title: number; readonly description: number; readonly body: number }
  /** Each word that a misspelling or a part may mean, with its term: the two lists have the same order. */
  readonly words: readonly string[]
  readonly wordTerms: readonly string[]
}

/** The terms of an article; its first ones when it has more than are indexed. */
export function documentTerms(language: string, { title, description, body }: SearchedTexts): DocumentTerms {
  const texts = [title, description, body].map((text) =>
    textWords(text).map((word) => ({ ...word, terms: stemsOf(language, word) })),
  ) as [IndexedWord[], IndexedWord[], IndexedWord[]]
  const all = texts.flat()
  const terms = indexed(all.flatMap((word) => word.terms))
  const [inTitle, inDescription, inBody] = texts.map(countsOf) as [Counts, Counts, Counts]
  const vocabulary = new Map<string, { readonly word: string; readonly term: string }>()
  const isIndexed = new Set(terms)
  for (const { folded: word, terms: stems } of all) {
    if (!isLearned(word)) continue
    for (const term of stems) if (isIndexed.has(term)) vocabulary.set(`${word} ${term}`, { word, term })
  }
  const words = [...vocabulary.values()]
  return {
    counts: terms.map((term) => ({
      term,
      title: inTitle.get(term) ?? 0,
      description: inDescription.get(term) ?? 0,
      body: inBody.get(term) ?? 0,
    })),
    lengths: { title: texts[0].length, description: texts[1].length, body: texts[2].length },
    words: words.map(({ word }) => word),
    wordTerms: words.map(({ term }) => term),
  }
}

type IndexedWord = TextWord & { readonly terms: readonly string[] }
type Counts = ReadonlyMap<string, number>

function countsOf(words: readonly IndexedWord[]): Counts {
  const counts = new Map<string, number>()
  for (const term of words.flatMap((word) => word.terms)) counts.set(term, (counts.get(term) ?? 0) + 1)
  return counts
}

/** The text of Markdown without its marks, addresses of links and tags, its white space as single spaces. */
export const plainText = (markdown: string): string =>
  markdown
    .replace(/!?\[([^[\]]{0,500})\]\([^()]{0,2000}\)/g, '$1')
    .replace(/\{\{[^{}]{0,500}\}\}|\{#[^{}]{0,200}\}/g, ' ')
    .replace(/<\/?[a-z][^<>]{0,1000}>/gi, ' ')
    .replace(/https?:\/\/[^\s)>\]]{1,2000}/g, ' ')
    .replace(/^[ \t]{0,20}(?:#{1,6}|[-*+>]|\d{1,9}[.)])[ \t]/gm, '')
    .replace(/[*`~|]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
