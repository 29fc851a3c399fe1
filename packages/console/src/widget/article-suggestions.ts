import type { h as makeElement } from '../page/dom.ts'
import type { Transport } from '../connection/transport.ts'
import type { Words } from '../page/words.ts'
import type { WidgetLanguage } from './languages.ts'

/** The operations of the suggestions, which are loaded with them. */
export const suggestionDocuments = {
  articleAnswers: `query ArticleAnswers($text: String!, $language: String!, $sessionId: ID!, $context: WritingContext) {
  articleAnswers(text: $text, language: $language, sessionId: $sessionId, context: $context) {
    isHeldBack answers { article { key } language title excerpt address }
  }
}`,
  languageAvailability: `query LanguageAvailability($language: String!) {
  languageAvailability(language: $language) { opensAt closesAt }
}`,
  recordDeflection: `mutation RecordDeflection($input: RecordDeflectionInput!) {
  recordDeflection(input: $input) { userErrors { code } }
}`,
} as const

/** What the suggestions need; it is handed to them, so that their script imports no other one. */
type SuggestionOptions = {
  readonly h: typeof makeElement
  readonly words: Words
  /** The language of the page: one of the widget’s, with or without a region. */
  readonly language: string
  /** The origin of the desk's server. */
  readonly server: string
  readonly transport: () => Transport | undefined
  /** The session of what is being written; another one for each call of `end`. */
  readonly session: { id(): string; end(): void }
  /** Where the suggestions are shown. */
  readonly place: HTMLElement
  /** Empties what was written, since it is solved. */
  readonly empty: () => void
}

/** Articles that are suggested while a visitor writes their first message. */
export type ArticleSuggestions = {
  /** Looks for articles after a pause in typing; what was asked for an earlier text is dropped. */
  typed(text: string): void
  /** The message is sent all the same. */
  sent(): void
  /** Somebody else is at the page. */
  forget(): void
}

type Answer = {
  readonly article: { readonly key: string }
  readonly language: string
  readonly title: string
  readonly excerpt: string
  readonly address: string | null
}
type Answers = { readonly articleAnswers: { readonly isHeldBack: boolean; readonly answers: readonly Answer[] } }
type Step = 'SUGGESTED' | 'OPENED' | 'SOLVED' | 'SENT'

/** The hours of those who speak the language of the page, if any do. */
type Availability = {
  readonly languageAvailability: readonly { readonly opensAt: string | null; readonly closesAt: string | null }[]
}

/** The words of the suggestions, which are loaded with them; the widget has the others. `{0}` is a language. */
const texts = {
  ar: { solved: 'تم حل مشكلتي', thanks: 'يسعدنا أن ذلك ساعدك.', hours: 'نجيب باللغة {0}:' },
  de: { solved: 'Damit ist es gelöst', thanks: 'Schön, dass das geholfen hat.', hours: 'Wir antworten auf {0}:' },
  en: { solved: 'This has solved it', thanks: 'Good to know that it helped.', hours: 'We answer in {0}:' },
  es: { solved: 'Esto lo ha resuelto', thanks: 'Nos alegra que le haya servido.', hours: 'Respondemos en {0}:' },
  fr: { solved: 'Mon problème est résolu', thanks: 'Ravis d’avoir pu vous aider.', hours: 'Nous répondons en {0} :' },
  hi: { solved: 'इससे समस्या हल हो गई', thanks: 'खुशी है कि इससे मदद मिली।', hours: 'हम {0} में उत्तर देते हैं:' },
  ur: { solved: 'اس سے مسئلہ حل ہو گیا', thanks: 'خوشی ہے کہ اس سے مدد ملی۔', hours: 'ہم {0} میں جواب دیتے ہیں:' },
} as const satisfies Readonly<Record<WidgetLanguage, Readonly<Record<'solved' | 'thanks' | 'hours', string>>>>

/** How long a pause is in which articles are looked for, and how long the answer may take, in milliseconds. */
const pauseMs = 700
const longestMs = 10_000

/** The characters with which a question begins to say something, and those that are sent. */
const shortest = 4
const longest = 1_000

/** Opens the suggestions. Whatever fails, the visitor goes on writing: none are shown. */
export function openSuggestions(options: SuggestionOptions): ArticleSuggestions {
  const { h, words, language, server, transport, session, place, empty } = options
  const text = texts[language.slice(0, 2) as WidgetLanguage]
  const status = h('p', { role: 'status', dir: 'auto' })
  const list = h('ul')
  const solved = h('button', { type: 'button', hidden: true, onclick: () => solve() }, text.solved)
  const hours = h('p', { dir: 'auto', hidden: true })
  place.replaceChildren(hours, status, list, solved)
  void showHours({ language, text: text.hours, transport, element: hours, h }).catch(() => undefined)
  let pause: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | undefined
  let lastQuestion = ''
  /** The steps that were said of this session. */
  const said = new Set<string>()
  let opened: Answer | undefined
  let best: Answer | undefined

  const record = (step: Step, about?: Answer): void => {
    const input = {
      sessionId: session.id(),
      step,
      language: about?.language ?? best?.language ?? language,
      ...(about && { articleId: about.article.key }),
    }
    const key = JSON.stringify([step, input.articleId])
    if (said.has(key)) return
    said.add(key)
    transport()
      ?.ask(suggestionDocuments.recordDeflection, { input })
      .catch(() => undefined)
  }

  const drop = (): void => {
    clearTimeout(pause)
    asking?.abort()
    asking = undefined
    lastQuestion = ''
  }

  const linkTo = (answer: Answer): HTMLElement | undefined => {
    if (answer.address === null) return undefined
    // Pages of the help centre are the server's; an address that the desk has configured is the site's own.
    const address = answer.address.startsWith('/help/') ? new URL(answer.address, server).href : answer.address
    const open = (): void => {
      opened = answer
      record('OPENED', answer)
    }
    const attributes = { href: address, target: '_blank', rel: 'noopener', onclick: open, onauxclick: open }
    return h('li', { dir: 'auto' }, h('a', attributes, answer.title), h('p', {}, answer.excerpt))
  }

  const show = (answers: readonly Answer[]): void => {
    const links = answers.flatMap((answer) => linkTo(answer) ?? [])
    best = answers[0]
    list.replaceChildren(...links)
    solved.hidden = links.length === 0
    status.textContent = links.length === 0 ? '' : words.draftArticles
    if (links.length > 0) record('SUGGESTED')
  }

  const look = async (question: string): Promise<void> => {
    const current = (asking = new AbortController())
    lastQuestion = question
    const end = setTimeout(() => current.abort(), longestMs)
    const page = location.pathname.slice(0, 500)
    const variables = { text: question, language, sessionId: session.id(), context: { page } }
    try {
      const answer = await transport()?.ask<Answers>(suggestionDocuments.articleAnswers, variables, current.signal)
      if (current !== asking || !answer) return
      show(answer.articleAnswers.answers)
      if (answer.articleAnswers.isHeldBack) record('SUGGESTED')
    } catch {
      if (current === asking) lastQuestion = ''
    } finally {
      clearTimeout(end)
    }
  }

  /** Ends the session: what is written next belongs to another one. */
  const end = (): void => {
    drop()
    show([])
    said.clear()
    opened = undefined
    session.end()
  }

  const solve = (): void => {
    record('SOLVED', opened ?? best)
    end()
    empty()
    status.textContent = text.thanks
  }

  return {
    typed: (typed) => {
      const question = typed.trim().slice(0, longest)
      if (question === lastQuestion) return
      drop()
      if (question.length < shortest) return best && show([])
      pause = setTimeout(() => void look(question), pauseMs)
    },
    sent: () => {
      if (said.size > 0) record('SENT')
      end()
    },
    forget: end,
  }
}

type HoursOptions = Pick<SuggestionOptions, 'h' | 'language' | 'transport'> & {
  readonly text: string
  readonly element: HTMLElement
}

/** Says when somebody is there who speaks the language of the page, on the reader’s clock; nothing where that is not known, or always. */
async function showHours({ h, language, text, transport, element }: HoursOptions): Promise<void> {
  const answer = await transport()?.ask<Availability>(suggestionDocuments.languageAvailability, { language })
  const { opensAt, closesAt } = answer?.languageAvailability[0] ?? {}
  if (!opensAt || !closesAt) return
  const name = new Intl.DisplayNames([language], { type: 'language' }).of(language.slice(0, 2)) ?? language
  const format = new Intl.DateTimeFormat(language, { weekday: 'short', hour: 'numeric', minute: '2-digit' })
  const period = format.formatRange(new Date(opensAt), new Date(closesAt))
  element.replaceChildren(text.replace('{0}', name), ' ', h('bdi', {}, period))
  element.hidden = false
}
