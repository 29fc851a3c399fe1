import { create as contentDisposition } from 'content-disposition'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { language as languageTag, streamName } from '@guichet/domain'
import type { ArticleRow } from '@guichet/projections'
import { isPublicArticle } from '@guichet/projections'
import { isCustomer, principalKey } from '../auth/principal.ts'
import { accessTo } from '../auth/rights.ts'
import { edgeError } from '../errors.ts'
import { publishedTextOf } from '../graphql/knowledge/article-links.ts'
import { publicText, wholeAddress } from '../graphql/knowledge/article-message.ts'
import { pdfFile } from '../graphql/knowledge/article-pdf.ts'
import { knowledgeSettings } from '../graphql/knowledge/knowledge-settings.ts'
import type { ApiContext } from '../graphql/services.ts'
import { dayIn, speakerOf } from './help-centre/page.ts'
import type { RateLimits } from './authentication.ts'
import { requireToken } from './authentication.ts'
import type { Quotas } from './quotas.ts'
import type { RevisionPrint, RevisionPrints } from './revision-print.ts'

type PdfRequest = FastifyRequest<{ Params: { readonly id: string } }>

const querySchema = z.object({ language: languageTag.optional() })

/**
 * Adds `GET /articles/:id/article.pdf`: what is published of an article as a PDF for the desk, also of an internal one.
 * Customers and visitors get the PDFs of the help centre.
 */
export function addArticlePdfRoute(
  app: FastifyInstance,
  prints: RevisionPrints,
  contextOf: (request: FastifyRequest) => ApiContext,
  rateLimits: RateLimits,
  quotas: Pick<Quotas, 'exhausted' | 'takeRead'>,
): void {
  app.get(`/articles/:id/${pdfFile}`, {
    // It would be made, and thrown away.
    exposeHeadRoute: false,
    preParsing: requireToken(rateLimits, () => false),
    handler: async (request, reply): Promise<FastifyReply> => {
      const { principal, params } = request as PdfRequest
      if (!principal || isCustomer(principal) || accessTo('article', principal) === 'none') throw edgeError('forbidden')
      const exhausted = quotas.exhausted(principal)
      if (exhausted) throw exhausted
      const query = querySchema.safeParse(request.query)
      if (!query.success) throw edgeError('malformed_input', `language: ${query.error.issues[0]?.message}`)
      const context = contextOf(request)
      const article = await context.loaders.article.load(params.id)
      if (article?.status !== 'active') throw edgeError('article_unknown')
      const { print, slug } = await printOf(article, query.data.language ?? article.language, context)
      const pdf = await prints.pdf(print, principalKey(principal))
      quotas.takeRead(principal, pdf.length)
      return reply
        .headers({
          'content-type': 'application/pdf',
          'content-disposition': contentDisposition(`${slug || 'article'}.pdf`, { type: 'attachment' }),
          'cache-control': 'private, no-store',
          'x-content-type-options': 'nosniff',
          'content-security-policy': "default-src 'none'; sandbox",
        })
        .send(pdf)
    },
  })
}

/**
 * The published text in the closest language, and what stands around it. It may be given to customers: links lead to what
 * everybody reads.
 */
async function printOf(
  article: ArticleRow,
  language: string,
  context: ApiContext,
): Promise<{ readonly print: RevisionPrint; readonly slug: string }> {
  const key = publishedTextOf(article, language)
  const text = key && (await context.loaders.articleRevision.load(key))
  if (!key || !text) throw edgeError('article_unknown', 'nothing of the article is published')
  const { desk, files: content } = context.services
  const { helpCentre } = await knowledgeSettings(context.services)
  const { words } = speakerOf((await desk.terms()).policy, key.language)
  const { publishedAt, isStale } = article.translations.find((each) => each.language === key.language) ?? {}
  const isPublic = isPublicArticle(article)

  const linked = (await context.loaders.articleLinks.load(key)).map(({ targetId }) => targetId)
  const articles: (readonly [string, string])[] = []
  for (const id of new Set(linked)) {
    const target = await context.loaders.article.load(id)
    const targetText = target ? await publicText(target, key.language, context) : undefined
    const address = targetText && (await wholeAddress(targetText, context))
    if (address !== undefined) articles.push([id, address])
  }
  const fileIds = content ? await (await context.read('articles')).publishedFiles(article.id) : []
  const owner = streamName('article', article.id)
  const rows = fileIds.length > 0 ? await (await context.read('files')).ofOwner(owner, fileIds) : []
  const origin = isPublic && helpCentre.enabled ? (helpCentre.address ?? '') : ''
  const head = [
    ...(publishedAt ? [`${words.updated} ${dayIn(key.language, new Date(publishedAt))}`] : []),
    ...(isPublic ? [] : [words.internal]),
    ...(isStale === true ? [words.stale] : []),
  ]
  return {
    slug: text.slug,
    print: {
      key,
      title: text.title,
      head,
      foot: helpCentre.title ?? words.title,
      articles,
      files: rows
        .filter(({ status }) => status === 'clean')
        .map((file) => ({ file, address: `${origin}/help/files/${file.id}` })),
    },
  }
}
