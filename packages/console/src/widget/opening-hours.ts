import { newId } from '../connection/command-ids.ts'
import type { Availability, Channel, LeftMessage } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import { h, setText } from '../page/dom.ts'
import type { VisitorTexts } from '../conversation/draft.ts'
import { moveText } from '../conversation/draft.ts'
import type { Formats } from '../page/formats.ts'
import { sayIfTooLong } from '../page/text-form.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf, refusalIn, Refused, Unreachable } from '../connection/refusals.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

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
export function createOpeningHours({ words, formats, channel, texts, changed }: Options): OpeningHours {
  let present: Availability | undefined
  let leave: (() => void) | undefined
  let currentTransport: Transport | undefined
  /** The id of a message that is sent again until it is answered. */
  let commandId = newId()

  const opens = h('p', { role: 'status', dir: 'auto' })
  const answer = h('p', { role: 'status', dir: 'auto' })
  const field = (name: string, label: string, type: string, required = false): CheckedField => {
    const input = h('input', { name, type, required, autocomplete: autocomplete[name] })
    return checkedField(label, input, (text) => sayIfTooLong(text, { words, formats }, longestLine))
  }
  const name = field('name', words.name, 'text')
  const email = field('email', words.email, 'email')
  const phone = field('phone', words.phone, 'tel')
  const subject = field('subject', words.subject, 'text', true)
  const body = checkedField(
    words.firstMessage,
    h('textarea', { name: 'body', rows: '4', dir: 'auto', required: true }),
    (text) => sayIfTooLong(text, { words, formats }),
  )
  const fields = [name, email, phone, subject, body]
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
  const element = h('div', { class: 'closed', hidden: true }, opens, form, answer, another)

  function beginAnother(): void {
    form.hidden = present?.abilities.offlineMessages === false
    another.hidden = true
    sayAnswer('')
    for (const one of fields) one.say('')
  }

  function sayAnswer(text: string): void {
    setText(answer, text)
    answer.scrollIntoView({ block: 'nearest' })
  }

  /** Says why a message was not taken, at the field that it is about. */
  function refuse({ code, field: named }: Refusal, hasContact: boolean): void {
    if (named === 'phone') phone.refuse(words.phoneInvalid)
    else if (named === 'email') email.refuse(hasContact ? words.emailInvalid : words.contactMissing)
    else sayAnswer(fill(words.notLeft, code))
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    if (!currentTransport || fields.some((one) => !one.isShortEnough())) return
    const values = [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()] as const] : [],
    )
    const input = { commandId, ...channel, language: formats.locale, ...Object.fromEntries(values) }
    for (const one of fields) one.say('')
    setText(answer, '')
    button.disabled = true
    try {
      const { result } = await currentTransport.ask<LeftMessage>(documents.leaveChatMessage, { input })
      refusalIn(result.userErrors)
      commandId = newId()
      const [refused] = result.userErrors
      if (refused)
        return refuse(
          refused,
          values.some(([name]) => name === 'email' || name === 'phone'),
        )
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

  const text = (): string =>
    [words.shut, ...(present?.opensAt ? [fill(words.opens, formats.coming(present.opensAt))] : [])].join(' ')

  function show(): void {
    setText(opens, text())
    if (present && !present.abilities.offlineMessages) form.hidden = another.hidden = true
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
              beginAnother()
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
      if (!present || button.disabled) return
      if (!present.open) return moveText(first, body.input)
      for (const { input } of [subject, body]) moveText(input, first)
    },
    reset: () => {
      form.reset()
      beginAnother()
    },
  }
}

type Refusal = LeftMessage['result']['userErrors'][number]

/** The most characters of each line of the form. */
const longestLine = 200

type CheckedField = {
  readonly element: HTMLElement
  readonly input: HTMLInputElement | HTMLTextAreaElement
  /** Says what is wrong with the value; nothing for an empty text. */
  say(problem: string): void
  /** Says it, and moves the focus there. */
  refuse(problem: string): void
  /** Whether the value is short enough; says so, and moves the focus there, if it is not. */
  isShortEnough(): boolean
}

/** A field with a place below it that says why its value was refused, or that it is too long, until that changes. */
function checkedField(
  label: string,
  input: HTMLInputElement | HTMLTextAreaElement,
  sayTooLong: (text: string) => string,
): CheckedField {
  const problem = h('p', { class: 'field-problem', id: `problem-${input.name}`, dir: 'auto' })
  const say = (text: string): void => {
    setText(problem, text)
    input.ariaInvalid = text === '' ? null : 'true'
    if (text === '') input.removeAttribute('aria-describedby')
    else input.setAttribute('aria-describedby', problem.id)
  }
  const refuse = (text: string): void => {
    say(text)
    input.focus()
  }
  input.addEventListener('input', () => say(sayTooLong(input.value)))
  return {
    element: h('div', {}, h('label', {}, label, input), problem),
    input,
    say,
    refuse,
    isShortEnough: () => {
      const tooLong = sayTooLong(input.value)
      if (tooLong !== '') refuse(tooLong)
      return tooLong === ''
    },
  }
}

const autocomplete: Readonly<Record<string, string>> = { name: 'name', email: 'email', phone: 'tel' }
