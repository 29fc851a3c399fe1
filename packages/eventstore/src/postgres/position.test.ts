import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Position } from '@guichet/domain'
import { comparePositions, toPlace, toPosition } from './read.ts'

const place = fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }))
const write = ([transactionId, position]: [bigint, bigint]): Position => toPosition(`${transactionId}`, `${position}`)

describe('positions', () => {
  it('compare by transaction, then by position, beyond what a JavaScript number holds', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const expected = a[0] === b[0] ? a[1] - b[1] : a[0] - b[0]
        const actual = comparePositions(write(a), write(b))
        expect(Math.sign(actual)).toBe(expected < 0n ? -1 : expected > 0n ? 1 : 0)
      }),
    )
  })

  it('are parsed as they were written', () => {
    fc.assert(
      fc.property(place, (a) => {
        expect(toPlace(write(a))).toEqual({ transactionId: `${a[0]}`, position: `${a[1]}` })
      }),
    )
  })

  it.each(['', '1', '1-', '-1', '1-2-3', '1_2', ' 1-2', '1-2; drop', '0x1-2'])('are not %j', (text) => {
    expect(() => toPlace(text as Position)).toThrow(RangeError)
  })
})
