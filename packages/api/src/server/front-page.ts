import type { FastifyInstance } from 'fastify'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The paths of the guide of the API: beside the README of an installed package, or among the documents of a clone. */
const guides = ['../../graphql-guide.txt', '../../../../docs/guides/graphql.md'].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
)

const guide = '/guide'

/** Serves `/`, a page that describes the server and links to its parts, and the guide of the API as text. */
export function addFrontPage(
  app: FastifyInstance,
  endpoint: string,
  explorer: string | undefined,
  pages: readonly (readonly [address: string, what: string])[],
): void {
  const place = guides.find((path) => existsSync(path))
  const links: readonly (readonly [address: string, what: string])[] = [
    ...(explorer === undefined ? [] : [[explorer, 'explore the API in the browser'] as const]),
    ...pages,
    ...(place === undefined ? [] : [[guide, 'the guide of the API: tokens, pages, errors, subscriptions'] as const]),
    ['/health', 'whether the process is alive'],
    ['/ready', 'whether everything that it needs answers'],
  ]
  const items = links.map(([address, what]) => `<li><a href="${address}">${address}</a> — ${what}</li>`)
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Guichet</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>Guichet</h1>
<p>A customer-support engine runs here. It answers GraphQL at <code>${endpoint}</code>: queries and mutations by POST, subscriptions as
server-sent events or over a WebSocket. Every request brings a token.</p>
<ul>
${items.join('\n')}
</ul>
</html>
`
  app.get('/', (_, reply) => reply.type('text/html; charset=utf-8').send(page))
  if (place !== undefined) {
    app.get(guide, async (_, reply) => reply.type('text/plain; charset=utf-8').send(await readFile(place)))
  }
}
