import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createProjectionHarness, sampleEvent, tallyProjection } from '../testing/index.ts'

type Act = 'append' | 'restart' | 'rebuild' | 'cut' | 'fail'

it('has the rows of a fresh rebuild after any interleaving', async () => {
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.constant<Act>('append') },
    fc.constantFrom<Act>('restart', 'rebuild', 'cut', 'fail'),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 5, maxLength: 25 }),
      fc.integer({ min: 1, max: 7 }),
      async (acts, batchSize) => {
        let fails = 0
        const tally = tallyProjection({
          before: () => {
            if (fails-- > 0) throw new Error('once')
          },
        })
        const calm = tallyProjection({ name: 'calm' })
        const options = { batchSize, catchUpBatchSize: 2 * batchSize }
        const harness = await createProjectionHarness([tally, calm], options)
        try {
          let { runner } = harness
          await runner.start()
          let appended = 0
          for (const each of acts) {
            if (each === 'append') await harness.record(`ticket-${appended++ % 3}`, sampleEvent(), sampleEvent())
            if (each === 'fail') fails = 1
            if (each === 'rebuild') await runner.rebuild('tally').catch(() => undefined)
            if (each === 'cut') {
              await harness.pool.query(
                'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
              )
            }
            if (each === 'restart') {
              await runner.stop()
              runner = harness.runnerWith()
              await runner.start()
            }
          }
          await runner.caughtUp()
          expect((await runner.status()).map(({ state, lag }) => [state, lag])).toEqual([
            ['live', 0],
            ['live', 0],
          ])
          fails = 0
          for (const projection of [tally, calm]) {
            const live = await harness.rowsOf(projection)
            expect(live[`${projection.name}_events`]).toHaveLength(2 * appended)
            await runner.rebuild(projection.name)
            expect(await harness.rowsOf(projection)).toEqual(live)
          }
        } finally {
          await harness.drop()
        }
      },
    ),
    { numRuns: 8 },
  )
})
