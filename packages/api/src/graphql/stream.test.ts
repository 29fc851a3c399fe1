import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EventEnvelope } from '@guichet/domain'
import { revocationList } from '../auth/revocations.ts'
import { edgeError } from '../errors.ts'
import type { Listener } from './services.ts'
import type { Source } from './subscription.ts'
import { lastPosition, subscribed } from './subscription.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const hour = 3_600_000
const day = 24 * hour
const happened = (count: number, from = 1) =>
  Array.from({ length: count }, (_, n) => ({ position: `${from + n}` }) as unknown as EventEnvelope)

type Values = (take: ReturnType<typeof lastPosition>['take']) => ReturnType<Source<number>['values']>

/** A subscription that yields the positions it receives, and its source of events. */
function subscription(expiresAt: number, values?: Values, verifyToken?: () => Promise<never>) {
  const listeners = new Set<Listener>()
  const revocations = revocationList()
  const listen = async (listener: Listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const principal = { id: 'zoe', role: 'customer', expiresAt } as const
  const context = {
    principal,
    verifyToken,
    services: {
      streams: { join: () => () => undefined },
      changes: { listen, follow: (_: string, each: Listener) => listen(each) },
      revocations,
    },
  }
  const source = lastPosition(context, () => true)
  const positions: Values = async function* (take) {
    const position = take()
    if (position !== undefined) yield Number(position)
  }
  const stream = subscribed<number>(context, {
    listen: source.listen,
    values: () => (values ?? positions)(source.take),
  })
  const tell = (events: readonly EventEnvelope[]) => listeners.forEach((listener) => listener(events))
  return { stream, listeners, tell, revocations }
}

const code = (of: string) => ({ extensions: { code: of } })

describe('a stream', () => {
  beforeEach(
    () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }),
  )
  afterEach(() => void vi.useRealTimers())

  it('outlives the longest timer if its token does, and ends with the token', async () => {
    const { stream, tell } = subscription(Date.now() + 60 * day)
    const first = stream.next()
    await vi.advanceTimersByTimeAsync(59 * day)
    tell(happened(2))
    expect(await first).toEqual({ done: false, value: 2 })
    const last = expect(stream.next()).rejects.toMatchObject(code('token_expired'))
    await vi.advanceTimersByTimeAsync(day)
    await last
  })

  it('ends at once when its token has expired already', async () => {
    const { stream } = subscription(Date.now() - 1)
    await expect(stream.next()).rejects.toMatchObject(code('token_expired'))
  })

  it('ends when its token is revoked, and not when another one is', async () => {
    const { stream, tell, revocations } = subscription(Date.now() + hour)
    const first = stream.next()
    revocations.replace([{ subject: 'max', issuedBefore: Date.now() }])
    tell(happened(1))
    expect(await first).toEqual({ done: false, value: 1 })
    const last = expect(stream.next()).rejects.toMatchObject(code('token_revoked'))
    revocations.replace([{ subject: 'zoe', issuedBefore: Date.now() }])
    await last
  })

  it('ends within a minute when its token is no longer valid, but not while the keys cannot be fetched', async () => {
    let refusal = edgeError('unavailable')
    const { stream, tell } = subscription(Date.now() + hour, undefined, async () => {
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

  it('holds no unread events in memory, and continues from the last position', async () => {
    const { stream, tell } = subscription(Date.now() + hour)
    const first = stream.next()
    tell(happened(1))
    expect(await first).toEqual({ done: false, value: 1 })
    const events = happened(2, 20_000)
    const held = new WeakRef(events[1] as EventEnvelope)
    for (let n = 0; n < 20; n++) tell(happened(1_000, 1_000 * n))
    tell(events.splice(0))
    await setImmediate()
    collectGarbage()
    expect(held.deref()).toBeUndefined()
    expect(await stream.next()).toEqual({ done: false, value: 20_001 })
    await stream.return?.()
  })

  it('waits no longer than the time limit', async () => {
    let rounds = 0
    const { stream } = subscription(Date.now() + hour, async function* () {
      if (rounds++ > 0) yield rounds
      return 1_000
    })
    const first = stream.next()
    await vi.advanceTimersByTimeAsync(999)
    expect(rounds).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await first).toEqual({ done: false, value: 2 })
  })

  it('stops when its reader has left', async () => {
    let rounds = 0
    const { stream, listeners } = subscription(Date.now() + hour, async function* () {
      if (++rounds > 9) yield rounds
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
