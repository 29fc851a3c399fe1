import { describe } from 'vitest'
import { sideBySideSuite } from './faults/side-by-side-suite.ts'

describe('two servers and two workers on one database, with clocks on Postgres', () => {
  sideBySideSuite({})
})
