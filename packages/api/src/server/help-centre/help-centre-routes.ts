import { createHash } from 'node:crypto'
import { create as contentDisposition } from 'content-disposition'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LanguageHours } from '@guichet/domain'
import { languageAvailabilities, planAt } from '@guichet/domain'
import { knowledgeSettings } from '../../graphql/knowledge/knowledge-settings.ts'
import type { Services } from '../../graphql/services.ts'
import type { RateLimits } from '../authentication.ts'
import { addressOf } from '../authentication.ts'
import { holds } from '../file-content.ts'
import { lastKnown, sharedAnswer } from '../health.ts'
import type { RevisionPrints } from '../revision-print.ts'
import type { LinkQuery } from '@guichet/files'
import { createAnswers } from './answers.ts'
import { createArticlePreviews } from './article-preview.ts'
import { catalogueOf } from './catalogue.ts'
import { createContactForm, longestMessage, parseForm } from './contact-form.ts'
import type { HelpCentre } from './page.ts'
import { createReaderIds } from './reader-ids.ts'
import { robotsText } from './sitemap.ts'
import { styleSheetOf } from './style.ts'

/** No script, nothing inline, and styles of this server: of elsewhere pictures alone, over HTTPS. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' https: data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Copies are asked for again after a second: what is published is found then, and a burst of readers asks once. */
const cacheControl = 'public, max-age=1, must-revalidate'

/** How long the categories that everybody sees are known without a query, and how long one may take, in milliseconds. */
const sharing = { cachedFor: 500, givenUpAfter: 10_000 }

/** How often articles are counted at most, in milliseconds: it takes a quarter of a second where there are a quarter of a million texts. */
const countingMs = 1_000

/** How old a count may be, in milliseconds: who comes after a quiet time waits for a new one. */
const oldestCountMs = 10_000

const etagOf = (content: string | Buffer): string =>
  `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`

const sendPage = (reply: FastifyReply, status: number, page: string): FastifyReply =>
  reply
    .status(status)
    .header('content-security-policy', contentSecurityPolicy)
    .type('text/html; charset=utf-8')
    .send(page)

/** Keeps the page of one reader out of caches. It names its origin when its form is sent. */
const personal = (reply: FastifyReply): FastifyReply =>
  reply.header('cache-control', 'no-store').header('referrer-policy', 'same-origin')
type PreviewRequest = FastifyRequest<{ Querystring: LinkQuery }>

/**
 * Adds the public help centre below `/help`, and `/robots.txt`, as the configuration in force says; while that has none,
 * there is nothing at these addresses. Pages are the same for everybody, with a token or without: they are what the
 * public reads. Whoever opens an article counts once a day, without a cookie; previews of drafts, for which a signed
 * link is needed, do not count. With `contactForm`, readers write to the desk.
 * @param secret by which readers are told apart in all processes alike; without one, each process does so by its own.
 */
export function addHelpCentre(
  app: FastifyInstance,
  {
    desk,
    readModels,
    readership,
    files,
    speakers,
    prints,
  }: Pick<Services, 'desk' | 'readModels' | 'readership' | 'files' | 'speakers'> & { readonly prints: RevisionPrints },
  limits: Pick<RateLimits, 'takeVisitor'>,
  secret?: string,
): void {
  const readerOf = createReaderIds(secret)
  const answer = createAnswers(readModels, prints, files)
  const languageOfDesk = async (): Promise<string> => (await desk.terms()).policy.defaultLanguage
  const categories = sharedAnswer(() => readModels.helpCentre.categories(), sharing)
  const hoursOf = async (language: string): Promise<LanguageHours | undefined> => {
    const at = desk.now()
    return languageAvailabilities(planAt(desk.timeline, at), await speakers(), at, language)[0]?.hours
  }
  const counts = lastKnown(() => readModels.helpCentre.counts(), countingMs, { oldestMs: oldestCountMs })

  /** The help centre as it is now; undefined while the desk has none. */
  const currentCentre = async (): Promise<HelpCentre | undefined> => {
    const defaultLanguage = await languageOfDesk()
    const { helpCentre: settings } = await knowledgeSettings({ desk })
    if (!settings.enabled) return undefined
    const { timeZone } = (await desk.terms()).policy
    const catalogue = catalogueOf(await categories(), await counts(), defaultLanguage)
    return { settings, defaultLanguage, timeZone, hoursOf, catalogue }
  }

  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const centre = await currentCentre()
    if (!centre) return reply.callNotFound()
    const { settings } = centre
    const { headers, raw } = request
    const result = await answer(centre, {
      url: raw.url ?? '',
      acceptLanguage: headers['accept-language'],
      turn: addressOf(request),
    })

    void reply.header('content-security-policy', contentSecurityPolicy).header('cache-control', cacheControl)
    if ('sheet' in result) return sendSheet(result.sheet)
    if ('xml' in result) return reply.type('application/xml; charset=utf-8').send(result.xml)
    if (result.varies === true) void reply.header('vary', 'accept-language')
    if ('path' in result) return reply.redirect(result.path, result.status)
    if ('pdf' in result) return sendPdf(result.pdf, result.name)
    if (result.opened && request.method === 'GET') {
      const at = desk.now()
      const personId = readerOf({ address: addressOf(request), headers, at })
      if (personId !== undefined) readership?.view({ ...result.opened, personId, at })
    }
    if (result.isPersonal === true) void personal(reply)
    const etag = etagOf(result.page)
    const isShared = result.status === 200 && result.isPersonal !== true
    if (isShared) void reply.header('etag', etag)
    if (isShared && holds(headers['if-none-match'], etag)) return reply.status(304).send()
    return sendPage(reply, result.status, result.page)

    function sendPdf(pdf: Buffer, name: string): FastifyReply {
      const etag = etagOf(pdf)
      void reply.header('etag', etag)
      if (holds(headers['if-none-match'], etag)) return reply.status(304).send()
      return reply
        .headers({
          'content-type': 'application/pdf',
          'content-disposition': contentDisposition(name, { type: 'inline' }),
          'content-security-policy': "default-src 'none'; sandbox",
          'x-content-type-options': 'nosniff',
        })
        .send(pdf)
    }

    function sendSheet(name: string): FastifyReply {
      const sheet = styleSheetOf(settings)
      const takesGzip = /\bgzip\b/.test(headers['accept-encoding'] ?? '')
      if (takesGzip) void reply.header('content-encoding', 'gzip')
      return (
        reply
          .type('text/css; charset=utf-8')
          .header('vary', 'accept-encoding')
          // A page that was read before the colours have changed asks for the style sheet of that time.
          .header('cache-control', name === sheet.name ? 'public, max-age=31536000, immutable' : 'no-store')
          .send(takesGzip ? sheet.gzip : sheet.text)
      )
    }
  }

  const take = createContactForm(desk, limits)
  const receive = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const centre = await currentCentre()
    const { language } = request.params as { readonly language: string }
    if (!centre?.settings.contactForm || !centre.catalogue.languages.includes(language)) return reply.callNotFound()
    const outcome = await take(centre, language, request)
    if ('path' in outcome) return reply.redirect(outcome.path, 303)
    const { status, wait, page } = outcome
    if (wait !== undefined) void reply.header('retry-after', wait)
    return sendPage(personal(reply), status, page)
  }
  void app.register(async (forms) => {
    const form = 'application/x-www-form-urlencoded'
    forms.addContentTypeParser(form, { parseAs: 'string' }, (_, body, done) => done(null, parseForm(String(body))))
    forms.post('/help/:language/contact', { bodyLimit: longestMessage }, receive)
  })
  if (files) {
    const preview = createArticlePreviews(readModels, files)
    app.get('/help/preview/*', async ({ query, raw }: PreviewRequest, reply) => {
      const centre = await currentCentre()
      if (!centre) return reply.callNotFound()
      const { status, page } = await preview(centre, { query, url: raw.url ?? '' }, new Date(desk.now()))
      void reply.header('cache-control', 'no-store').header('x-robots-tag', 'noindex')
      return sendPage(reply.header('referrer-policy', 'no-referrer'), status, page)
    })
  }
  app.get('/help', serve)
  app.get('/help/*', serve)
  app.get('/robots.txt', async (_, reply) => {
    const { helpCentre: settings } = await knowledgeSettings({ desk })
    if (!settings.enabled) return reply.callNotFound()
    return reply
      .type('text/plain; charset=utf-8')
      .header('cache-control', 'public, max-age=300')
      .send(robotsText(settings))
  })
}
