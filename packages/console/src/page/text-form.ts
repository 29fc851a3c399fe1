import { h, setText } from './dom.ts'
import type { Formats } from './formats.ts'
import type { Words } from './words.ts'
import { fill } from './words.ts'

/** What a form does with its text, and what it shows. */
type Options = {
  readonly class: string
  readonly field: HTMLTextAreaElement
  /** Receives the text without the space around it, if there is any; the field is empty then. */
  readonly take: (text: string) => void
  readonly words: Words
  readonly formats: Formats
}

/** The most characters of a message, as the server counts them: a character of two units is one. */
const longestText = 10_000

/** The length of a text that is too long, for a message unless `longest` is given; undefined for one that is not. */
export function lengthIfTooLong(text: string, longest: number = longestText): number | undefined {
  const body = text.trim()
  if (body.length <= longest) return undefined
  const { length } = Array.from(body)
  return length > longest ? length : undefined
}

/** Says that a text is too long; an empty text for one that is not. */
export function sayIfTooLong(
  text: string,
  { words, formats }: Pick<Options, 'words' | 'formats'>,
  longest: number = longestText,
): string {
  const length = lengthIfTooLong(text, longest)
  return length === undefined ? '' : fill(words.tooLong, formats.number(length), formats.number(longest))
}

/**
 * Whether a key is for the input method that composes a text. Safari sends the Enter that ends a composition after it,
 * with the code 229.
 */
export const isOfInputMethod = ({ isComposing, keyCode }: KeyboardEvent): boolean => isComposing || keyCode === 229

/** A form of one text: Enter sends it, Shift and Enter begin a new line. */
export function textForm(
  { class: name, field, take, words, formats }: Options,
  ...children: readonly (Node | string)[]
): HTMLFormElement {
  const hint = h('p', { class: 'field-problem', role: 'alert', dir: 'auto' })
  const sayTooLong = (): void => setText(hint, sayIfTooLong(field.value, { words, formats }))
  const form = h(
    'form',
    {
      class: name,
      onsubmit: (event) => {
        event.preventDefault()
        const text = field.value.trim()
        if (text === '') return
        if (lengthIfTooLong(text) !== undefined) return sayTooLong()
        field.value = ''
        take(text)
      },
    },
    ...children,
    hint,
  )
  field.addEventListener('input', sayTooLong)
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || isOfInputMethod(event)) return
    event.preventDefault()
    form.requestSubmit()
  })
  return form
}
