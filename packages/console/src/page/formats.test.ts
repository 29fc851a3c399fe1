import { describe, expect, it } from 'vitest'
import { createFormats } from './formats.ts'

/** A Monday, at 10:30 in Paris. */
const now = Date.parse('2026-11-23T09:30:00.000Z')
const english = createFormats('en-GB', 'Europe/Paris')
const french = createFormats('fr', 'Europe/Paris')

describe('a time that will come', () => {
  it.each([
    ['2026-11-23T13:00:00.000Z', 'Monday 14:00'],
    ['2026-11-24T08:00:00.000Z', 'Tuesday 09:00'],
    // Sunday in Paris, and Saturday elsewhere.
    ['2026-11-28T23:30:00.000Z', 'Sunday 00:30'],
  ])('%s is a weekday within the week', (at, said) => expect(english.coming(at, now)).toBe(said))

  it('has a date from the same weekday on, also if that is less than seven times 24 hours away', () => {
    expect(english.coming('2026-11-30T08:00:00.000Z', now)).toMatch(/^Monday,? 30 November (?:at )?09:00$/)
    expect(english.coming('2026-12-14T08:00:00.000Z', now)).toMatch(/^Monday,? 14 December (?:at )?09:00$/)
  })

  it('has the year where that is another one, and the words of the language', () => {
    expect(english.coming('2027-01-04T08:00:00.000Z', now)).toContain('4 January 2027')
    expect(french.coming('2026-12-14T08:00:00.000Z', now)).toMatch(/^lundi 14 décembre .*09:00$/)
  })
})

it('writes the day of what has been on the clock of the reader, with the year where it is not that of now', () => {
  expect(english.day('2026-11-22T23:30:00.000Z', now)).toMatch(/^Monday,? 23 November$/)
  expect(english.day('2025-11-22T12:00:00.000Z', now)).toMatch(/^Saturday,? 22 November 2025$/)
  expect(english.full('2026-11-22T23:30:00.000Z')).toMatch(/^Monday,? 23 November 2026.*00:30$/)
})

it('writes numbers as the language does', () => {
  expect(english.number(12_345)).toBe('12,345')
  expect(french.number(12_345)).toMatch(/^12\s345$/)
})
