import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { ana, mutation, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
let url: string
beforeAll(async () => {
  url = `${await api.app.listen({ port: 0, host: '127.0.0.1' })}/graphql`
})

type Sent = {
  readonly status: number
  readonly headers: Headers
  readonly codes: readonly string[]
  readonly text: string
}

/** Sends a raw body over a real connection. */
async function send(body: string, headers: Record<string, string> = {}): Promise<Sent> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokenFor(zoe)}`, ...headers },
  })
  const text = await response.text()
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions: { code: string } }[] }
  return {
    status: response.status,
    headers: response.headers,
    codes: errors.map(({ extensions }) => extensions.code),
    text,
  }
}

/** Sends raw bytes, and reads until the server ends the connection. */
function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.on('data', (chunk: Buffer) => void (answer += chunk.toString()))
    socket.once('close', () => resolve(answer))
    socket.once('error', reject)
  })
}

const query = (text: string, variables: unknown = {}): string => JSON.stringify({ query: text, variables })
const deep = (levels: number): string =>
  `{ ticket(id: "x") { ${'mergedInto { '.repeat(levels)}id${' }'.repeat(levels)} } }`
const nested =
  '{ tickets(first: $n) { nodes { conversation(first: $n) { nodes { author { name } } } timeline(first: $n) { nodes { ... on TicketEvent { by { name } } } } } } }'

describe('one clear error answers', () => {
  it.each([
    ['a body that is no JSON', '{ nope', 400, 'malformed_request'],
    ['an empty body', '', 400, 'malformed_request'],
    ['a batch', JSON.stringify([{ query: '{ viewer { role } }' }]), 400, 'malformed_request'],
    ['no query', '{}', 400, 'malformed_request'],
    [
      'variables that are a list',
      JSON.stringify({ query: '{ viewer { role } }', variables: [1] }),
      400,
      'malformed_request',
    ],
    ['a polluted prototype', '{"__proto__":{"admin":true},"query":"{ viewer { role } }"}', 400, 'malformed_request'],
    [
      'an unknown operation name',
      JSON.stringify({ query: 'query a { viewer { role } }', operationName: 'b' }),
      200,
      'malformed_request',
    ],
    ['a document that does not parse', query('{ nope '), 200, 'syntax_error'],
    ['an unknown field', query('{ viewer { password } }'), 200, 'validation_failed'],
    ['a document of too many tokens', query(`{ ${'a '.repeat(3_000)} }`), 200, 'too_many_tokens'],
    ['a document that is too deep', query(deep(20)), 200, 'too_deep'],
    [
      'a flood of aliases',
      query(`{ ${Array.from({ length: 31 }, (_, n) => `a${n}: viewer { role }`).join(' ')} }`),
      200,
      'too_many_aliases',
    ],
    ['a page of pages', query(`query ($n: Int!) ${nested}`, { n: 100 }), 200, 'too_complex'],
    ['fragments that multiply', query(bomb()), 200, 'too_complex'],
    ['introspection by a customer', query('{ __schema { types { name } } }'), 200, 'introspection_disabled'],
    ['a subscription without a stream', query('subscription { inboxReceived { position } }'), 200, 'malformed_request'],
    ['a page of pages by default', query(`query ($n: Int! = 100) ${nested}`), 200, 'too_complex'],
    ['a missing variable', query('query ($id: ID!) { ticket(id: $id) { id } }'), 200, 'malformed_input'],
    [
      'a date that is none',
      query('query ($at: DateTime!) { ticket(id: "x") { asOf(at: $at) { id } } }', { at: '2026-02-30' }),
      200,
      'malformed_input',
    ],
    [
      'a date in the document that is none',
      query('{ ticket(id: "x") { asOf(at: "2026-02-30") { id } } }'),
      200,
      'malformed_input',
    ],
    [
      'a day in the document that is none',
      query('{ dailyReport(first: "2026-02-30", last: "2026-03-01") { day } }'),
      200,
      'malformed_input',
    ],
    [
      'a number that is none',
      query('query ($n: Int!) { tickets(first: $n) { nodes { id } } }', { n: 'many' }),
      200,
      'malformed_input',
    ],
  ])('%s', async (_, body, status, code) => {
    const sent = await send(body)
    expect({ status: sent.status, codes: sent.codes }).toEqual({ status, codes: [code] })
  })

  it('a message of ten megabytes, and nothing is written', async () => {
    const { newest } = await api.store.lag()
    const input = { commandId: 'huge', subject: 'Gros', body: 'x'.repeat(10 * 1024 * 1024) }
    const { statusCode, body } = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: `Bearer ${await tokenFor(zoe)}` },
      payload: { query: mutation('openTicket'), variables: { input } },
    })
    expect(statusCode).toBe(413)
    expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'payload_too_large' } }] })
    expect(await api.store.lag()).toMatchObject({ newest })
  })

  it('a message over a WebSocket that is too long, without an alarming log line', async () => {
    const alarm = vi.spyOn(console, 'error')
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
    const closed = new Promise<number>((resolve) => void socket.once('close', resolve))
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: 'x'.repeat(65_536) })))
    expect(await closed).toBe(1009)
    expect(alarm).not.toHaveBeenCalled()
    alarm.mockRestore()
  })

  it.each([
    ['headers that are too large', `x-big: ${'x'.repeat(20_000)}`, 431, 'headers_too_large'],
    [
      'a token that is too long for the headers',
      `authorization: Bearer ${'x'.repeat(20_000)}`,
      431,
      'headers_too_large',
    ],
    ['a token that is too long', `authorization: Bearer ${'x'.repeat(9_000)}`, 401, 'unauthenticated'],
    ['a malformed header', 'x y: \u0001', 400, 'malformed_request'],
    ['no HTTP at all', undefined, 400, 'malformed_request'],
  ])('%s, before any route', async (_, header, status, code) => {
    const head = `POST /graphql HTTP/1.1\r\nhost: desk\r\ncontent-length: 0\r\nconnection: close\r\n`
    const answer = await sendRaw(header === undefined ? 'nonsense\r\n\r\n' : `${head}${header}\r\n\r\n`)
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(JSON.parse(body)).toMatchObject({
      errors: [{ extensions: { code, requestId: expect.stringMatching(/./) as string } }],
    })
  })

  it('another content type', async () => {
    const { status, codes } = await send('query=1', { 'content-type': 'text/plain' })
    expect({ status, codes }).toEqual({ status: 415, codes: ['unsupported_media_type'] })
  })

  it('an unsupported media type', async () => {
    const { status, codes } = await send(query('{ viewer { role } }'), { accept: 'text/plain' })
    expect({ status, codes }).toEqual({ status: 406, codes: ['not_acceptable'] })
  })

  it.each(['variables', 'extensions'])('%s in an address that are no JSON', async (name) => {
    const address = `${url}?query=${encodeURIComponent('{ viewer { role } }')}&${name}={`
    const response = await fetch(address, { headers: { authorization: `Bearer ${await tokenFor(zoe)}` } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'malformed_request' } }] })
  })

  it('a mutation by GET', async () => {
    const address = `${url}?query=${encodeURIComponent('mutation { chooseLanguage(input: {commandId: "c", language: "fr"}) { position } }')}`
    const response = await fetch(address, { headers: { authorization: `Bearer ${await tokenFor(zoe)}` } })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'method_not_allowed' } }] })
  })

  it('an unknown path', async () => {
    const response = await fetch(url.replace('/graphql', '/nothing'))
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'route_not_found' } }] })
  })
})

it('says where a date in the document is none, and which years there are', async () => {
  const { errors } = await api.ask(ana, '{ ticket(id: "x") { asOf(at: "9999-01-01T00:00:00Z") { id } } }')
  expect(errors).toMatchObject([
    { message: expect.stringContaining('in the years 1000 to 8999') as string, locations: [{ line: 1, column: 30 }] },
  ])
})

it('suggests nothing of the schema to customers, and names to the desk', async () => {
  const { text } = await send(query('{ ticke { id } }'))
  expect(text).not.toContain('Did you mean')
  const { errors } = await api.ask(ana, '{ ticke { id } }')
  expect(errors[0]?.message).toContain('Did you mean')
})

it('is inspected by the desk', async () => {
  const { errors } = await api.ask(ana, '{ __schema { queryType { name } } }')
  expect(errors).toEqual([])
})

it('answers with security headers and a request id', async () => {
  const { headers, text } = await send(query('{ nope }'))
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toContain("default-src 'self'")
  expect(headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/)
  expect(text).toMatch(/"requestId":"[0-9a-f-]{36}"/)
})

it('streams with security headers too', async () => {
  const response = await fetch(url, {
    method: 'POST',
    body: query('subscription { inboxReceived(after: "nonsense") { position } }'),
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${await tokenFor(zoe)}`,
    },
  })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(response.headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/)
  expect(await response.text()).toMatch(/"code":"position_invalid","requestId":"[0-9a-f-]{36}"/)
})

it.each(['', '?/health', '?x= '])('serves no pages of its own at /graphql%s', async (search) => {
  const headers = { accept: 'text/html', authorization: `Bearer ${await tokenFor(zoe)}` }
  const response = await fetch(`${url}${search}`, { headers })
  expect(response.status).toBe(406)
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'not_acceptable' } }] })
})

/** Sixteen fragments, each spread twice by the one before: 65,536 tickets out of a few hundred tokens. */
function bomb(): string {
  const fragments = Array.from({ length: 16 }, (_, n) =>
    n === 15
      ? 'fragment f15 on Ticket { mergedInto { id } }'
      : `fragment f${n} on Ticket { ...f${n + 1} ...f${n + 1} }`,
  )
  return `{ ticket(id: "x") { ...f0 } } ${fragments.join(' ')}`
}
