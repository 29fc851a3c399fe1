import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documents } from './documents/documents.ts'
import { fences } from './documents/markdown.ts'
import { matches } from './documents/transcript.ts'
import type { RunningServer } from './process/guichet.ts'
import { serve } from './process/guichet.ts'
import { root } from './workspace/sources.ts'

/** Below node_modules, so that a client imports its libraries as a reader would. */
const folder = join(root, `node_modules/.cache/guichet-clients-${process.pid}`)

const clients = documents.flatMap(({ path, text }) => {
  const blocks = fences(text)
  return blocks.flatMap(({ info, code, line }, index) => {
    const next = blocks[index + 1]
    if (info !== 'js served') return []
    if (next?.info !== 'text output') throw new Error(`${path}:${line} says nothing about what it prints`)
    return [{ name: `${path}:${line}`, file: `client-${line}.mjs`, code, output: next.code }]
  })
})

describe('the clients in the documents', () => {
  let home: string
  let server: RunningServer
  let tokens: Readonly<Record<string, string>>

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'guichet-clients-'))
    server = await serve({ GUICHET_HOME: home })
    const printed = JSON.parse(server.printed.out) as { tokens: Record<string, string> }
    tokens = Object.fromEntries(Object.entries(printed.tokens).map(([role, token]) => [role.toUpperCase(), token]))
    await mkdir(folder, { recursive: true })
  })

  afterAll(async () => {
    server.child.kill('SIGTERM')
    await server.exited
    for (const each of [home, folder]) await rm(each, { recursive: true, force: true })
  })

  it('exist', () => {
    expect(clients.length).toBeGreaterThan(1)
  })

  it.each(clients)('$name prints the output shown below it', async ({ file, code, output }) => {
    await writeFile(join(folder, file), code)
    const env = { PATH: process.env['PATH'], GUICHET_URL: server.url, ...tokens }
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, file)], { env, timeout: 50_000 })
    expect(matches(output, stdout) || stdout).toBe(true)
  })

  it('the reconnect loop goes on where it was, after lost connections and while the database is away', async () => {
    const looping = clients.find(({ code }) => code.includes('async function* follow('))
    if (!looping) throw new Error('the guide has no loop')
    const gateway = await openLossyGateway(server.url)
    try {
      await writeFile(join(folder, looping.file), looping.code)
      const env = { PATH: process.env['PATH'], GUICHET_URL: gateway.url, ...tokens }
      const { stdout } = await promisify(execFile)(process.execPath, [join(folder, looping.file)], {
        env,
        timeout: 120_000,
      })
      expect(matches(looping.output, stdout) || stdout).toBe(true)
      const streams = gateway.afters()
      expect(streams.length).toBeGreaterThan(4)
      expect(new Set(streams).size).toBeGreaterThan(2)
    } finally {
      await gateway.close()
    }
  })
})

/**
 * A gateway before a server, which answers every first request for an operation with 503, the second stream with `unavailable`, the third
 * with an end before the first result, and ends each other one after one result.
 */
async function openLossyGateway(target: string) {
  const afters: unknown[] = []
  let operations = 0
  const refusal = JSON.stringify({ errors: [{ message: 'away', extensions: { code: 'unavailable' } }] })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    const isStream = request.headers.accept === 'text/event-stream'
    if (isStream) afters.push((JSON.parse(body) as { variables: { after: unknown } }).variables.after)
    if (!isStream && operations++ % 2 === 0) {
      return void response.writeHead(503, { 'content-type': 'application/graphql-response+json' }).end(refusal)
    }
    if (isStream && afters.length === 2) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return void response.end(`event: next\ndata: ${refusal}\n\nevent: complete\ndata:\n\n`)
    }
    if (isStream && afters.length === 3) return void response.destroy()
    const headers = { accept: String(request.headers.accept), authorization: String(request.headers.authorization) }
    const answered = await fetch(`${target}${request.url}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    })
    response.writeHead(answered.status, { 'content-type': String(answered.headers.get('content-type')) })
    if (!isStream) return void response.end(await answered.text())
    let sent = ''
    for await (const chunk of answered.body ?? []) {
      sent += Buffer.from(chunk).toString()
      const end = sent.indexOf('\n\n', sent.indexOf('event: next'))
      if (!sent.includes('event: next') || end < 0) continue
      response.write(sent.slice(0, end + 2), () => response.destroy())
      return
    }
  }
  const gateway = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => void gateway.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
    /** What each stream asked to begin after. */
    afters: () => afters,
    close: async () => {
      gateway.closeAllConnections()
      await new Promise((resolve) => gateway.close(resolve))
    },
  }
}
