import { words } from './agent-language.ts'
import { createSender } from '../connection/command-ids.ts'
import { codeOf } from '../connection/refusals.ts'
import type { Transport } from '../connection/transport.ts'
import { h } from '../page/dom.ts'
import type { ArticlePanel } from './article-panel.ts'

type Options = {
  readonly transport: Pick<Transport, 'ask'>
  readonly chatId: string
  readonly field: HTMLTextAreaElement
  readonly note: HTMLInputElement
  readonly fail: (code: string | undefined) => void
}

/** Where the articles for a chat are opened: a button, and the place of what it opens. */
type ArticlePlace = { readonly button: HTMLElement; readonly element: HTMLElement }

/** Makes a button that shows the articles and hides them. Their script is loaded when it is first pressed. */
export function createArticlePlace({ fail, ...options }: Options): ArticlePlace {
  const element = h('div', { hidden: true })
  const failed = (error: unknown): void => fail(codeOf(error))
  let panel: Promise<ArticlePanel> | undefined
  const load = async (): Promise<ArticlePanel> => {
    const { openArticles } = await import('./article-panel.ts')
    const { lang: language } = document.documentElement
    const opened = openArticles({ ...options, h, language, send: createSender(), fail: failed, refuse: fail })
    element.replaceChildren(opened.element)
    return opened
  }
  const show = (isShown: boolean): void => {
    element.hidden = !isShown
    button.setAttribute('aria-expanded', String(isShown))
  }
  const toggle = async (): Promise<void> => {
    show(element.hidden !== false)
    if (element.hidden) return
    try {
      const { open } = await (panel ??= load())
      open()
    } catch (error) {
      // Without a network it is loaded with another press.
      panel = undefined
      failed(error)
    }
  }
  const button = h('button', { type: 'button', 'aria-expanded': 'false', onclick: () => void toggle() }, words.articles)
  element.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return
    show(false)
    button.focus()
  })
  return { button, element }
}
