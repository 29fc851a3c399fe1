/** The model reads less of a text than rules do: later parts add little and cost as much. */
export const mostCharacters = 1_000

const shortest = 3
const longest = 5

/** Receives each feature of a text, with the index of the word that it begins at or lies in. */
type Take = (feature: string, index: number, pair: boolean) => void

/** The words of a text that the model reads. */
export const modelWords = (text: string): readonly string[] => wordsOf(text.slice(0, mostCharacters))

/**
 * Enumerates the features of a text, each as often as it occurs: its words, its pairs of neighbouring words, and the
 * runs of 3 to 5 characters within each word, whose ends count as a space. Runs find what `activate` and `activation`
 * have in common, and tolerate typing errors.
 */
export function eachFeature(words: readonly string[], take: Take): void {
  for (const [index, word] of words.entries()) {
    take(`w${word}`, index, false)
    const next = words[index + 1]
    if (next !== undefined) take(`w${word} ${next}`, index, true)
    const characters = Array.from(` ${word} `)
    for (let length = shortest; length <= longest; length++) {
      for (let start = 0; start + length <= characters.length; start++) {
        take(`c${characters.slice(start, start + length).join('')}`, index, false)
      }
    }
  }
}

/** Whether a feature is a word or a pair of words, not a run of characters. */
const isOfWords = (feature: string): boolean => feature.startsWith('w')

/** How many times each feature occurs in a text. */
export function featureCounts(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  eachFeature(modelWords(text), (feature) => void counts.set(feature, (counts.get(feature) ?? 0) + 1))
  return counts
}

/** The features that a model knows. */
export type Vocabulary = {
  /** The number of each feature. */
  readonly numbers: ReadonlyMap<string, number>
  /** The number of training texts that contain each feature, by its number. */
  readonly occurrences: Uint32Array
  /** The number of training texts. */
  readonly texts: number
}

/** The features of a text with their weights: of unit length over all features, known or not. */
export type Vector = { readonly indexes: Uint32Array; readonly values: Float32Array }

/** How many features are counted at a time: beyond, those that have occurred once so far are dropped. */
const mostCounted = 1_000_000

/** The number of features between two pauses. */
const betweenPauses = 5_000

/**
 * Counts features text by text, in bounded memory, and returns those that occur in two texts or more: at most
 * `mostFeatures`, the most frequent ones, and of equally frequent ones the earliest. Pauses every few milliseconds.
 */
export function* vocabularyOf(texts: readonly string[], mostFeatures: number): Generator<void, Vocabulary> {
  const counted = new Map<string, number>()
  for (const text of texts) {
    for (const feature of featureCounts(text).keys()) counted.set(feature, (counted.get(feature) ?? 0) + 1)
    if (counted.size > mostCounted) yield* forgetRare(counted)
    yield
  }
  yield* forgetRare(counted)
  const least = yield* leastCount(counted, texts.length, mostFeatures)
  const numbers = new Map<string, number>()
  const occurrences: number[] = []
  let left = mostFeatures - least.above
  let seen = 0
  for (const [feature, count] of counted) {
    if (++seen % betweenPauses === 0) yield
    if (count < least.count || (count === least.count && left-- <= 0)) continue
    numbers.set(feature, occurrences.length)
    occurrences.push(count)
  }
  return { numbers, occurrences: Uint32Array.from(occurrences), texts: texts.length }
}

function* forgetRare(counted: Map<string, number>): Generator<void, void> {
  let seen = 0
  for (const [feature, count] of counted) {
    if (count < 2) counted.delete(feature)
    if (++seen % betweenPauses === 0) yield
  }
}

/** The least count of the most frequent features, and how many features occur more often. */
function* leastCount(
  counted: ReadonlyMap<string, number>,
  mostOften: number,
  mostFeatures: number,
): Generator<void, { readonly count: number; readonly above: number }> {
  const features = new Uint32Array(mostOften + 1)
  let seen = 0
  for (const count of counted.values()) {
    features[count] = (features[count] as number) + 1
    if (++seen % betweenPauses === 0) yield
  }
  let above = 0
  for (let count = mostOften; count > 0; count--) {
    const here = features[count] as number
    if (above + here > mostFeatures) return { count, above }
    above += here
  }
  return { count: 0, above }
}

/**
 * The weights of a text's features: a feature counts by the logarithm of its number of occurrences, and more the rarer
 * it is. Words and runs of characters have the same total weight. Unknown features take their share too, so that a text
 * in an unknown language leaves the model unsure.
 */
export function vectorOf({ numbers, occurrences, texts }: Vocabulary, counts: ReadonlyMap<string, number>): Vector {
  const indexes: number[] = []
  const values: number[] = []
  const ofWords: boolean[] = []
  const squares = { words: 0, runs: 0 }
  for (const [feature, count] of counts) {
    const number = numbers.get(feature)
    const value = (1 + Math.log(count)) * rarity(texts, number === undefined ? 1 : (occurrences[number] ?? 1))
    squares[isOfWords(feature) ? 'words' : 'runs'] += value * value
    if (number === undefined) continue
    indexes.push(number)
    values.push(value)
    ofWords.push(isOfWords(feature))
  }
  const [words, runs] = [Math.sqrt(2 * squares.words) || 1, Math.sqrt(2 * squares.runs) || 1]
  return {
    indexes: Uint32Array.from(indexes),
    values: Float32Array.from(values, (value, at) => value / (ofWords[at] ? words : runs)),
  }
}

const rarity = (texts: number, occurrences: number): number => 1 + Math.log((1 + texts) / (1 + occurrences))

/** How many characters of a text are read: a ticket's topic is in its beginning. */
export const readCharacters = 2_000

/** A longer run of letters is cut into pieces, for languages that write without spaces. */
const longestWord = 40

/** Accents of Latin, Greek and Cyrillic letters, the vowel signs of Arabic, and its tatweel. */
const accents = /[\u0300-\u036f\u064b-\u065f\u0670\u0640]/gu

const word = /[\p{L}\p{M}\p{N}]+/gu

/**
 * The words at the beginning of a text, in order: letters, marks and digits of any script, in lower case and without
 * accents, so that `Réglé` and `regle` are the same word. Unpaired surrogates and everything else separate words.
 */
export function wordsOf(text: string): readonly string[] {
  const folded = text.slice(0, readCharacters).normalize('NFKD').replace(accents, '').normalize('NFC').toLowerCase()
  const words = folded.match(word) ?? []
  return words.every(({ length }) => length <= longestWord) ? words : words.flatMap(inPieces)
}

function inPieces(run: string): readonly string[] {
  if (run.length <= longestWord) return [run]
  const characters = Array.from(run)
  return Array.from({ length: Math.ceil(characters.length / longestWord) }, (_, piece) =>
    characters.slice(piece * longestWord, (piece + 1) * longestWord).join(''),
  )
}
