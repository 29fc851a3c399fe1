import { h } from './dom.ts'

type Options = {
  readonly class?: string
  readonly label: string
  /** What is asked after the button was pressed. */
  readonly question: string
  readonly yes: string
  readonly no: string
  readonly confirmed: () => void
}

/** A button for what cannot simply be taken back: it asks once, in its own place, and does nothing before the answer. */
export function confirmButton({ class: name, label, question, yes, no, confirmed }: Options): HTMLElement {
  const button = h('button', { type: 'button', class: name, onclick: () => ask() }, label)
  const refrain = h('button', { type: 'button', onclick: () => answered() }, no)
  const asked = h(
    'span',
    { class: 'asked', role: 'group', 'aria-label': question, hidden: true },
    h('b', { dir: 'auto' }, question),
    h('button', { type: 'button', class: 'primary', onclick: () => (answered(), confirmed()) }, yes),
    refrain,
  )
  const close = (): void => {
    asked.hidden = true
    button.hidden = false
  }
  const ask = (): void => {
    asked.hidden = false
    button.hidden = true
    // Who presses Enter twice has not answered yet.
    refrain.focus()
  }
  /** The focus goes where the question came from; whatever hides that moves it on. */
  const answered = (): void => {
    close()
    button.focus()
  }
  asked.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    answered()
  })
  // Who goes on with something else has not confirmed it.
  asked.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !asked.contains(relatedTarget)) close()
  })
  return h('span', { class: 'confirm' }, button, asked)
}
