import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { findPublishedLog, publishedLog } from './published.ts'

it('returns the file named by the environment, even if it does not exist', () => {
  expect(findPublishedLog({ [publishedLog.variable]: 'no-such.csv' })).toBe(resolve('no-such.csv'))
})
