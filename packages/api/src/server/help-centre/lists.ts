import { languageFor } from '@guichet/domain'
import type { ExcerptPart, HelpCentreArticleRow, HelpCentreCategoryRow, ReadModels } from '@guichet/projections'
import { connectionOf } from '../../graphql/paging.ts'
import type { Html } from './html.ts'
import { markup } from './html.ts'
import type { HelpCentre, Speaker } from './page.ts'
import type { RelatedPages } from './related.ts'
import { contactLink, homeIn, inLanguage, longestQuery, pageHtml, paths, speakerOf } from './page.ts'

/** How many articles a list has on a page. */
const pageSize = 20

type Reading = Pick<ReadModels, 'helpCentre' | 'articleSearch'>

/** The page of a language: its categories with how many articles they have, and all of its articles. */
export async function homePage(
  centre: HelpCentre,
  language: string,
  after: string | undefined,
  { helpCentre }: Reading,
): Promise<string> {
  const say = speakerOf(centre, language)
  const path = paths.home(language)
  const { nodes, next } = await readList(after, (page) => helpCentre.list({ language }, page))
  const topics = categoryTree(centre, language, null, 2)
  const { settings } = centre
  return pageHtml(centre, {
    language,
    title: settings.title ?? say.words.title,
    path: after === undefined ? path : undefined,
    alternates: centre.catalogue.languages.map(homeIn),
    main: markup`<h1>${settings.title ?? say.text('title')}</h1>
${topics && topicList(topics, say)}<h2>${say.text('articles')}</h2>
${articleList(language, nodes, say)}${moreLink(path, next, say)}`,
  })
}

/** The page of a category: what lies in it, and its articles with those of the categories that lie in it. */
export async function categoryPage(
  centre: HelpCentre,
  language: string,
  category: HelpCentreCategoryRow,
  after: string | undefined,
  { helpCentre }: Pick<Reading, 'helpCentre'>,
  relatedPages: Pick<RelatedPages, 'ofCategory'>,
): Promise<string> {
  const say = speakerOf(centre, language)
  const path = paths.category(language, category.id)
  const [{ nodes, next }, relatedIds] = await Promise.all([
    readList(after, (page) => helpCentre.list({ language, categoryId: category.id }, page)),
    relatedPages.ofCategory({ categoryId: category.id, language }),
  ])
  const text = textIn(centre, category, language)
  const languages = centre.catalogue.languages.filter(
    (each) => each === language || centre.catalogue.articlesIn(category.id, each) > 0,
  )
  const children = categoryTree(centre, language, category.id, 2)
  const related = relatedIds.flatMap(
    (id) =>
      centre.catalogue.categories.find((each) => each.id === id && centre.catalogue.articlesIn(id, language) > 0) ?? [],
  )
  return pageHtml(centre, {
    language,
    title: text.name,
    description: text.description,
    path: after === undefined ? path : undefined,
    alternates: languages.map((each) => ({ language: each, path: paths.category(each, category.id) })),
    main: markup`${breadcrumbs(centre, language, category.parentId, say)}
<h1>${inLanguage(text.language, language, text.name)}</h1>
${text.description !== '' && markup`<p>${inLanguage(text.language, language, text.description)}</p>\n`}${
      children && topicList(children, say)
    }<h2>${say.text('articles')}</h2>
${articleList(language, nodes, say)}${moreLink(path, next, say)}${
      related.length > 0 &&
      markup`\n<nav aria-labelledby="related"><h2 id="related">${say.text('relatedCategories')}</h2>
<ul>${related.map((each) => markup`<li>${categoryLink(centre, language, each)}</li>\n`)}</ul></nav>`
    }`,
  })
}

/** The page of a search: the articles in the language that fit best. */
export async function searchPage(
  centre: HelpCentre,
  language: string,
  text: string,
  { helpCentre, articleSearch }: Reading,
): Promise<string> {
  const say = speakerOf(centre, language)
  const query = text
    .slice(0, longestQuery)
    .replaceAll(/[^\P{C}\u00ad\u200c\u200d]/gu, ' ')
    .trim()
  const { hits } =
    query === '' ? { hits: [] } : await articleSearch.search({ text: query, language, filter: {} }, 'public', pageSize)
  const rows = await helpCentre.titles(hits)
  const items = hits.flatMap(({ title, excerpt }, index) => {
    const row = rows[index]
    if (!row) return []
    const link = markup`<a href="${paths.article(row.language, row)}">${marked(title)}</a>`
    return [markup`<li>${link}<p>${marked(excerpt)}</p></li>\n`]
  })
  return pageHtml(centre, {
    language,
    title: say.words.search,
    alternates: centre.catalogue.languages.map((each) => ({
      language: each,
      path: `${paths.search(each)}?${new URLSearchParams({ q: query }).toString()}`,
    })),
    query,
    main:
      query === ''
        ? markup`<h1>${say.text('search')}</h1>`
        : markup`<h1>${say.text('results')} <bdi>${query}</bdi></h1>
${items.length > 0 ? markup`<ul class="list">\n${items}</ul>` : markup`<p>${say.text('noResults')} ${contactLink(centre, language, say, query)}</p>`}`,
  })
}

/** A text with the words that were searched marked. */
const marked = (parts: readonly ExcerptPart[]): readonly Html[] =>
  parts.map(({ text, isMatch }) => (isMatch ? markup`<mark>${text}</mark>` : markup`${text}`))

/** Reads a page of a list, and after which of its items the next one begins. */
async function readList(
  after: string | undefined,
  read: Parameters<typeof connectionOf<HelpCentreArticleRow>>[2],
): Promise<{ readonly nodes: readonly HelpCentreArticleRow[]; readonly next: string | undefined }> {
  const { edges, pageInfo } = await connectionOf('helpCentre', { first: pageSize, after }, read)
  return {
    nodes: edges.map(({ node }) => node),
    next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined,
  }
}

const moreLink = (path: string, next: string | undefined, say: Speaker): Html | undefined => {
  if (next === undefined) return undefined
  const query = new URLSearchParams({ after: next }).toString()
  return markup`\n<p><a rel="next" href="${path}?${query}">${say.text('more')}</a></p>`
}

const topicList = (topics: Html, say: Speaker): Html =>
  markup`<nav aria-labelledby="topics"><h2 id="topics">${say.text('categories')}</h2>\n${topics}</nav>\n`

/** A link to an article, in a page in any language. */
export const articleLink = (language: string, row: HelpCentreArticleRow): Html =>
  markup`<a href="${paths.article(row.language, row)}">${inLanguage(row.language, language, row.title)}</a>`

/** A list of articles in a language. */
export const articleList = (language: string, rows: readonly HelpCentreArticleRow[], say: Speaker): Html => {
  if (rows.length === 0) return markup`<p>${say.text('noArticles')}</p>`
  const items = rows.map((row) => {
    const excerpt = row.excerpt !== '' && markup`<p>${inLanguage(row.language, language, row.excerpt)}</p>`
    return markup`<li>${articleLink(language, row)}${excerpt}</li>\n`
  })
  return markup`<ul class="list">\n${items}</ul>`
}

/** The categories that a page is in, from the outside in. */
export function breadcrumbs(centre: HelpCentre, language: string, categoryId: string | null, say: Speaker): Html {
  const { categories } = centre.catalogue
  const path: HelpCentreCategoryRow[] = []
  for (let id = categoryId; id !== null;) {
    const category = categories.find((each) => each.id === id)
    if (category) path.unshift(category)
    id = category?.parentId ?? null
  }
  const title = centre.settings.title ?? say.text('title')
  const items = path.map((category) => markup`<li>${categoryLink(centre, language, category)}</li>`)
  const home = markup`<li><a href="${paths.home(language)}">${title}</a></li>`
  return markup`<nav aria-label="${say.words.categories}"><ol class="breadcrumbs">${home}${items}</ol></nav>`
}

/** The categories in another one that have articles in a language, some levels deep; undefined where there are none. */
function categoryTree(centre: HelpCentre, language: string, parentId: string | null, levels: number): Html | undefined {
  const { catalogue } = centre
  const children = catalogue.categories.filter(
    (each) => each.parentId === parentId && catalogue.articlesIn(each.id, language) > 0,
  )
  if (levels === 0 || children.length === 0) return undefined
  const items = children.map((each) => {
    const count = markup`<span class="weak">(${catalogue.articlesIn(each.id, language)})</span>`
    const below = categoryTree(centre, language, each.id, levels - 1)
    return markup`<li>${categoryLink(centre, language, each)} ${count}${below}</li>\n`
  })
  return markup`<ul>\n${items}</ul>`
}

function categoryLink(centre: HelpCentre, language: string, category: HelpCentreCategoryRow): Html {
  const text = textIn(centre, category, language)
  return markup`<a href="${paths.category(language, category.id)}">${inLanguage(text.language, language, text.name)}</a>`
}

/** The name of a category in the language that is closest to a page’s. */
function textIn({ defaultLanguage }: HelpCentre, { texts }: HelpCentreCategoryRow, language: string) {
  const closest = languageFor(texts, language, defaultLanguage)
  const { name = '', description = '' } = texts[closest] ?? {}
  return { language: closest, name, description }
}
