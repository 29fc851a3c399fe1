import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createIdentity } from './identity.ts'
import { memoryStorage } from '../connection/storage.ts'

/** What was asked of the desk, in order: the path and the bearer. */
let asked: [path: string | undefined, bearer: string | undefined][]
let answer: { status: number; validMs: number }
let refuses: (path: string | undefined) => boolean = () => false
let server: string
const desk = createServer((request, response) => {
  asked.push([request.url, request.headers.authorization])
  const expiresAt = new Date(Date.now() + answer.validMs).toISOString()
  response.writeHead(refuses(request.url) ? 401 : answer.status, { 'content-type': 'application/json' })
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

describe('an anonymous visitor', () => {
  it('gets a token with the first request, and keeps it across visits', async () => {
    const store = memoryStorage()
    const visitor = createIdentity(server, '', store)
    expect(await Promise.all([visitor.token(), visitor.token()])).toEqual(['t1', 't1'])
    expect(await createIdentity(server, '', store).token()).toBe('t1')
    expect(visitor.isAnonymous).toBe(true)
    expect(asked).toEqual([['/visitor', undefined]])
  })

  it('is the same one in two tabs that are opened at once', async () => {
    let last: Promise<unknown> = Promise.resolve()
    const request = (_: string, run: () => Promise<unknown>) => (last = last.then(run))
    vi.stubGlobal('navigator', { locks: { request } })
    const store = memoryStorage()
    const tabs = [createIdentity(server, '', store), createIdentity(server, '', store)]
    expect(await Promise.all(tabs.map((tab) => tab.token()))).toEqual(['t1', 't1'])
    expect(asked).toEqual([['/visitor', undefined]])
    vi.unstubAllGlobals()
  })

  it('renews it by the old one shortly before its end', async () => {
    answer.validMs = 60_000
    const visitor = createIdentity(server, '', memoryStorage())
    expect([await visitor.token(), await visitor.token()]).toEqual(['t1', 't2'])
    expect(asked[1]).toEqual(['/visitor', 'Bearer t1'])
  })

  it('gets another one when it is refused, unless it was renewed meanwhile', async () => {
    const visitor = createIdentity(server, '', memoryStorage())
    await visitor.token()
    expect(visitor.rejected('an earlier one')).toBe(true)
    expect(await visitor.token()).toBe('t1')
    expect(visitor.rejected('t1')).toBe(true)
    expect(await visitor.token()).toBe('t2')
    expect(asked[1]).toEqual(['/visitor', undefined])
  })

  it('gets another one when what is kept of it is damaged', async () => {
    const store = memoryStorage()
    for (const damaged of ['{', '[]', '3', '{"token":"t0","expiresAt":"never"}']) {
      store.setItem(`guichet-visitor:${server}`, damaged)
      expect(await createIdentity(server, '', store).token()).toBe(`t${asked.length}`)
    }
    expect(asked).toHaveLength(4)
  })

  describe('that only listens', () => {
    beforeEach(() => {
      vi.stubGlobal('window', new EventTarget())
      vi.stubGlobal('document', new EventTarget())
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    })
    afterEach(() => {
      vi.useRealTimers()
      vi.unstubAllGlobals()
    })
    const hour = 3_600_000

    it('has it renewed five minutes before its end, again and again, until that is stopped', async () => {
      answer.validMs = hour
      const visitor = createIdentity(server, '', memoryStorage())
      let renewed = 0
      const stop = visitor.keepFresh(() => void renewed++)
      await visitor.token()
      await vi.advanceTimersByTimeAsync(hour - 301_000)
      expect(asked).toHaveLength(1)
      for (const times of [1, 2]) {
        await vi.advanceTimersByTimeAsync(times === 1 ? 1_000 : hour - 300_000)
        await vi.waitUntil(() => renewed === times)
        expect(asked[times]).toEqual(['/visitor', `Bearer t${times}`])
      }
      stop()
      await vi.advanceTimersByTimeAsync(hour)
      expect(asked).toHaveLength(3)
    })

    it('has it renewed when the browser wakes, and takes the one that another tab has renewed', async () => {
      answer.validMs = hour
      const store = memoryStorage()
      const [visitor, other] = [createIdentity(server, '', store), createIdentity(server, '', store)]
      let renewed = 0
      visitor.keepFresh(() => void renewed++)
      await visitor.token()
      // A browser that sleeps runs no timer.
      vi.setSystemTime(Date.now() + hour - 200_000)
      await other.token()
      expect(asked[1]).toEqual(['/visitor', 'Bearer t1'])
      document.dispatchEvent(new Event('visibilitychange'))
      await vi.waitUntil(() => renewed === 1)
      vi.setSystemTime(Date.now() + hour - 200_000)
      window.dispatchEvent(new Event('online'))
      await vi.waitUntil(() => renewed === 2)
      expect([await visitor.token(), asked.length]).toEqual(['t3', 3])
    })

    it('has another attempt when the renewal fails, before the end', async () => {
      answer.validMs = hour
      const visitor = createIdentity(server, '', memoryStorage())
      let renewed = 0
      visitor.keepFresh(() => void renewed++)
      await visitor.token()
      answer.status = 503
      await vi.advanceTimersByTimeAsync(hour - 300_000)
      await vi.waitUntil(() => asked.length === 2)
      answer.status = 201
      await vi.waitUntil(async () => {
        await vi.advanceTimersByTimeAsync(10_000)
        return renewed === 1
      })
      expect(asked[2]).toEqual(['/visitor', 'Bearer t1'])
    })
  })

  it('revokes and forgets it in the end', async () => {
    const store = memoryStorage()
    const visitor = createIdentity(server, '', store)
    await visitor.token()
    answer.status = 204
    await visitor.leave()
    expect(asked[1]).toEqual(['/visitor/logout', 'Bearer t1'])
    expect(store.getItem(`guichet-visitor:${server}`)).toBeNull()
  })

  it('is refused where the desk takes none, and tries again when it has no time', async () => {
    const visitor = createIdentity(server, '', memoryStorage())
    answer.status = 404
    await expect(visitor.token()).rejects.toMatchObject({ code: 'visitors_off' })
    answer.status = 429
    await expect(visitor.token()).rejects.toThrow('status 429')
  })
})

const hostToken = (sub: string, role = 'customer'): string =>
  `x.${Buffer.from(JSON.stringify({ sub, role })).toString('base64url')}.x`

describe('somebody whom the host names', () => {
  it('has the token of the host, and claims nothing that nobody has begun', async () => {
    const named = createIdentity(server, hostToken('zoe'), memoryStorage())
    expect([named.owner, await named.token(), named.rejected(), await named.claim(), asked]).toEqual([
      'zoe',
      hostToken('zoe'),
      false,
      false,
      [],
    ])
  })

  it.each([
    ['a customer', hostToken('zoe'), false],
    ['a visitor to whom the desk has given it', hostToken('visitor-1', 'visitor'), true],
    ['nobody whom the page can read', 'x.y.z', false],
  ])('is anonymous or not as the token says: %s', (_, token, isAnonymous) => {
    expect(createIdentity(server, token, memoryStorage()).isAnonymous).toBe(isAnonymous)
  })

  it('claims the visit of this browser once, and revokes the minted token in the end', async () => {
    const store = memoryStorage()
    await createIdentity(server, '', store).token()
    const named = createIdentity(server, hostToken('zoe'), store)
    expect([await named.claim(), await named.claim(), await named.token()]).toEqual([true, false, 't2'])
    expect(asked).toEqual([
      ['/visitor', undefined],
      ['/visitor/claim', 'Bearer t1'],
    ])
    expect(store.getItem(`guichet-visitor:${server}`)).toBeNull()
    answer.status = 204
    await named.leave()
    expect(asked[2]).toEqual(['/visitor/logout', 'Bearer t2'])
  })

  it('goes on when the answer to an earlier claim was lost, and stays a visitor when the host is at fault', async () => {
    const store = memoryStorage()
    await createIdentity(server, '', store).token()
    const named = createIdentity(server, hostToken('zoe'), store)
    refuses = (path) => path === '/visitor/claim'
    await expect(named.claim()).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(store.getItem(`guichet-visitor:${server}`)).not.toBeNull()
    refuses = () => true
    expect([await named.claim(), await named.token()]).toEqual([true, hostToken('zoe')])
    refuses = () => false
  })
})
