import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A site of somebody else that embeds the chat, on an origin of its own, under a strict content security policy. */
export type HostSite = { readonly origin: string; close(): void }

const nonce = 'bm9uY2U'

/** Serves one page. `server` is the origin of Guichet; the page's language, direction and token are query parameters. */
export async function serveHostPage(server: () => string): Promise<HostSite> {
  const site = createServer((request, response) => {
    const { searchParams: given, pathname } = new URL(request.url ?? '/', 'http://host')
    if (pathname !== '/') return response.writeHead(404).end()
    const guichet = server()
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader(
      'content-security-policy',
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'none'; img-src data:; connect-src ${guichet} ${guichet.replace('http', 'ws')}; require-trusted-types-for 'script'`,
    )
    response.end(`<!doctype html>
<html lang="${given.get('lang') ?? 'en'}" dir="${given.get('dir') ?? 'ltr'}">
<meta charset="utf-8"><title>A shop</title><link rel="icon" href="data:,">
<script type="module" nonce="${nonce}" src="${guichet}/chat/loader.js"></script>
<main><h1>A shop</h1></main>
<guichet-chat token="${given.get('token') ?? ''}"></guichet-chat>
</html>`)
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  return { origin: `http://127.0.0.1:${(site.address() as AddressInfo).port}`, close: () => void site.close() }
}
