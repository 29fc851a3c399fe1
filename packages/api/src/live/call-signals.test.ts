import { describe, expect, it, vi } from 'vitest'
import { inProcessBus, limits } from '@guichet/domain'
import type { CallSignal } from './call-signals.ts'
import { liveCallSignals, longestSignal } from './call-signals.ts'

const delivered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const signal = (id: string, data = '{}', from: CallSignal['from'] = 'customer'): CallSignal => ({ id, from, data })

function twoProcesses() {
  const bus = inProcessBus()
  let time = 0
  const now = (): number => time
  return { one: liveCallSignals(bus, now), other: liveCallSignals(bus, now), wait: (ms: number) => void (time += ms) }
}

function followed(signals: ReturnType<typeof liveCallSignals>, call = 'chat-1/v') {
  const received: CallSignal[] = []
  return { received, leave: signals.follow(call, (each) => void received.push(each)) }
}

describe('the signals of a call', () => {
  it('reach those who follow it at another process, whole, in order, and not those of another call', async () => {
    const { one, other } = twoProcesses()
    const { received } = followed(other)
    const strangers = followed(other, 'chat-1/w')
    const long = signal('long', JSON.stringify({ sdp: '"é\n'.repeat(longestSignal / 10) }))
    one.send('chat-1/v', long)
    one.send('chat-1/v', signal('short'))
    await delivered()
    expect(received).toEqual([long, signal('short')])
    expect(strangers.received).toEqual([])
  })

  it.each(['漢', 'ع', '\u0001', '😀', '\ud800', '"', '\\'])(
    'arrive whole, as long as they may be, of %j',
    async (character) => {
      const { one, other } = twoProcesses()
      const ids = JSON.stringify(['漢'.repeat(limits.id), '漢'.repeat(limits.id)])
      const { received } = followed(other, ids)
      const long = signal('漢'.repeat(limits.id), character.repeat(longestSignal))
      one.send(ids, long)
      await delivered()
      expect(received).toEqual([long])
    },
  )

  it('are kept for a minute for who joins late, and arrive once however often they are sent', async () => {
    const { one, other, wait } = twoProcesses()
    one.send('chat-1/v', signal('first'))
    one.send('chat-1/v', signal('first'))
    await delivered()
    wait(59_000)
    one.send('chat-1/v', signal('second'))
    await delivered()
    expect(followed(other).received.map(({ id }) => id)).toEqual(['first', 'second'])
    wait(2_000)
    expect(followed(other).received.map(({ id }) => id)).toEqual(['second'])
  })

  it('are forgotten when nobody follows the call and the minute is over', async () => {
    vi.useFakeTimers()
    try {
      const one = liveCallSignals(inProcessBus(), Date.now)
      followed(one).leave()
      one.send('chat-1/v', signal('first'))
      await vi.advanceTimersByTimeAsync(59_000)
      expect(vi.getTimerCount()).toBe(1)
      await vi.advanceTimersByTimeAsync(61_000)
      expect(vi.getTimerCount()).toBe(0)
      expect(followed(one).received).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  it('of others on the bus are not trusted', async () => {
    const bus = inProcessBus()
    const { received } = followed(liveCallSignals(bus))
    const sent = { call: 'chat-1/v', id: 'x', from: 'customer', data: '{}' }
    for (const wrong of [{ from: 'nobody' }, { data: 7 }, { data: 'x'.repeat(longestSignal + 1) }, { id: [] }]) {
      bus.publish('call signals', { ...sent, ...wrong })
    }
    bus.publish('call signals', 'nonsense')
    await delivered()
    expect(received).toEqual([])
  })
})
