import { h } from './dom.ts'

/** What a form does with its text, and what it shows. */
type Options = {
  readonly class: string
  readonly field: HTMLTextAreaElement
  /** Receives the text without the space around it, if there is any; the field is empty then. */
  readonly take: (text: string) => void
}

/** A form of one text: Enter sends it, Shift and Enter begin a new line. */
export function textForm(
  { class: name, field, take }: Options,
  ...children: readonly (Node | string)[]
): HTMLFormElement {
  const form = h(
    'form',
    {
      class: name,
      onsubmit: (event) => {
        event.preventDefault()
        const text = field.value.trim()
        if (text === '') return
        field.value = ''
        take(text)
      },
    },
    ...children,
  )
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  })
  return form
}
