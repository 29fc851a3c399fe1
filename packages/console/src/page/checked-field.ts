import { h, setText } from './dom.ts'
import type { Formats } from './formats.ts'
import { sayIfTooLong } from './text-form.ts'
import type { Words } from './words.ts'

/** A field of a form, and what is wrong with its value. */
export type CheckedField = {
  readonly element: HTMLElement
  readonly input: HTMLInputElement | HTMLTextAreaElement
  /** Says what is wrong with the value; nothing for an empty text. */
  say(problem: string): void
  /** Says it, and moves the focus there. */
  refuse(problem: string): void
  /** Whether the value is short enough; says so, and moves the focus there, if it is not. */
  isShortEnough(): boolean
}

/** A field with a place below it that says why its value was refused, or that it is too long, until that changes. */
export function checkedField(
  label: string,
  input: HTMLInputElement | HTMLTextAreaElement,
  sayTooLong: (text: string) => string,
): CheckedField {
  const problem = h('p', { class: 'field-problem', id: `problem-${input.name}`, dir: 'auto' })
  const say = (text: string): void => {
    setText(problem, text)
    input.ariaInvalid = text === '' ? null : 'true'
    if (text === '') input.removeAttribute('aria-describedby')
    else input.setAttribute('aria-describedby', problem.id)
  }
  const refuse = (text: string): void => {
    say(text)
    input.focus()
  }
  input.addEventListener('input', () => say(sayTooLong(input.value)))
  return {
    element: h('div', {}, h('label', {}, label, input), problem),
    input,
    say,
    refuse,
    isShortEnough: () => {
      const tooLong = sayTooLong(input.value)
      if (tooLong !== '') refuse(tooLong)
      return tooLong === ''
    },
  }
}

/** The most characters of a line, unless a field takes another number of them. */
const longestLine = 200

/** The attributes of a field of one line, and how many characters it takes at most. */
type LineAttributes = {
  readonly name: string
  readonly type: string
  readonly required?: boolean
  readonly autocomplete?: string
  readonly dir?: string
  readonly longest?: number
}

/** A checked field of one line. */
export function lineField(
  label: string,
  { longest = longestLine, ...attributes }: LineAttributes,
  { words, formats }: { readonly words: Words; readonly formats: Formats },
): CheckedField {
  return checkedField(label, h('input', attributes), (text) => sayIfTooLong(text, { words, formats }, longest))
}
