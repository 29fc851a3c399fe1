import { id as idSchema, languageFor, LruCache, streamName } from '@guichet/domain'
import type { Files } from '@guichet/files'
import type { ArticleRow, FileListRow, HelpCentreArticleRow, ReadModels, RevisionKey } from '@guichet/projections'
import { isPublicArticle, publishedTexts, wasPublicArticle } from '@guichet/projections'
import { isPrintable } from '../../article-pdf/print-limits.ts'
import { publicFileAddress } from '../../graphql/knowledge/article-files.ts'
import type { RevisionPrints } from '../revision-print.ts'
import { Html, markup } from './html.ts'
import { articleLink, articleList, breadcrumbs } from './lists.ts'
import type { HelpCentre, PageAnswer } from './page.ts'
import type { RelatedPages } from './related.ts'
import { mostRelatedOnPage } from './related.ts'
import { contactLink, dayIn, homeIn, inLanguage, languageLink, pageHtml, paths, speakerOf } from './page.ts'

/** What an address says of an article: another or no slug leads to the one that it has. */
export type ArticleAddress = {
  readonly language: string
  readonly id: string
  readonly slug: string | undefined
  /** Whose turn it is where the article is asked for as a PDF; undefined for the page. */
  readonly printFor?: string | undefined
}

/** The end of the address of an article as a PDF, behind its slug. */
export const pdfName = 'article.pdf'

type Reading = Pick<ReadModels, 'articles' | 'helpCentre' | 'files'>

/** How many bytes of articles are kept as HTML. */
const cacheBytes = 16 * 1024 * 1024

/**
 * Creates what answers for articles. Their HTML is kept, by revision and by the addresses of the articles that they link
 * to and of their files.
 * @param content the content of files; undefined where the server stores none.
 */
export function createArticlePages(
  { articles, helpCentre, files }: Reading,
  { relatedPages, prints }: { readonly relatedPages: Pick<RelatedPages, 'ofArticle'>; readonly prints: RevisionPrints },
  content: Pick<Files, 'previews'> | undefined,
) {
  const cache = new LruCache<string, string>({
    maxWeight: cacheBytes,
    weigh: (text, name) => 2 * (text.length + name.length),
  })
  const publicOnes = (ids: readonly string[]) => publicArticles(ids, articles)
  const filesOf = async (articleId: string): Promise<readonly FileListRow[]> => {
    const fileIds = content ? await articles.publishedFiles(articleId) : []
    const rows = fileIds.length > 0 ? await files.ofOwner(streamName('article', articleId), fileIds) : []
    return rows.filter(({ status }) => status === 'clean')
  }
  const bodyOf = async (key: RevisionKey, addresses: ReadonlyMap<string, string>): Promise<string> => {
    const previews = content?.previews === true
    const rows = await filesOf(key.articleId)
    const fileAddresses = new Map(rows.map((row) => [row.id, publicFileAddress(row, { previews })]))
    const name = JSON.stringify([key.articleId, key.language, key.revision, [...addresses], [...fileAddresses]])
    const last = cache.get(name)
    if (last !== undefined) return last
    const [revision] = await articles.revisions([key])
    const { renderArticle } = await import('@guichet/knowledge')
    const rendered = await renderArticle(revision?.body ?? '', {
      addressOf: async (id) => addresses.get(id),
      filesOf: async () => fileAddresses,
    })
    cache.set(name, rendered.html)
    return rendered.html
  }

  /**
   * The article at an address, or why there is none. Internal and unpublished ones are as if they were not there.
   * @param reader the language of the page that says why.
   */
  return async (
    centre: HelpCentre,
    reader: string,
    { language, id, slug, printFor }: ArticleAddress,
  ): Promise<PageAnswer> => {
    const [article] = idSchema.safeParse(id).success ? await articles.byIds([id]) : []
    if (article && wasPublicArticle(article)) return { status: 410, page: await gonePage(centre, reader, article) }
    if (!article || !isPublicArticle(article)) return { status: 404, page: missingPage(centre, reader) }
    const keys = publishedTexts(article)
    const key = keys.find((each) => each.language === language)
    if (!key) {
      const texts = present(await helpCentre.titles(keys))
      return { status: 404, page: missingPage(centre, reader, texts) }
    }
    const [[links = []], computed] = await Promise.all([articles.links([key]), relatedPages.ofArticle(key)])
    const targets = links.map(({ targetId }) => targetId).filter((target) => target !== id)
    const others = await publicOnes([...new Set([...article.relatedIds, ...targets, ...computed])])
    const named = others.filter((each) => article.relatedIds.includes(each.id))
    const suggested = computed.filter(
      (each) => !article.relatedIds.includes(each) && others.some((other) => other.id === each),
    )
    const relatedIds = [...named.map((each) => each.id), ...suggested].slice(
      0,
      Math.max(named.length, mostRelatedOnPage),
    )
    const otherKeys = others.map((each) => closestKey(each, language))
    const texts = present(await helpCentre.titles([...keys, ...otherKeys]))
    const text = texts.find((each) => each.articleId === id && each.language === language)
    if (!text) return { status: 404, page: missingPage(centre, reader) }
    const path = paths.article(language, text)
    if (slug !== text.slug) return { status: 301, path: printFor === undefined ? path : `${path}/${pdfName}` }

    const addresses = new Map([[id, path]])
    for (const each of texts) {
      if (targets.includes(each.articleId)) addresses.set(each.articleId, paths.article(each.language, each))
    }
    const say = speakerOf(centre, language)
    const inOthers = texts.filter((each) => each.articleId === id)
    const related = relatedIds.flatMap((each) => texts.find(({ articleId }) => articleId === each) ?? [])
    const translation = article.translations.find((each) => each.language === language)
    const original = inOthers.find((each) => each.language === article.language)
    const at = translation?.publishedAt
    if (printFor !== undefined) {
      const head = [
        ...(at === undefined ? [] : [`${say.words.updated} ${dayIn(language, new Date(at))}`]),
        ...(translation?.isStale === true ? [say.words.stale] : []),
      ]
      const foot = centre.settings.title ?? say.words.title
      const { address: origin } = centre.settings
      const pdf = await prints.pdf(
        {
          key,
          title: text.title,
          head,
          foot,
          articles: origin === undefined ? [] : [...addresses].map(([target, each]) => [target, `${origin}${each}`]),
          files: (await filesOf(id)).map((file) => ({ file, address: `${origin ?? ''}/help/files/${file.id}` })),
        },
        printFor,
      )
      return { status: 200, pdf, name: `${text.slug || 'article'}.pdf` }
    }
    const day =
      at !== undefined &&
      markup`<p class="weak">${say.text('updated')} <time datetime="${at}">${dayIn(language, new Date(at))}</time></p>\n`
    const printed =
      isPrintable(language) &&
      markup`<p class="weak pdf"><a href="${path}/${pdfName}" type="application/pdf">PDF</a></p>\n`
    const note =
      translation?.isStale === true &&
      original &&
      markup`<p class="note">${say.text('stale')} ${articleLink(language, original)}</p>\n`
    const page = pageHtml(centre, {
      language,
      title: text.title,
      description: text.excerpt,
      path,
      alternates: inOthers.map((each) => ({ language: each.language, path: paths.article(each.language, each) })),
      main: markup`${breadcrumbs(centre, language, article.categoryId, say)}
<article>
<h1>${text.title}</h1>
${day}${printed}${note}${new Html(await bodyOf(key, addresses))}</article>
${
  related.length > 0 &&
  markup`<section aria-labelledby="related"><h2 id="related">${say.text('related')}</h2>
${articleList(language, related, say)}</section>`
}`,
    })
    return { status: 200, page, opened: { articleId: id, language } }
  }

  async function gonePage(centre: HelpCentre, language: string, { replacedBy }: ArticleRow): Promise<string> {
    const say = speakerOf(centre, language)
    const [replacement] = await publicOnes(replacedBy === undefined ? [] : [replacedBy])
    const texts = replacement ? present(await helpCentre.titles([closestKey(replacement, language)])) : []
    return pageHtml(centre, {
      language,
      title: say.words.gone,
      main: markup`<h1>${say.text('gone')}</h1>
${texts.length > 0 && markup`<p>${say.text('replacement')}</p>\n${articleList(language, texts, say)}`}`,
    })
  }
}

/** Those of these articles that the public reads. */
export async function publicArticles(
  ids: readonly string[],
  articles: Pick<ReadModels['articles'], 'byIds'>,
): Promise<readonly ArticleRow[]> {
  const rows = ids.length === 0 ? [] : await articles.byIds(ids)
  return rows.filter((row): row is ArticleRow => row !== undefined && isPublicArticle(row))
}

/** The page at an address where nothing is, with the article in the languages that it exists in, if it is one. */
export function missingPage(centre: HelpCentre, language: string, texts: readonly HelpCentreArticleRow[] = []): string {
  const say = speakerOf(centre, language)
  const items = texts.map((text) => {
    const link = languageLink({ language: text.language, path: paths.article(text.language, text) }, language)
    return markup`<li>${link}: ${inLanguage(text.language, language, text.title)}</li>\n`
  })
  return pageHtml(centre, {
    language,
    title: say.words.notFound,
    main: markup`<h1>${say.text('notFound')}</h1>
${items.length > 0 && markup`<h2>${say.text('otherLanguages')}</h2>\n<ul>${items}</ul>\n`}<p><a href="${
      homeIn(language).path
    }">${centre.settings.title ?? say.text('title')}</a> ${contactLink(centre, language, say)}</p>`,
  })
}

/** What readers of a language see of an article: the text in it, or in the closest language that it has one in. */
export function closestKey(article: ArticleRow, language: string): RevisionKey {
  const keys = Object.fromEntries(publishedTexts(article).map((key) => [key.language, key]))
  const key = keys[languageFor(keys, language, article.language)]
  if (!key) throw new RangeError(`the public does not read ${article.id}`)
  return key
}

/** Those that there are. */
export const present = (rows: readonly (HelpCentreArticleRow | undefined)[]): readonly HelpCentreArticleRow[] =>
  rows.filter((row) => row !== undefined)
