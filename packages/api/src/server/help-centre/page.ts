import type { HelpCentreSettings, HelpCentreWords, LanguageHours } from '@guichet/domain'
import { directionOf, helpCentreWords, languageFor, LruCache } from '@guichet/domain'
import type { RevisionKey } from '@guichet/projections'
import type { Html } from './html.ts'
import { markup } from './html.ts'
import type { Catalogue } from './catalogue.ts'
import { styleSheetOf } from './style.ts'

/** The help centre of a desk, at the time of a request. */
export type HelpCentre = {
  readonly settings: HelpCentreSettings
  readonly defaultLanguage: string
  readonly catalogue: Catalogue
  /** The time zone of the desk. */
  readonly timeZone: string
  /** The present or the next hours of those who answer in a language; undefined where none are known. */
  readonly hoursOf: (language: string) => Promise<LanguageHours | undefined>
}

/** What there is at an address: a page, or that it is at another one. */
export type PageAnswer =
  | {
      readonly status: 200 | 404 | 410
      readonly page: string
      /** Whether it is for one reader alone, so that nobody keeps a copy. */
      readonly isPersonal?: boolean
      /** The article that its reader opens with it. */
      readonly opened?: Pick<RevisionKey, 'articleId' | 'language'>
    }
  | { readonly status: 301 | 302; readonly path: string }
  /** A document, and the name under which it is saved. */
  | { readonly status: 200; readonly pdf: Buffer; readonly name: string }

/** A page in one of its languages: the language, and the path. */
type Alternate = { readonly language: string; readonly path: string }

type Page = {
  readonly language: string
  readonly title: string
  readonly description?: string | undefined
  /** The path of the page in its language; undefined for one that search engines leave out, such as a list’s second page. */
  readonly path?: string | undefined
  /** The page in all languages that it exists in. */
  readonly alternates?: readonly Alternate[]
  readonly query?: string
  readonly main: Html
}

const root = '/help'

/** The paths of the pages. Whatever an id or a slug holds is one part of a path. */
export const paths = {
  home: (language: string): string => `${root}/${encodeURIComponent(language)}`,
  category: (language: string, id: string): string => `${paths.home(language)}/categories/${encodeURIComponent(id)}`,
  article: (language: string, { articleId, slug }: { readonly articleId: string; readonly slug: string }): string =>
    `${paths.home(language)}/articles/${encodeURIComponent(articleId)}/${encodeURIComponent(slug)}`,
  search: (language: string): string => `${paths.home(language)}/search`,
  contact: (language: string): string => `${paths.home(language)}/contact`,
} as const

/** The longest search, in characters. */
export const longestQuery = 200

/** Writes a page as HTML. */
export function pageHtml(centre: HelpCentre, page: Page): string {
  const { settings, catalogue } = centre
  const { language, path, alternates = [], main } = page
  const say = speakerOf(centre, language)
  const title = settings.title ?? say.words.title
  const isIndexed = settings.indexed && path !== undefined
  const links = settings.links.filter((link) => link.language === undefined || link.language === language)
  const others = alternates.length > 0 ? alternates : catalogue.languages.map((each) => homeIn(each))
  const name = settings.title ?? say.text('title')
  const logo = settings.logo !== undefined && markup`<img src="${settings.logo}" alt="">`
  const contact = contactLink(centre, language, say)
  const languages = others.map((each) => markup`<li>${languageLink(each, language)}</li>`)
  return markup`<!doctype html>
<html lang="${language}" dir="${directionIn(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title === title ? title : `${page.title} – ${title}`}</title>
${page.description !== undefined && page.description !== '' && markup`<meta name="description" content="${page.description}">\n`}${
    isIndexed ? addressLinks(settings.address, path, alternates) : markup`<meta name="robots" content="noindex">\n`
  }<link rel="stylesheet" href="${root}/${styleSheetOf(settings).name}">
<link rel="icon" href="data:,">
</head>
<body>
<a class="skip" href="#main">${say.text('skip')}</a>
<header>
<a class="home" href="${paths.home(homeLanguage(centre, language))}">${logo}${name}</a>
<form role="search" action="${paths.search(homeLanguage(centre, language))}">
<input type="search" name="q" aria-label="${say.words.search}" maxlength="${longestQuery}" value="${page.query ?? ''}" required>
<button>${say.text('search')}</button>
</form>
</header>
<main id="main" tabindex="-1">
${main}
</main>
<footer>
${others.length > 1 && markup`<nav aria-label="${say.words.languages}"><ul class="row">${languages}</ul></nav>\n`}<ul class="row">
${contact !== undefined && markup`<li>${contact}</li>\n`}${links.map(
    ({ text, address }) => markup`<li><a href="${address}">${text}</a></li>\n`,
  )}</ul>
</footer>
</body>
</html>
`.text
}

/** The link to those who answer what no article does; nothing where the desk has named none, and takes no messages here. */
export function contactLink(centre: HelpCentre, language: string, say: Speaker, search?: string): Html | undefined {
  const { contact, contactForm } = centre.settings
  const address = contact ?? (contactForm ? paths.contact(homeLanguage(centre, language)) : undefined)
  if (address === undefined) return undefined
  return markup`<a href="${search === undefined ? address : withSearch(address, search)}">${say.text('contact')}</a>`
}

/** The address of a page that is told what was searched in vain: by `search`, and an e-mail by its subject. */
function withSearch(address: string, search: string): string {
  if (address.startsWith('tel:')) return address
  const [page = '', ...anchor] = address.split('#')
  const name = address.startsWith('mailto:') ? 'subject' : 'search'
  const parameter = new URLSearchParams({ [name]: search }).toString().replaceAll('+', '%20')
  return [`${page}${page.includes('?') ? '&' : '?'}${parameter}`, ...anchor].join('#')
}

/** The home page in a language. */
export const homeIn = (language: string): Alternate => ({ language, path: paths.home(language) })

/** A link to a page in another language, which is named in that language. */
export function languageLink({ language, path }: Alternate, current: string): Html {
  const state = language === current && markup` aria-current="true"`
  const direction = directionIn(language)
  return markup`<a href="${path}" lang="${language}" hreflang="${language}" dir="${direction}"${state}>${languageName(language)}</a>`
}

/** Pages in a language without articles lead to one with some. */
const homeLanguage = ({ catalogue, defaultLanguage }: HelpCentre, language: string): string =>
  catalogue.languages.includes(language) ? language : (catalogue.languages[0] ?? defaultLanguage)

/** The canonical address, and those in other languages: never of what a request says about its host. */
function addressLinks(address: string | undefined, path: string, alternates: readonly Alternate[]): Html | undefined {
  if (address === undefined) return undefined
  const others = alternates.map(
    (each) => markup`<link rel="alternate" hreflang="${each.language}" href="${address}${each.path}">\n`,
  )
  return markup`<link rel="canonical" href="${address}${path}">\n${others}`
}

/** Says what the pages say by themselves, in the language that is closest to that of a page. */
export type Speaker = {
  /** The language that is closest. */
  readonly language: string
  readonly words: HelpCentreWords
  /** A text, with its language where the page has another one. */
  text(key: keyof HelpCentreWords): Html
}

/** What the pages say by themselves in a language. */
export function speakerOf({ defaultLanguage }: Pick<HelpCentre, 'defaultLanguage'>, language: string): Speaker {
  const spoken = languageFor(helpCentreWords, language, defaultLanguage)
  const words = helpCentreWords[spoken]
  if (words === undefined) throw new RangeError(`no words in ${spoken}`)
  return { language: spoken, words, text: (key) => inLanguage(spoken, language, words[key]) }
}

/** A text in a page, with its language where that is not the page’s. */
export const inLanguage = (language: string, ofPage: string, text: string): Html =>
  language === ofPage || ofPage.startsWith(`${language}-`)
    ? markup`${text}`
    : markup`<span lang="${language}" dir="${directionIn(language)}">${text}</span>`

/** How many languages are remembered: more than a desk writes in. */
const cachedLanguages = 500

const directions = new LruCache<string, 'ltr' | 'rtl'>({ maxEntries: cachedLanguages })
const names = new LruCache<string, string>({ maxEntries: cachedLanguages })
const dates = new LruCache<string, Intl.DateTimeFormat>({ maxEntries: cachedLanguages })

/** The direction in which a language is written. */
const directionIn = (language: string): 'ltr' | 'rtl' =>
  cached(directions, language, () => directionOf(localeOf(language)))

/** The name of a language in itself. */
const languageName = (language: string): string =>
  cached(
    names,
    language,
    () => new Intl.DisplayNames([localeOf(language)], { type: 'language' }).of(localeOf(language)) ?? language,
  )

/** A day as readers of a language write it. */
export const dayIn = (language: string, at: Date): string =>
  cached(
    dates,
    language,
    () => new Intl.DateTimeFormat([localeOf(language), 'en'], { dateStyle: 'long', timeZone: 'UTC' }),
  ).format(at)

/** A language as readers of another one call it. */
export const languageNameIn = (language: string, reader: string): string =>
  new Intl.DisplayNames([localeOf(reader), 'en'], { type: 'language' }).of(localeOf(language)) ?? language

/** A period as readers of a language write it, in a time zone, which is named. */
export const hoursIn = (
  language: string,
  { from, to }: { readonly from: Date; readonly to: Date },
  timeZone: string,
): string =>
  new Intl.DateTimeFormat([localeOf(language), 'en'], {
    weekday: 'short',
    hour: 'numeric',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  }).formatRange(from, to)

function cached<T>(cache: LruCache<string, T>, language: string, create: () => T): T {
  const last = cache.get(language)
  if (last !== undefined) return last
  const value = create()
  cache.set(language, value)
  return value
}

/** A tag that `Intl` takes: those of articles need not be well-formed in all of their parts. */
function localeOf(language: string): string {
  try {
    return new Intl.Locale(language).toString()
  } catch {
    return language.split('-', 1)[0] ?? 'en'
  }
}
