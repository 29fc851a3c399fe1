import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Heartbeats } from './heartbeats.ts'
import { createHeartbeats, editingTimes, typingTimes } from './heartbeats.ts'

const personsOf = (heartbeats: Heartbeats, at: number) => heartbeats.current(at).map(({ person }) => person)

describe('typing', () => {
  it('is published at first and every four seconds while it goes on', () => {
    const typing = createHeartbeats(typingTimes)
    const published = [0, 100, 3_999, 4_000, 4_100, 8_000, 12_500].map(
      (at) => typing.beat('zoe', undefined, at) !== undefined,
    )
    expect(published).toEqual([true, false, false, true, false, true, true])
  })

  it('ends eight seconds after it was last published', () => {
    const typing = createHeartbeats(typingTimes)
    typing.beat('zoe', undefined, 0)
    typing.beat('ana', undefined, 1_000)
    expect(personsOf(typing, 7_999)).toEqual(['ana', 'zoe'])
    expect(typing.changesAt(7_999)).toBe(8_000)
    expect(personsOf(typing, 8_000)).toEqual(['ana'])
    expect(personsOf(typing, 9_000)).toEqual([])
    expect(typing.changesAt(9_000)).toBeUndefined()
  })

  it('ends with the message, and begins again with the next key', () => {
    const typing = createHeartbeats(typingTimes)
    typing.beat('zoe', undefined, 0)
    expect(typing.end('zoe', 10)).toBe(true)
    expect(typing.end('zoe', 20)).toBe(false)
    expect(personsOf(typing, 20)).toEqual([])
    expect(typing.beat('zoe', undefined, 30)).toEqual({ person: 'zoe', name: undefined, lastedMs: 0 })
  })

  it('shows in one process what another publishes, as long as it is published', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ pause: fc.nat(6_000), ends: fc.boolean() }), { maxLength: 40 }), (steps) => {
        const [one, other] = [createHeartbeats(typingTimes), createHeartbeats(typingTimes)]
        let at = 0
        for (const { pause, ends } of steps) {
          at += pause
          if (ends) {
            if (one.end('zoe', at)) other.end('zoe', at)
          } else {
            const sent = one.beat('zoe', 'Zoe', at)
            if (sent) other.receive(sent, at)
          }
          expect(other.current(at)).toEqual(one.current(at))
          expect(other.current(at + typingTimes.lastsMs)).toEqual([])
        }
      }),
    )
  })
})

describe('editing', () => {
  it('is known with its beginning to a process that learns of it later, whose clock shows another time', () => {
    const [one, later] = [createHeartbeats(editingTimes), createHeartbeats(editingTimes)]
    one.beat('ana', 'Ana', 1_000)
    const sent = one.beat('ana', 'Ana', 12_000)
    expect(sent).toEqual({ person: 'ana', name: 'Ana', lastedMs: 11_000 })
    if (sent) later.receive(sent, 500_000)
    expect(later.current(500_000)).toEqual([{ person: 'ana', name: 'Ana', since: 489_000 }])
  })

  it('outlives a heartbeat that comes late, and ends half a minute after the last one', () => {
    const editing = createHeartbeats(editingTimes)
    for (const at of [0, 9_999, 19_998, 40_000]) editing.beat('ana', 'Ana', at)
    expect(editing.current(69_999)).toEqual([{ person: 'ana', name: 'Ana', since: 0 }])
    expect(editing.current(70_000)).toEqual([])
  })
})
