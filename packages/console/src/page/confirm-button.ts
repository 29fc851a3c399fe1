import { h } from './dom.ts'

type QuestionOptions = {
  readonly question: string
  readonly yes: string
  readonly no: string
  readonly confirmed: () => void
  /**
   * Called when the question is answered, or left for something else: whatever it has taken the place of comes back. Once
   * answered, the focus goes where the question came from.
   */
  readonly over: (isAnswered: boolean) => void
}

/** A question with two answers, hidden until it is asked. */
type Question = { readonly element: HTMLElement; ask(): void }

/** Asks before something is done that cannot simply be taken back. Who goes on with something else has not confirmed it. */
export function createQuestion({ question, yes, no, confirmed, over }: QuestionOptions): Question {
  const refrain = h('button', { type: 'button', onclick: () => close(true) }, no)
  const close = (isAnswered: boolean): void => {
    element.hidden = true
    over(isAnswered)
  }
  const element = h(
    'span',
    { class: 'asked', role: 'group', 'aria-label': question, hidden: true },
    h('b', { dir: 'auto' }, question),
    h('button', { type: 'button', class: 'primary', onclick: () => (close(true), confirmed()) }, yes),
    refrain,
  )
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    close(true)
  })
  element.addEventListener('focusout', ({ relatedTarget }) => {
    if (!element.hidden && relatedTarget instanceof Node && !element.contains(relatedTarget)) close(false)
  })
  return {
    element,
    ask: () => {
      element.hidden = false
      // Who presses Enter twice has not answered yet.
      refrain.focus()
    },
  }
}

type Options = Omit<QuestionOptions, 'over'> & { readonly class?: string; readonly label: string }

/** A button for what cannot simply be taken back: it asks once, in its own place, and does nothing before the answer. */
export function confirmButton({ class: name, label, ...options }: Options): HTMLElement {
  const button = h('button', { type: 'button', class: name, onclick: () => ask() }, label)
  const question = createQuestion({
    ...options,
    over: (isAnswered) => {
      button.hidden = false
      // Whatever hides the button moves the focus on.
      if (isAnswered) button.focus()
    },
  })
  const ask = (): void => {
    question.ask()
    button.hidden = true
  }
  return h('span', { class: 'confirm' }, button, question.element)
}
