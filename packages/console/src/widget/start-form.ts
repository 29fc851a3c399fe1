import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import { unsentMessage } from '../conversation/message-log.ts'
import { textForm } from '../page/text-form.ts'
import type { SuggestionPlace } from './suggestion-place.ts'
import type { Start } from './visit.ts'
import type { Words } from '../page/words.ts'

/** Where a chat begins: a form for its first message, and that message while the server has not answered. */
type StartForm = {
  readonly element: HTMLFormElement
  readonly field: HTMLTextAreaElement
  readonly waiting: HTMLElement
  /** Shows a start that waits; undefined for none. */
  show(start: Start | undefined): void
}

/** `begin` receives the first message. */
export function createStartForm(
  words: Words,
  formats: Formats,
  suggestions: SuggestionPlace,
  begin: (body: string) => void,
): StartForm {
  const field = h('textarea', { rows: '3', id: 'first', dir: 'auto', required: true })
  const waiting = h('div', { class: 'log', role: 'group', tabindex: '0', 'aria-label': words.messages, hidden: true })
  suggestions.follow(field)
  const take = (body: string): void => {
    suggestions.sent()
    begin(body)
  }
  return {
    field,
    waiting,
    element: textForm(
      { class: 'start', field, take, words, formats },
      h('p', { dir: 'auto' }, words.welcome),
      suggestions.element,
      h('label', { for: 'first' }, words.firstMessage),
      field,
      h('button', { class: 'primary' }, words.start),
    ),
    show: (start) => {
      if (waiting.hidden === !start) return
      waiting.hidden = !start
      waiting.replaceChildren(start ? unsentMessage({ ...start.message, kind: 'TEXT' }, words) : '')
    },
  }
}
