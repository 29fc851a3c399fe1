import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPresence, presenceTimes } from './presence.ts'

const minute = 60_000
const lease = (person: string, connection: string, idleMs = 0) => ({ person, connection, idleMs })

describe('presence', () => {
  it('is offline for somebody who was never seen', () => {
    expect(createPresence().of('zoe', 0)).toEqual({ status: 'offline', lastSeen: undefined, disconnectedAt: undefined })
  })

  it('is online while one of several connections is there, and offline a minute after the last one', () => {
    const presence = createPresence()
    presence.renew(lease('zoe', 'tab'), 0)
    presence.renew(lease('zoe', 'phone'), 1_000)
    presence.end('tab', 2_000)
    expect(presence.of('zoe', 2_000).status).toBe('online')
    presence.end('phone', 10_000)
    expect(presence.of('zoe', 10_000 + minute - 1).status).toBe('online')
    expect(presence.of('zoe', 10_000 + minute)).toEqual({ status: 'offline', lastSeen: 10_000, disconnectedAt: 10_000 })
  })

  it('does not change when a page is loaded again within a minute', () => {
    const presence = createPresence()
    presence.renew(lease('zoe', 'tab'), 0)
    expect(presence.changes(0)).toMatchObject([{ person: 'zoe', status: 'online', lastSeen: 0 }])
    presence.end('tab', 1_000)
    expect(presence.changes(30_000)).toEqual([])
    presence.renew(lease('zoe', 'tab again'), 31_000)
    expect(presence.changes(31_000)).toEqual([])
    expect(presence.changes(31_000 + presenceTimes.leaseMs - 1)).toEqual([])
  })

  it('is away after five minutes without activity on any connection, and online again with it', () => {
    const presence = createPresence()
    for (let at = 0; at <= 6 * minute; at += presenceTimes.renewMs) {
      presence.renew(lease('zoe', 'hidden tab', at), at)
      presence.renew(lease('zoe', 'phone', Math.max(0, at - minute)), at)
      expect(presence.of('zoe', at)).toMatchObject({
        status: at < 6 * minute ? 'online' : 'away',
        lastSeen: Math.min(at, minute),
      })
    }
    presence.renew(lease('zoe', 'phone', 0), 6 * minute + 1)
    expect(presence.of('zoe', 6 * minute + 1).status).toBe('online')
  })

  it('shows since when the last connection is gone, which a page that is loaded again takes back', () => {
    const presence = createPresence()
    presence.renew(lease('zoe', 'tab'), 0)
    expect(presence.of('zoe', 1_000).disconnectedAt).toBeUndefined()
    presence.end('tab', 2_000)
    expect(presence.of('zoe', 3_000)).toMatchObject({ status: 'online', disconnectedAt: 2_000 })
    presence.renew(lease('zoe', 'tab again'), 4_000)
    expect(presence.of('zoe', 4_000).disconnectedAt).toBeUndefined()
  })

  it('is online again when a person with a hidden tab does something another way, and only then', () => {
    const presence = createPresence()
    presence.renew(lease('zoe', 'tab', 6 * minute), 6 * minute)
    expect(presence.of('zoe', 6 * minute).status).toBe('away')
    presence.idle('zoe', 0, 6 * minute + 1)
    presence.idle('max', 0, 6 * minute + 1)
    expect(presence.of('zoe', 6 * minute + 1).status).toBe('online')
    expect(presence.of('max', 6 * minute + 1).status).toBe('offline')
    presence.idle('zoe', presenceTimes.awayMs, 6 * minute + 2)
    expect(presence.of('zoe', 6 * minute + 2).status).toBe('away')
  })

  it('takes somebody without a connection for there when they do something, once they have been seen', () => {
    const presence = createPresence()
    presence.renew(lease('ann', 'tab'), 0)
    presence.end('tab', 0)
    expect(presence.of('ann', 2 * minute).status).toBe('offline')
    presence.idle('ann', presenceTimes.awayMs, 2 * minute)
    expect(presence.of('ann', 2 * minute)).toEqual({ status: 'offline', lastSeen: 0, disconnectedAt: 0 })
    presence.idle('ann', 0, 2 * minute)
    const seen = { lastSeen: 2 * minute, disconnectedAt: 2 * minute }
    expect(presence.of('ann', 2 * minute + 1)).toEqual({ status: 'online', ...seen })
    expect(presence.of('ann', 3 * minute)).toEqual({ status: 'offline', ...seen })
    presence.idle('max', 0, 0)
    expect(presence.of('max', 0).lastSeen).toBeUndefined()
  })

  it('does not flap in an hour in a hidden tab, however late its process renews within the lease', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: presenceTimes.leaseMs - 1 }), { minLength: 90, maxLength: 90 }),
        (pauses) => {
          const presence = createPresence()
          const seen: string[] = []
          let at = 0
          for (const pause of pauses) {
            presence.renew(lease('zoe', 'tab', at), at)
            seen.push(...presence.changes(at).map(({ status }) => status))
            at += pause
            seen.push(...presence.changes(at).map(({ status }) => status))
          }
          expect(seen).toEqual(at >= presenceTimes.awayMs ? ['online', 'away'] : ['online'])
        },
      ),
    )
  })

  it('is offline a minute after the last sign of a process that died', () => {
    const presence = createPresence()
    presence.renew(lease('zoe', 'tab'), 5_000)
    expect(presence.of('zoe', 5_000 + minute - 1).status).toBe('online')
    expect(presence.of('zoe', 5_000 + minute)).toEqual({ status: 'offline', lastSeen: 5_000, disconnectedAt: 5_000 })
  })

  it('forgets who has been offline for a day, and connections that it never knew', () => {
    const presence = createPresence()
    presence.end('nobody', 0)
    presence.renew(lease('zoe', 'tab'), 0)
    presence.end('tab', 1_000)
    presence.changes(presenceTimes.rememberedMs)
    expect(presence.of('zoe', presenceTimes.rememberedMs).lastSeen).toBe(1_000)
    presence.changes(presenceTimes.rememberedMs + 1_000)
    expect(presence.of('zoe', presenceTimes.rememberedMs + 1_000).lastSeen).toBeUndefined()
  })

  it('never forgets somebody who is to be kept: an agent who left days ago is still known to be gone', () => {
    const presence = createPresence((person) => person === 'ana')
    presence.renew(lease('ana', 'tab'), 0)
    presence.end('tab', 1_000)
    presence.changes(3 * presenceTimes.rememberedMs)
    expect(presence.of('ana', 3 * presenceTimes.rememberedMs).disconnectedAt).toBe(1_000)
  })
})
