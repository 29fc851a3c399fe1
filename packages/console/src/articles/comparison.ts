import { h } from '../page/dom.ts'
import { directionOf } from '../page/formats.ts'
import type { Comparison, ComparisonPart } from './article-documents.ts'
import type { ArticleWords } from './words-english.ts'

/** How much of what did not change is shown before and after a change, in characters. */
const shownAround = 150

/** Shows what differs between two revisions: what was removed, what was added, and a little around it. */
export function showComparison(
  { title, excerpt, body }: Comparison,
  language: string,
  words: ArticleWords,
): HTMLElement {
  const texts = [
    [words.title, title],
    [words.excerpt, excerpt],
    [words.body, body],
  ] as const
  const changed = texts.filter(([, parts]) => parts.some(({ kind }) => kind !== 'EQUAL'))
  if (changed.length === 0) return h('p', {}, words.same)
  return h(
    'div',
    { class: 'comparison', role: 'group', tabindex: '-1' },
    ...changed.flatMap(([label, parts]) => [
      h('h4', {}, label),
      h('p', { class: 'compared', lang: language, dir: directionOf(language) }, ...parts.map(partElement(words))),
    ]),
  )
}

const partElement =
  (words: ArticleWords) =>
  ({ kind, text }: ComparisonPart, index: number, all: readonly ComparisonPart[]): Node => {
    if (kind === 'EQUAL') return document.createTextNode(shortened(text, index === 0, index === all.length - 1))
    const [tag, said] = kind === 'ADDED' ? (['ins', words.addedText] as const) : (['del', words.removedText] as const)
    return h(tag, { title: said }, text)
  }

/** A long text that did not change, without its middle, or its far end. */
function shortened(text: string, isFirst: boolean, isLast: boolean): string {
  const letters = Array.from(text)
  if (letters.length <= shownAround * 2 + 20) return text
  const before = isFirst ? '' : letters.slice(0, shownAround).join('')
  const after = isLast ? '' : letters.slice(-shownAround).join('')
  return `${before} […] ${after}`
}
