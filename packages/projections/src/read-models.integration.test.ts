import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inBatches } from './testing/harness.ts'
import type { ProjectedHistory } from './testing/projected-history.ts'
import { projectHistory } from './testing/projected-history.ts'
import { carryOut, randomActs } from './testing/random-history.ts'

it('has the same rows whether a history comes in small batches, across restarts, or at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      randomActs,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      async (acts, sizes) => {
        const events = await carryOut(acts)
        const opened: ProjectedHistory[] = []
        try {
          const rebuilt = await projectHistory([events], { replaying: true })
          opened.push(rebuilt)
          const live = await projectHistory([])
          opened.push(live)
          for (const batch of inBatches(events, sizes)) {
            await live.project([batch])
            if (batch.length % 2 === 0) live.restart()
          }
          expect(await live.rows()).toEqual(await rebuilt.rows())
        } finally {
          await Promise.all(opened.map((each) => each.drop()))
        }
      },
    ),
    { numRuns: 6, endOnFailure: true },
  )
})
