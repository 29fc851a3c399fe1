import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { document } from '../documents/documents.ts'
import { fences } from '../documents/markdown.ts'

/** A site of somebody else that embeds the chat as the guide says, on an origin of its own. */
export type HostSite = { readonly origin: string; close(): void }

const nonce = 'bm9uY2U'
const blocks = fences(document('docs/guides/chat-on-your-site.md').text)

/** The block of the guide that begins so. */
function block(beginning: string): string {
  const found = blocks.find(({ code }) => code.startsWith(beginning))
  if (!found) throw new Error(`the guide has no block that begins with ${beginning}`)
  return found.code
}
const embedding = block('<script')
const styles = block('guichet-chat {')
const policy = block('script-src')

const channelOf = (given: URLSearchParams): string => {
  const channel = given.get('channel')
  return channel === null ? '' : ` channel="${channel}"`
}

/**
 * Serves one page. `server` is the origin of Guichet. Query parameters: the visitor's `token` and `channel`, `lang` and `dir` of the
 * page, and `styled` for the guide's styles and policy; without it the page allows no style at all, and scripts by a nonce.
 */
export async function serveHostPage(server: () => string): Promise<HostSite> {
  const site = createServer((request, response) => {
    const { searchParams: given, pathname } = new URL(request.url ?? '/', 'http://host')
    if (pathname === '/styles.css') return response.setHeader('content-type', 'text/css').end(styles)
    if (pathname !== '/') return response.writeHead(404).end()
    const at = (text: string): string =>
      text.replaceAll('https://desk.example', server()).replaceAll('wss://desk.example', server().replace('http', 'ws'))
    const styled = given.has('styled')
    const rules = styled
      ? `style-src 'self'; ${at(policy)} data:`
      : `script-src 'nonce-${nonce}'; ${/connect-src.*/.exec(at(policy))?.[0]} data:; require-trusted-types-for 'script'`
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('content-security-policy', `default-src 'none'; ${rules}`)
    const embedded = at(embedding)
      .replace('<script', styled ? '<script' : `<script nonce="${nonce}"`)
      .replace('<guichet-chat>', `<guichet-chat token="${given.get('token') ?? ''}"${channelOf(given)}>`)
    response.end(`<!doctype html>
<html lang="${given.get('lang') ?? 'en'}" dir="${given.get('dir') ?? 'ltr'}">
<meta charset="utf-8"><title>A shop</title><link rel="icon" href="data:,">
${styled ? '<link rel="stylesheet" href="/styles.css">' : ''}
<main><h1>A shop</h1></main>
${embedded}
</html>`)
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  return { origin: `http://127.0.0.1:${(site.address() as AddressInfo).port}`, close: () => void site.close() }
}
