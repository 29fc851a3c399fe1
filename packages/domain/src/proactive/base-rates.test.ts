import { describe, expect, it } from 'vitest'
import { anyTrouble, atLeast, learnedRates, usualRates } from './base-rates.ts'

describe('base rates', () => {
  it('are the usual ones at first, and the desk’s own the more it has counted', () => {
    const nothing = learnedRates({ counts: new Map(), any: 0, personDays: 0 })
    expect([nothing('login_failed'), nothing(anyTrouble)]).toEqual([usualRates.one, usualRates.any])
    const much = learnedRates({ counts: new Map([['login_failed', 20_000]]), any: 30_000, personDays: 100_000 })
    expect(much('login_failed')).toBeCloseTo(0.2, 3)
    expect(much(anyTrouble)).toBeCloseTo(0.3, 3)
    expect(much('form_error:signup')).toBeLessThan(0.001)
  })

  it('say how probable something is by chance', () => {
    expect(atLeast(0, 0.3)).toBe(1)
    expect(atLeast(1, 0.3)).toBeCloseTo(1 - Math.exp(-0.3), 12)
    expect(atLeast(3, 0.3)).toBeCloseTo(0.0036, 4)
    expect(atLeast(3, 1_000)).toBe(1)
  })
})
