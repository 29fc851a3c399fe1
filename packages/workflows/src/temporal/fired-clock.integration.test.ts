import { MockActivityEnvironment } from '@temporalio/testing'
import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Desk, Instant, StreamName } from '@guichet/domain'
import { days, hours, instant, StreamDeleted, streamName } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { migrateSchema } from '@guichet/eventstore'
import { fireDue, noteDeleted, readOverdue } from '../clock.ts'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { openFeed } from '../testing/feed.ts'
import { clockActivities, failuresIn, finishedClocksIn } from './activities.ts'
import { outboxSink } from './bridge.ts'
import { temporalSchema } from './outbox.ts'

let scene: Scene
let pool: pg.Pool
let stream: StreamName
let id: string

beforeEach(async () => {
  scene = await openScene(() => Promise.reject(new Error('no engine runs here')))
  pool = new pg.Pool({ connectionString: scene.databaseUrl, max: 2 })
  await migrateSchema(pool, temporalSchema)
  id = await scene.waitingTicket(days(3) + hours(1))
  stream = streamName('ticket', id)
})
afterEach(async () => {
  await pool.end()
  await scene.dispose()
})

const nextDue = async (): Promise<Instant | undefined> =>
  (await scene.desk.clockState(stream)).deadlines.map(({ dueAt }) => dueAt)[0]

/** The due instants that are recorded for the next clocks of the ticket. */
async function recorded(): Promise<readonly Instant[]> {
  const { rows } = await pool.query<{ due_at: Date }>('select due_at from guichet_workflows.clock_outbox')
  return rows.map(({ due_at: dueAt }) => instant(dueAt))
}

/** Runs the projection of deadlines until it has reported the present due instant of the ticket. */
async function projectionFollows(): Promise<void> {
  const expected = await nextDue()
  const feed = openFeed(scene.desk, scene.databaseUrl, outboxSink)
  await feed.start()
  await vi.waitUntil(async () => (await recorded())[0] === expected)
  await feed.stop()
}

/** Hands the recorded stream over, as the bridge does when it has started the clock. */
async function clockStarts(): Promise<void> {
  await pool.query('delete from guichet_workflows.clock_outbox')
  await pool.query(
    `insert into guichet_workflows.clocks (stream, digest, due_at, labelled) values ($1, 'started', $2, false)`,
    [stream, await nextDue()],
  )
}

/** Runs what the clock does when it is due. */
async function runClock(dueAt: Instant | undefined, desk: Desk = scene.desk): Promise<unknown> {
  const { fireDue: activity } = clockActivities({
    desk,
    failures: failuresIn(pool),
    finished: finishedClocksIn(pool),
    onDeleted: (deleted) => noteDeleted(pool, deleted, () => undefined),
    labelled: () => false,
    onError: () => undefined,
  })
  return new MockActivityEnvironment().run(activity, { stream, ...(dueAt !== undefined && { dueAt }) })
}

async function clockFires(dueAt: Instant | undefined): Promise<void> {
  await runClock(dueAt)
  expect(await scene.firedOn(id)).toMatchObject([{ type: 'ChaseSent', step: 1 }])
}

/** The due instants of the clocks that are recorded as started. */
async function started(): Promise<readonly Instant[]> {
  const { rows } = await pool.query<{ due_at: Date }>('select due_at from guichet_workflows.clocks')
  return rows.map(({ due_at: dueAt }) => instant(dueAt))
}

it('leaves the next clock to the projection, where the read model has shown the deadline', async () => {
  await projectionFollows()
  await clockStarts()
  await clockFires(await nextDue())
  expect(await recorded()).toEqual([])
  expect(await started()).toEqual([])
  await projectionFollows()
  expect(await recorded()).toEqual([await nextDue()])
})

it('leaves the record of a clock that has taken its place', async () => {
  await projectionFollows()
  await clockStarts()
  const dueAt = await nextDue()
  await pool.query(`update guichet_workflows.clocks set due_at = due_at + interval '2 days'`)
  await clockFires(dueAt)
  expect(await started()).toHaveLength(1)
})

it('records the next clock itself, where a process died between the deadline’s effect and its report', async () => {
  await projectionFollows()
  await clockStarts()
  const dueAt = await nextDue()
  await fireDue(scene.desk, stream, instant(new Date()))
  await clockFires(dueAt)
  expect(await recorded()).toEqual([await nextDue()])
  expect(await started()).toEqual([])
})

it('records the next clock itself, where the projection may take the deadline and its effect together', async () => {
  await clockStarts()
  await clockFires(await nextDue())
  expect(await recorded()).toEqual([await nextDue()])
})

it('ends for good where the stream was deleted, and counts as neither late nor failing', async () => {
  await projectionFollows()
  await clockStarts()
  const dueAt = await nextDue()
  expect(await readOverdue(pool)).toBe(1)
  const lost = () => Promise.reject(new StreamDeleted(stream))
  const desk = deskAround(scene.desk, () => ({ execute: lost, clockState: lost }))
  await failuresIn(pool).note(stream, 'it was tried before', 3)
  expect(await runClock(dueAt, desk)).toEqual({ stream, deadlines: [] })
  expect(await recorded()).toEqual([])
  expect(await started()).toEqual([])
  expect(await readOverdue(pool)).toBe(0)
  expect((await failuresIn(pool).conditionOf(stream, dueAt)).failed).toBe(false)
})
