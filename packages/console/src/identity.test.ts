import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIdentity } from './identity.ts'
import type { Store } from './outbox.ts'

/** What was asked of the desk, in order: the path and the bearer. */
let asked: [path: string | undefined, bearer: string | undefined][]
let answer: { status: number; validMs: number }
let server: string
const desk = createServer((request, response) => {
  asked.push([request.url, request.headers.authorization])
  const expiresAt = new Date(Date.now() + answer.validMs).toISOString()
  response.writeHead(answer.status, { 'content-type': 'application/json' })
  response.end(
    answer.status === 204 ? undefined : JSON.stringify({ token: `t${asked.length}`, id: 'visitor-1', expiresAt }),
  )
})

beforeEach(async () => {
  asked = []
  answer = { status: 201, validMs: 86_400_000 }
  desk.listen(0, '127.0.0.1')
  await once(desk, 'listening')
  server = `http://127.0.0.1:${(desk.address() as AddressInfo).port}`
})
afterEach(() => {
  desk.closeAllConnections()
  desk.close()
})

function storeInMemory(): Store {
  const kept = new Map<string, string>()
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }
}

describe('an anonymous visitor', () => {
  it('gets a token with the first request, and keeps it across visits', async () => {
    const store = storeInMemory()
    const visitor = createIdentity(server, '', store)
    expect(await Promise.all([visitor.token(), visitor.token()])).toEqual(['t1', 't1'])
    expect(await createIdentity(server, '', store).token()).toBe('t1')
    expect(asked).toEqual([['/visitor', undefined]])
  })

  it('renews it by the old one shortly before its end', async () => {
    answer.validMs = 60_000
    const visitor = createIdentity(server, '', storeInMemory())
    expect([await visitor.token(), await visitor.token()]).toEqual(['t1', 't2'])
    expect(asked[1]).toEqual(['/visitor', 'Bearer t1'])
  })

  it('gets another one when it is refused', async () => {
    const visitor = createIdentity(server, '', storeInMemory())
    await visitor.token()
    expect(visitor.rejected()).toBe(true)
    expect(await visitor.token()).toBe('t2')
    expect(asked[1]).toEqual(['/visitor', undefined])
  })

  it('revokes and forgets it in the end', async () => {
    const store = storeInMemory()
    const visitor = createIdentity(server, '', store)
    await visitor.token()
    answer.status = 204
    await visitor.leave()
    expect(asked[1]).toEqual(['/visitor/logout', 'Bearer t1'])
    expect(store.getItem(`guichet-visitor:${server}`)).toBeNull()
  })

  it('is told when the desk takes none, and tries again when it has no time', async () => {
    const visitor = createIdentity(server, '', storeInMemory())
    answer.status = 404
    await expect(visitor.token()).rejects.toMatchObject({ code: 'unauthenticated' })
    answer.status = 429
    await expect(visitor.token()).rejects.toThrow('status 429')
  })
})

it('somebody whom the host names has the token of the host', async () => {
  const token = `x.${Buffer.from(JSON.stringify({ sub: 'zoe' })).toString('base64url')}.x`
  const named = createIdentity(server, token, storeInMemory())
  expect([named.owner, await named.token(), named.rejected(), asked]).toEqual(['zoe', token, false, []])
})
