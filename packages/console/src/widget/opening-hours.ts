import { newId } from '../connection/command-ids.ts'
import type { Availability, Channel, LeftMessage, UserError } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import type { CheckedField } from '../page/checked-field.ts'
import { checkedField, lineField } from '../page/checked-field.ts'
import { h, setText } from '../page/dom.ts'
import type { VisitorTexts } from '../conversation/draft.ts'
import { moveText } from '../conversation/draft.ts'
import type { Formats } from '../page/formats.ts'
import { sayIfTooLong } from '../page/text-form.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf, refusalIn, Refused, Unreachable } from '../connection/refusals.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'
import { createContactFields } from './contact-fields.ts'

/** The hours of the desk: what a visitor sees outside them is when it opens, and a form to leave a message. */
type OpeningHours = {
  readonly element: HTMLElement
  /** Whether the desk chats now, as far as it is known. */
  isOpen(): boolean
  /** Whether it takes files, as far as it is known. */
  takesFiles(): boolean
  /** Whether it takes messages while it is closed, as far as it is known. */
  takesMessages(): boolean
  /** Says that it is closed, and when it opens. */
  text(): string
  /** Follows the hours of the desk; nothing is asked twice. */
  follow(transport: Transport): void
  stop(): void
  /** Takes over what was written elsewhere, unless something was typed in this form. */
  take(body: string): void
  /** Moves what was typed in another form, or in this one, to that of the two which is shown now. */
  exchange(first: HTMLTextAreaElement): void
  /** Empties the form. */
  reset(): void
}

type Options = {
  readonly words: Words
  readonly formats: Formats
  readonly channel: Channel
  /** Keeps what is typed in the form. */
  readonly texts: VisitorTexts
  /** Called when the desk opens or closes. */
  readonly changed: () => void
}

/** Shows the hours of a channel. */
export function createOpeningHours(options: Options): OpeningHours {
  const { words, formats, channel, changed } = options
  let present: Availability | undefined
  let leave: (() => void) | undefined
  let currentTransport: Transport | undefined

  const opens = h('p', { role: 'status', dir: 'auto' })
  const form = createOfflineForm({
    ...options,
    transport: () => currentTransport,
    isRefused: () => present?.abilities.offlineMessages === false,
  })
  const { subject, body } = form
  const element = h('div', { class: 'closed', hidden: true }, opens, ...form.elements)

  const text = (): string =>
    [words.shut, ...(present?.opensAt ? [fill(words.opens, formats.coming(present.opensAt))] : [])].join(' ')

  function show(): void {
    setText(opens, text())
    if (present && !present.abilities.offlineMessages) form.hide()
  }

  const stop = (): void => {
    leave?.()
    leave = undefined
    currentTransport = undefined
  }
  return {
    element,
    isOpen: () => present?.open ?? true,
    takesFiles: () => present?.abilities.files ?? true,
    takesMessages: () => present?.abilities.offlineMessages ?? false,
    text,
    follow: (transport) => {
      if (currentTransport === transport) return
      stop()
      currentTransport = transport
      leave = transport.follow<{ readonly chatAvailabilityChanged: Availability }>(
        documents.chatAvailabilityChanged,
        () => channel,
        {
          next: ({ chatAvailabilityChanged }) => {
            if (present?.open !== chatAvailabilityChanged.open) {
              form.beginAnother()
            }
            present = chatAvailabilityChanged
            show()
            changed()
          },
          // Then a start is tried, and its refusal shown.
          refused: stop,
          brief: true,
        },
      )
    },
    stop,
    take: (written) => {
      if (body.input.value.trim() === '') body.input.value = written
    },
    exchange: (first) => {
      // What is being sent is not moved, and nothing before the hours are known.
      if (!present || form.isSending()) return
      if (!present.open) return moveText(first, body.input)
      for (const { input } of [subject, body]) moveText(input, first)
    },
    reset: form.reset,
  }
}

type OfflineFormOptions = Options & {
  /** Where the message goes now; undefined for nowhere. */
  readonly transport: () => Transport | undefined
  /** Whether the desk is known to take no messages while it is closed. */
  readonly isRefused: () => boolean
}

/** A form to leave a message while the desk is closed. */
type OfflineForm = {
  /** The form, what became of its message, and the way to another one. */
  readonly elements: readonly HTMLElement[]
  readonly subject: CheckedField
  readonly body: CheckedField
  isSending(): boolean
  /** Shows the form again, for another message. */
  beginAnother(): void
  hide(): void
  /** Empties the form, and shows it again. */
  reset(): void
}

function createOfflineForm({
  words,
  formats,
  channel,
  texts,
  changed,
  transport,
  isRefused,
}: OfflineFormOptions): OfflineForm {
  /** The id of a message that is sent again until it is answered. */
  let commandId = newId()

  const answer = h('p', { role: 'status', dir: 'auto' })
  const page = { words, formats }
  const name = lineField(words.name, { name: 'name', type: 'text', autocomplete: 'name' }, page)
  const contact = createContactFields(page)
  const subject = lineField(words.subject, { name: 'subject', type: 'text', required: true }, page)
  const body = checkedField(
    words.firstMessage,
    h('textarea', { name: 'body', rows: '4', dir: 'auto', required: true }),
    (text) => sayIfTooLong(text, page),
  )
  const fields = [name, ...contact.fields, subject, body]
  for (const { input } of fields) texts.add(input, () => `left:${input.name}`)
  const button = h('button', { class: 'primary' }, words.leave)
  const form = h(
    'form',
    { class: 'start', onsubmit: (event) => void submit(event) },
    ...fields.map(({ element }) => element),
    button,
  )
  const another = h(
    'button',
    { type: 'button', hidden: true, onclick: () => (beginAnother(), form.querySelector('input')?.focus()) },
    words.leaveAnother,
  )

  function beginAnother(): void {
    form.hidden = isRefused()
    another.hidden = true
    sayAnswer('')
    for (const one of fields) one.say('')
  }

  function sayAnswer(text: string): void {
    setText(answer, text)
    answer.scrollIntoView({ block: 'nearest' })
  }

  /** Says why a message was not taken, at the field that it is about. */
  function refuse(error: UserError): void {
    if (!contact.refuse(error)) sayAnswer(fill(words.notLeft, error.code))
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    const current = transport()
    if (!current || fields.some((one) => !one.isShortEnough())) return
    const values = [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()] as const] : [],
    )
    const input = { commandId, ...channel, language: formats.locale, ...Object.fromEntries(values) }
    for (const one of fields) one.say('')
    setText(answer, '')
    button.disabled = true
    try {
      const { result } = await current.ask<LeftMessage>(documents.leaveChatMessage, { input })
      refusalIn(result.userErrors)
      commandId = newId()
      const [refused] = result.userErrors
      if (refused) return refuse(refused)
      form.reset()
      form.hidden = true
      another.hidden = false
      sayAnswer(words.messageLeft)
      another.focus()
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error
      sayAnswer(fill(words.notLeft, codeOf(error)))
    } finally {
      button.disabled = false
      // The desk may have opened meanwhile: what was refused goes on there.
      changed()
    }
  }

  return {
    elements: [form, answer, another],
    subject,
    body,
    isSending: () => button.disabled,
    beginAnother,
    hide: () => {
      form.hidden = another.hidden = true
    },
    reset: () => {
      form.reset()
      beginAnother()
    },
  }
}
