import { describe, expect, it } from 'vitest'
import { instant } from '@guichet/domain'
import { daysIn } from '@guichet/projections'
import { lastFinishedDay, unpublishedDays } from './reports.ts'

describe('the last day that is over', () => {
  it.each([
    ['2026-03-28T23:04:59Z', 'Europe/Paris', '2026-03-27'],
    ['2026-03-28T23:05:00Z', 'Europe/Paris', '2026-03-28'],
    ['2026-03-29T22:04:59Z', 'Europe/Paris', '2026-03-28'],
    ['2026-03-29T22:05:00Z', 'Europe/Paris', '2026-03-29'],
    ['2026-10-25T23:05:00Z', 'Europe/Paris', '2026-10-25'],
    ['2026-03-28T11:05:00Z', 'Pacific/Auckland', '2026-03-28'],
    ['2026-01-01T05:05:00Z', 'America/New_York', '2025-12-31'],
    ['2026-04-24T00:00:00Z', 'Africa/Cairo', '2026-04-23'],
  ])('at %s in %s is %s', (now, zone, day) => {
    expect(lastFinishedDay(instant(now), daysIn(zone))).toBe(day)
  })
})

describe('the days to publish', () => {
  it.each([
    ['2026-03-27', '2026-03-27', undefined],
    ['2026-03-28', '2026-03-27', undefined],
    ['2026-02-28', '2026-03-01', { first: '2026-03-01', last: '2026-03-01' }],
    ['2026-03-01', '2026-04-01', { first: '2026-03-02', last: '2026-04-01' }],
    ['2020-01-01', '2026-03-31', { first: '2026-03-01', last: '2026-03-31' }],
  ])('after %s until %s', (published, finished, expected) => {
    expect(unpublishedDays(published, finished)).toEqual(expected)
  })
})
