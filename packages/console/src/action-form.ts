import { h, setText } from './dom.ts'

/** A field of a form: a line of text, or with `options` a choice by value. */
type Field = { readonly label: string; readonly options?: Readonly<Record<string, string>>; readonly optional?: true }

/**
 * A small form that opens under its title, asks for some values, and hands them over. It stays open, and says why, when `take`
 * returns a problem.
 */
export function actionForm(
  title: string,
  fields: readonly Field[],
  take: (values: readonly string[]) => Promise<string | undefined>,
): HTMLElement {
  const inputs = fields.map(({ label, options, optional }) => {
    const name = `${title}: ${label}`
    return options
      ? h(
          'select',
          { 'aria-label': name },
          ...Object.entries(options).map(([value, text]) => h('option', { value }, text)),
        )
      : h('input', { 'aria-label': name, placeholder: label, required: !optional })
  })
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
  return details
}
