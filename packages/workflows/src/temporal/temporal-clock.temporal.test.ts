import { describe, inject } from 'vitest'
import { clockContract } from '../contract/index.ts'
import { fedTemporalClock } from './testing/clock.ts'

describe.skipIf(!inject('temporalServer'))('on a Temporal server', () => {
  clockContract('the clock on Temporal', (process) => fedTemporalClock(process), 500)
})
