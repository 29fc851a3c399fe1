import type { EventEnvelope } from '@guichet/domain'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { revocationList } from '../../auth/index.ts'
import { edgeError } from '../../errors/index.ts'
import type { Listener } from './change-feed.ts'
import type { Incoming } from './stream.ts'
import { streaming } from './stream.ts'

const hour = 3_600_000
const day = 24 * hour
const happened = (count: number) => Array.from({ length: count }, () => ({}) as EventEnvelope)

/** A subscription that tells how many events it has taken, and what it is fed with. */
function subscribed(
  expiresAt: number,
  produce?: (incoming: Incoming) => AsyncGenerator<number, void, undefined>,
  verifyToken?: () => Promise<never>,
) {
  const listeners = new Set<Listener>()
  const closing = new AbortController()
  const revocations = revocationList()
  const listen = async (listener: Listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const principal = { id: 'zoe', role: 'customer', expiresAt } as const
  const counted = async function* ({ take }: Incoming) {
    for (;;) yield (await take()).length
  }
  const stream = streaming(
    { principal, verifyToken, services: { closing: closing.signal, changes: { listen }, revocations } },
    () => true,
    produce ?? counted,
  )
  const tell = (events: readonly EventEnvelope[]) => listeners.forEach((listener) => listener(events))
  return { stream, listeners, closing, tell, revocations }
}

const code = (of: string) => ({ extensions: { code: of } })

describe('a stream', () => {
  beforeEach(
    () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }),
  )
  afterEach(() => void vi.useRealTimers())

  it('outlives the longest timer when its token does, and ends with it', async () => {
    const { stream, tell } = subscribed(Date.now() + 60 * day)
    const first = stream.next()
    await vi.advanceTimersByTimeAsync(59 * day)
    tell(happened(2))
    expect(await first).toEqual({ done: false, value: 2 })
    const last = expect(stream.next()).rejects.toMatchObject(code('token_expired'))
    await vi.advanceTimersByTimeAsync(day)
    await last
  })

  it('ends at once when its token has expired already', async () => {
    const { stream } = subscribed(Date.now() - 1)
    await expect(stream.next()).rejects.toMatchObject(code('token_expired'))
  })

  it('ends when its token is revoked, and not when another one is', async () => {
    const { stream, tell, revocations } = subscribed(Date.now() + hour)
    const first = stream.next()
    revocations.replace([{ subject: 'max', issuedBefore: Date.now() }])
    tell(happened(1))
    expect(await first).toEqual({ done: false, value: 1 })
    const last = expect(stream.next()).rejects.toMatchObject(code('token_revoked'))
    revocations.replace([{ subject: 'zoe', issuedBefore: Date.now() }])
    await last
  })

  it('ends within a minute when its token is verified no longer, and not while the keys cannot be fetched', async () => {
    let refusal = edgeError('unavailable')
    const { stream, tell } = subscribed(Date.now() + hour, undefined, async () => {
      throw refusal
    })
    const first = stream.next()
    await vi.advanceTimersByTimeAsync(5 * 60_000)
    tell(happened(1))
    expect(await first).toEqual({ done: false, value: 1 })
    const last = expect(stream.next()).rejects.toMatchObject(code('unauthenticated'))
    refusal = edgeError('unauthenticated')
    await vi.advanceTimersByTimeAsync(60_000)
    await last
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends when more is waiting than it may hold, and holds nothing from then on', async () => {
    const { stream, listeners, tell } = subscribed(Date.now() + hour)
    tell(happened(10_001))
    await setImmediate()
    expect(listeners.size).toBe(0)
    await expect(stream.next()).rejects.toMatchObject(code('stream_overflow'))
  })

  it('waits no longer than it is asked to', async () => {
    const { stream } = subscribed(Date.now() + hour, async function* ({ take }) {
      yield (await take(1_000)).length
    })
    const first = stream.next()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await first).toEqual({ done: false, value: 0 })
  })

  it('does nothing any more when its reader has left', async () => {
    let rounds = 0
    const { stream, listeners } = subscribed(Date.now() + hour, async function* ({ take }) {
      for (;;) {
        if (++rounds > 9) yield rounds
        await take()
      }
    })
    const next = stream.next()
    await setImmediate()
    expect(rounds).toBe(1)
    await stream.return?.()
    expect(await next).toEqual({ done: true, value: undefined })
    for (let turn = 0; turn < 5; turn++) await setImmediate()
    expect([rounds, listeners.size, vi.getTimerCount()]).toEqual([1, 0, 0])
  })
})
