import { h, setText } from './dom.ts'
import type { Words } from './words.ts'
import { fill } from './words.ts'

/** A line that says how things stand. */
type StatusLine = { readonly element: HTMLElement; say(): void; close(): void }

/** How often the line is read out at most, in milliseconds. */
const statusMs = 5_000

/** A status line that changes at most every few seconds: a place that moves is not read out at every step. */
export function createStatusLine(text: () => string): StatusLine {
  const element = h('p', { class: 'status', role: 'status', dir: 'auto' })
  let saidAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const say = (): void => {
    clearTimeout(timer)
    const wait = saidAt + statusMs - Date.now()
    if (wait > 0 && element.textContent !== '') {
      timer = setTimeout(say, wait)
      return
    }
    const now = text()
    if (now === element.textContent) return
    saidAt = Date.now()
    setText(element, now)
  }
  return { element, say, close: () => clearTimeout(timer) }
}

/** A line that says why something was not done, until something else is. */
type RefusalLine = { readonly element: HTMLElement; show(code: string | undefined): void }

/** Says what the server refused, or what this page could not do. */
export function createRefusalLine(words: Words): RefusalLine {
  const element = h('p', { class: 'hint refusal', role: 'status', dir: 'auto' })
  const messages: Readonly<Record<string, string>> = {
    screen_not_shared: words.screenNotShared,
    call_not_joined: words.callNotJoined,
  }
  return {
    element,
    show: (code) => setText(element, code === undefined ? '' : (messages[code] ?? fill(words.notDone, code))),
  }
}

/** What fails in the page or on the way: no refusals of the server. */
export const localFailures: readonly string[] = ['screen_not_shared', 'call_not_joined', 'unavailable']
