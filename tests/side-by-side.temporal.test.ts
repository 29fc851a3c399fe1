import { describe, inject } from 'vitest'
import { sideBySideSuite } from './faults/side-by-side-suite.ts'

const address = inject('temporalServer')

describe.skipIf(!address)('two servers and two workers on one database, with clocks on Temporal', () => {
  sideBySideSuite({ TEMPORAL_ADDRESS: address ?? '' })
})
