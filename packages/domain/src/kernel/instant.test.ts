import { describe, expect, it } from 'vitest'
import type { Instant } from './time.ts'
import {
  days,
  earliest,
  elapsed,
  hours,
  instant,
  instantSchema,
  isInstant,
  later,
  latest,
  minutes,
  storedInstantSchema,
  utcDay,
} from './time.ts'

describe('an instant', () => {
  it.each([
    ['2026-03-29T00:30:00Z', '2026-03-29T00:30:00.000Z'],
    ['2026-03-29T00:30:00+02:00', '2026-03-28T22:30:00.000Z'],
    ['2026-03-29T00:30:00.5-05:00', '2026-03-29T05:30:00.500Z'],
    ['2024-02-29T12:00:00.123Z', '2024-02-29T12:00:00.123Z'],
  ])('is read from %s', (text, expected) => {
    expect(instant(text)).toBe(expected)
    expect(instantSchema.parse(text)).toBe(expected)
  })

  it.each([
    'yesterday',
    '',
    '2026-03-29',
    '2026-03-29T00:30:00',
    '2026-02-30T00:00:00.000Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    '2026-01-01T25:00:00Z',
  ])('is not read from %j', (text) => {
    expect(() => instant(text)).toThrow(RangeError)
    expect(instantSchema.safeParse(text).success).toBe(false)
    expect(isInstant(text)).toBe(false)
  })

  it('is not read from an invalid date', () => {
    expect(() => instant(new Date(Number.NaN))).toThrow(RangeError)
  })

  it.each(['0000-01-01T10:00:00Z', '0999-12-31T23:59:59Z', '9999-12-31T23:00:00Z'])(
    'lies where every database can hold it and what follows it, not at %s',
    (text) => {
      expect(() => instant(text)).toThrow(RangeError)
      expect(instantSchema.safeParse(text).success).toBe(false)
    },
  )

  it('stays an instant however far it moves', () => {
    const far = [
      later(instant('8999-12-31T00:00:00Z'), days(400_000)),
      later(instant('1000-01-01T00:00:00Z'), -days(400_000)),
    ]
    expect(far).toEqual(['8999-12-31T23:59:59.999Z', '1000-01-01T00:00:00.000Z'])
    expect(far.every(isInstant)).toBe(true)
  })

  it('stays comparable however far it moves', () => {
    expect(later(instant('8999-12-31T00:00:00Z'), days(400_000)) > instant('8999-12-31T00:00:00Z')).toBe(true)
  })

  it('is stored only in its canonical form', () => {
    expect(storedInstantSchema.safeParse('2026-03-29T00:30:00.000Z').success).toBe(true)
    expect(storedInstantSchema.safeParse('2026-03-29T00:30:00Z').success).toBe(false)
    expect(storedInstantSchema.safeParse(1).success).toBe(false)
  })

  it('is on a day in UTC', () => {
    expect(utcDay(instant('2026-03-29T00:30:00+02:00'))).toBe('2026-03-28')
    expect(utcDay('2026-03-29T00:30:00+02:00' as Instant)).toBe('2026-03-28')
  })

  it('moves by elapsed time', () => {
    const start = instant('2026-03-28T12:00:00Z')
    expect(later(start, days(1))).toBe('2026-03-29T12:00:00.000Z')
    expect(elapsed(start, later(start, hours(-3)))).toBe(-hours(3))
    expect(latest(start, later(start, 1))).toBe(later(start, 1))
  })
})

describe('an instant from outside', () => {
  const [offset, short, local] = ['2026-03-02T10:00:00+01:00', '2026-03-02T09:30:00Z', '2026-03-02T10:00'] as Instant[]

  it('is converted by every computation', () => {
    expect(later(offset!, 1)).toBe('2026-03-02T09:00:00.001Z')
    expect(elapsed(offset!, short!)).toBe(minutes(30))
    expect(latest(offset!, short!)).toBe('2026-03-02T09:30:00.000Z')
    expect(earliest(offset!, short!)).toBe('2026-03-02T09:00:00.000Z')
  })

  it.each([null, undefined, 0, {}, Number.NaN])('is refused without a type checker too: %s', (value) => {
    expect(() => instant(value as never)).toThrow(new RangeError(`not an instant: ${String(value)}`))
  })

  it('is refused without an offset, which would mean the zone of the machine', () => {
    expect(() => later(local!, 1)).toThrow('not an instant: 2026-03-02T10:00')
    expect(() => elapsed(short!, local!)).toThrow(RangeError)
    expect(() => latest(short!, local!)).toThrow(RangeError)
  })
})
