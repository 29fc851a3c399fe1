import { h } from './dom.ts'

/** A small form that opens under its title, asks for some lines of text, and hands them over. The first is required. */
export function actionForm(
  title: string,
  labels: readonly string[],
  take: (values: readonly string[]) => void,
): HTMLElement {
  const inputs = labels.map((label, index) =>
    h('input', { 'aria-label': `${title}: ${label}`, placeholder: label, required: index === 0 }),
  )
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
