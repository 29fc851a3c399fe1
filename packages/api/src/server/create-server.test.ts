import { expectTypeOf, it } from 'vitest'
import type { Services } from '../graphql/services.ts'
import type { ServerDependencies } from './server-dependencies.ts'

// This test checks types: it fails at compile time.
it('receives no internal entry of the engine, and passes none to request handlers', () => {
  expectTypeOf<ServerDependencies['desk']>().not.toHaveProperty('engine')
  expectTypeOf<Services['desk']>().not.toHaveProperty('engine')
})
