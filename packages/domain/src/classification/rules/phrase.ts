import { wordsOf } from '../words.ts'

/** Whether one word of a text is meant. */
type Meant = (word: string) => boolean

/** Whether words that stand one beside the other in a text are those of a phrase. */
export type Phrase = (words: readonly string[]) => boolean

/** A phrase as rules write it: its words in their order, `*` for any letters within a word, such as `factur*` or `*gate*way*`. */
export function phraseOf(written: string): Phrase {
  const meant = written
    .split(/[^\p{L}\p{M}\p{N}*]+/u)
    .filter((word) => word.replaceAll('*', '') !== '' || word.includes('*'))
    .flatMap(meantBy)
  const { length } = meant
  return (words) => {
    for (let start = 0; start + length <= words.length; start++) {
      if (meant.every((isMeant, place) => isMeant(words[start + place] ?? ''))) return true
    }
    return false
  }
}

function meantBy(written: string): readonly Meant[] {
  const parts = written.split('*').map((part) => wordsOf(part).join(''))
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return [(word) => word === first]
  return [
    (word) =>
      word.length >= first.length + last.length &&
      word.startsWith(first) &&
      word.endsWith(last) &&
      inOrder(word.slice(first.length, word.length - last.length), rest),
  ]
}

/** Whether a text holds parts one behind the other: each is looked for once, from where the one before it ends. */
function inOrder(text: string, parts: readonly string[]): boolean {
  let from = 0
  for (const part of parts) {
    const at = text.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}
