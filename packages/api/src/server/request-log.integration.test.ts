import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const lines: Record<string, unknown>[] = []
const log = pino(
  { level: 'debug', base: null },
  { write: (line: string) => void lines.push(JSON.parse(line) as never) },
)
const api = useApi({ beforeAll, afterAll }, { log })

async function ask(headers: Readonly<Record<string, string>>, query = '{ viewer { role } }') {
  lines.length = 0
  const authorization = `Bearer ${await tokenFor(zoe)}`
  const url = '/graphql'
  return api.app.inject({ method: 'POST', url, headers: { authorization, ...headers }, payload: { query } })
}

describe('the id of a request', () => {
  it('is taken from x-request-id, given back, and in each line of the log about it', async () => {
    const answer = await ask({ 'x-request-id': 'edge-7/a.b:c' }, '{ ticket(id: "none") { id } secret }')
    expect(answer.headers['x-request-id']).toBe('edge-7/a.b:c')
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { requestId: 'edge-7/a.b:c' } }] })
    expect(lines.map(({ requestId }) => requestId)).toEqual(lines.map(() => 'edge-7/a.b:c'))
    expect(lines.at(-1)).toMatchObject({
      msg: 'request',
      level: 30,
      method: 'POST',
      route: '/graphql',
      role: 'customer',
    })
    expect(JSON.stringify(lines)).not.toContain('secret')
  })

  it.each([
    ['with a space', 'a b'],
    ['that is too long', 'x'.repeat(129)],
    ['with a quote', '"},{"'],
    ['that is empty', ''],
  ])('is made up in place of one %s', async (_, given) => {
    const answer = await ask({ 'x-request-id': given })
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
    expect(lines.at(-1)).toMatchObject({ requestId: answer.headers['x-request-id'], status: 200 })
  })

  it('is given back where nothing is served, and where a token is refused', async () => {
    const missing = await api.app.inject({ url: '/nowhere', headers: { 'x-request-id': 'r-1' } })
    const refused = await ask({ 'x-request-id': 'r-2', authorization: 'Bearer x' })
    expect([missing, refused].map(({ statusCode, headers }) => [statusCode, headers['x-request-id']])).toEqual([
      [404, 'r-1'],
      [401, 'r-2'],
    ])
  })
})

it('logs at level debug what comes all the time: probes and reported activities', async () => {
  lines.length = 0
  await api.app.inject('/health')
  await api.app.inject({ method: 'POST', url: '/activities', payload: {} })
  expect(lines).toEqual([
    expect.objectContaining({ level: 20, route: '/health', status: 200 }),
    expect.objectContaining({ level: 20, route: '/activities', status: 401 }),
  ])
})
