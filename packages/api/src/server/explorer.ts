import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { getDistDirectory, renderAltair } from 'altair-static'
import type { FastifyInstance, FastifyRequest } from 'fastify'

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

/** What the page opens on without a token: answered all the same, as what the page asks of the schema is. */
const opening = `# Without a token you see the schema only. The tokens for development were printed where the server was started;
# this makes another one:
#   guichet token --role agent --id camille
# (npx guichet in a product of yours, npm run -s guichet -- in a clone). Add it under "Set Headers" as
#   authorization: Bearer <token>
# and ask for more, such as { viewer { role name } }.
{ __typename }
`

/** What the page opens on with a token of an agent in place. */
const openingWithToken = `# You ask as an agent: the token is under "Set Headers". Press "Send Request".
query Waiting {
  viewer {
    name
    role
  }
  ticketCounters {
    total
  }
  tickets(first: 5, orderBy: { by: UPDATED_AT }) {
    nodes {
      id
      subject
      status
      customer {
        name
      }
    }
  }
}
`

/** Whether somebody opens an address in a browser, rather than asking something there. */
const isVisit = ({ method, headers, query }: FastifyRequest): boolean =>
  method === 'GET' &&
  headers.upgrade === undefined &&
  (query as Readonly<Record<string, unknown>>)['query'] === undefined &&
  /\btext\/html\b/.test(headers.accept ?? '')

/**
 * Whether a request comes from a browser on this very machine, which asked for it by a name of this machine and through no proxy that says that it
 * is one: a token for development is for nobody else.
 */
function isLocal({ socket, headers }: Pick<FastifyRequest, 'socket' | 'headers'>): boolean {
  const forwarded = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'].some(
    (name) => name in headers,
  )
  const host = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(headers.host ?? '')
  return !forwarded && host && /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '')
}

/** Makes a token for development, if this server can sign one. */
export type ExplorerToken = () => Promise<string | undefined>

/**
 * Serves a page to explore the API with, at `path`: for development, all of it from this machine. A browser that is opened at the
 * API's own address is led there. On this machine it opens with a token in place.
 */
export async function addExplorer(
  app: FastifyInstance,
  path: string,
  endpointURL: string,
  makeToken: ExplorerToken = async () => undefined,
): Promise<void> {
  const folder = getDistDirectory()
  const files = await filesOf(folder)
  const page = (token: string | undefined): string =>
    renderAltair({
      baseURL: `${path}/`,
      endpointURL,
      subscriptionsEndpoint: endpointURL,
      initialSubscriptionRequestHandlerId: 'graphql-ws',
      initialQuery: token === undefined ? opening : openingWithToken,
      ...(token !== undefined && {
        initialHeaders: { authorization: `Bearer ${token}` },
        initialSubscriptionsPayload: { authorization: `Bearer ${token}` },
        // A window that is kept would hold the token of another day.
        preserveState: false,
      }),
      disableAccount: true,
    })

  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === endpointURL && isVisit(request)) return reply.redirect(path)
  })
  app.get(path, async (request, reply) => {
    const token = isLocal(request) ? await makeToken() : undefined
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(page(token))
  })
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
