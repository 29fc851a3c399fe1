import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import { directionOf } from '../page/formats.ts'
import { fill } from '../page/words.ts'
import type { Comparison, ComparisonPart } from './article-documents.ts'
import type { ArticleWords } from './words-english.ts'

/** How much of what did not change is shown before and after a change, in characters. */
const shownAround = 150

/** Shows what differs between two revisions: what was removed, what was added, and a little around it. */
export function showComparison(
  { from, to, title, excerpt, body }: Comparison,
  language: string,
  { words, formats }: { readonly words: ArticleWords; readonly formats: Formats },
): HTMLElement {
  const between = fill(words.between, formats.number(from.number), formats.number(to.number))
  const texts = [
    [words.title, title],
    [words.excerpt, excerpt],
    [words.body, body],
  ] as const
  const changed = texts.filter(([, parts]) => parts.some(({ kind }) => kind !== 'EQUAL'))
  if (changed.length === 0) return h('p', {}, `${between}: ${words.same}`)
  return h(
    'div',
    { class: 'comparison', role: 'group', 'aria-label': between },
    h('p', { class: 'facts' }, between),
    ...changed.flatMap(([label, parts]) => [
      h('h4', {}, label),
      h(
        'p',
        // A long one is scrolled, with the keyboard too.
        {
          class: 'compared',
          lang: language,
          dir: directionOf(language),
          tabindex: '0',
          role: 'group',
          'aria-label': between,
        },
        ...parts.map(partElement(words)),
      ),
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
