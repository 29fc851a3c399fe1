import { inMemoryStore } from '@guichet/domain'
import { eventStoreContract } from './event-store-contract.ts'
import { snapshotContract } from './snapshot-contract.ts'

eventStoreContract('The store in memory', async () => {
  const { log } = inMemoryStore({ catalogue: {} })
  return { soleWriter: true, open: async (catalogue) => inMemoryStore({ catalogue, log }) }
})

snapshotContract('The store in memory', async () => {
  const { log } = inMemoryStore({ catalogue: {} })
  return { soleWriter: true, open: async (catalogue) => inMemoryStore({ catalogue, log }) }
})
