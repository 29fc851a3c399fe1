import { describe, expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import { anyTrouble, days, instant, later, learnedRates, minutes } from '@guichet/domain'
import { createTroubleCounts } from './trouble-counts.ts'

const noon = instant('2026-01-05T12:00:00Z')
const fingerprint = 'error_occurred:E_PAY'
const failure = (at: Instant) => ({ kind: 'error_occurred', code: 'E_PAY', at })

/** The rate of a trouble that ten customers have had so often, by so many days. */
const expected = (count: number, ofDays: number): number =>
  learnedRates({ counts: new Map([[fingerprint, count]]), any: count, personDays: 10 * ofDays })(fingerprint)

describe('the counted trouble of a simulated desk', () => {
  it('has no repeats within a minute of one that counts, on each day by itself', () => {
    const counts = createTroubleCounts(minutes(1))
    for (let customer = 1; customer <= 10; customer++) counts.recordPerson(customer, noon)
    counts.recordPerson(2, later(noon, days(1)))
    for (const seconds of [0, 30, 60, 61, 90, 121]) counts.record(1, failure(later(noon, seconds * 1_000)))
    counts.record(2, failure(instant('2026-01-05T23:59:50Z')))
    counts.record(2, failure(instant('2026-01-06T00:00:10Z')))
    expect(counts.ratesAt(later(noon, days(1)))(fingerprint)).toBe(expected(3, 1))
    expect(counts.ratesAt(later(noon, days(2)))(fingerprint)).toBe(expected(4, 2))
  })

  it('has three a day of one customer at most, of one trouble and of any', () => {
    const counts = createTroubleCounts(minutes(1))
    for (let customer = 1; customer <= 10; customer++) counts.recordPerson(customer, noon)
    for (let number = 0; number < 100; number++) {
      counts.record(1, failure(later(noon, minutes(2 * number))))
      counts.record(2, { ...failure(noon), code: `E_${number}` })
      counts.record(3, { kind: 'faq_search', code: '', at: later(noon, minutes(2 * number)) })
    }
    const rates = counts.ratesAt(later(noon, days(1)))
    expect(rates(fingerprint)).toBe(expected(3, 1))
    expect(rates('error_occurred:E_7')).toBe(expected(1, 1))
    expect(rates('faq_search')).toBe(expected(3, 1))
    const any = learnedRates({ counts: new Map(), any: 6, personDays: 10 })
    expect(rates(anyTrouble)).toBe(any(anyTrouble))
  })

  it('says what is usual once there are three days before, by as many as there are', () => {
    const counts = createTroubleCounts(minutes(1))
    counts.record(1, failure(noon))
    counts.record(2, failure(noon))
    for (let day = 0; day < 7; day++) counts.recordPerson(1, later(noon, days(day)))
    expect(counts.spreadOf(fingerprint, later(noon, days(2))).usual).toBeUndefined()
    expect(counts.spreadOf(fingerprint, later(noon, days(3))).usual).toBe(2 / 3)
    expect(counts.spreadOf(fingerprint, later(noon, days(7))).usual).toBe(2 / 7)
    expect(counts.spreadOf(fingerprint, later(noon, days(8))).usual).toBe(0)
  })
})
