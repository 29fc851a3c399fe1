import { h } from './dom.ts'

/** A field of a form: a line of text, or with `options` a choice by value. */
type Field = { readonly label: string; readonly options?: Readonly<Record<string, string>>; readonly optional?: true }

/** A small form that opens under its title, asks for some values, and hands them over. */
export function actionForm(
  title: string,
  fields: readonly Field[],
  take: (values: readonly string[]) => void,
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
  const details = h(
    'details',
    {},
    h('summary', {}, title),
    h(
      'form',
      {
        onsubmit: (event) => {
          event.preventDefault()
          take(inputs.map(({ value }) => value.trim()))
          details.open = false
        },
      },
      ...inputs,
      h('button', {}, title),
    ),
  )
  return details
}
