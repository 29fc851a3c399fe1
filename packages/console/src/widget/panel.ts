import { createAfterChat } from './after-chat.ts'
import { createDraftForm } from './draft-form.ts'
import type { OfferedDrafts } from './offered-drafts.ts'
import type { Channel, ChatMutation } from '../connection/documents.ts'
import { h, isVisible } from '../page/dom.ts'
import { confirmButton } from '../page/confirm-button.ts'
import type { VisitorTexts } from '../conversation/draft.ts'
import type { Formats } from '../page/formats.ts'
import { fitAboveKeyboard } from '../page/keyboard.ts'
import { createOpeningHours } from './opening-hours.ts'
import { createQueuePlace } from './queue-place.ts'
import { createRatingForm } from './rating.ts'
import type { Choice, Session } from '../conversation/session.ts'
import { createStartForm } from './start-form.ts'
import type { SuggestionPlace } from './suggestion-place.ts'
import { createRefusalLine, createStatusLine } from '../page/status-line.ts'
import { isOfInputMethod, textForm } from '../page/text-form.ts'
import type { Words } from '../page/words.ts'

type Options = {
  readonly words: Words
  readonly formats: Formats
  readonly channel: Channel
  /** Keeps what is typed in the panel. */
  readonly texts: VisitorTexts
  /** The tickets that the desk has written for the visitor. */
  readonly drafts: OfferedDrafts
  /** Where articles are suggested for the first message of a chat. */
  readonly suggestions: SuggestionPlace
  /** Whether nobody has said who the visitor is. */
  readonly isAnonymous: () => boolean
  readonly hide: () => void
  readonly statusText: () => string
  /** Receives the first message of a chat. */
  readonly begin: (body: string) => void
  /** Receives what is written in a chat. */
  readonly write: (body: string) => void
  /** Sends a command about the chat; returns the code of a refusal. */
  readonly act: (name: ChatMutation, input: Choice) => Promise<string | undefined>
  readonly beginAnother: () => void
  /** The chat that is shown, unless it is none. */
  readonly session: () => Session | undefined
  /** Called when the desk opens or closes, and when a draft was decided. */
  readonly changed: () => void
}

/** The elements of the visitor's panel, which its page shows and hides. */
export type Panel = {
  readonly element: HTMLElement
  readonly status: ReturnType<typeof createStatusLine>
  readonly refusal: ReturnType<typeof createRefusalLine>
  /** Says that the connection is lost. */
  readonly offline: HTMLElement
  readonly draft: ReturnType<typeof createDraftForm>
  readonly startForm: ReturnType<typeof createStartForm>
  readonly text: HTMLTextAreaElement
  readonly composer: HTMLFormElement
  /** Where the buttons are that are only there with a chat. */
  readonly attachPlace: HTMLElement
  readonly aboveComposer: HTMLElement
  readonly ended: ReturnType<typeof createAfterChat>
  readonly end: HTMLElement
  readonly feet: HTMLElement
  readonly place: ReturnType<typeof createQueuePlace>
  readonly desk: ReturnType<typeof createOpeningHours>
  readonly callPlace: HTMLElement
  readonly logPlace: HTMLElement
}

/** Makes the panel, hidden. */
export function createPanel(options: Options): Panel {
  const { words, formats, channel, texts, drafts, hide, begin, write, act, beginAnother, changed } = options
  const status = createStatusLine(options.statusText)
  const refusal = createRefusalLine(words)
  const offline = h('p', { class: 'offline', dir: 'auto', hidden: true }, words.offline)
  const title = h('h2', { id: 'title' }, words.title)
  const close = h('button', { type: 'button', 'aria-label': words.close, onclick: hide }, '×')
  const startForm = createStartForm(words, formats, options.suggestions, begin)
  const text = h('textarea', { rows: '2', dir: 'auto', 'aria-label': words.write })
  const draft = createDraftForm({
    words,
    formats,
    texts,
    drafts,
    isAnonymous: options.isAnonymous,
    messageField: () => (isVisible(text) ? text : startForm.field),
    changed,
  })
  texts.add(startForm.field, () => 'start')
  texts.add(text, () => options.session()?.conversation.chat.id)
  const attachPlace = h('div')
  const aboveComposer = h('div')
  const composer = textForm(
    { class: 'composer', field: text, take: write, words, formats },
    attachPlace,
    text,
    h('button', { class: 'primary' }, words.send),
  )
  const ended = createAfterChat({
    words,
    rating: createRatingForm({ words, formats, texts, rate: (rating) => act('rateChat', rating) }),
    reopen: () => act('reopenChat', {}),
    beginAnother,
  })
  const end = confirmButton({
    class: 'end',
    label: words.end,
    question: words.endAsked,
    yes: words.endNow,
    no: words.endNot,
    confirmed: () => void act('endChat', {}),
  })
  const desk = createOpeningHours({ words, formats, channel, texts, changed })
  const instead = confirmButton({
    label: words.leaveInstead,
    question: words.endAsked,
    yes: words.endNow,
    no: words.endNot,
    confirmed: () => void leaveMessage(),
  })
  const closedMeanwhile = (isSo: boolean): void => void (instead.hidden = !isSo)
  const place = createQueuePlace({ words, formats, desk, changed: () => status.say(), closedMeanwhile })
  const feet = h('div', { class: 'feet' }, instead, end)
  const callPlace = h('div', { class: 'call-place' })
  const logPlace = h('div', { class: 'log-place' })
  const element = h(
    'section',
    {
      class: 'panel',
      role: 'dialog',
      'aria-labelledby': 'title',
      lang: formats.locale,
      dir: formats.direction,
      tabindex: '-1',
      hidden: true,
    },
    h('div', { class: 'bar' }, title, close),
    offline,
    status.element,
    draft.answer,
    draft.element,
    draft.switchOn,
    startForm.element,
    desk.element,
    callPlace,
    startForm.waiting,
    logPlace,
    refusal.element,
    ended.element,
    aboveComposer,
    composer,
    feet,
  )
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !isOfInputMethod(event)) hide()
  })
  fitAboveKeyboard(element)
  /** Ends a chat that waits in vain; what was written in it goes into the form for messages. */
  async function leaveMessage(): Promise<void> {
    const body = options.session()?.written() ?? ''
    if ((await act('endChat', {})) !== undefined) return
    desk.take(body)
    beginAnother()
  }
  return {
    element,
    status,
    refusal,
    offline,
    draft,
    startForm,
    text,
    composer,
    attachPlace,
    aboveComposer,
    ended,
    end,
    feet,
    place,
    desk,
    callPlace,
    logPlace,
  }
}
