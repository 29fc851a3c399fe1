import { describe, expect, it } from 'vitest'
import { instantOption } from './options.ts'

describe('an instant on the command line', () => {
  it.each([
    ['2026-12-01T00:00Z', '2026-12-01T00:00:00.000Z'],
    ['2026-12-01T00:00+01:00', '2026-11-30T23:00:00.000Z'],
    ['2026-12-01T00:00:30.5-05:00', '2026-12-01T05:00:30.500Z'],
    ['2026-10-25T02:30+02:00', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T02:30+01:00', '2026-10-25T01:30:00.000Z'],
  ])('is %s', (text, expected) => expect(instantOption(text)).toBe(expected))

  it.each(['2026-12-01', '2026-12-01T00:00', '2026-03-29T02:30:00', '2026-10-25T02:30:00.000'])(
    'is not %s, which says no offset',
    (text) => expect(() => instantOption(text)).toThrow(/^must say which instant it means: end it with Z for UTC or/),
  )

  it.each(['tomorrow', '', '2026-02-30T00:00Z', '2026-12-01T25:00Z', '2026-12-01T00Z', '2026-12-01T00:00+25:00'])(
    'is not %j',
    (text) => expect(() => instantOption(text)).toThrow(/^must be an instant such as/),
  )
})
