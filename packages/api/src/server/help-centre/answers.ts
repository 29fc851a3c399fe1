import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { closestLanguage } from '@guichet/domain'
import type { Files } from '@guichet/files'
import type { ReadModels } from '@guichet/projections'
import type { ArticleAddress } from './article-page.ts'
import { createArticlePages, missingPage, pdfName } from './article-page.ts'
import { acceptedLanguage } from './catalogue.ts'
import { contactPage, sentPage } from './contact-page.ts'
import { categoryPage, homePage, searchPage } from './lists.ts'
import type { HelpCentre, PageAnswer } from './page.ts'
import { longestQuery, paths } from './page.ts'
import { createRelatedPages } from './related.ts'
import type { RevisionPrints } from '../revision-print.ts'
import { sitemapIndex, sitemapPart } from './sitemap.ts'

/** What is read of a request: nothing else changes an answer, and `turn` only when it comes. */
type HelpCentreRequest = {
  /** The path and the query, as the client has written them. */
  readonly url: string
  readonly acceptLanguage: string | undefined
  /** Whose turn it is where something is made that takes long, such as a PDF: an address. */
  readonly turn: string
}

/** An answer of the help centre. */
type HelpCentreAnswer =
  /** `varies`: by the language that the browser accepts. */
  (PageAnswer & { readonly varies?: boolean }) | { readonly xml: string } | { readonly sheet: string }

type Reading = Pick<ReadModels, 'articles' | 'helpCentre' | 'articleSearch' | 'relatedArticles' | 'files'>

/** Creates what answers requests below `/help`. */
export function createAnswers(readModels: Reading, prints: RevisionPrints, files: Pick<Files, 'previews'> | undefined) {
  const relatedPages = createRelatedPages(readModels)
  const articlePage = createArticlePages(readModels, { relatedPages, prints }, files)

  return async (centre: HelpCentre, request: HelpCentreRequest): Promise<HelpCentreAnswer> => {
    const { languages } = centre.catalogue
    const reader = acceptedLanguage(languages, request.acceptLanguage, centre.defaultLanguage)
    const [path = '', search] = request.url.split('?', 2)
    const names = partsOf(path)
    const [first, ...rest] = names ?? []
    if (first === '' || (names && first === undefined)) return { status: 302, path: paths.home(reader), varies: true }
    const missing: HelpCentreAnswer = { status: 404, page: missingPage(centre, reader), varies: true }
    if (first === undefined) return missing
    if (first === 'sitemap.xml' && rest.length === 0) return xmlOr(missing, await sitemapIndex(centre, readModels))
    if (/^style-[\w-]{12}\.css$/.test(first) && rest.length === 0) return { sheet: first }
    if (rest.at(-1) === '') return { status: 301, path: withSearch(path.slice(0, -1), search) }

    const closest = closestLanguage(languages, first)
    const language = closest?.toLowerCase() === first.toLowerCase() ? closest : undefined
    if (language !== undefined && language !== first) {
      const [, , , ...others] = path.split('/')
      return { status: 301, path: withSearch([paths.home(language), ...others].join('/'), search) }
    }
    if (language !== undefined)
      return answerIn(centre, language, rest, { query: new URLSearchParams(search), turn: request.turn })
    const [section, ...others] = rest
    const address = section === 'articles' ? addressIn(first, others, request.turn) : undefined
    return address ? { ...(await articlePage(centre, reader, address)), varies: true } : missing
  }

  /** Answers below `/help/<language>`. */
  async function answerIn(
    centre: HelpCentre,
    language: string,
    [section, ...names]: readonly string[],
    { query, turn }: { readonly query: URLSearchParams; readonly turn: string },
  ): Promise<HelpCentreAnswer> {
    const after = query.get('after') ?? undefined
    const missing: HelpCentreAnswer = { status: 404, page: missingPage(centre, language) }
    const list = async (read: () => Promise<string>): Promise<HelpCentreAnswer> => {
      try {
        return { status: 200, page: await read() }
      } catch (error) {
        if (error instanceof GraphQLError && error.extensions['code'] === 'cursor_invalid') return missing
        throw error
      }
    }
    const [name] = names
    if (section === undefined) return list(() => homePage(centre, language, after, readModels))
    if (section === 'search' && name === undefined) {
      return { status: 200, page: await searchPage(centre, language, query.get('q') ?? '', readModels) }
    }
    if (section === 'contact' && name === undefined && centre.settings.contactForm) {
      if (query.has('sent')) return { status: 200, page: sentPage(centre, language) }
      const subject = query.get('search')?.slice(0, longestQuery)
      return { status: 200, page: await contactPage(centre, language, { id: randomUUID(), subject }), isPersonal: true }
    }
    const address = section === 'articles' ? addressIn(language, names, turn) : undefined
    if (address) return articlePage(centre, language, address)
    if (section === 'categories' && name !== undefined && names.length === 1) {
      const { categories } = centre.catalogue
      const category = categories.find(({ id }) => id === name)
      if (category) return list(() => categoryPage(centre, language, category, after, readModels, relatedPages))
      // Another category may have the slug tomorrow: the id is the address.
      const namesake = categories.find(({ texts }) => texts[language]?.slug === name)
      return namesake ? { status: 302, path: paths.category(language, namesake.id) } : missing
    }
    const [, number] = /^sitemap-([1-9]\d{0,4})\.xml$/.exec(section) ?? []
    if (number === undefined || names.length > 0) return missing
    return xmlOr(missing, await sitemapPart(centre, language, Number(number), readModels))
  }
}

/** The address of an article or its PDF, by what stands behind `articles`; undefined for none. */
function addressIn(language: string, names: readonly string[], turn: string): ArticleAddress | undefined {
  const [id, slug, file] = names
  if (id === undefined || names.length > (file === pdfName ? 3 : 2)) return undefined
  return { language, id, slug, ...(file === pdfName && { printFor: turn }) }
}

const xmlOr = (missing: HelpCentreAnswer, xml: string | undefined): HelpCentreAnswer =>
  xml === undefined ? missing : { xml }

const withSearch = (path: string, search: string | undefined): string =>
  search === undefined ? path : `${path}?${search}`

/** The parts of a path behind `/help`, decoded one by one, so that an id may hold a slash; undefined if it is no UTF-8. */
export function partsOf(path: string): readonly string[] | undefined {
  try {
    return path.split('/').slice(2).map(decodeURIComponent)
  } catch {
    return undefined
  }
}
