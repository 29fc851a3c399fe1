import type { Viewer } from '../agent/sign-in.ts'
import { beginSignedIn } from '../agent/sign-in.ts'
import { tabStorage } from '../connection/storage.ts'
import type { Transport } from '../connection/transport.ts'
import { createDrafts } from '../conversation/draft.ts'
import { adopt, h } from '../page/dom.ts'
import { agentStyles, logStyles } from '../page/styles.ts'
import { closestLanguage, pageLanguage } from '../page/words.ts'
import type { ArticleDesk } from './article-desk.ts'
import { createArticleDesk } from './article-desk.ts'
import type { ArticleAnswer } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import type { ListChoice, Screen } from './article-list.ts'
import { createArticleList, unfiltered } from './article-list.ts'
import { suggestedLanguages } from './language-field.ts'
import { createNewArticle } from './new-article.ts'
import { newAddress, routeOf } from './routes.ts'
import { articleStyles } from './styles.ts'
import { createWhatToWrite } from './what-to-write.ts'

/** The languages of the desk; the words of one of them are loaded. */
const languages = { en: () => import('./words-english.ts'), fr: () => import('./words-french.ts') }
const { language, locale } = closestLanguage(languages, [document.documentElement.lang, ...navigator.languages])
const { articleWords: words, uploadWords } = await languages[language]()
const { formats } = pageLanguage(uploadWords, locale)
const main = document.querySelector('main') as HTMLElement

/** The screen of a part of the page. */
async function screenOf(desk: ArticleDesk, chosen: ListChoice): Promise<Screen> {
  const route = routeOf(location.hash)
  if (route.at === 'new' && desk.mayWrite) return createNewArticle(desk, route.title, route.language)
  if (route.at === 'writing') return createWhatToWrite(desk)
  if (route.at !== 'article') return createArticleList(desk, chosen, suggestedLanguages)
  const first = async (): Promise<string> => {
    const variables = { id: route.key, language: locale }
    const answer = await desk.ask<ArticleAnswer>(articleDocuments.article, variables)
    return answer?.article?.language ?? language
  }
  const { createArticleView } = await import('./article-view.ts')
  return createArticleView(desk, route.key, route.language ?? (await first()))
}

/** Shows what authors work with; returns how to leave it. */
function showArticles(transport: Transport, viewer: Viewer, connection: HTMLElement): () => void {
  const drafts = createDrafts(tabStorage(), `guichet-draft:articles:${viewer.userId}:`)
  const desk = createArticleDesk({ transport, words, uploadWords, formats, viewer, drafts })
  const chosen = unfiltered()
  const place = h('div', { class: 'screen' })
  let screen: Screen | undefined
  /** Counts the screens: one that was left before it was there is not shown. */
  let turn = 0
  /** Whether the script of a screen could not be loaded. */
  let isMissing = false
  const go = async (isFirst: boolean): Promise<void> => {
    const mine = ++turn
    screen?.close()
    screen = undefined
    const next = await screenOf(desk, chosen).catch(() => undefined)
    if (mine !== turn) return next?.close()
    isMissing = next === undefined
    if (!next) return desk.fail('unavailable')
    screen = next
    place.replaceChildren(next.element)
    for (const link of links.querySelectorAll('a'))
      link.ariaCurrent = link.pathname === location.pathname && link.hash === location.hash ? 'page' : null
    await next.refresh()
    if (mine === turn && !isFirst) place.querySelector<HTMLElement>('h2[tabindex]')?.focus()
  }
  const moved = (): void => {
    desk.say('')
    void go(false)
  }
  /** What colleagues have done meanwhile is read when somebody comes back. */
  const seen = (): void => {
    if (document.visibilityState === 'visible') void (isMissing ? go(false) : screen?.refresh())
  }
  const links = h(
    'nav',
    { class: 'bar-links', 'aria-label': words.articles },
    h('a', { href: '#' }, words.articles),
    h('a', { href: '#writing' }, words.whatToWrite),
    ...(desk.mayWrite ? [h('a', { href: newAddress() }, words.newArticle)] : []),
    h('a', { href: '/chat/agent' }, words.chats),
  )
  window.addEventListener('hashchange', moved)
  window.addEventListener('focus', seen)
  main.replaceChildren(
    h(
      'div',
      { class: 'bar' },
      h('h1', {}, words.articles),
      links,
      h('span', { dir: 'auto' }, viewer.name ?? viewer.userId),
    ),
    connection,
    desk.messages,
    place,
  )
  void go(true)
  return () => {
    turn++
    screen?.close()
    window.removeEventListener('hashchange', moved)
    window.removeEventListener('focus', seen)
  }
}

document.documentElement.lang = language
document.title = `Guichet: ${words.articles}`
adopt(document, logStyles + agentStyles + articleStyles)
beginSignedIn({ main, words: { ...words, offline: words.unavailable }, enter: showArticles })
