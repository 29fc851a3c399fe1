import type { Unsent } from '../conversation/outbox.ts'
import type { h as makeElement } from '../page/dom.ts'
import type { Transport } from '../connection/transport.ts'

/** The operations of a chat that is answered in translation, which are loaded with them. */
export const translationDocuments = {
  translatedMessages: `query TranslatedMessages($id: ID!, $to: String!) {
  chat(id: $id) {
    messages(last: 30) { nodes { messageId body original { language body } translation(to: $to) { text service fault } } }
  }
}`,
  draftTranslation: `query DraftTranslation($chatId: ID!, $text: String!, $from: String!) {
  draftTranslation(chatId: $chatId, text: $text, from: $from) { text service fault }
}`,
} as const

/** The words of the panel; `{0}` is a language or a fault. */
type TranslationWords = Readonly<
  Record<'translated' | 'untranslated' | 'original' | 'preview' | 'reads' | 'send' | 'close' | 'nothing', string>
>

/** What translation needs; it is handed to it, so that its script imports no other one. */
type PanelOptions = {
  readonly h: typeof makeElement
  readonly words: TranslationWords
  readonly transport: Pick<Transport, 'ask'>
  readonly chatId: string
  /** The language of the customer, and the one in which the agent works. */
  readonly language: string
  readonly workingLanguage: string
  /** The list of messages. */
  readonly log: HTMLElement
  /** Where the agent writes, and whether it is a note. */
  readonly field: HTMLTextAreaElement
  readonly note: HTMLInputElement
  /** Sends a text with what it was translated from. */
  readonly write: (body: string, original: NonNullable<Unsent['original']>) => void
  readonly fail: (error: unknown) => void
}

/** What both sides write, translated beside it, and a preview of what is sent. */
export type TranslationPanel = { readonly element: HTMLElement; close(): void }

type Translation = { readonly text: string; readonly service: string | null; readonly fault: string | null }
type MessageInTranslation = {
  readonly messageId: string
  readonly body: string
  readonly original: { readonly language: string; readonly body: string } | null
  readonly translation: Translation | null
}
type Messages = { readonly chat: { readonly messages: { readonly nodes: readonly MessageInTranslation[] } } | null }
type Preview = { readonly draftTranslation: Translation | null }

/** Shows the messages of a chat in the language in which an agent works, and what they write in that of the customer. */
export function openTranslation(options: PanelOptions): TranslationPanel {
  const preview = createPreview(options)
  const messages = translateMessages(options)
  return { element: preview, close: messages.close }
}

/** The name of a language in that of the page. Services translate languages, not what is said in a region. */
const nameOf = (tag: string): string =>
  new Intl.DisplayNames([document.documentElement.lang || 'en'], { type: 'language' }).of(
    new Intl.Locale(tag).language,
  ) ?? tag

function createPreview({
  h,
  words,
  transport,
  chatId,
  language,
  workingLanguage,
  field,
  note,
  write,
  fail,
}: PanelOptions): HTMLElement {
  const text = h('textarea', { rows: '3', dir: 'auto', lang: language, 'aria-label': words.reads })
  const status = h('p', { role: 'status' })
  let original = ''
  const show = (isShown: boolean): void => {
    form.hidden = !isShown
    button.setAttribute('aria-expanded', String(isShown))
  }
  const close = (): void => {
    show(false)
    field.focus()
  }
  const send = (): void => {
    const body = text.value.trim()
    if (body === '' || note.checked) return
    write(body, { body: original, language: workingLanguage })
    if (field.value.trim() === original) {
      field.value = ''
      field.dispatchEvent(new Event('input'))
    }
    close()
  }
  const open = async (): Promise<void> => {
    status.textContent = ''
    original = field.value.trim()
    const variables = { chatId, text: original, from: workingLanguage }
    const answer =
      original === '' || note.checked
        ? undefined
        : await transport.ask<Preview>(translationDocuments.draftTranslation, variables)
    const draft = answer?.draftTranslation
    if (!draft) return void (status.textContent = words.nothing)
    if (draft.fault !== null) status.textContent = words.untranslated.replace('{0}', draft.fault)
    text.value = draft.text
    show(true)
    text.focus()
  }
  const button = h(
    'button',
    { type: 'button', 'aria-expanded': 'false', onclick: () => void open().catch(fail) },
    words.preview.replace('{0}', nameOf(language)),
  )
  const form = h(
    'form',
    {
      hidden: true,
      onsubmit: (event) => {
        event.preventDefault()
        send()
      },
    },
    text,
    h('button', { class: 'primary' }, words.send),
    ' ',
    h('button', { type: 'button', onclick: close }, words.close),
  )
  form.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') close()
  })
  return h('section', { class: 'customer', 'aria-label': words.translated }, button, status, form)
}

/** Puts translations and originals below the last messages, and asks again when these change. */
function translateMessages({ h, words, transport, chatId, workingLanguage, log, fail }: PanelOptions): {
  close(): void
} {
  const additions = new Map<string, { readonly of: string; readonly element: HTMLElement }>()
  let lastTexts = ''
  let isAsking = false
  const articles = (): readonly HTMLElement[] => [...log.querySelectorAll<HTMLElement>('article[data-id]')]
  const textOf = (article: HTMLElement): string => article.querySelector('.body')?.textContent ?? ''

  const below = ({ body, original, translation }: MessageInTranslation): HTMLElement | undefined => {
    if (original)
      return h(
        'div',
        { class: 'card', dir: 'auto' },
        h('small', {}, words.original.replace('{0}', nameOf(original.language))),
        h('p', { dir: 'auto', lang: original.language }, original.body),
      )
    if (!translation || translation.text === body) return undefined
    const { text, service, fault } = translation
    return h(
      'div',
      { class: 'card' },
      h(
        'small',
        {},
        service === null ? words.untranslated.replace('{0}', fault ?? '') : `${words.translated} · ${service}`,
      ),
      h('p', { dir: 'auto', lang: workingLanguage }, text),
    )
  }
  /** An answer about a text that was changed or removed meanwhile is of no use. */
  const put = (message: MessageInTranslation, texts: ReadonlyMap<string, string>): void => {
    const article = articles().find(({ dataset }) => dataset['id'] === message.messageId)
    const element = article && below(message)
    if (!article || !element || texts.get(message.messageId) !== textOf(article)) return
    additions.get(message.messageId)?.element.remove()
    additions.set(message.messageId, { of: textOf(article), element })
    article.querySelector('.body')?.after(element)
  }
  /** What stands below a text that was changed or removed is gone at once. */
  const drop = (): void => {
    for (const article of articles()) {
      const id = article.dataset['id'] ?? ''
      const one = additions.get(id)
      if (!one || (one.of === textOf(article) && one.element.isConnected)) continue
      // The log may have been drawn anew.
      if (!one.element.isConnected) lastTexts = ''
      one.element.remove()
      additions.delete(id)
    }
  }
  const look = async (): Promise<void> => {
    drop()
    const texts = new Map(articles().map((article) => [article.dataset['id'] ?? '', textOf(article)]))
    const now = JSON.stringify([...texts])
    if (isAsking || now === lastTexts) return
    isAsking = true
    lastTexts = now
    try {
      const variables = { id: chatId, to: workingLanguage }
      const { chat } = await transport.ask<Messages>(translationDocuments.translatedMessages, variables)
      for (const message of chat?.messages.nodes ?? []) put(message, texts)
    } catch (error) {
      // The next change asks again.
      lastTexts = ''
      throw error
    } finally {
      isAsking = false
    }
    void look().catch(fail)
  }
  const observer = new MutationObserver(() => void look().catch(fail))
  observer.observe(log, { childList: true, subtree: true, characterData: true })
  void look().catch(fail)
  return { close: () => observer.disconnect() }
}
