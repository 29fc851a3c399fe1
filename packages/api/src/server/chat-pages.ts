import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { siteFolder } from '@guichet/console'
import { defaultWording, languageFor, languageOf, speaks } from '@guichet/domain'
import { isLocal } from './explorer.ts'

/** The tokens with which the pages open in development, in a browser on this machine. */
export type ChatTokens = () => Promise<{ readonly customer: string; readonly agent: string } | undefined>

/** Nothing inline, and nothing from elsewhere: scripts, and requests to this server. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
]

/** The preview of an article shows pictures from where readers load them, and HTML by the one policy of its script. */
const policyOfArticles = [
  ...contentSecurityPolicy.map((rule) => (rule.startsWith('img-src') ? "img-src 'self' https: data:" : rule)),
  'trusted-types guichet-article',
]

/** The language of the browser, of those that the widget speaks. */
const languageOfBrowser = ({ headers }: FastifyRequest): string =>
  languageFor(defaultWording, languageOf({ acceptLanguage: headers['accept-language'] }, isSpoken) ?? 'en', 'en')

const isSpoken = (language: string): boolean => speaks(defaultWording, language)

/** The language of the browser, of those of the desk. */
const languageOfAgent = ({ headers }: FastifyRequest): string =>
  languageOf({ acceptLanguage: headers['accept-language'] }, (language) => /^(?:en|fr)\b/.test(language))?.slice(
    0,
    2,
  ) ?? 'en'

type PageLink = readonly [address: string, what: string]

/**
 * Serves the scripts of the chat below /chat, for pages of any origin, and the pages: that of an agent on /chat/agent, that of
 * authors on /desk/articles and, in development, that of a visitor on /chat. Returns links to the pages; none before the scripts are built.
 */
export function addChatPages(
  app: FastifyInstance,
  development: boolean,
  makeTokens: ChatTokens = async () => undefined,
): readonly PageLink[] {
  const folder = fileURLToPath(siteFolder)
  if (!existsSync(folder)) return []
  for (const name of readdirSync(folder).filter((file) => /\.(?:js|txt)$/.test(file))) {
    const plain = readFileSync(`${folder}${name}`)
    const packed = gzipSync(plain, { level: 9 })
    const serve = (cacheControl: string) => (request: FastifyRequest, reply: FastifyReply) => {
      const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
      if (takesGzip) void reply.header('content-encoding', 'gzip')
      return reply
        .type(name.endsWith('.js') ? 'text/javascript; charset=utf-8' : 'text/plain; charset=utf-8')
        .header('cache-control', cacheControl)
        .header('vary', 'accept-encoding')
        .header('access-control-allow-origin', '*')
        .header('cross-origin-resource-policy', 'cross-origin')
        .send(takesGzip ? packed : plain)
    }
    // A name with a hash never holds anything else.
    const isHashed = /-[\w-]{8}\.js$/.test(name)
    app.get(`/chat/${name}`, serve(isHashed ? 'public, max-age=31536000, immutable' : 'public, max-age=300'))
    // A page that was opened before an upgrade asks for the widget of that time, and for its words.
    if (isHashed) app.get(`/chat/${name.replace(/-[\w-]{8}\.js$/, '')}-:hash.js`, serve('no-store'))
  }

  const page = async (
    request: FastifyRequest,
    reply: FastifyReply,
    language: string,
    title: string,
    body: (token: string) => string,
    role: 'customer' | 'agent',
    policy: readonly string[] = contentSecurityPolicy,
  ): Promise<FastifyReply> => {
    const token = development && isLocal(request) ? (await makeTokens())?.[role] : undefined
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-security-policy', policy.join('; ')).send(`<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
${body(token ?? '')}
</html>
`)
  }

  app.get('/chat/agent', (request, reply) =>
    page(
      request,
      reply,
      languageOfAgent(request),
      'Guichet: chats',
      (token) => `<script type="module" src="/chat/agent-page.js"></script>\n<main data-token="${token}"></main>`,
      'agent',
    ),
  )
  app.get('/desk/articles', (request, reply) =>
    page(
      request,
      reply,
      languageOfAgent(request),
      'Guichet: articles',
      (token) => `<script type="module" src="/chat/articles-page.js"></script>\n<main data-token="${token}"></main>`,
      'agent',
      policyOfArticles,
    ),
  )
  if (development) {
    app.get('/chat', (request, reply) =>
      page(
        request,
        reply,
        languageOfBrowser(request),
        'Guichet: a page with a chat',
        (token) => `<script type="module" src="/chat/loader.js"></script>
<main lang="en">
<h1>A page with a chat</h1>
<p>This page embeds the chat as any page does, with one script and one element. Agents answer on <a href="/chat/agent">/chat/agent</a>.</p>
</main>
<guichet-chat token="${token}"></guichet-chat>`,
        'customer',
      ),
    )
  }
  return [
    ...(development ? [['/chat', 'a page with the chat of a visitor'] as const] : []),
    ['/chat/agent', 'the chats of an agent'],
    ['/desk/articles', 'the articles of authors'],
  ]
}
