import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EphemeralBus } from '@guichet/domain'
import { editingTimes, inProcessBus, typingTimes } from '@guichet/domain'
import { liveHeartbeats } from './heartbeats.ts'
import { livePresence } from './presence.ts'

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    }),
)
afterEach(() => void vi.useRealTimers())
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

const liveTyping = (bus: EphemeralBus) => liveHeartbeats(bus, { topic: 'typing', times: typingTimes })

describe('typing in several processes', () => {
  it('is published once every four seconds, is shown to all, and ends by itself or with the message', async () => {
    const bus = inProcessBus()
    let published = 0
    bus.subscribe('typing', () => void published++)
    const [one, other] = [liveTyping(bus), liveTyping(bus)]
    const shown: string[][] = []
    const leave = other.follow('chat-1', (typists) => void shown.push(typists.map(({ person }) => person)))
    for (let n = 0; n < 50; n++) {
      one.beat('chat-1', 'zoe')
      await pass(100)
    }
    expect(published).toBe(2)
    other.beat('chat-1', 'ana')
    await pass(0)
    expect(shown).toEqual([['zoe'], ['ana', 'zoe']])
    other.end('chat-1', 'ana')
    await pass(8_000)
    expect(shown.slice(2)).toEqual([['zoe'], []])
    leave()
    one.close()
    other.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is shown at once to somebody who comes later, and not from another conversation', async () => {
    const bus = inProcessBus()
    const typing = liveTyping(bus)
    typing.beat('chat-1', 'zoe')
    const shown: string[][] = []
    typing.follow('chat-2', (typists) => void shown.push(typists.map(({ person }) => person)))
    typing.follow('chat-1', (typists) => void shown.push(typists.map(({ person }) => person)))
    expect(shown).toEqual([['zoe']])
    bus.publish('typing', { subject: 'chat-1', person: 7 })
    await pass(8_000)
    expect(shown).toEqual([['zoe'], []])
    typing.close()
  })
})

describe('editing in several processes', () => {
  it('is known to all, with its beginning, and ends by itself when the process of the editor has died', async () => {
    const options = { topic: 'editing', times: editingTimes, keepsAll: true }
    const bus = inProcessBus()
    const cut = { ...bus, publish: vi.fn(bus.publish) }
    const one = liveHeartbeats(cut, options)
    one.beat('article-a', 'fr/ana', 'Ana')
    await pass(11_000)
    const later = liveHeartbeats(bus, options)
    const shown: string[][] = []
    later.follow('article-a', (editors) => void shown.push(editors.map(({ person }) => person)))
    one.beat('article-a', 'fr/ana', 'Ana')
    await pass(0)
    expect(later.current('article-a')).toEqual([{ person: 'fr/ana', name: 'Ana', since: performance.now() - 11_000 }])
    expect(later.current('article-b')).toEqual([])
    cut.publish.mockImplementation(() => undefined)
    one.close()
    await pass(29_000)
    expect(later.current('article-a')).toHaveLength(1)
    await pass(1_000)
    expect(later.current('article-a')).toEqual([])
    expect(shown).toEqual([['fr/ana'], []])
    later.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('presence in several processes', () => {
  it('is the union of the connections to all of them', async () => {
    const bus = inProcessBus()
    const [one, other] = [livePresence(bus), livePresence(bus)]
    const changes: string[] = []
    other.follow('zoe', () => void changes.push(other.of('zoe').status))
    const tab = one.connect('zoe')
    const phone = other.connect('zoe')
    await pass(1_000)
    expect(one.of('zoe').status).toBe('online')
    phone.end()
    await pass(120_000)
    tab.active()
    await pass(1_000)
    expect(other.of('zoe').status).toBe('online')
    tab.end()
    await pass(59_000)
    expect(changes).toEqual(['online'])
    await pass(2_000)
    expect(changes).toEqual(['online', 'offline'])
    one.close()
    other.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is known to a process that starts later, and survives the end of one that said nothing', async () => {
    const bus = inProcessBus()
    const cut = { ...bus, publish: vi.fn(bus.publish) }
    const one = livePresence(cut)
    one.connect('zoe')
    const later = livePresence(bus)
    await pass(0)
    expect(later.of('zoe').status).toBe('online')
    cut.publish.mockImplementation(() => undefined)
    await pass(59_000)
    expect(later.of('zoe').status).toBe('online')
    await pass(61_000)
    expect(later.of('zoe').status).toBe('offline')
    one.close()
    later.close()
  })

  it('is away after five minutes, and online again with the next activity', async () => {
    const bus = inProcessBus()
    const presence = livePresence(bus)
    const changes: string[] = []
    presence.follow('zoe', () => void changes.push(presence.of('zoe').status))
    const tab = presence.connect('zoe')
    await pass(5 * 60_000 + 1_000)
    tab.active()
    await pass(1_000)
    expect(changes).toEqual(['online', 'away', 'online'])
    presence.close()
  })

  it('follows activity and idleness that is reported to another process than the one with the connection', async () => {
    const bus = inProcessBus()
    const [one, other] = [livePresence(bus), livePresence(bus)]
    one.connect('zoe')
    await pass(5 * 60_000 + 1_000)
    expect(other.of('zoe').status).toBe('away')
    other.active('zoe')
    await pass(20_000)
    expect([one.of('zoe').status, other.of('zoe').status]).toEqual(['online', 'online'])
    other.active('zoe', true)
    await pass(60_000)
    expect([one.of('zoe').status, other.of('zoe').status]).toEqual(['away', 'away'])
    other.active('max')
    await pass(0)
    expect(one.of('max').status).toBe('offline')
    one.close()
    other.close()
  })

  it('does not change while the timers of a hidden page stand still, since connections carry it', async () => {
    const bus = inProcessBus()
    const presence = livePresence(bus)
    const changes: string[] = []
    presence.follow('zoe', () => void changes.push(presence.of('zoe').status))
    presence.connect('zoe')
    await pass(3_600_000)
    expect(changes).toEqual(['online', 'away'])
    presence.close()
  })

  it('is known from a minute after messages of other processes began to arrive, and not while they do not', async () => {
    let connected = true
    const presence = livePresence({ ...inProcessBus(), isConnected: () => connected })
    await pass(59_000)
    expect(presence.isKnown()).toBe(false)
    await pass(1_000)
    expect(presence.isKnown()).toBe(true)
    connected = false
    expect(presence.isKnown()).toBe(false)
    await pass(1_000)
    connected = true
    expect(presence.isKnown()).toBe(false)
    presence.close()
  })
})
