import { diffArrays } from 'diff'

/** A part of the comparison of two texts: what both have, or what one of them has alone. It is no HTML. */
export type ComparisonPart = { readonly kind: 'equal' | 'added' | 'removed'; readonly text: string }

/** How many words, or lines, are added and removed at most in a comparison by them: its work grows with the square of that. */
const mostEdits = 1_000

/** Scripts without spaces between words, in runs that are short enough for the time that finding their words takes. */
const unspaced =
  '[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}]'
const wordPattern = new RegExp(`${unspaced}{1,200}|[\\p{L}\\p{M}\\p{N}_]+|\\s+|.`, 'gsu')
const unspacedPattern = new RegExp(`^${unspaced}`, 'u')

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' })

/**
 * Compares two texts word by word. Where more than a thousand words are added and removed they are compared by lines, and
 * where more than a thousand lines are, as wholes: so no two texts take long. Without the added parts the result is the text
 * before, without the removed ones the text after.
 */
export function compareTexts(before: string, after: string): readonly ComparisonPart[] {
  return comparedBy(wordsOf, before, after) ?? comparedBy(linesOf, before, after) ?? replaced(before, after)
}

function comparedBy(
  tokensOf: (text: string) => readonly string[],
  before: string,
  after: string,
): readonly ComparisonPart[] | undefined {
  const changes = diffArrays([...tokensOf(before)], [...tokensOf(after)], { maxEditLength: mostEdits })
  return changes?.map(({ added, removed, value }) => {
    const kind = added ? 'added' : removed ? 'removed' : 'equal'
    return { kind, text: value.join('') }
  })
}

const replaced = (before: string, after: string): readonly ComparisonPart[] => [
  { kind: 'removed', text: before },
  { kind: 'added', text: after },
]

/** The words of a text, with what stands between them: together they are the text. */
function wordsOf(text: string): readonly string[] {
  const tokens = text.match(wordPattern) ?? []
  return tokens.flatMap((token) =>
    token.length > 2 && unspacedPattern.test(token)
      ? Array.from(segmenter.segment(token), ({ segment }) => segment)
      : [token],
  )
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split(/(?<=\n)/))
