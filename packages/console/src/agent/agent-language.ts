import { closestLanguage, fill, pageLanguage } from '../page/words.ts'

/** The languages of agents; the words of one of them are loaded. */
const languages = { en: () => import('./agent-english.ts'), fr: () => import('./agent-french.ts') }

/** Outside a page nobody has said what they read. */
const tags = typeof document === 'undefined' ? [] : [document.documentElement.lang, ...navigator.languages]
const choice = closestLanguage(languages, tags)
const module = await languages[choice.language]()

/** The language of the page: that which the server has chosen by what the browser accepts. */
export const { language } = choice

/** The words of the page. */
export const words = module.agentWords

/** The words of chats. */
export const { chatWords } = module

/** How the page writes instants and numbers. */
export const { formats } = pageLanguage(chatWords, choice.locale)

/** A text about a number: the one for one, and the one for others. */
export type Forms = { readonly one: string; readonly other: string }

const plurals = new Intl.PluralRules(choice.locale)

/** A text about a number, in the form of its language. */
export const counted = (count: number, forms: Forms): string =>
  fill(plurals.select(count) === 'one' ? forms.one : forms.other, String(count))

/** A name of the API in words, such as `error occurred` for `ERROR_OCCURRED`. */
export const inWords = (name: string): string =>
  (Object.hasOwn(module.names, name) ? module.names[name] : undefined) ?? name.toLowerCase().replaceAll('_', ' ')
