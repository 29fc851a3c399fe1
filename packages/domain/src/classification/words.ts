/** How many characters of a text are looked at: a ticket says what it is about in its beginning. */
export const readCharacters = 2_000

/** A run of letters that is longer is taken in pieces, as in languages that write without spaces. */
const longestWord = 40

/** Accents of Latin, Greek and Cyrillic letters, the vowel signs of Arabic, and its tatweel. */
const accents = /[\u0300-\u036f\u064b-\u065f\u0670\u0640]/gu
const word = /[\p{L}\p{M}\p{N}]+/gu

/**
 * The words of a text's beginning, in their order: letters, marks and digits of any script, in lower case and without accents, so that
 * `Réglé` and `regle` are the same word. Halves of surrogate pairs and everything else separate words.
 */
export function wordsOf(text: string): readonly string[] {
  const folded = text.slice(0, readCharacters).normalize('NFKD').replace(accents, '').normalize('NFC').toLowerCase()
  const found = folded.match(word) ?? []
  return found.every(({ length }) => length <= longestWord) ? found : found.flatMap(inPieces)
}

function inPieces(run: string): readonly string[] {
  if (run.length <= longestWord) return [run]
  const characters = Array.from(run)
  return Array.from({ length: Math.ceil(characters.length / longestWord) }, (_, piece) =>
    characters.slice(piece * longestWord, (piece + 1) * longestWord).join(''),
  )
}
