import { documents } from '../connection/documents.ts'
import { h, setText } from '../page/dom.ts'
import type { Transport } from '../connection/transport.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

type Options = {
  readonly transport: Pick<Transport, 'ask' | 'follow'>
  readonly chatId: string
  readonly words: Words
  /** The field in which this side types. */
  readonly field: HTMLTextAreaElement
  /** Whether what is typed is for the other side: typing a note is shown to nobody. */
  readonly isShown: () => boolean
}

/** Shows who types on the other side, and reports to it that this one does. */
type Typing = { readonly element: HTMLElement; close(): void }

/** While somebody types, that is reported again after this time; and taken back after so long without a key, in milliseconds. */
const againMs = 3_000
const idleMs = 4_000

/** Who types: the customer, or somebody of the desk; a service is no agent. */
type Typer = { readonly side: 'CUSTOMER' | 'DESK'; readonly agent: { readonly name: string | null } | null }
type Typers = { readonly chatTypingChanged: { readonly typing: readonly Typer[] } }

/** Typing is a hint: what is lost of it is not sent again. */
export function createTyping({ transport, chatId, words, field, isShown }: Options): Typing {
  const element = h('p', { class: 'typing', role: 'status', dir: 'auto' })
  let reportedAt = -Infinity
  let idle: ReturnType<typeof setTimeout> | undefined

  const report = (typing: boolean): void => {
    reportedAt = typing ? Date.now() : -Infinity
    transport.ask(documents.showChatTyping, { input: { chatId, typing } }).catch(() => undefined)
  }
  const stopped = (): void => {
    clearTimeout(idle)
    if (reportedAt > 0) report(false)
  }
  const typed = (): void => {
    if (field.value.trim() === '' || !isShown()) return stopped()
    clearTimeout(idle)
    idle = setTimeout(stopped, idleMs)
    if (Date.now() - reportedAt >= againMs) report(true)
  }
  const sent = (): void => void setTimeout(typed)
  field.addEventListener('input', typed)
  field.form?.addEventListener('submit', sent)
  const stop = transport.follow<Typers>(documents.chatTypingChanged, () => ({ chatId }), {
    next: ({ chatTypingChanged: { typing } }) => {
      const names = typing.map(({ side, agent }) =>
        side === 'CUSTOMER' ? words.customer : (agent?.name ?? words.agent),
      )
      setText(element, names.length === 0 ? '' : fill(words.typing, names.join(', ')))
    },
    refused: () => setText(element, ''),
    brief: true,
  })
  return {
    element,
    close: () => {
      stopped()
      field.removeEventListener('input', typed)
      field.form?.removeEventListener('submit', sent)
      stop()
    },
  }
}
