/** Where somebody is on the page of authors: what stands behind the `#` of the address. */
type Route =
  | { readonly at: 'list' }
  | { readonly at: 'writing' }
  | { readonly at: 'new'; readonly title: string; readonly language: string }
  /** Without a language the first one of the article. */
  | { readonly at: 'article'; readonly key: string; readonly language: string | undefined }

/** The address of a text of an article. */
export const addressOf = (key: string, language?: string): string =>
  `#article/${encodeURIComponent(key)}${language === undefined ? '' : `/${encodeURIComponent(language)}`}`

/** The address of a new article, perhaps with its title. */
export const newAddress = (title = '', language = ''): string =>
  title === '' ? '#new' : `#new/${encodeURIComponent(title)}/${encodeURIComponent(language)}`

/** Reads the part of an address behind the `#`; what it does not know is the list. */
export function routeOf(hash: string): Route {
  const [at = '', first = '', second = ''] = hash.replace(/^#/, '').split('/').map(decoded)
  if (at === 'article' && first !== '') return { at, key: first, language: second === '' ? undefined : second }
  if (at === 'new') return { at, title: first, language: second }
  return { at: at === 'writing' ? at : 'list' }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}
