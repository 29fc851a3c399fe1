import { expect, it } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { guichetEvents, inMemoryStore } from '@guichet/domain'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'
import { ForeignHistory } from './progress.ts'

const open = harnessPerTest()
const emptied = (): EventStore => inMemoryStore({ catalogue: guichetEvents })

it('refuses another store whose positions look the same, and continues with the one it has followed', async () => {
  const { runnerWith, record, rowsOf } = await open([tallyProjection()])
  const first = runnerWith()
  await first.start()
  expect(await first.reached(await record('ticket-1', sampleEvent()), 30_000)).toBe(true)
  await first.stop()

  await expect(runnerWith({ store: emptied() }).start()).rejects.toThrow(ForeignHistory)
  const again = runnerWith()
  await again.start()
  expect(await again.reached(await record('ticket-1', sampleEvent()), 30_000)).toBe(true)
  expect((await rowsOf(tallyProjection()))['tally_events']).toHaveLength(2)
})

it('rebuilds nothing from another store, whether or not the runner was started', async () => {
  const { runnerWith, record, rowsOf } = await open([tallyProjection()])
  const first = runnerWith()
  await first.start()
  expect(await first.reached(await record('ticket-1', sampleEvent()), 30_000)).toBe(true)
  await first.stop()
  await expect(runnerWith({ store: emptied() }).rebuild('tally')).rejects.toThrow(ForeignHistory)
  expect((await rowsOf(tallyProjection()))['tally_events']).toHaveLength(1)
  await runnerWith().rebuild('tally')
})

it('adopts the first store for a database from before store identities', async () => {
  const { runner, runnerWith, pool, record } = await open([tallyProjection()])
  await runner.start()
  await pool.query('delete from guichet_projections.followed_store')
  const again = runnerWith()
  await again.start()
  expect(await again.reached(await record('ticket-1', sampleEvent()), 30_000)).toBe(true)
  await expect(runnerWith({ store: emptied() }).start()).rejects.toThrow(ForeignHistory)
})

it('stops at another store that answers after a lost connection, reports it, and shows none of its events', async () => {
  const harness = await open([tallyProjection()])
  const { store, pool, record } = harness
  const other = emptied()
  let current: EventStore = store
  const log: string[] = []
  const runner = harness.runnerWith({
    store: {
      ...store,
      readAll: (request) => current.readAll(request),
      head: () => current.head(),
      identity: () => current.identity(),
    },
    log: (_, message) => log.push(message),
  })
  await runner.start()
  expect(await runner.reached(await record('ticket-1', sampleEvent()), 30_000)).toBe(true)
  const events = [sampleEvent()]
  const written = await other.append({ stream: 'ticket-2', expectedVersion: 'any', commandId: 'c', events })
  current = other
  await pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
  )
  await expect.poll(() => log.join('\n')).toContain('follow another event store')
  expect(written.kind === 'appended' && (await runner.reached(written.position, 30_000))).toBe(false)

  current = store
  await expect.poll(async () => runner.reached(await record('ticket-1', sampleEvent()), 30_000)).toBe(true)
})
