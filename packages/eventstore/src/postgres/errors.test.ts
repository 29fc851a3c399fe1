import { expect, it } from 'vitest'
import { AppendOutcomeUnknown, AppendRejected, StoreUnavailable } from '../failure.ts'
import { isDatabaseAway } from './pool.ts'

const coded = (code: string): Error => Object.assign(new Error('10.0.0.7'), { code })

it.each([
  new StoreUnavailable('x'),
  new AppendOutcomeUnknown(new Error('x')),
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'].map(coded),
  ...['08006', '53300', '57P01', '57P03', '58030'].map(coded),
  new Error('Connection terminated unexpectedly'),
  new Error('Connection terminated due to connection timeout'),
  new Error('timeout exceeded when trying to connect'),
  new Error('timeout expired'),
  new Error('Client has encountered a connection error and is not queryable'),
])('recognises that the database is away: %s', (error) => {
  expect(isDatabaseAway(error)).toBe(true)
})

it.each([
  new AppendRejected('x'),
  new TypeError('x is undefined'),
  ...['23505', '42P01', '57014', '22021', '40001', 'ENOENT'].map(coded),
  undefined,
  'Connection terminated',
])('does not take a refusal for an outage: %s', (error) => {
  expect(isDatabaseAway(error)).toBe(false)
})
