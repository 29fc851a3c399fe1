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

/** The page's first operation without a token. It is answered even so, as are the page's queries of the schema. */
const opening = `# Without a token you see the schema only. The tokens for development were printed where the server was started;
# this makes another one:
#   guichet token --role agent --id camille
# (npx guichet in a product of yours, npm run -s guichet -- in a clone). Add it under "Set Headers" as
#   authorization: Bearer <token>
# and ask for more, such as { viewer { role name } }.
{ __typename }
`

/** The page's first operation with an agent's token in place. */
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

/**
 * Hides the banners, which advertise a paid assistant of Altair's and ask for donations, and the entry that sells its
 * cloud: no option turns them off. Altair stays named, in the title and in its menu.
 */
const withoutAdvertisements = `<style>
app-banner-container, .ant-alert-banner, .submenu-item--upgrade { display: none !important }
</style>`

/** Returns whether a request opens the address in a browser, rather than querying the API. */
const isVisit = ({ method, headers, query }: FastifyRequest): boolean =>
  method === 'GET' &&
  headers.upgrade === undefined &&
  (query as Readonly<Record<string, unknown>>)['query'] === undefined &&
  /\btext\/html\b/.test(headers.accept ?? '')

/**
 * Returns whether a request comes from a browser on this machine, by a name of this machine and through no proxy that
 * identifies itself. Only such a browser gets a development token.
 */
export function isLocal({ socket, headers }: Pick<FastifyRequest, 'socket' | 'headers'>): boolean {
  const forwarded = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'].some(
    (name) => name in headers,
  )
  const host = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(headers.host ?? '')
  return !forwarded && host && /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '')
}

/** Returns a development token, if this server can sign one. */
export type ExplorerToken = () => Promise<string | undefined>

/**
 * Serves the explorer of the API at `path`, for development. All of its files come from this machine. A browser that
 * opens the API's own address is redirected there. On this machine the explorer opens with a token in place.
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
        // A restored window would contain an old token.
        preserveState: false,
      }),
      disableAccount: true,
    }).replace('</head>', `${withoutAdvertisements}\n</head>`)

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

/** Returns the names of all files of a folder, relative to it. Nothing else is served. */
async function filesOf(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return new Set(files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/')))
}
