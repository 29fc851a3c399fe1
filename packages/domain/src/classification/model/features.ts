import { wordsOf } from '../words.ts'

/** The model reads less of a text than rules do: what comes later says little, and costs as much. */
export const mostCharacters = 1_000
const shortest = 3
const longest = 5

/** Takes each feature of a text, with the place of the word that it begins at or lies in. */
type Take = (feature: string, place: number, pair: boolean) => void

/** The words of a text that the model looks at. */
export const modelWords = (text: string): readonly string[] => wordsOf(text.slice(0, mostCharacters))

/**
 * Goes through the features of a text, as often as they occur: its words, its pairs of neighbouring words, and the runs of 3 to 5 characters
 * within each word, whose ends count as a space. Runs see what is the same in `activate` and `activation`, and through slips of the pen.
 */
export function eachFeature(words: readonly string[], take: Take): void {
  for (const [place, word] of words.entries()) {
    take(`w${word}`, place, false)
    const next = words[place + 1]
    if (next !== undefined) take(`w${word} ${next}`, place, true)
    const characters = Array.from(` ${word} `)
    for (let length = shortest; length <= longest; length++) {
      for (let start = 0; start + length <= characters.length; start++) {
        take(`c${characters.slice(start, start + length).join('')}`, place, false)
      }
    }
  }
}

/** Whether a feature is a word or a pair of words, and no run of characters. */
export const isOfWords = (feature: string): boolean => feature.startsWith('w')

/** How often each feature occurs in a text. */
export function featureCounts(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  eachFeature(modelWords(text), (feature) => void counts.set(feature, (counts.get(feature) ?? 0) + 1))
  return counts
}
