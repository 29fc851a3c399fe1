import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../workspace/sources.ts'

const run = promisify(execFile)

/** Bundles `@guichet/activity` from its sources, as it is packed for pages without a bundler. */
export async function bundledActivity(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-activity-'))
  try {
    await run(process.execPath, [join(root, 'packages/activity/build-bundle.mjs'), folder])
    return await readFile(join(folder, 'activity.js'), 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** An activity as the desk received it, with what came with its request. */
export type ReceivedActivity = {
  readonly id: string
  readonly kind: string
  readonly page?: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly contentType: string
  readonly bearer: string | undefined
  /** The token in the body. */
  readonly token: string | undefined
}

type Body = { readonly token?: string; readonly activities: readonly ReceivedActivity[] }

/** A site that reports to a desk on another origin. The desk takes everything, or is away. */
export type ActivitySite = {
  /** Any path of it is a page with `createActivity`, but `/slow`, which never answers. */
  readonly origin: string
  readonly desk: string
  isAway: boolean
  /** The requests that were cut since the desk is away. */
  readonly cut: number
  readonly received: readonly ReceivedActivity[]
  /** Forgets what was received and cut, and brings the desk back. */
  reset(): void
  close(): void
}

const page = `<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,">
<script type="module">
import { createActivity } from '/activity.js'
window.createActivity = createActivity
</script></html>`

/** Serves a site and its desk. */
export async function serveActivitySite(): Promise<ActivitySite> {
  const script = await bundledActivity()
  let isAway = false
  let cut = 0
  let received: ReceivedActivity[] = []

  const site = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host')
    if (pathname === '/slow') return
    const isScript = pathname === '/activity.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? script : page)
  })
  const take = (request: IncomingMessage, response: ServerResponse, text: string): void => {
    const { token, activities } = JSON.parse(text) as Body
    const { 'content-type': contentType = '', authorization: bearer } = request.headers
    received.push(...activities.map((activity) => ({ ...activity, contentType, bearer, token })))
    response.writeHead(202).end(JSON.stringify({ stored: activities.length, refused: [] }))
  }
  const desk = createServer((request, response) => {
    if (isAway) {
      cut++
      request.socket.destroy()
      return
    }
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'authorization, content-type')
    response.setHeader('connection', 'close')
    if (request.method !== 'POST' || request.url !== '/activities') {
      response.writeHead(request.method === 'OPTIONS' ? 204 : 404).end()
      return
    }
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => (text += part))
    request.on('end', () => take(request, response, text))
  })

  return {
    origin: await listen(site),
    desk: await listen(desk),
    get isAway() {
      return isAway
    },
    set isAway(away) {
      isAway = away
    },
    get cut() {
      return cut
    },
    get received() {
      return received
    },
    reset: () => {
      received = []
      cut = 0
      isAway = false
    },
    close: () => {
      for (const server of [site, desk]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
