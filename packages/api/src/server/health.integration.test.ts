import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFollowerHealth } from '@guichet/eventstore'
import { openDatabaseProxy } from '@guichet/eventstore/testing'
import { ana, openTicket, startApi, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { readiness: { clock: async () => 'ticking' } })

it('is alive and ready when everything it needs answers', async () => {
  expect((await api.app.inject('/health')).json()).toEqual({ status: 'ok' })
  const { statusCode, body } = await api.app.inject('/ready')
  expect(statusCode).toBe(200)
  expect(JSON.parse(body)).toEqual({
    status: 'ready',
    checks: { store: 'ok', readModels: 'ok', projections: 'ok', followers: 'ok', clock: 'ok', lag: 'ok' },
  })
})

it('is not ready without a part, and names it without the reason', async () => {
  const other = await startApi(api.databaseUrl, {
    readiness: { clock: () => Promise.reject(new Error('SECRET')) },
    runner: { reached: async () => true, stopped: async () => ['tickets'] },
  })
  const { statusCode, body } = await other.app.inject('/ready')
  await other.close()
  expect(statusCode).toBe(503)
  expect(body).not.toContain('SECRET')
  expect(JSON.parse(body)).toMatchObject({
    status: 'not ready',
    checks: { projections: 'not ready', clock: 'not ready' },
  })
})

it('is degraded, and still ready, while read models lag', async () => {
  const lagging = [{ name: 'search', milliseconds: 31_000 }]
  const other = await startApi(api.databaseUrl, {
    runner: { reached: async () => true, stopped: async () => [], lagging: () => lagging },
  })
  const { statusCode, body } = await other.app.inject('/ready')
  await other.close()
  expect(statusCode).toBe(200)
  expect(JSON.parse(body)).toMatchObject({ status: 'degraded', checks: { projections: 'ok', lag: 'degraded' } })
})

it('is degraded, and still ready, while a part is away without which it works, and names that part', async () => {
  const other = await startApi(api.databaseUrl, {
    degrading: { storage: async () => 'there', scanner: () => Promise.reject(new Error('SECRET')) },
  })
  const { statusCode, body } = await other.app.inject('/ready')
  await other.close()
  expect(statusCode).toBe(200)
  expect(body).not.toContain('SECRET')
  expect(JSON.parse(body)).toMatchObject({ status: 'degraded', checks: { storage: 'ok', scanner: 'degraded' } })
})

it('is degraded, and still ready, while it is not known how far read models are behind', async () => {
  const other = await startApi(api.databaseUrl, {
    runner: { reached: async () => true, stopped: async () => [], lagging: () => [], lagUnknown: () => 'SECRET' },
  })
  const { statusCode, body } = await other.app.inject('/ready')
  await other.close()
  expect(statusCode).toBe(200)
  expect(body).not.toContain('SECRET')
  expect(JSON.parse(body)).toMatchObject({ status: 'degraded', checks: { lag: 'degraded' } })
})

it('is not ready while a follower of the history has been failing for long', async () => {
  const followers = createFollowerHealth({ failingMs: 0 })
  const other = await startApi(api.databaseUrl, { followers })
  const ready = async () => (await other.app.inject('/ready')).json<{ status: string; checks: object }>()
  expect(await ready()).toMatchObject({ status: 'ready' })
  followers.failed('the reaction greet', new Error('SECRET'))
  await expect.poll(ready).toMatchObject({ status: 'not ready', checks: { followers: 'not ready' } })
  expect(JSON.stringify(await ready())).not.toContain('SECRET')
  followers.succeeded('the reaction greet')
  await expect.poll(ready).toMatchObject({ status: 'ready', checks: { followers: 'ok' } })
  await other.close()
})

it('runs each check once for any number of requests, even if it hangs', async () => {
  let [quick, hanging] = [0, 0]
  const other = await startApi(api.databaseUrl, {
    readiness: {
      quick: async () => void quick++,
      hanging: () => {
        hanging++
        return new Promise(() => undefined)
      },
    },
  })
  const ask = async () => (await other.app.inject('/ready')).json<{ checks: object }>().checks
  const answers = await Promise.all(Array.from({ length: 20 }, ask))
  answers.push(await ask())
  expect(new Set(answers.map((checks) => JSON.stringify(checks))).size).toBe(1)
  expect(answers[0]).toMatchObject({ quick: 'ok', hanging: 'not ready' })
  expect({ quick, hanging }).toEqual({ quick: 1, hanging: 1 })
  await other.close()
})

it('is not ready while it closes, despite a cached answer', async () => {
  let closing: (() => void) | undefined
  const other = await startApi(api.databaseUrl)
  const held = new Promise<void>((resolve) => void (closing = resolve))
  other.app.addHook('preClose', () => held)
  const url = await other.app.listen({ port: 0, host: '127.0.0.1' })
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  const closed = other.close()
  // The server closes a connection without a request, and its client tries again.
  await expect.poll(async () => (await fetch(`${url}/ready`)).status).toBe(503)
  closing?.()
  await closed
})

it('answers a mutation even when the read models are late, with the ticket from its history', async () => {
  const late = await startApi(api.databaseUrl, { runner: { reached: async () => false, stopped: async () => [] } })
  const { data, errors } = await late.ask(
    zoe,
    `mutation { openTicket(input: { commandId: "late", subject: "Tard", body: "Très tard" }) {
      readModelsReached ticket { subject conversation(first: 1) { nodes { body } } }
    } }`,
  )
  await late.close()
  expect(errors).toEqual([])
  expect(data).toEqual({
    openTicket: {
      readModelsReached: false,
      ticket: { subject: 'Tard', conversation: { nodes: [{ body: 'Très tard' }] } },
    },
  })
})

it('reports that the database is away, without details', async () => {
  const away = await startApi(api.databaseUrl, {
    readModels: {
      tickets: { list: () => Promise.reject(Object.assign(new Error('10.0.0.7'), { code: 'ECONNREFUSED' })) },
    } as never,
  })
  await openTicket(api, zoe)
  const { errors } = await away.ask(ana, '{ tickets(first: 1) { nodes { id } } }')
  await away.close()
  expect(errors).toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code: 'unavailable' }) })])
  expect(JSON.stringify(errors)).not.toContain('10.0.0.7')
})

describe('while the database is away', () => {
  const post = (payload: object, accept: string, token: string) =>
    away.app.inject({ method: 'POST', url: '/graphql', payload, headers: { accept, authorization: `Bearer ${token}` } })
  const statuses = 'application/graphql-response+json'
  let away: Awaited<ReturnType<typeof startApi>>
  let token: string
  beforeAll(async () => {
    const proxy = await openDatabaseProxy(api.databaseUrl)
    away = await startApi(proxy.url)
    token = await tokenFor(ana)
    await proxy.close()
  })
  afterAll(() => away.close().catch(() => undefined))

  it.each([
    ['a list', '{ tickets(first: 1) { nodes { id } } }'],
    ['a field that may be null', '{ ticket(id: "t") { id } }'],
    ['several of them', '{ a: ticket(id: "t") { id } b: ticket(id: "u") { id } }'],
    ['a mutation', 'mutation { tagTicket(input: { commandId: "c", ticketId: "t", tag: "x" }) { repeated } }'],
  ])('answers 503 with Retry-After to %s, where the client accepts that', async (_, query) => {
    const answer = await post({ query }, statuses, token)
    expect(answer).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': '5', 'content-type': `${statuses}; charset=utf-8` },
    })
    const body = answer.json<{ errors: { extensions: { code: string } }[] }>()
    expect(Object.keys(body)).toEqual(['errors'])
    expect(new Set(body.errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['unavailable']))
    const legacy = await post({ query }, 'application/json', token)
    expect(legacy).toMatchObject({ statusCode: 200, headers: { 'retry-after': '5' } })
    expect(legacy.json()).toMatchObject({
      errors: [{ extensions: { code: 'unavailable' } }, ...body.errors.slice(1).map(() => ({}))],
    })
    expect(legacy.json()).toHaveProperty('data')
  })

  it('answers 200 where some fields were served, and to what is at fault itself', async () => {
    const partly = await post({ query: '{ viewer { userId } ticket(id: "t") { id } }' }, statuses, token)
    expect(partly.statusCode).toBe(200)
    expect(partly.headers['retry-after']).toBeUndefined()
    expect(partly.json()).toMatchObject({ data: { viewer: { userId: 'ana' }, ticket: null }, errors: [{}] })
    expect((await post({ query: '{ nothing }' }, statuses, token)).statusCode).toBe(400)
    const refused = await post({ query: '{ tickets(first: 0) { nodes { id } } }' }, statuses, token)
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([200, undefined])
  })
})
