import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { mutate, openTicket, tokenFor, useApi, zoe } from './testing/api-under-test.ts'
import type { FilesUnderTest } from './testing/files-under-test.ts'
import { filesInFolder } from './testing/files-under-test.ts'
import { openLiveData } from './testing/live-data-under-test.ts'

/** The lines of the log about failures of the server itself. */
const failures: string[] = []
const log = pino(
  { level: 'error' },
  new Writable({ write: (line: Buffer, _, done) => (failures.push(line.toString()), done()) }),
)
let files: FilesUnderTest
const api = useApi(
  { beforeAll, afterAll },
  {
    log,
    files: async (url) => (files = await filesInFolder(url, { maxBytes: 100_000 })),
    liveData: (url) => openLiveData(url),
    visitors: { secret: 'a secret of visitors that only these tests know', lifetime: 3_600 },
    // So that a body without an end is refused soon.
    limits: {
      requestsPerMinute: 0,
      writtenBytesPerMinute: 0,
      uploadedBytesPerMinute: 0,
      requestMs: 4_000,
      uploadMs: 4_000,
    },
  },
)
let port = 0
let token = ''
let ticketId = ''

beforeAll(async () => {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = (api.app.server.address() as AddressInfo).port
  token = await tokenFor(zoe)
  ticketId = await openTicket(api, zoe)
  expect(await send('POST', '/graphql', { 'content-type': multipart }, whole())).toMatchObject({ status: 200 })
  await vi.waitUntil(async () => (await received()).length === 0)
})
beforeEach(() => void failures.splice(0))

/** The contents that are being received; the first upload creates their folder. */
const received = (): Promise<string[]> => readdir(join(files.folder, 'received'))

type Headers = Readonly<Record<string, string | undefined>>
type Refusal = { readonly status: number; readonly code: string | undefined }

/** Sends bytes as they are, and reads the first answer until the server ends the connection. */
async function exchange(head: readonly string[], body: Buffer | string): Promise<Refusal> {
  const socket = connect({ port, host: '127.0.0.1' })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk)).on('error', () => undefined)
  const closed = once(socket, 'close')
  socket.write(`${[...head, 'host: desk.example', 'connection: close'].join('\r\n')}\r\n\r\n`)
  socket.write(body)
  await closed
  const [answerHead = '', answer = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n')
  const [, code] = /"code":"(\w+)"/.exec(answer) ?? []
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answerHead)?.[1]), code }
}

/** Sends a request whose length is that of its body, unless its headers say otherwise. */
function send(method: string, path: string, headers: Headers, body: Buffer | string): Promise<Refusal> {
  const all = { authorization: `Bearer ${token}`, 'content-length': `${Buffer.byteLength(body)}`, ...headers }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return exchange([`${method} ${path} HTTP/1.1`, ...lines], body)
}

/** A refusal has a code and is no fault of the server, which keeps nothing of a file. */
async function expectRefused(sent: Promise<Refusal>, code?: string): Promise<void> {
  const { status, code: answered } = await sent
  expect({ status, code: answered, failures }).toEqual({
    status: expect.toSatisfy((given: number) => given < 500) as number,
    code: code ?? (expect.any(String) as string),
    failures: [],
  })
  await expect.poll(received).toEqual([])
}

const document = `mutation ($input: UploadFileInput!) { uploadFile(input: $input) { userErrors { code } } }`
let uploads = 0
const operations = (): string =>
  JSON.stringify({
    query: document,
    variables: { input: { commandId: `upload-${++uploads}`, ticketId, content: null } },
  })
const map = '{"0":["variables.input.content"]}'
const field = (name: string, value: string, more = ''): string =>
  `--b\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
const file = (content: string): string =>
  `--b\r\ncontent-disposition: form-data; name="0"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n${content}`
const fields = (): string => field('operations', operations()) + field('map', map)
const whole = (): string => `${fields()}${file('words')}\r\n--b--\r\n`
const multipart = 'multipart/form-data; boundary=b'

/** Bodies that are no operation with a file. */
const malformed: readonly (readonly [what: string, body: () => Buffer | string])[] = [
  ['nothing', () => ''],
  ['no part', () => '--b--\r\n'],
  ['only the beginning of a boundary', () => '--'],
  ['another boundary', () => whole().replaceAll('--b', '--c')],
  ['no multipart at all', () => '{"query":"{ viewer { role } }"}'],
  ['an end within the first field', () => whole().slice(0, 60)],
  ['an end within the headers of a part', () => whole().slice(0, 20)],
  ['an end after the fields', () => fields()],
  ['an end within the headers of the file', () => `${fields()}--b\r\ncontent-disposition: form-data; na`],
  ['an end within the file', () => `${fields()}${file('wor')}`],
  ['an end within a long file', () => `${fields()}${file('x'.repeat(90_000))}`],
  ['an end before the last boundary is whole', () => `${fields()}${file('words')}\r\n--b`],
  ['the end of another boundary', () => `${fields()}${file('words')}\r\n--c--\r\n`],
  ['no headers of a part', () => `--b\r\n\r\nwords\r\n--b--\r\n`],
  ['headers of a part that are none', () => `--b\r\nwords\r\nmore words\r\n\r\nx\r\n--b--\r\n`],
  ['a part without a name', () => `--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--\r\n`],
  ['only line feeds', () => whole().replaceAll('\r\n', '\n')],
  ['operations that are no JSON', () => `${field('operations', '{ nope')}${field('map', map)}--b--\r\n`],
  ['operations that are cut', () => `${field('operations', operations().slice(0, -5))}--b--\r\n`],
  [
    'a field that says that it is JSON, and is none',
    () => `${field('operations', '{ nope', '\r\ncontent-type: application/json')}--b--\r\n`,
  ],
  ['a map that is no JSON', () => `${field('operations', operations())}${field('map', '[')}--b--\r\n`],
  ['a map that is a list', () => `${field('operations', operations())}${field('map', '[1]')}${file('x')}\r\n--b--\r\n`],
  ['a file before the fields', () => `${file('words')}\r\n${fields()}--b--\r\n`],
  ['a file that the map does not name', () => `${fields()}${file('x').replace('"0"', '"9"')}\r\n--b--\r\n`],
  ['a field of no meaning', () => `${fields()}${field('more', 'x')}--b--\r\n`],
  ['the name of a prototype', () => `${field('__proto__', '{}')}--b--\r\n`],
  ['a file with the name of a prototype', () => `${fields()}${file('x').replace('"0"', '"constructor"')}\r\n--b--\r\n`],
  ['too many fields', () => `${fields()}${field('operations', '{}')}${field('map', '{}')}--b--\r\n`],
  ['too many files', () => `${fields()}${`${file('x')}\r\n`.repeat(8)}--b--\r\n`],
  [
    'bytes that are no UTF-8',
    () => Buffer.concat([Buffer.from('--b\r\n'), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from('\r\n')]),
  ],
]

describe('an operation with a file', () => {
  const upload = (body: Buffer | string, headers: Headers = {}) =>
    send('POST', '/graphql', { 'content-type': multipart, ...headers }, body)

  it('is taken when it is well-formed, also with fields that say that they are JSON', async () => {
    expect(await upload(whole())).toEqual({ status: 200, code: undefined })
    const typed = (name: string, value: string) => field(name, value, '\r\ncontent-type: application/json')
    const body = `${typed('operations', operations())}${typed('map', map)}${file('words')}\r\n--b--\r\n`
    expect(await upload(body)).toEqual({ status: 200, code: undefined })
  })

  it.each(malformed)('is refused with %s', async (_, body) => {
    await expectRefused(upload(body()))
    expect(await upload(whole())).toEqual({ status: 200, code: undefined })
  })

  it.each([
    ['no boundary', 'multipart/form-data'],
    ['an empty boundary', 'multipart/form-data; boundary='],
    ['a quoted boundary without an end', 'multipart/form-data; boundary="c'],
    ['a boundary that is too long', `multipart/form-data; boundary=${'b'.repeat(5_000)}`],
    ['another type of multipart', 'multipart/mixed; boundary=b'],
    ['no type', undefined],
    ['a type that is none', 'nope'],
    ['a type of a form', 'application/x-www-form-urlencoded'],
    ['a type of JSON', 'application/json'],
    ['an unknown charset', 'multipart/form-data; charset=nope; boundary=c'],
  ])('is refused with %s', async (_, type) => {
    await expectRefused(upload(whole(), { 'content-type': type }))
  })

  it.each([
    ['longer than it is', '100000'],
    ['negative', '-1'],
    ['no number', 'many'],
    ['two numbers', '5, 6'],
  ])('is refused with a length that is %s', async (_, length) => {
    await expectRefused(upload(whole(), { 'content-length': length }))
  })

  it('is refused with a length that is shorter than it is', async () => {
    await expectRefused(upload(whole(), { 'content-length': '300' }), 'malformed_request')
  })

  it('is refused with chunks that are none or have no end', async () => {
    const chunked = { 'content-length': undefined, 'transfer-encoding': 'chunked' }
    await expectRefused(upload('zz\r\nnope', chunked))
    await expectRefused(upload(`${Buffer.byteLength(whole()).toString(16)}\r\n${whole()}\r\n`, chunked))
    await expectRefused(upload(`5\r\n--b\r\n\r\n0\r\n\r\n`, chunked))
  })
})

/** The path of a granted upload. */
const grant = async (bytes: number): Promise<string> => {
  const input = { ticketId, name: 'a.txt', bytes }
  const { upload } = (await mutate(api, zoe, 'createUpload', input, 'upload { url }')) as unknown as {
    readonly upload: { readonly url: string }
  }
  return upload.url
}

describe.each(['PUT', 'POST'])('the content of a granted upload, by %s,', (method) => {
  it.each([
    ['shorter than it was granted for', '3', 'wor'],
    ['longer than it was granted for', '6', 'words!'],
    ['shorter than its length', '5', 'wor'],
    ['of no length', undefined, 'words'],
    ['of a length that is no number', 'many', 'words'],
    ['of a negative length', '-5', 'words'],
  ])('is refused when it is %s', async (_, length, body) => {
    const path = await grant(5)
    await expectRefused(send(method, path, { authorization: undefined, 'content-length': length }, body))
    expect(await send(method, path, { authorization: undefined }, 'words')).toEqual({ status: 201, code: undefined })
  })

  it.each(['multipart/form-data', 'application/json', 'text/html', undefined])(
    'is taken whatever its type says: %s',
    async (type) => {
      const sent = send(method, await grant(5), { authorization: undefined, 'content-type': type }, 'words')
      expect(await sent).toEqual({ status: 201, code: undefined })
    },
  )

  it('is refused with chunks that have no end', async () => {
    const chunked = { authorization: undefined, 'content-length': undefined, 'transfer-encoding': 'chunked' }
    await expectRefused(send(method, await grant(5), chunked, '5\r\nwords\r\n'))
    await expectRefused(send(method, await grant(5), chunked, '3\r\nwor\r\n0\r\n\r\n'), 'upload_incomplete')
    await expectRefused(send(method, await grant(5), chunked, '6\r\nwords!\r\n0\r\n\r\n'), 'upload_incomplete')
  })
})

const json = JSON.stringify({ query: '{ viewer { role } }' })
const utf8 = (text: string, ...bytes: readonly number[]): Buffer =>
  Buffer.concat(text.split('?').flatMap((part, n) => [...(n > 0 ? [Buffer.from(bytes)] : []), Buffer.from(part)]))

describe.each(['/graphql', '/visitor/claim', '/live-data/battery/alerts'])('a JSON body for %s', (path) => {
  const post = (body: Buffer | string, headers: Headers = {}) =>
    send('POST', path, { 'content-type': 'application/json', ...headers }, body)

  it.each([
    ['nothing', ''],
    ['no JSON', '{ nope'],
    ['JSON that is cut', json.slice(0, -3)],
    ['two documents', `${json}${json}`],
    ['a text', '"text"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a byte order mark alone', '\ufeff'],
    ['a NUL', '\0'],
    ['no UTF-8 between the braces', utf8('{?}', 0xff)],
    ['no UTF-8 in a text', utf8('{"query":"{ ticket(id: \\"?\\") { id } }"}', 0xc3, 0x28)],
    ['half a character at the end', utf8('{"token":"?', 0xf0, 0x9f)],
    ['a polluted prototype', '{"__proto__":{"admin":true}}'],
    ['a nesting that is deep', '['.repeat(60_000)],
  ])('is refused when it is %s', async (_, body) => {
    await expectRefused(post(body))
  })

  it.each([
    'text/plain',
    'nope',
    'application/xml',
    'application/octet-stream',
    undefined,
    'multipart/form-data',
    ';',
    'application/json; charset=utf-16',
  ])('is refused with the type %s', async (type) => {
    await expectRefused(post('{', { 'content-type': type }))
  })

  it.each(['100', '-1', 'many', '1'])('is refused with the length %s', async (length) => {
    await expectRefused(post('{"a":1}', { 'content-length': length }))
  })

  it.each(['gzip', 'br', 'nope'])('is refused in the coding %s', async (coding) => {
    await expectRefused(post('nope', { 'content-encoding': coding }))
  })
})

describe.each(['/visitor', '/visitor/logout'])('a body for %s, which needs none', (path) => {
  it.each([
    ['no JSON', '{ nope'],
    ['a text', '"text"'],
    ['null', 'null'],
    ['a NUL', '\0'],
    ['no UTF-8', utf8('{?}', 0xff)],
    ['a nesting that is deep', '['.repeat(60_000)],
  ])('is no failure when it is %s', async (_, body) => {
    const authorization = `Bearer ${await tokenFor({ ...zoe, id: `visits-${++uploads}` })}`
    const { status } = await send('POST', path, { 'content-type': 'application/json', authorization }, body)
    expect({ status, failures }).toEqual({
      status: expect.toSatisfy((given: number) => given < 500) as number,
      failures: [],
    })
  })
})

describe('a message over a WebSocket', () => {
  const deep = '['.repeat(60_000)
  it.each([
    ['nothing', ''],
    ['no JSON', 'nope'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['null', 'null'],
    ['a text', '"text"'],
    ['a list', '[]'],
    ['a nesting that is deep', deep],
    ['of no known type', '{"type":"nope"}'],
    ['a subscription without an id', '{"type":"subscribe","payload":{"query":"{ viewer { role } }"}}'],
    ['a subscription without a payload', '{"type":"subscribe","id":"a"}'],
    [
      'a subscription before the connection is begun',
      '{"type":"subscribe","id":"a","payload":{"query":"{ viewer { role } }"}}',
    ],
    ['a beginning whose payload is a list', '{"type":"connection_init","payload":[]}'],
  ])('is refused when it is %s', async (_, message) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
    await once(socket, 'open')
    const closed = once(socket, 'close') as Promise<[code: number, reason: Buffer]>
    socket.send(message)
    const [code] = await closed
    expect({ code, failures }).toEqual({
      code: expect.toSatisfy((given: number) => given >= 4_400 && given < 4_500) as number,
      failures: [],
    })
  })
})

describe('a path', () => {
  it.each([
    '/%',
    '/%zz',
    '/%c3%28',
    '/files/%/content',
    '/files/%zz/content',
    '/files/%ff/content?expires=1&signature=x',
    '/files/%00/content?expires=1&signature=x',
    '/files/a/upload?expires=%&signature=%zz',
    '/files/..%2f..%2fetc/content',
    '/graphql?query=%',
    '/graphql?query=%zz',
    '/graphql?query=%ff',
    '/graphql?query=%7B%20viewer&variables=%7B',
    '/chats/%/transcript.txt',
    '/chats/%ff/transcript.txt',
    '/chats/%00/transcript.txt',
    '/live-data/%zz/alerts',
    '/live-data/%00/alerts',
    '/chat/%zz',
    '/explorer/%zz',
    '//',
    '/graphql/%2e%2e',
  ])('with a bad encoding is refused: %s', async (path) => {
    await expectRefused(send('GET', path, {}, ''))
    await expectRefused(send('POST', path, { 'content-type': 'application/json' }, '{}'))
    await expectRefused(send('PUT', path, {}, 'x'))
  })
})

it.each(['/graphql', '/visitor/claim', 'an upload'])(
  'a caller who leaves within the body is no failure: %s',
  async (to) => {
    const body = to === '/graphql' ? whole() : '{"token":"words"}'
    const path = to === 'an upload' ? await grant(body.length) : to
    const type = to === '/graphql' ? multipart : 'application/json'
    const head = [`POST ${path} HTTP/1.1`, 'host: desk.example', `authorization: Bearer ${token}`]
    const lines = [...head, `content-type: ${type}`, `content-length: ${body.length}`]
    for (const part of [0, 1, body.length - 30, body.length - 1]) {
      for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
        const socket = connect({ port, host: '127.0.0.1' })
          .on('error', () => undefined)
          .resume()
        const closed = once(socket, 'close')
        socket.write(`${lines.join('\r\n')}\r\n\r\n${body.slice(0, Math.max(0, part))}`, () => socket[leave]())
        await closed
      }
    }
    const connections = (): Promise<number> =>
      new Promise((resolve) => api.app.server.getConnections((_, count) => resolve(count)))
    await expect.poll(connections).toBe(0)
    await expect.poll(received).toEqual([])
    expect(failures).toEqual([])
  },
)

it('the server still answers', async () => {
  const asked = request({ port, host: '127.0.0.1', path: '/health' }).end()
  const [answer] = (await once(asked, 'response')) as [{ readonly statusCode: number; resume(): void }]
  answer.resume()
  expect(answer.statusCode).toBe(200)
})
