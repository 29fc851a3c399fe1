import { expectTypeOf, it } from 'vitest'
import type { Services } from '../graphql/services.ts'
import type { ServerDependencies } from './create-server.ts'

// This test checks types: it fails at compile time.
it('is handed no entry of the engine’s own, and hands none to what answers requests', () => {
  expectTypeOf<ServerDependencies['desk']>().not.toHaveProperty('engine')
  expectTypeOf<Services['desk']>().not.toHaveProperty('engine')
})
