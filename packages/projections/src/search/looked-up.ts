import type { WordForms } from './word-forms.ts'

/** What is known of a searched word: its forms, and the words of a vocabulary that it may stand for. */
export type LookedUp = WordForms & {
  /** Whether a subject or a customer holds it as it is written. */
  readonly known: boolean
  /** Words that it may be a misspelling of, those of headings first. */
  readonly alike: readonly string[]
  /** The best words that hold it as a part. */
  readonly containing: readonly string[]
}

/** Looks searched words up in a vocabulary. */
export type LookUp = (words: readonly string[]) => Promise<ReadonlyMap<string, LookedUp>>

/** How many words that hold a searched one as a part are meant by it, and by all that are looked up at once. */
export const mostContaining = { each: 20, together: 60 }

/** The share of each of so many words. */
export const shareOf = (most: { readonly each: number; readonly together: number }, words: number): number =>
  Math.min(most.each, Math.ceil(most.together / words))
