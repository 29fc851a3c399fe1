import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from './testing/api-under-test.ts'
import { ana, startApi, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { development: true })

describe('in development', () => {
  it('serves a page to explore the API with, and all that it needs', async () => {
    const page = await api.app.inject('/explorer')
    expect(page.headers['content-type']).toContain('text/html')
    const scripts = [...page.body.matchAll(/src="(\w+\.js)"/g)].map(([, name]) => name)
    expect(scripts.length).toBeGreaterThan(0)
    for (const name of scripts) expect((await api.app.inject(`/explorer/${name}`)).statusCode).toBe(200)
  })

  const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

  it('redirects a browser at /graphql to that page, with the usual security headers', async () => {
    const { statusCode, headers } = await api.app.inject({ url: '/graphql', headers: browser })
    expect({ statusCode, location: headers.location }).toEqual({ statusCode: 302, location: '/explorer' })
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' })
  })

  it('answers a browser that sends an operation in the address', async () => {
    const { statusCode, body } = await api.app.inject({ url: '/graphql?query={__typename}', headers: browser })
    expect({ statusCode, body: JSON.parse(body) as unknown }).toEqual({
      statusCode: 200,
      body: { data: { __typename: 'Query' } },
    })
  })

  it('opens the page on what is answered without a token, and says how to get one', async () => {
    const { body } = await api.app.inject('/explorer')
    expect(body).not.toContain('initialHeaders')
    const [, query = ''] = /initialQuery: `([^`]*)`/.exec(body) ?? []
    expect(query).toContain('guichet token --role agent --id camille')
    expect(await api.ask(undefined, query)).toMatchObject({ errors: [] })
  })

  it('opens the page with a token in place on this machine, and on a question that it answers', async () => {
    const token = await tokenFor(ana)
    const signing = await startApi(api.databaseUrl, { development: true, explorerToken: async () => token })
    const { body, headers } = await signing.app.inject({ url: '/explorer', headers: { host: 'localhost:4000' } })
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toContain(`Bearer ${token}`)
    const [, query = ''] = /initialQuery: `([^`]*)`/.exec(body) ?? []
    expect(await signing.ask(ana, query)).toMatchObject({ errors: [], data: { viewer: { role: 'AGENT' } } })
    await signing.close()
  })

  it.each([
    ['by another name, such as one that was rebound to it', { host: 'desk.example' }, '127.0.0.1'],
    ['from another machine', { host: 'localhost:4000' }, '192.0.2.7'],
    ['through a proxy', { host: '127.0.0.1:4000', 'x-forwarded-for': '192.0.2.7' }, '127.0.0.1'],
  ])('gives no token to whoever opens the page %s', async (_, headers, remoteAddress) => {
    const signing = await startApi(api.databaseUrl, { development: true, explorerToken: async () => 'signed' })
    const { body } = await signing.app.inject({ url: '/explorer', headers, remoteAddress })
    expect(body).not.toContain('Bearer signed')
    await signing.close()
  })

  it.each(['../package.json', '%2e%2e/package.json', '..%2fpackage.json', 'nothing.js'])(
    'serves no %s',
    async (name) => {
      expect((await api.app.inject(`/explorer/${name}`)).statusCode).toBe(404)
    },
  )

  it('lets the schema be inspected without a token, and nothing else', async () => {
    const { data, errors } = await api.ask(undefined, '{ __schema { queryType { name } } }')
    expect({ data, errors }).toEqual({ data: { __schema: { queryType: { name: 'Query' } } }, errors: [] })
    const refused = await api.ask(undefined, '{ tickets(first: 1) { nodes { id } } }')
    expect(refused.errors[0]?.extensions.code).toBe('unauthenticated')
  })

  it.each([
    ['in a document', '{ ticke { id } }'],
    ['in variables', 'query ($filter: TicketFilter) { tickets(first: 1, filter: $filter) { nodes { id } } }'],
  ])(
    'names of the schema are suggested to the desk, and to customers as little as in production, %s',
    async (_, query) => {
      const messages = async (as: Bearer): Promise<string> => {
        const { errors } = await api.ask(as, query, { filter: { statu: ['new'] } })
        return errors.map(({ message }) => message).join(' ')
      }
      expect(await messages(zoe)).not.toMatch(/^$|Did you mean/)
      expect(await messages(ana)).toContain('Did you mean')
    },
  )
})

it('serves no such page in production', async () => {
  const production = await startApi(api.databaseUrl)
  const headers = { accept: 'text/html' }
  for (const [url, status] of [
    ['/explorer', 404],
    ['/graphql', 401],
  ] as const) {
    expect((await production.app.inject({ url, headers })).statusCode).toBe(status)
  }
  await production.close()
})

describe.each([true, false])('the page at /, in development: %s', (development) => {
  it('describes the server, and links to its parts', async () => {
    const server = await startApi(api.databaseUrl, { development })
    const { statusCode, headers, body } = await server.app.inject('/')
    expect({ statusCode, type: headers['content-type'] }).toEqual({ statusCode: 200, type: 'text/html; charset=utf-8' })
    expect(body).toContain('/graphql')
    const links = [...body.matchAll(/href="([^"]+)"/g)].map(([, address]) => address ?? '')
    expect(links).toEqual([
      ...(development ? ['/explorer', '/chat'] : []),
      '/chat/agent',
      '/desk/articles',
      '/guide',
      '/health',
      '/ready',
    ])
    for (const link of links) expect((await server.app.inject(link)).statusCode).toBe(200)
    await server.close()
  })
})
