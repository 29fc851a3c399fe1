import { CompiledQuery } from 'kysely'
import { expect, it } from 'vitest'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'

const open = harnessPerTest()

it('writes each event once however often its connection is cut in the middle of a batch', async () => {
  let cuts = 0
  const cut = tallyProjection({
    before: async (_, { tx }) => {
      if (++cuts % 2 === 0) await tx.executeQuery(CompiledQuery.raw('select pg_terminate_backend(pg_backend_pid())'))
    },
  })
  const calm = tallyProjection({ name: 'calm' })
  const { runner, record, rowsOf } = await open([cut, calm], { store: 'postgres', batchSize: 5 })
  await runner.start()
  for (let n = 0; n < 60; n++) {
    const position = await record(`ticket-${n % 4}`, sampleEvent())
    if (n % 6 === 0 || n === 59) expect(await runner.reached(position, 30_000)).toBe(true)
  }
  expect(cuts).toBeGreaterThan(10)
  for (const [projection, name] of [
    [cut, 'tally'],
    [calm, 'calm'],
  ] as const) {
    const rows = await rowsOf(projection)
    expect(rows[name]).toEqual([0, 1, 2, 3].map((n) => ({ stream: `ticket-${n}`, events: 15, version: 15 })))
    expect(rows[`${name}_events`]).toHaveLength(60)
  }
})

it('loses and duplicates no event when every connection to the database is cut again and again', async () => {
  const tally = tallyProjection()
  const { runner, store, record, rowsOf, pool } = await open([tally], { batchSize: 7 })
  await runner.start()
  for (let n = 0; n < 40; n++) {
    for (let k = 0; k < 5; k++) await record(`ticket-${k}`, sampleEvent())
    if (n % 4 === 0) {
      await pool.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      )
    }
  }
  await runner.caughtUp()
  const rows = await rowsOf(tally)
  expect(rows['tally_events']).toHaveLength((await store.readAll({ limit: 1_000 })).length)
  expect(rows['tally']).toEqual([0, 1, 2, 3, 4].map((n) => ({ stream: `ticket-${n}`, events: 40, version: 40 })))
})
