import { newId } from './command-ids.ts'
import type { Availability, Channel, LeftMessage } from './documents.ts'
import { documents } from './documents.ts'
import { h, setText } from './dom.ts'
import type { Transport } from './transport.ts'
import { codeOf, refusalIn, Refused, Unreachable } from './transport.ts'
import type { Words } from './words.ts'
import { fill } from './words.ts'

/** The hours of the desk: what a visitor sees outside them is when it opens, and a form to leave a message. */
type OpeningHours = {
  readonly element: HTMLElement
  /** Whether the desk chats now, as far as it is known. */
  isOpen(): boolean
  /** Whether it takes files, as far as it is known. */
  takesFiles(): boolean
  /** Follows the hours of the desk; nothing is asked twice. */
  follow(transport: Transport): void
  stop(): void
  /** Empties the form. */
  reset(): void
}

type Options = {
  readonly words: Words
  readonly language: string
  readonly channel: Channel
  /** Called when the desk opens or closes. */
  readonly changed: () => void
}

/** Shows the hours of a channel. */
export function createOpeningHours({ words, language, channel, changed }: Options): OpeningHours {
  let present: Availability | undefined
  let leave: (() => void) | undefined
  let asked: Transport | undefined
  /** The id of a message that is sent again until it is answered. */
  let commandId = newId()

  const opens = h('p', { role: 'status', dir: 'auto' })
  const answer = h('p', { role: 'status', dir: 'auto' })
  const field = (name: string, label: string, type: string, required = false): HTMLElement =>
    h('label', {}, label, h('input', { name, type, required, maxlength: '200', autocomplete: autocomplete[name] }))
  const button = h('button', { class: 'primary' }, words.leave)
  const form = h(
    'form',
    { class: 'start', onsubmit: (event) => void submit(event) },
    field('name', words.name, 'text'),
    field('email', words.email, 'email'),
    field('phone', words.phone, 'tel'),
    field('subject', words.subject, 'text', true),
    h(
      'label',
      {},
      words.firstMessage,
      h('textarea', { name: 'body', rows: '4', dir: 'auto', required: true, maxlength: '10000' }),
    ),
    button,
  )
  const element = h('div', { class: 'closed', hidden: true }, opens, form, answer)

  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    if (!asked) return
    const given = [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()] as const] : [],
    )
    const input = { commandId, ...channel, ...Object.fromEntries(given) }
    button.disabled = true
    try {
      const { result } = await asked.ask<LeftMessage>(documents.leaveChatMessage, { input })
      const refused = refusalIn(result.userErrors)
      if (refused === undefined) {
        form.reset()
        form.hidden = true
      }
      commandId = newId()
      setText(answer, refused === undefined ? words.messageLeft : fill(words.notLeft, refused))
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error
      setText(answer, fill(words.notLeft, codeOf(error)))
    } finally {
      button.disabled = false
    }
  }

  function show(): void {
    const at = present?.opensAt
    const day = { weekday: 'long', hour: '2-digit', minute: '2-digit' } as const
    const when = at ? new Intl.DateTimeFormat(language, day).format(new Date(at)) : undefined
    setText(opens, when === undefined ? words.shut : `${words.shut} ${fill(words.opens, when)}`)
    if (present && !present.abilities.offlineMessages) form.hidden = true
  }

  const stop = (): void => {
    leave?.()
    leave = undefined
    asked = undefined
  }
  return {
    element,
    isOpen: () => present?.open ?? true,
    takesFiles: () => present?.abilities.files ?? true,
    follow: (transport) => {
      if (asked === transport) return
      stop()
      asked = transport
      leave = transport.follow<{ readonly chatAvailabilityChanged: Availability }>(
        documents.chatAvailabilityChanged,
        () => channel,
        {
          next: ({ chatAvailabilityChanged }) => {
            if (present?.open !== chatAvailabilityChanged.open) {
              form.hidden = false
              setText(answer, '')
            }
            present = chatAvailabilityChanged
            show()
            changed()
          },
          // Then a start is tried, and its refusal shown.
          refused: stop,
        },
      )
    },
    stop,
    reset: () => {
      form.reset()
      setText(answer, '')
    },
  }
}

const autocomplete: Readonly<Record<string, string>> = { name: 'name', email: 'email', phone: 'tel' }
