import { id as idSchema, language as languageSchema, LruCache, streamName } from '@guichet/domain'
import type { Files, LinkQuery } from '@guichet/files'
import { hasPreview } from '@guichet/files'
import type { FileAddress } from '@guichet/knowledge'
import type { ArticleRow, ReadModels, RevisionKey } from '@guichet/projections'
import { isPicture } from '../../graphql/knowledge/article-files.ts'
import { previewName } from '../../graphql/knowledge/article-preview.ts'
import { partsOf } from './answers.ts'
import { closestKey, missingPage, present, publicArticles } from './article-page.ts'
import { Html, markup } from './html.ts'
import type { HelpCentre } from './page.ts'
import { dayIn, pageHtml, paths, speakerOf } from './page.ts'

/** The request of a preview. */
type PreviewRequest = {
  /** The path with its query, as it came: the page links to itself by it. */
  readonly url: string
  readonly query: LinkQuery
}

/** The page of a preview, or why there is none. */
type PreviewAnswer = { readonly status: 200 | 404 | 410; readonly page: string }

/** For how long the links to files of a page can be used at least, in milliseconds: they change as often, so that the HTML can be kept. */
const filesMs = 15 * 60_000

/** How many bytes of previews are kept as HTML. */
const cacheBytes = 4 * 1024 * 1024

/**
 * Creates what answers for previews. A link is to one revision: it shows the page that the help centre would make of it, to
 * whoever has the link, until it expires or the article is deleted. Other articles are linked where the public reads them.
 */
export function createArticlePreviews(
  { articles, helpCentre, files: fileRows }: Pick<ReadModels, 'articles' | 'helpCentre' | 'files'>,
  { links, previews }: Pick<Files, 'links' | 'previews'>,
) {
  const cache = new LruCache<string, string>({
    maxWeight: cacheBytes,
    weigh: (text, name) => 2 * (text.length + name.length),
  })

  return async (centre: HelpCentre, request: PreviewRequest, now: Date): Promise<PreviewAnswer> => {
    const { query, url } = request
    const key = keyOf(url)
    const validity = key ? links.pages.check(previewName(key), query, now) : 'invalid'
    if (!key || validity === 'invalid') return missing(centre, centre.defaultLanguage)
    if (validity === 'expired') return over(centre, key.language)
    const [[article], [revision]] = await Promise.all([articles.byIds([key.articleId]), articles.revisions([key])])
    if (article?.status === 'deleted') return over(centre, key.language)
    if (!article || !revision) return missing(centre, key.language)

    const end = new Date(Number(query.expires) * 1_000)
    // Whatever else the address says makes no other page.
    const link = new URLSearchParams({ expires: String(query.expires), signature: String(query.signature) })
    const address = `${url.split('?', 1)[0]}?${link}`
    const html = await bodyOf(key, revision.body, { article, url: address, end, now })
    const { language } = key
    const say = speakerOf(centre, language)
    const time = end.toISOString()
    return {
      status: 200,
      page: pageHtml(centre, {
        language,
        title: revision.title,
        main: markup`<p class="note" role="note">${say.text('preview')} <time datetime="${time}">${dayIn(language, end)}, ${time.slice(11, 16)} UTC</time></p>
<article>
<h1>${revision.title}</h1>
${new Html(html)}</article>`,
      }),
    }
  }

  async function bodyOf(
    key: RevisionKey,
    body: string,
    { article, url, end, now }: { article: ArticleRow; url: string; end: Date; now: Date },
  ): Promise<string> {
    const filesEnd = new Date(Math.min(end.getTime(), (Math.floor(now.getTime() / filesMs) + 2) * filesMs))
    const targets = ((await articles.links([key]))[0] ?? []).map(({ targetId }) => targetId)
    const addresses = await addressesOf(targets, key.language)
    addresses.set(article.id, url)
    const name = JSON.stringify([key.articleId, key.language, key.revision, [...addresses], filesEnd.getTime()])
    const last = cache.get(name)
    if (last !== undefined) return last
    const { renderArticle } = await import('@guichet/knowledge')
    const rendered = await renderArticle(body, {
      addressOf: async (articleId) => addresses.get(articleId),
      filesOf: (ids) => fileAddresses(article.id, ids, filesEnd),
    })
    cache.set(name, rendered.html)
    return rendered.html
  }

  /** The addresses of the articles that the public reads, of these. */
  async function addressesOf(ids: readonly string[], language: string): Promise<Map<string, string>> {
    const others = await publicArticles([...new Set(ids)], articles)
    const titles = present(await helpCentre.titles(others.map((each) => closestKey(each, language))))
    return new Map(titles.map((each) => [each.articleId, paths.article(each.language, each)]))
  }

  /** Signed addresses of those of these files that belong to the article and may be read. */
  async function fileAddresses(
    articleId: string,
    ids: readonly string[],
    end: Date,
  ): Promise<ReadonlyMap<string, FileAddress>> {
    const rows = await fileRows.ofOwner(streamName('article', articleId), ids)
    return new Map(
      rows.flatMap(({ id, status, mediaType }) => {
        if (status !== 'clean') return []
        const content = links.sign(id, 'content', end)
        const drawn =
          previews && hasPreview(mediaType) ? links.sign(id, 'preview', end, `article-${articleId}`) : content
        return [[id, { content, picture: isPicture(mediaType) ? drawn : undefined }]]
      }),
    )
  }
}

const missing = (centre: HelpCentre, language: string): PreviewAnswer => ({
  status: 404,
  page: missingPage(centre, language),
})

function over(centre: HelpCentre, language: string): PreviewAnswer {
  const say = speakerOf(centre, language)
  const main = markup`<h1>${say.text('previewOver')}</h1>`
  return { status: 410, page: pageHtml(centre, { language, title: say.words.previewOver, main }) }
}

/** The revision that an address names; undefined where none can have this name. */
function keyOf(url: string): RevisionKey | undefined {
  const [, language, articleId, revision = '', ...rest] = partsOf(url.split('?', 1)[0] ?? '') ?? []
  if (language === undefined || articleId === undefined || rest.length > 0) return undefined
  const isName = languageSchema.safeParse(language).success && idSchema.safeParse(articleId).success
  return isName && /^[1-9]\d{0,8}$/.test(revision) ? { articleId, language, revision: Number(revision) } : undefined
}
