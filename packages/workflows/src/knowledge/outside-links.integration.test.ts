import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import { days, instant, later } from '@guichet/domain'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { addressGuard, addressRange } from '../outbound/address-guard.ts'
import { checkOutsideLinks } from './check-outside-links.ts'
import type { OutsideLinks } from './outside-links-port.ts'
import { outsideLinksSchema, postgresOutsideLinks } from './outside-links.ts'

const noon = instant('2026-03-02T12:00:00.000Z')
const loopback = addressRange('127.0.0.0/8')
const guard = addressGuard({ allowed: loopback ? [loopback] : [] })

describe('the links of articles to other sites', () => {
  let database: TestDatabase
  let pool: Pool
  let links: OutsideLinks
  let now: Instant
  let site: string
  let asked: string[]
  let underWay = 0
  let mostUnderWay = 0
  let onRequest: (path: string, response: ServerResponse) => void

  /** Servers at ports of their own, each of which is a host of its own. */
  const servers = Array.from({ length: 12 }, () => createServer(answer))
  let hosts: readonly string[]
  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? ''
    asked.push(path)
    onRequest(path, response)
    mostUnderWay = Math.max(mostUnderWay, ++underWay)
    response.on('close', () => void underWay--)
    if (path.startsWith('/to/')) return void response.writeHead(302, { location: `${site}/target` }).end()
    response.writeHead(path.startsWith('/gone') ? 404 : 200).end()
  }

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 8 })
    await migrateSchema(pool, outsideLinksSchema)
    for (const server of servers) await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    hosts = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    site = hosts[0] ?? ''
  })
  afterAll(async () => {
    for (const server of servers) await new Promise((resolve) => void server.close(resolve))
    await pool.end()
    await database.drop()
  })
  beforeEach(() => {
    links = postgresOutsideLinks(pool)
    now = noon
    asked = []
    mostUnderWay = 0
    onRequest = () => undefined
  })
  afterEach(async () => void (await pool.query('truncate guichet_knowledge.outside_link')))

  async function* each(...texts: readonly (readonly string[])[]) {
    yield* texts
  }
  const run = (seen: readonly (readonly string[])[], more: { signal?: AbortSignal; pauseMs?: number } = {}) =>
    checkOutsideLinks({
      links,
      seen: each(...seen),
      guard,
      now: () => now,
      againAfterMs: days(7),
      signal: new AbortController().signal,
      pauseMs: 0,
      ...more,
    })
  const found = async (...paths: readonly string[]) => {
    const findings = await links.findingsOf(paths.map((path) => `${site}${path}`))
    return paths.map((path) => findings.get(`${site}${path}`)?.outcome)
  }

  it('of many hosts that all lead to one ask that one after the other', async () => {
    const leading = hosts.slice(1, 5)
    let targetsUnderWay = 0
    let mostTargets = 0
    onRequest = (path, response) => {
      if (path !== '/target') return
      mostTargets = Math.max(mostTargets, ++targetsUnderWay)
      response.on('finish', () => void targetsUnderWay--)
    }
    expect(await run([leading.map((host) => `${host}/to/one`)])).toBe(4)
    expect(asked.filter((path) => path === '/target')).toHaveLength(4)
    expect(mostTargets).toBe(1)
  })

  it('are checked once each, and again when a week has passed', async () => {
    const texts = [[`${site}/a`, `${site}/gone`], [], [`${site}/a`, `${site}/b`]]
    expect(await run(texts)).toBe(3)
    expect(await found('/a', '/gone', '/b', '/never')).toEqual(['reached', 'broken', 'reached', undefined])
    expect((await links.findingsOf([`${site}/gone`])).get(`${site}/gone`)).toEqual({
      url: `${site}/gone`,
      checkedAt: noon,
      outcome: 'broken',
      status: 404,
      redirectedTo: undefined,
      fault: undefined,
    })
    now = later(noon, days(7))
    expect(await run(texts)).toBe(0)
    now = later(noon, days(7) + 1)
    expect(await run(texts)).toBe(3)
    expect(asked.filter((path) => path === '/a')).toHaveLength(2)
  })

  it('are forgotten once no article has them', async () => {
    await run([[`${site}/a`, `${site}/b`]])
    now = later(noon, 1_000)
    expect(await run([[`${site}/b`]])).toBe(0)
    expect(await found('/a', '/b')).toEqual([undefined, 'reached'])
  })

  it('are checked from where a run was broken off, with what it has found stored', async () => {
    const texts = [Array.from({ length: 6 }, (_, n) => `${site}/${n}`)]
    const stopping = new AbortController()
    onRequest = () => void (asked.length === 5 && stopping.abort(new Error('stopped')))
    await expect(run(texts, { signal: stopping.signal })).rejects.toThrow('stopped')
    const before = [...asked]
    expect(before.length).toBeLessThanOrEqual(5)
    asked = []
    onRequest = () => undefined
    const rest = await run(texts)
    expect(rest).toBeLessThan(6)
    expect(await found('/0', '/1', '/2', '/3', '/4', '/5')).toEqual(Array.from({ length: 6 }, () => 'reached'))
  })

  it('of one host are asked one after the other, those of others meanwhile', async () => {
    await run([Array.from({ length: 8 }, (_, n) => `${site}/${n}`)])
    expect(mostUnderWay).toBe(1)
    expect(await run([hosts.flatMap((host) => [`${host}/x`, `${host}/y`])])).toBe(24)
    expect(mostUnderWay).toBeLessThanOrEqual(8)
  })

  it('are checked by one process at a time', async () => {
    expect(await links.alone(async () => (await run([[`${site}/a`]])) ?? 'taken')).toBe('taken')
    expect(asked).toEqual([])
    expect(await run([[`${site}/a`]])).toBe(1)
    await expect(links.alone(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await links.alone(async () => 'free')).toBe('free')
  })

  it('are as long as an address may be, in any script', async () => {
    const urls = [`${site}/${'x'.repeat(1_900)}`, new URL(`${site}/café?q=漢`).href]
    expect(await run([urls])).toBe(2)
    expect((await links.findingsOf(urls)).size).toBe(2)
  })
})
