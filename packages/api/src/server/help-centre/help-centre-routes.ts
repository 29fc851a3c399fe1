import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { knowledgeSettings } from '../../graphql/knowledge/knowledge-settings.ts'
import type { Services } from '../../graphql/services.ts'
import { addressOf } from '../authentication.ts'
import { holds } from '../file-content.ts'
import { lastKnown, sharedAnswer } from '../health.ts'
import { createAnswers } from './answers.ts'
import { catalogueOf } from './catalogue.ts'
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

/**
 * Adds the public help centre below `/help`, and `/robots.txt`, as the configuration in force says; while that has none,
 * there is nothing at these addresses. Pages are the same for everybody, with a token or without: they are what the
 * public reads. Whoever opens an article counts once a day, without a cookie.
 * @param secret by which readers are told apart in all processes alike; without one, each process does so by its own.
 */
export function addHelpCentre(
  app: FastifyInstance,
  { desk, readModels, readership, files }: Pick<Services, 'desk' | 'readModels' | 'readership' | 'files'>,
  secret?: string,
): void {
  const readerOf = createReaderIds(secret)
  const answer = createAnswers(readModels, files)
  const languageOfDesk = async (): Promise<string> => (await desk.terms()).policy.defaultLanguage
  const categories = sharedAnswer(() => readModels.helpCentre.categories(), sharing)
  const counts = lastKnown(() => readModels.helpCentre.counts(), countingMs, { oldestMs: oldestCountMs })

  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const defaultLanguage = await languageOfDesk()
    const { helpCentre: settings } = await knowledgeSettings({ desk })
    if (!settings.enabled) return reply.callNotFound()
    const catalogue = catalogueOf(await categories(), await counts(), defaultLanguage)
    const centre = { settings, defaultLanguage, catalogue }
    const { headers, raw } = request
    const result = await answer(centre, { url: raw.url ?? '', acceptLanguage: headers['accept-language'] })

    void reply.header('content-security-policy', contentSecurityPolicy).header('cache-control', cacheControl)
    if ('sheet' in result) return sendSheet(result.sheet)
    if ('xml' in result) return reply.type('application/xml; charset=utf-8').send(result.xml)
    if (result.varies === true) void reply.header('vary', 'accept-language')
    if ('path' in result) return reply.redirect(result.path, result.status)
    if (result.opened && request.method === 'GET') {
      const at = desk.now()
      const personId = readerOf({ address: addressOf(request), headers, at })
      if (personId !== undefined) readership?.view({ ...result.opened, personId, at })
    }
    const etag = `"${createHash('sha256').update(result.page).digest('base64url').slice(0, 22)}"`
    if (result.status === 200) void reply.header('etag', etag)
    if (result.status === 200 && holds(headers['if-none-match'], etag)) return reply.status(304).send()
    return reply.status(result.status).type('text/html; charset=utf-8').send(result.page)

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
