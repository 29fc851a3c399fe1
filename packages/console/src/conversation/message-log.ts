import type { Entry, Message } from './conversation.ts'
import { isMessage } from './conversation.ts'
import type { Actor, Attachment } from '../connection/documents.ts'
import { h, oncePerFrame, setText } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import { withLinks } from './links.ts'
import type { Unsent } from './outbox.ts'
import type { Session } from './session.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

type Options = {
  readonly words: Words
  readonly formats: Formats
  readonly isOwn: (by: Actor) => boolean
  /** The name that stands beside a message. */
  readonly nameOf: (by: Actor) => string
  /** Which side's mark says that an own message was read. */
  readonly readBy: 'customer' | 'desk'
  /** Shows a file of a message. */
  readonly showFile: (attachment: Attachment) => HTMLElement
  /** Called with a chosen action; without it, actions are shown only. */
  readonly choose?: ((messageId: string, actionId: string) => void) | undefined
  /** Receives the code when earlier messages could not be read; none when they were. */
  readonly fail: (code: string | undefined) => void
}

/** A list of messages that a screen reader announces as they come. */
type MessageLog = { readonly element: HTMLElement; show(session: Session): void }

/** The parts of a shown message that change. */
type LogElement = { readonly element: HTMLElement; update(entry: Message, read: boolean): void }

/** What is shown in the list, and the line that stands above the first entry of its day. */
type MessageElement = LogElement & { readonly line: HTMLElement }

/** Shows a conversation. What is history when it is opened is put in before the list becomes live. */
export function createMessageLog(options: Options): MessageLog {
  const { words, formats, isOwn, readBy, fail } = options
  const element = h('div', {
    class: 'log',
    role: 'log',
    'aria-live': 'off',
    'aria-relevant': 'additions',
    'aria-label': words.messages,
    tabindex: '0',
  })
  const unsent = createUnsentList(words)
  const earlier = h(
    'button',
    { type: 'button', class: 'notice', hidden: true, onclick: () => void readEarlier() },
    words.earlier,
  )
  element.append(earlier, unsent.element)
  const scroll = followScrolling(element, words)
  const elements = new Map<string, MessageElement>()
  let entries: readonly Entry[] | undefined
  /** The first entry that is shown. */
  let oldest: Element = unsent.element
  const days = new Map<string, HTMLElement>()

  const dayOf = (at: string): HTMLElement => {
    const day = formats.day(at)
    const line = days.get(day) ?? h('p', { class: 'notice day', 'aria-live': 'off' }, day)
    days.set(day, line)
    return line
  }

  let latest: Session | undefined
  let reading = false
  const readEarlier = async (): Promise<void> => {
    if (!latest || reading) return
    reading = true
    try {
      fail(await latest.readEarlier())
    } finally {
      reading = false
    }
  }

  const beginAnew = (): void => {
    element.setAttribute('aria-live', 'off')
    element.replaceChildren(earlier, unsent.element)
    scroll.reset()
    elements.clear()
    days.clear()
    oldest = unsent.element
  }
  const drawNow = (session: Session): void => {
    const { conversation } = session
    const read = conversation.chat.read[readBy]
    if (entries !== conversation.entries) {
      entries = conversation.entries
      beginAnew()
    }
    const first = oldest
    const before = first.getBoundingClientRect().top
    if (!conversation.hasEarlier && earlier.matches(':focus')) element.focus()
    earlier.hidden = !conversation.hasEarlier
    let next: Element = unsent.element
    const isFirstDrawn = elements.size === 0
    let isAboveShown = false
    let hasMoved = false
    let below: MessageElement | undefined
    for (const entry of conversation.entries.toReversed()) {
      let one = elements.get(entry.id)
      const line = one?.line ?? dayOf(entry.at)
      if (below && below.line !== line) next = beginDay(below)
      if (one) isAboveShown = true
      else {
        one = { ...(entry.is === 'message' ? messageElement(entry, options) : noticeElement(entry, options)), line }
        elements.set(entry.id, one)
        next.before(one.element)
        // What was said earlier is not read out.
        if (isAboveShown) one.element.setAttribute('aria-live', 'off')
        hasMoved ||= isAboveShown
        scroll.watch(one.element)
        if (!isFirstDrawn && !isAboveShown && entry.is === 'message') {
          if (!isOwn(entry.by)) scroll.offerNewest()
          // Who wrote it here was brought to the end then, and may have scrolled up until the chat has it.
          else if (!unsent.has(entry)) scroll.follow()
        }
      }
      next = oldest = one.element
      if (entry.is === 'message') one.update(entry, entry.number !== undefined && entry.number <= read)
      below = one
    }
    if (below) beginDay(below)
    if (unsent.show(session)) scroll.follow()
    if (conversation.caughtUp) element.setAttribute('aria-live', 'polite')
    if (hasMoved) scroll.scrollTo(element.scrollTop + first.getBoundingClientRect().top - before)
    else scroll.keepEnd()
  }
  const draw = oncePerFrame(() => latest && drawNow(latest))
  return {
    element: h('div', { class: 'log-frame' }, element, scroll.newest),
    show: (session) => {
      latest = session
      draw()
    },
  }
}

/** Puts the line of its day above the first entry of that day; returns the line. */
function beginDay({ element: first, line }: MessageElement): Element {
  if (line.nextElementSibling !== first) first.before(line)
  return line
}

/** Where the reader of a log is. */
type ScrollPosition = {
  /** Brings the reader to the end, where something came that they have not seen. */
  readonly newest: HTMLElement
  /** Offers that, unless the reader is there. */
  offerNewest(): void
  /** From now on the reader follows what comes. */
  follow(): void
  /** Brings a reader who follows to the end. */
  keepEnd(): void
  scrollTo(top: number): void
  /** Keeps the position when this grows: pictures and files take their place late. */
  watch(one: Element): void
  /** Watches nothing any more but the log. */
  reset(): void
}

function followScrolling(element: HTMLElement, words: Words): ScrollPosition {
  /** Whether its reader is at the end, and follows what comes. */
  let atEnd = true
  let lastTop = 0
  const newest = h(
    'button',
    { type: 'button', class: 'newest', hidden: true, onclick: () => goToEnd() },
    words.newMessages,
  )
  const keepEnd = (): void => {
    if (atEnd) scrollTo(element.scrollHeight)
    newest.hidden ||= atEnd
  }
  /** The reader may scroll before the event of this comes: that counts from here. */
  const scrollTo = (top: number): void => {
    element.scrollTop = top
    lastTop = element.scrollTop
  }
  const goToEnd = (): void => {
    atEnd = true
    element.focus()
    keepEnd()
  }
  element.addEventListener('scroll', () => {
    const top = element.scrollTop
    // What is not shown cannot scroll. Content that grows moves the end away; only its reader moves up.
    if (element.clientHeight === 0) return
    if (element.scrollHeight - top - element.clientHeight < 40) atEnd = true
    else if (top < lastTop) atEnd = false
    lastTop = top
    newest.hidden ||= atEnd
  })
  const resized = new ResizeObserver(keepEnd)
  resized.observe(element)
  return {
    newest,
    offerNewest: () => {
      newest.hidden = atEnd
    },
    follow: () => {
      atEnd = true
    },
    keepEnd,
    scrollTo,
    watch: (one) => resized.observe(one),
    reset: () => {
      resized.disconnect()
      resized.observe(element)
    },
  }
}

/** The messages that the chat has not shown yet. */
type UnsentList = {
  readonly element: HTMLElement
  /** Whether it shows the message, which the chat has by now. */
  has(message: Message): boolean
  /** Returns whether one of them is new. */
  show(session: Session): boolean
}

function createUnsentList(words: Words): UnsentList {
  // An own message is read out once, when the chat has it; its state is not.
  const element = h('div', { class: 'unsent', 'aria-live': 'off' })
  let pending: readonly Unsent[] = []
  return {
    element,
    has: ({ id }) => pending.some(({ messageId }) => isMessage(id, messageId)),
    show: (session) => {
      const before = pending
      pending = session.unsent()
      if (JSON.stringify(pending) !== JSON.stringify(before)) {
        element.replaceChildren(
          ...pending.map((message) =>
            unsentMessage(message, words, {
              retry: () => session.retry(message.messageId),
              discard: () => session.discard(message.messageId),
            }),
          ),
        )
      }
      return pending.some(({ messageId }) => before.every((other) => other.messageId !== messageId))
    },
  }
}

function messageElement(message: Message, options: Options): LogElement {
  const { words, formats, isOwn, nameOf } = options
  const isMine = isOwn(message.by)
  const body = h('div', { class: 'body' })
  const state = h('span', { class: 'state', 'aria-live': 'off' })
  const author = isMine ? words.you : nameOf(message.by)
  const name = message.kind === 'NOTE' ? `${author} · ${words.note}` : author
  const article = h(
    'article',
    { class: `message ${isMine ? 'own' : 'theirs'} ${message.kind.toLowerCase()}`, 'data-id': message.id },
    h(
      'header',
      {},
      h('b', { dir: 'auto' }, name),
      ' ',
      h('time', { datetime: message.at, title: formats.full(message.at) }, formats.time(message.at)),
    ),
    body,
    state,
  )
  let last = ''
  return {
    element: article,
    update: (entry, read) => {
      const now = JSON.stringify([entry.body, entry.redacted, entry.chosen, entry.edited])
      if (now !== last) body.replaceChildren(...content(entry, options))
      last = now
      const marks = [
        ...(entry.edited ? [words.edited] : []),
        ...(isMine && entry.number !== undefined ? [read ? words.read : words.sent] : []),
      ]
      setText(state, marks.join(' · '))
    },
  }
}

function content(message: Message, { words, showFile, choose }: Options): readonly Node[] {
  if (message.redacted) return [h('em', {}, words.redacted)]
  return [
    ...(message.body === '' ? [] : [h('p', { dir: 'auto' }, ...withLinks(message.body))]),
    ...message.attachments.map(showFile),
    ...(message.card
      ? [
          h(
            'div',
            { class: 'card' },
            h('b', { dir: 'auto' }, message.card.title),
            h(
              'dl',
              {},
              ...message.card.fields.map(({ label, value }) =>
                h('div', {}, h('dt', { dir: 'auto' }, label), h('dd', { dir: 'auto' }, ...withLinks(value))),
              ),
            ),
          ),
        ]
      : []),
    ...(message.actions.length === 0 ? [] : [actions(message, choose)]),
  ]
}

const actions = ({ id, actions: offered, chosen }: Message, choose: Options['choose']): HTMLElement =>
  h(
    'div',
    { class: 'actions' },
    ...offered.map(({ actionId, label }) =>
      h(
        'button',
        {
          type: 'button',
          dir: 'auto',
          disabled: choose === undefined || chosen !== undefined,
          'aria-pressed': String(chosen === actionId),
          onclick: () => choose?.(id, actionId),
        },
        label,
      ),
    ),
  )

type Notice = Extract<Entry, { is: 'notice' }>

const isTakenByNobody = ({ what, name }: Notice): boolean => what === 'transferEnded' && name === 'nobody'

const noticeElement = (entry: Notice, { words, formats }: Options): LogElement => ({
  element: h(
    'p',
    { class: 'notice', dir: 'auto', title: formats.full(entry.at) },
    isTakenByNobody(entry) ? words.takenByNobody : fill(words[entry.what], entry.name ?? words.agent),
  ),
  update: () => undefined,
})

/** Shows a message that the chat has not shown yet. */
export function unsentMessage(
  { messageId, body, refused, acknowledged, kind, file }: Unsent,
  words: Words,
  act?: { readonly retry: () => void; readonly discard: () => void },
): HTMLElement {
  return h(
    'article',
    { class: `message own pending ${kind.toLowerCase()}`, 'data-pending': messageId },
    h('div', { class: 'body' }, h('p', { dir: 'auto' }, file?.name ?? body)),
    h(
      'span',
      { class: 'state' },
      refused ? fill(words.refused, refused) : acknowledged ? words.sent : words.sending,
      ...(refused && act
        ? [
            ' ',
            h('button', { type: 'button', onclick: act.retry }, words.retry),
            ' ',
            h('button', { type: 'button', onclick: act.discard }, words.discard),
          ]
        : []),
    ),
  )
}
