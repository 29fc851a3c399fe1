import { expect, it } from 'vitest'
import { activityInWords, healthInWords, reasonInWords } from './customer-health.ts'

it('says how somebody fares, with the score of a week ago', () => {
  const health = { score: 62, sevenDaysAgo: 81, isAtRisk: true, reasons: [] }
  expect(healthInWords(health)).toBe('62 (81 a week ago), at risk')
  expect(healthInWords({ ...health, isAtRisk: false })).toBe('62 (81 a week ago)')
})

it.each([
  ['TICKETS', 12, 3, '12 points: 3 tickets'],
  ['TICKETS', 1, 1, '1 point: 1 ticket'],
  ['BREACHES', 20, 2, '20 points: 2 missed targets'],
  ['REOPENINGS', 5, 1, '5 points: 1 reopened ticket'],
  ['SUSPICIONS', 10, 1, '10 points: 1 suspected trouble'],
  ['WAITS', 15, 2, '15 points: 2 unanswered tickets'],
  ['RATINGS', 8, 1, '8 points: 1 low rating'],
  ['LATE_PAYMENTS', 8, 2, '8 points: 2 late payments'],
])('says why a score is lower: %s, %d points for %d', (term, points, count, text) => {
  expect(reasonInWords({ term, points, count })).toBe(text)
})

it.each([
  ['error_occurred', 'E_PAY', '/pay', 'error occurred: E_PAY, /pay'],
  ['page_view', null, '/pay', 'page view, /pay'],
  ['login_failed', null, null, 'login failed'],
])('says what happened: %s', (kind, code, page, text) => {
  expect(activityInWords({ kind, code, page })).toBe(text)
})
