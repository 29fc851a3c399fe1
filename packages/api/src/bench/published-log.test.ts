import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { findPublishedLog, publishedLog } from './published.ts'

it('is the file that the environment names, even if it is not there: a name that is wrong is not passed over', () => {
  expect(findPublishedLog({ [publishedLog.variable]: 'no-such.csv' })).toBe(resolve('no-such.csv'))
})
