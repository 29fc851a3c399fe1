import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTyping, typingTimes } from './typing.ts'

describe('typing', () => {
  it('is published at first and every four seconds while it goes on', () => {
    const typing = createTyping()
    const published = [0, 100, 3_999, 4_000, 4_100, 8_000, 12_500].map((at) => typing.typed('zoe', at))
    expect(published).toEqual([true, false, false, true, false, true, true])
  })

  it('ends eight seconds after it was last published', () => {
    const typing = createTyping()
    typing.typed('zoe', 0)
    typing.typed('ana', 1_000)
    expect(typing.persons(7_999)).toEqual(['ana', 'zoe'])
    expect(typing.changesAt(7_999)).toBe(8_000)
    expect(typing.persons(8_000)).toEqual(['ana'])
    expect(typing.persons(9_000)).toEqual([])
    expect(typing.changesAt(9_000)).toBeUndefined()
  })

  it('ends with the message, and begins again with the next key', () => {
    const typing = createTyping()
    typing.typed('zoe', 0)
    expect(typing.ended('zoe', 10)).toBe(true)
    expect(typing.ended('zoe', 20)).toBe(false)
    expect(typing.persons(20)).toEqual([])
    expect(typing.typed('zoe', 30)).toBe(true)
  })

  it('shows in one process what another publishes, as long as it is published', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ pause: fc.nat(6_000), ends: fc.boolean() }), { maxLength: 40 }), (steps) => {
        const [one, other] = [createTyping(), createTyping()]
        let at = 0
        for (const { pause, ends } of steps) {
          at += pause
          if (ends ? one.ended('zoe', at) : one.typed('zoe', at)) other.received('zoe', !ends, at)
          expect(other.persons(at)).toEqual(one.persons(at))
          expect(other.persons(at + typingTimes.lastsMs)).toEqual([])
        }
      }),
    )
  })
})
