import { expect, it } from 'vitest'
import { createBatchLimit } from './batch.ts'

it('makes the next batch as small as would have been in time', () => {
  const limit = createBatchLimit(5_000, 1_000)
  limit.took(300, 20_000)
  expect(limit.events()).toBe(15)
  limit.took(15, 60_000)
  expect(limit.events()).toBe(1)
  limit.took(1, 60_000)
  expect(limit.events()).toBe(1)
})

it('grows again after quick batches, up to the maximum', () => {
  const limit = createBatchLimit(100, 1_000)
  limit.took(100, 4_000)
  expect(limit.events()).toBe(25)
  limit.took(25, 800)
  expect(limit.events()).toBe(25)
  for (const expected of [50, 100, 100]) {
    limit.took(limit.events(), 10)
    expect(limit.events()).toBe(expected)
  }
})

it('halves after a lost batch', () => {
  const limit = createBatchLimit(5_000)
  limit.lost(300)
  expect(limit.events()).toBe(150)
})
