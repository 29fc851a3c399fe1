import { getDistDirectory, renderAltair } from 'altair-static'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
}

/** Answered without a token, as what the page asks of the schema is. */
const opening = `# Without a token you see the schema only. The tokens for development were printed where the server was started;
# this makes another one:
#   guichet token --role agent --id camille
# (npx guichet in a product of yours, npm run -s guichet -- in a clone). Add it under "Set Headers" as
#   authorization: Bearer <token>
# and ask for more, such as { viewer { role name } }.
{ __typename }
`

/** Whether somebody opens an address in a browser, rather than asking something there. */
const isVisit = ({ method, headers, query }: FastifyRequest): boolean =>
  method === 'GET' &&
  headers.upgrade === undefined &&
  (query as Readonly<Record<string, unknown>>)['query'] === undefined &&
  /\btext\/html\b/.test(headers.accept ?? '')

/**
 * Serves a page to explore the API with, at `path`: for development, all of it from this machine. A browser that is opened at `/` or at the
 * API's own address is led there.
 */
export async function addExplorer(app: FastifyInstance, path: string, endpointURL: string): Promise<void> {
  const folder = getDistDirectory()
  const files = await filesOf(folder)
  const page = renderAltair({
    baseURL: `${path}/`,
    endpointURL,
    subscriptionsEndpoint: endpointURL,
    initialSubscriptionRequestHandlerId: 'graphql-ws',
    initialQuery: opening,
    disableAccount: true,
  })

  app.get('/', (_, reply) => reply.redirect(path))
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === endpointURL && isVisit(request)) return reply.redirect(path)
  })
  app.get(path, (_, reply) => reply.type('text/html; charset=utf-8').send(page))
  app.get<{ Params: { '*': string } }>(`${path}/*`, (request, reply) => {
    const name = request.params['*']
    if (name === '') return reply.redirect(path)
    if (!files.has(name)) return reply.callNotFound()
    return reply
      .type(mediaTypes[extname(name)] ?? 'application/octet-stream')
      .send(createReadStream(join(folder, name)))
  })
}

/** The names of all files of a folder, relative to it: nothing else is served. */
async function filesOf(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return new Set(files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/')))
}
