import { fill } from '../page/words.ts'
import { words } from './agent-language.ts'
import { h, setText } from '../page/dom.ts'
import type { Drafts } from '../conversation/draft.ts'
import { codeOf } from '../connection/refusals.ts'

/** Options of a choice, under a label. */
export type ChoiceGroup = {
  readonly label: string
  readonly options: readonly (readonly [value: string, text: string])[]
}

/** A field of a form: a line of text, or with `choices` a choice among what is read whenever the form is opened. */
type Field = {
  readonly label: string
  readonly choices?: () => Promise<readonly ChoiceGroup[]>
  readonly optional?: true
}

/**
 * A small form that opens under its title, asks for some values, and hands them over. It stays open, and says why, when `take`
 * returns a problem. What is typed in it and not sent is kept in `drafts`, under the names of its fields.
 */
export function actionForm(
  title: string,
  fields: readonly Field[],
  take: (values: readonly string[]) => Promise<string | undefined>,
  drafts: Drafts,
): HTMLElement {
  const inputs = fields.map(({ label, choices, optional }) => {
    const name = `${title}: ${label}`
    if (choices) return h('select', { 'aria-label': name, required: true })
    const input = h('input', { 'aria-label': name, placeholder: label, required: !optional })
    input.value = drafts.read(name)
    input.addEventListener('input', () => drafts.keep(name, input.value))
    return input
  })
  /** Reads the choices anew; what is chosen stays, if it is still among them. */
  const read = async (): Promise<void> => {
    for (const [index, { label, choices }] of fields.entries()) {
      const select = inputs[index]
      if (!choices || !(select instanceof HTMLSelectElement)) continue
      try {
        const groups = await choices()
        // Chosen meanwhile, perhaps.
        const before = select.value
        select.replaceChildren(h('option', { value: '' }, `${label}…`), ...groups.map(groupElement))
        select.value = groups.some(({ options }) => options.some(([value]) => value === before)) ? before : ''
      } catch (error) {
        setText(problem, fill(words.notRead, codeOf(error)))
      }
    }
  }
  const problem = h('p', { class: 'problem', role: 'alert', dir: 'auto' })
  const button = h('button', {}, title)
  const submit = async (): Promise<void> => {
    button.disabled = true
    setText(problem, '')
    const refused = await take(inputs.map(({ value }) => value.trim()))
    button.disabled = false
    setText(problem, refused ?? '')
    if (refused !== undefined) return inputs[0]?.focus()
    form.reset()
    for (const { label } of fields) drafts.keep(`${title}: ${label}`, '')
    details.open = false
  }
  const form = h(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault()
        if (!button.disabled) void submit()
      },
    },
    ...inputs,
    button,
    problem,
  )
  const details = h('details', {}, h('summary', {}, title), form)
  details.addEventListener('toggle', () => details.open && void read())
  details.open = inputs.some((input) => input instanceof HTMLInputElement && input.value !== '')
  return details
}

const groupElement = ({ label, options }: ChoiceGroup): HTMLElement =>
  h('optgroup', { label }, ...options.map(([value, text]) => h('option', { value }, text)))
