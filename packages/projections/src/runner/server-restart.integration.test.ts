import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Position } from '@guichet/domain'
import { guichetEvents } from '@guichet/domain'
import { isDatabaseAway, postgresStore, startEmbeddedPostgres } from '@guichet/eventstore'
import pg from 'pg'
import { expect, it } from 'vitest'
import { sampleEvent, tallyProjection } from '../testing/index.ts'
import { createProjectionRunner } from './create-runner.ts'

it('recovers by itself when the server is restarted under load', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'guichet-restart-'))
  await chmod(dataDir, 0o755)
  let postgres = await startEmbeddedPostgres({ dataDir })
  const pool = new pg.Pool({ connectionString: postgres.url })
  pool.on('error', () => undefined)
  const store = await postgresStore({ catalogue: guichetEvents, pool })
  const tally = tallyProjection()
  const runner = createProjectionRunner({ store, pool, projections: [tally] })
  try {
    await runner.start()
    let acknowledged = 0
    let last: Position | undefined
    let busy = true
    const write = async (): Promise<void> => {
      for (let n = 0; busy; n++) last = await appendUntilKnown(n)
    }
    const appendUntilKnown = async (n: number): Promise<Position> => {
      const append = {
        stream: `ticket-${n % 5}`,
        expectedVersion: 'any',
        commandId: `command-${n}`,
        events: [sampleEvent()],
      } as const
      for (;;) {
        try {
          const outcome = await store.append(append)
          if (!('position' in outcome)) throw new Error(`${outcome.kind} although any version will do`)
          acknowledged++
          return outcome.position
        } catch (error) {
          if (!isDatabaseAway(error)) throw error
          await expect.poll(() => answers(pool)).toBe(true)
        }
      }
    }
    const writing = write()
    for (let restarts = 0; restarts < 2; restarts++) {
      const before = acknowledged
      await expect.poll(() => acknowledged).toBeGreaterThan(before + 50)
      await postgres.stop()
      postgres = await startEmbeddedPostgres({ dataDir })
    }
    await expect.poll(() => acknowledged).toBeGreaterThan(200)
    busy = false
    await writing
    expect(last !== undefined && (await runner.reached(last, 30_000))).toBe(true)
    const { rows } = await pool.query<{ entries: number; events: number }>(
      `select (select count(*)::integer from guichet_read.tally_events) as entries,
        (select sum(events)::integer from guichet_read.tally) as events`,
    )
    expect(rows).toEqual([{ entries: acknowledged, events: acknowledged }])
  } finally {
    await runner.stop()
    await store.close()
    await pool.end()
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

const answers = (pool: pg.Pool): Promise<boolean> =>
  pool.query('select 1').then(
    () => true,
    () => false,
  )
