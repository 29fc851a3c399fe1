import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'
import { freePort } from '@guichet/eventstore'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FileScanner } from './clamd.ts'
import { clamdScanner, ScanFailed, ScannerUnavailable } from './clamd.ts'
import { eicar, startClamd } from './testing/clamd-server.ts'
import { installedServer } from './testing/servers.ts'

const clamd = await installedServer('clamd')

describe.skipIf(!clamd)('a real clamd', () => {
  let scanner: FileScanner
  let close: () => Promise<void>
  beforeAll(async () => {
    const server = await startClamd(clamd ?? { path: '' }, await freePort())
    scanner = clamdScanner(server)
    close = server.close
  })
  afterAll(() => close())

  const scan = (...chunks: readonly (Buffer | string)[]) =>
    scanner.scan(Readable.from(chunks.map((each) => Buffer.from(each))))

  it('finds nothing in what is harmless, without a byte too', async () => {
    expect(await scan('plain words')).toEqual({ verdict: 'clean' })
    expect(await scan()).toEqual({ verdict: 'clean' })
    expect(await scan(randomBytes(1_000_000), randomBytes(1_000_000))).toEqual({ verdict: 'clean' })
  })

  it('names what it finds, wherever the chunks of it end', async () => {
    const found = { verdict: 'infected', detail: 'Eicar-Test-Signature.UNOFFICIAL' }
    expect(await scan(eicar)).toEqual(found)
    expect(await scan(eicar.slice(0, 20), eicar.slice(20))).toEqual(found)
  })

  it('says that it cannot scan what is longer than it takes, though it closes in the middle', async () => {
    const chunks = Array.from({ length: 200 }, () => Buffer.alloc(64 * 1024))
    // The system may drop the answer with the connection: then it is as if the scanner were away, and it is asked again.
    await vi.waitFor(async () => expect(await scan(...chunks)).toMatchObject({ verdict: 'unscannable' }), {
      timeout: 20_000,
    })
  })

  it('scans many at once', async () => {
    const verdicts = await Promise.all(Array.from({ length: 20 }, (_, n) => scan(n % 2 === 0 ? 'words' : eicar)))
    expect(verdicts.filter(({ verdict }) => verdict === 'infected')).toHaveLength(10)
  })

  it('reports the failure of the content, and answers the next question', async () => {
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('half')
        throw new Error('the storage is gone')
      })(),
    )
    await expect(scanner.scan(broken)).rejects.toThrow('the storage is gone')
    expect(await scan('words')).toEqual({ verdict: 'clean' })
  })
})

describe('a scanner that fails', () => {
  const sockets = new Set<Socket>()
  let onConnection: (socket: Socket) => void = () => undefined
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  let scanner: FileScanner
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    scanner = clamdScanner({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, stalledMs: 100 })
  })
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  it.each<[string, (socket: Socket) => void]>([
    ['reads nothing', (socket) => socket.pause()],
    ['never answers', (socket) => socket.resume()],
    ['closes at once', (socket) => socket.destroy()],
    ['closes without an answer', (socket) => socket.end()],
  ])('and %s is unavailable: nothing is known of the file', async (_, behaves) => {
    onConnection = behaves
    const content = (): Readable => Readable.from(Array.from({ length: 400 }, () => Buffer.alloc(64 * 1024)))
    await expect(scanner.scan(content())).rejects.toBeInstanceOf(ScannerUnavailable)
    await expect(scanner.ping()).rejects.toBeInstanceOf(ScannerUnavailable)
  })

  it.each<[string, (socket: Socket) => void]>([
    ['answers something else', (socket) => socket.end('stream: Can’t allocate memory ERROR\0')],
    ['closes without an answer', (socket) => socket.end()],
    ['never answers', (socket) => socket.resume()],
  ])('at one content and %s, though it answers otherwise, has failed at that content only', async (_, behaves) => {
    onConnection = (socket) =>
      socket.once('data', (bytes) => {
        if (bytes.toString().startsWith('zPING')) socket.end('PONG\0')
        else behaves(socket)
      })
    await expect(scanner.scan(Readable.from([Buffer.from('poison')]))).rejects.toBeInstanceOf(ScanFailed)
    await scanner.ping()
  })

  it('and is not there is unavailable', async () => {
    const away = clamdScanner({ host: '127.0.0.1', port: 1 })
    await expect(away.scan(Readable.from([Buffer.from('x')]))).rejects.toBeInstanceOf(ScannerUnavailable)
  })

  it('gives up when its caller does', async () => {
    onConnection = (socket) => socket.resume()
    const patient = clamdScanner({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
    const abort = new AbortController()
    const scanned = patient.scan(Readable.from([Buffer.from('x')]), abort.signal)
    abort.abort(new Error('the engine stops'))
    await expect(scanned).rejects.toThrow('the engine stops')
  })
})
