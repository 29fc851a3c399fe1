import { h } from '../page/dom.ts'

/** The languages that a field suggests; others may be written. */
export const suggestedLanguages: readonly string[] = [
  'ar',
  'de',
  'en',
  'es',
  'fr',
  'hi',
  'it',
  'nl',
  'pl',
  'pt',
  'ru',
  'tr',
  'ur',
  'zh-Hans',
]

/** A field for the tag of a language, such as `fr` or `pt-BR`. */
export function languageField(
  label: string,
  value = '',
): { readonly element: HTMLElement; readonly input: HTMLInputElement } {
  const id = 'languages-of-articles'
  const input = h('input', {
    list: id,
    required: true,
    pattern: '[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*',
    maxlength: '35',
    autocomplete: 'off',
    size: '8',
  })
  input.value = value
  const options = suggestedLanguages.map((each) => h('option', { value: each }))
  return { element: h('label', {}, h('span', {}, label), input, h('datalist', { id }, ...options)), input }
}
