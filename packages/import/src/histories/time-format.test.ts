import { describe, expect, it } from 'vitest'
import { isLocale, isTimeFormat, readTime } from './mapping.ts'

describe('a time of a log', () => {
  it('is read by its pattern in its zone', () => {
    expect(readTime('d/M/yyyy HH:mm', 'UTC')('29/2/2016 01:16')).toBe('2016-02-29T01:16:00.000Z')
    expect(readTime('d/M/yyyy HH:mm', 'Europe/Paris')('1/7/2016 12:00')).toBe('2016-07-01T10:00:00.000Z')
  })

  it('keeps an offset of its own', () => {
    expect(readTime('iso', 'UTC')('2026-03-29T00:30:00+02:00')).toBe('2026-03-28T22:30:00.000Z')
    expect(readTime('iso', 'Europe/Paris')('2026-01-01 00:30')).toBeUndefined()
    expect(readTime('iso', 'Europe/Paris')('2026-01-01T00:30')).toBe('2025-12-31T23:30:00.000Z')
  })

  it.each(['08:00', 'T08:00', '2026', '2026-03', '20260', '12:30:00Z'])(
    'is not %s in iso, which names no day',
    (text) => {
      expect(readTime('iso', 'UTC')(text)).toBeUndefined()
    },
  )

  it.each([
    ['20260302T0900', '2026-03-02T09:00:00.000Z'],
    ['2026-W10-1T09:00', '2026-03-02T09:00:00.000Z'],
    ['2026-061', '2026-03-02T00:00:00.000Z'],
  ])('is %s in iso, in its other forms', (text, time) => {
    expect(readTime('iso', 'UTC')(text)).toBe(time)
  })

  it.each([
    ['fr', '2 août 2026 à 09:30', "d MMMM yyyy 'à' HH:mm"],
    ['fr', '2 AOÛT 2026 à 09:30', "d MMMM yyyy 'à' HH:mm"],
    ['de', '2. August 2026 09:30', 'd. MMMM yyyy HH:mm'],
    ['pt-BR', '2 de agosto de 2026 09:30', "d 'de' MMMM 'de' yyyy HH:mm"],
    ['pl', '2 sierpnia 2026 09:30', 'd MMMM yyyy HH:mm'],
  ])('has the names of months of its language (%s: %s)', (locale, text, format) => {
    expect(isLocale(locale)).toBe(true)
    expect(readTime(format, 'UTC', locale)(text)).toBe('2026-08-02T09:30:00.000Z')
  })

  it('may have one of several formats, the first that fits', () => {
    const read = readTime(['iso', 'd/M/yyyy HH:mm', 'unix'], 'UTC')
    for (const text of ['2016-02-29T01:16', '29/2/2016 01:16', '1456708560'])
      expect(read(text)).toBe('2016-02-29T01:16:00.000Z')
    expect(read('yesterday')).toBeUndefined()
  })

  it('is read from seconds or milliseconds since 1970', () => {
    expect(readTime('unix', 'UTC')('1456708560')).toBe('2016-02-29T01:16:00.000Z')
    expect(readTime('unix-ms', 'UTC')('1456708560000')).toBe('2016-02-29T01:16:00.000Z')
    expect(readTime('unix', 'UTC')('yesterday')).toBeUndefined()
  })

  it('is read as the hour after when summer time skips it, and as the first when it comes twice', () => {
    const read = readTime('yyyy-MM-dd HH:mm', 'Europe/Berlin')
    expect(read('2026-03-29 02:30')).toBe('2026-03-29T01:30:00.000Z')
    expect(read('2026-10-25 02:30')).toBe('2026-10-25T00:30:00.000Z')
  })

  it.each([
    '0001-01-01T00:00:00Z',
    '0999-12-31T23:59:59.999Z',
    '1000-01-01T00:00:00+01:00',
    '8999-12-31T23:59:59-01:00',
    '9999-12-31T23:59:59Z',
  ])('is not %s, which no history can hold', (text) => {
    expect(readTime('iso', 'UTC')(text)).toBeUndefined()
    expect(readTime('unix-ms', 'UTC')(String(Date.parse(text)))).toBeUndefined()
  })

  it.each(['31/2/2016 01:16', '29/2/2015 01:16', '1/13/2016 01:16', '2016-02-29', '', 'now'])('is not %j', (text) => {
    expect(readTime('d/M/yyyy HH:mm', 'UTC')(text)).toBeUndefined()
  })

  it.each(['DD/MM/YYYY', 'HH:mm', 'iso8601', ''])('has no format %j', (format) => {
    expect(isTimeFormat(format)).toBe(false)
  })
})
