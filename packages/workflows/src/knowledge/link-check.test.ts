import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addressGuard, addressRange } from '../outbound/address-guard.ts'
import { checkLink } from './link-check.ts'

const ranges = (...texts: readonly string[]) => texts.flatMap((text) => addressRange(text) ?? [])
const [signal, never] = [new AbortController().signal, addressGuard()]
/** Lets the tests ask their own servers, at this address alone. */
const guard = addressGuard({ allowed: ranges('127.0.0.1/32') })

let requests: IncomingMessage[] = []
let connections = 0
beforeEach(() => {
  requests = []
  connections = 0
})

const servers: Server[] = []
async function serve(listener: RequestListener, host = '127.0.0.1'): Promise<string> {
  const server = createServer((request, response) => {
    requests.push(request)
    listener(request, response)
  })
  server.on('connection', () => void connections++)
  await new Promise<void>((resolve) => void server.listen(0, host, resolve))
  servers.push(server)
  return `http://${host}:${(server.address() as AddressInfo).port}`
}
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
})

let site: string
let inside: string
beforeAll(async () => {
  inside = await serve((_request, response) => void response.end('secret'), '127.0.0.2')
  site = await serve((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://site')
    const [, name, value = ''] = pathname.split('/')
    if (name === 'status') return void response.writeHead(Number(value)).end()
    if (name === 'get') return void response.writeHead(request.method === 'HEAD' ? 405 : 200).end('text')
    if (name === 'to') return void response.writeHead(Number(value), { location: searchParams.get('at') ?? '' }).end()
    if (name === 'loop') return void response.writeHead(302, { location: `/loop/${Number(value) + 1}` }).end()
    if (name === 'endless') {
      response.writeHead(request.method === 'HEAD' ? 501 : 200)
      const write = (): void => void (response.write('x'.repeat(65_536)) && setImmediate(write))
      response.on('drain', write)
      return request.method === 'HEAD' ? void response.end() : write()
    }
    if (name === 'reset') return void request.socket.destroy()
    if (name === 'headers') return void response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end()
    if (name === 'silent') return undefined
    return void response.end()
  })
})

const check = (url: string, options: { readonly timeoutMs?: number } = {}) =>
  checkLink(url, { guard, signal, ...options })
const to = (status: number, at: string): string => `${site}/to/${status}?at=${encodeURIComponent(at)}`

describe('a link to another site', () => {
  it.each([
    [200, 'reached'],
    [204, 'reached'],
    [404, 'broken'],
    [410, 'broken'],
    [401, 'uncertain'],
    [403, 'uncertain'],
    [429, 'uncertain'],
    [500, 'uncertain'],
    [503, 'uncertain'],
  ] as const)('that answers %i is %s', async (status, outcome) => {
    expect(await check(`${site}/status/${status}`)).toEqual({
      outcome,
      status,
      redirectedTo: undefined,
      fault: undefined,
    })
  })

  it('is asked by HEAD, then by GET where that is refused, under a name and with nothing else', async () => {
    expect(await check(`${site}/get?q=1`)).toMatchObject({ outcome: 'reached', status: 200 })
    expect(requests.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
    const { headers, url } = requests[1] ?? {}
    expect(url).toBe('/get?q=1')
    expect(headers).toEqual({
      host: new URL(site).host,
      'user-agent': 'guichet-link-check',
      accept: '*/*',
      connection: 'close',
    })
  })

  it('that leads on is reached, and has moved where that is for good', async () => {
    const end = `${site}/end`
    expect(await check(to(302, '/end'))).toMatchObject({ outcome: 'reached', status: 200, redirectedTo: end })
    expect(await check(to(301, end))).toMatchObject({ outcome: 'moved', status: 200, redirectedTo: end })
    expect(await check(to(308, to(302, '/end')))).toMatchObject({ outcome: 'reached', redirectedTo: end })
    expect(await check(to(301, '/status/404'))).toMatchObject({ outcome: 'broken', status: 404 })
  })

  it('that leads in a circle, or to nothing, is broken', async () => {
    expect(await check(`${site}/loop/1`)).toMatchObject({ outcome: 'broken', fault: 'too_many_redirects' })
    expect(requests.length).toBe(6)
    expect(await check(to(302, 'http://['))).toMatchObject({ outcome: 'broken', fault: 'redirect_invalid' })
  })

  it('is left alone when its headers do not come, however long its text is', async () => {
    expect(await check(`${site}/endless`)).toMatchObject({ outcome: 'reached', status: 200 })
    expect(await check(`${site}/silent`, { timeoutMs: 50 })).toMatchObject({
      outcome: 'uncertain',
      fault: 'no_answer_in_time',
    })
    expect(await check(`${site}/reset`)).toMatchObject({ outcome: 'uncertain', fault: 'no_connection' })
    expect(await check(`${site}/headers`)).toMatchObject({ outcome: 'uncertain', fault: 'no_connection' })
  })

  it('whose host there is not is broken, and whose host is away may come back', async () => {
    expect(await check('http://no-such-host.invalid/')).toMatchObject({ outcome: 'broken', fault: 'host_not_found' })
    const closed = createTcpServer()
    await new Promise<void>((resolve) => void closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => void closed.close(resolve))
    expect(await check(`http://127.0.0.1:${port}/`)).toMatchObject({ outcome: 'uncertain', fault: 'no_connection' })
  })

  it('is not asked any more once the check is broken off', async () => {
    const stopping = new AbortController()
    const checked = checkLink(`${site}/silent`, { guard, signal: stopping.signal })
    await expect.poll(() => requests.length).toBe(1)
    stopping.abort(new Error('stopped'))
    await expect(checked).rejects.toThrow('stopped')
  })
})

describe('a link into the desk’s own network', () => {
  const refused = { outcome: 'uncertain', status: undefined, redirectedTo: undefined, fault: 'address_refused' }

  it('is not connected to, however it is written', async () => {
    const { port } = new URL(site)
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      'localhost',
      '[::ffff:127.0.0.1]',
      '[::1]',
      '169.254.169.254',
    ])
      expect(await checkLink(`http://${host}:${port}/`, { guard: never, signal })).toEqual(refused)
    expect(await check(`${inside}/`)).toEqual(refused)
    expect(connections).toBe(0)
  })

  it('is not connected to where another site leads to it', async () => {
    for (const at of [
      inside,
      inside.replace('127.0.0.2', '[::ffff:7f00:2]'),
      inside.replace('127.0.0.2', '2130706434'),
    ])
      expect(await check(to(302, `${at}/admin`))).toEqual(refused)
    expect(await check(to(301, 'file:///etc/passwd'))).toEqual(refused)
    expect(await check(to(301, 'gopher://127.0.0.1:70/'))).toEqual(refused)
    expect(new Set(requests.map(({ headers }) => headers.host))).toEqual(new Set([new URL(site).host]))
  })
})
