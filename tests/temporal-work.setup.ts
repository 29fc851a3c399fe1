import { beforeDrop } from '@guichet/eventstore/testing'
import { afterAll, inject } from 'vitest'
import { endWorkOf } from '../packages/workflows/src/temporal/testing/end-work.ts'

// Runs before each test file on Temporal: the server of the whole run would go on working for every ended test.
const address = inject('temporalServer')
if (address) {
  const takeBack = beforeDrop((databaseUrl) => endWorkOf(databaseUrl, address))
  afterAll(takeBack)
}
