import { getDistDirectory, renderAltair } from 'altair-static'
import type { FastifyInstance } from 'fastify'
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

/** Serves a page to explore the API with, at `path`: for development, all of it from this machine. */
export async function addExplorer(app: FastifyInstance, path: string, endpointURL: string): Promise<void> {
  const folder = getDistDirectory()
  const files = await filesOf(folder)
  const page = renderAltair({
    baseURL: `${path}/`,
    endpointURL,
    subscriptionsEndpoint: endpointURL,
    initialSubscriptionRequestHandlerId: 'graphql-ws',
    initialHeaders: { authorization: 'Bearer ' },
    initialQuery: '{ viewer { role name } }',
    disableAccount: true,
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
