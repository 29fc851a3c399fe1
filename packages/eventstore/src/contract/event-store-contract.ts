import type { EventStore } from '@guichet/domain'
import { afterAll, beforeAll, describe } from 'vitest'
import { commandIds } from './command-ids.ts'
import { concurrentWriters } from './concurrent-writers.ts'
import { expectedVersions } from './expected-versions.ts'
import { globalOrder } from './global-order.ts'
import type { Clause, Harness } from './harness.ts'
import { identities } from './identities.ts'
import { reading } from './reading.ts'
import { sampleCatalogue } from './sample-events.ts'
import { wakeUps } from './wake-ups.ts'

const clauses: readonly Clause[] = [
  expectedVersions,
  concurrentWriters,
  commandIds,
  reading,
  globalOrder,
  wakeUps,
  identities,
]

/** Registers, with vitest, the tests that every implementation of the port EventStore passes. */
export function eventStoreContract(name: string, makeHarness: () => Promise<Harness>): void {
  describe(`${name} honours the contract of event stores`, () => {
    let harness: Harness
    let store: EventStore

    beforeAll(async () => {
      harness = await makeHarness()
      store = await harness.open(sampleCatalogue)
    })

    afterAll(async () => {
      await store.close()
      await harness.dispose?.()
    })

    for (const clause of clauses) clause({ store: () => store, harness: () => harness, another: makeHarness })
  })
}
