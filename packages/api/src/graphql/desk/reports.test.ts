import { expect, it } from 'vitest'
import { instant } from '@guichet/domain'
import { daysOf } from './reports.ts'

it('ends a period without an end on the day of the desk’s clock in UTC, and begins it 29 days before', () => {
  const now = instant('2026-03-02T23:30:00Z')
  expect(daysOf({}, 30, now)).toEqual({ from: '2026-02-01', to: '2026-03-02' })
  expect(daysOf({ from: '2026-03-01' }, 30, now)).toEqual({ from: '2026-03-01', to: '2026-03-02' })
})

it('takes no period of more days than wanted', () => {
  expect(() => daysOf({ from: '2026-01-01' }, 30, instant('2026-03-02T23:30:00Z'))).toThrow('from 1 to 30 days, not 61')
})
