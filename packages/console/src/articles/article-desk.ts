import type { Viewer } from '../agent/sign-in.ts'
import { createSender } from '../connection/command-ids.ts'
import { codeOf, refusalIn } from '../connection/refusals.ts'
import type { Transport } from '../connection/transport.ts'
import type { Drafts } from '../conversation/draft.ts'
import { h, setText } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'
import type { ArticleCommand, CommandAnswer, ListedText, SavedArticle } from './article-documents.ts'
import { articleCommands } from './article-documents.ts'
import type { ArticleWords } from './words-english.ts'

/** What became of a command: the article after it, or the code with which it was refused. */
type CommandOutcome = { readonly article: SavedArticle | null; readonly code?: never } | { readonly code: string }

/** What all parts of the page of authors share. */
export type ArticleDesk = {
  readonly transport: Pick<Transport, 'ask' | 'follow' | 'pause'>
  readonly words: ArticleWords
  /** The words of uploads. */
  readonly uploadWords: Words
  readonly formats: Formats
  readonly viewer: Viewer
  /** Whether the viewer may change articles; auditors read them. */
  readonly mayWrite: boolean
  /** What was typed and not saved. */
  readonly drafts: Drafts
  /** Says what was done, or was refused. */
  readonly messages: HTMLElement
  /** Asks the server; says why, and is undefined, when that is not possible. */
  ask<T>(document: string, variables: object): Promise<T | undefined>
  /** Sends a command, and says why when it is refused, unless `isOwn` says that the sender says it itself. */
  send(name: ArticleCommand, input: object, isOwn?: (code: string) => boolean): Promise<CommandOutcome>
  /** Says what was done. */
  say(text: string): void
  /** Says why something was not done, by its code. */
  fail(code: string): void
}

/** Creates what the parts of the page share. */
export function createArticleDesk(
  options: Pick<ArticleDesk, 'transport' | 'words' | 'uploadWords' | 'formats' | 'viewer' | 'drafts'>,
): ArticleDesk {
  const { transport, words } = options
  const sendCommand = createSender()
  const status = h('p', { class: 'status', role: 'status', dir: 'auto' })
  const problem = h('p', { class: 'problem', role: 'alert', dir: 'auto' })
  /** Whether the problem is one of reading, which is over once something is read. */
  let isUnread = false
  const say = (text: string): void => {
    setText(problem, '')
    setText(status, text)
  }
  const refuse = (code: string, message?: string): void => {
    isUnread = false
    setText(status, '')
    setText(problem, refusalText(words, code, message))
  }
  return {
    ...options,
    mayWrite: options.viewer.role !== 'AUDITOR',
    messages: h('div', { class: 'messages' }, status, problem),
    ask: async <T>(document: string, variables: object) => {
      try {
        const answer = await transport.ask<T>(document, variables)
        if (isUnread) setText(problem, '')
        return answer
      } catch (error) {
        refuse(codeOf(error))
        isUnread = true
        return undefined
      }
    },
    send: async (name, input, isOwn = () => false) => {
      try {
        const { result } = await sendCommand([name, input], async (commandId) => {
          const answer = await transport.ask<CommandAnswer>(articleCommands[name], { input: { commandId, ...input } })
          refusalIn(answer.result.userErrors)
          return answer
        })
        const [error] = result.userErrors
        if (!error) {
          setText(problem, '')
          return { article: result.article }
        }
        if (!isOwn(error.code)) refuse(error.code, error.message)
        return { code: error.code }
      } catch (error) {
        refuse(codeOf(error))
        return { code: codeOf(error) }
      }
    },
    say,
    fail: refuse,
  }
}

/** Says in words why something was refused: by its code, else by what the server says. */
function refusalText(words: ArticleWords, code: string, message = code): string {
  const said: Readonly<Record<string, string | undefined>> = words
  return fill(said[code.toLowerCase()] ?? words.notDone, message)
}

/** The name of a person; the id of one who has none. */
export const nameOf = (person: { readonly userId: string; readonly name: string | null } | null): string =>
  person?.name ?? person?.userId ?? '–'

/** The name of a language in that of the page. */
export function languageName(language: string, { locale }: Formats): string {
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(language) ?? language
  } catch {
    return language
  }
}

/** How a text stands, in words: whether readers see it, and what is done with the next revision. */
export function stateOf(text: ListedText, words: ArticleWords): string {
  const { latest, published, inReview, approved, isStale } = text
  const next = latest?.number
  const isPublished = published !== null
  return [
    ...(isPublished ? [words.published] : []),
    ...(next !== undefined && next === inReview ? [words.inReview] : []),
    ...(next !== undefined && next === approved && next !== published?.number ? [words.approved] : []),
    ...(next !== published?.number && next !== inReview && next !== approved ? [words.draft] : []),
    ...(isStale ? [words.stale] : []),
  ].join(', ')
}

/** A button that cannot be pressed again before what it has begun has ended. */
export function actionButton(label: string, run: () => Promise<unknown>, name?: string): HTMLButtonElement {
  const button = h('button', { type: 'button', class: name, onclick: () => void press() }, label)
  const press = async (): Promise<void> => {
    button.disabled = true
    try {
      await run()
    } finally {
      button.disabled = false
    }
  }
  return button
}

/** A choice under a label. */
export function choice(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  value = '',
): { readonly element: HTMLElement; readonly select: HTMLSelectElement } {
  const select = h('select', {}, ...options.map(([each, text]) => h('option', { value: each }, text)))
  select.value = value
  return { element: h('label', {}, h('span', {}, label), select), select }
}

/** What is between the commas of a text. */
export const commaList = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(/[,،]/)
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  ),
]
