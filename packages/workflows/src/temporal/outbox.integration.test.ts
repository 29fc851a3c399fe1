import { expect, it, onTestFinished } from 'vitest'
import { migrateSchema, openPool } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { finishedClocksIn } from './activities.ts'
import type { HandedOver, OutboxRow } from './outbox.ts'
import { enqueueStreams, outboxOf, temporalSchema } from './outbox.ts'

const dueAt = '2027-03-01T08:00:00.000Z'
const stream = 'ticket-1'

/** Two processes on one outbox, of which the first is frozen: its leases expire at once. */
async function twoClaimants() {
  const database = await createTestDatabase()
  const pool = openPool({ connectionString: database.url, maxConnections: 2, onLost: () => undefined })
  onTestFinished(async () => {
    await pool.end()
    await database.drop()
  })
  await migrateSchema(pool, temporalSchema)
  const noteStream = () =>
    enqueueStreams((text, values) => pool.query(text, [...values]), new Map([[stream, dueAt]]), { replace: true })
  await noteStream()
  const [frozen, other] = [outboxOf(pool, 0), outboxOf(pool, 60_000)]
  const claimed = async (outbox = other): Promise<OutboxRow> => {
    const [row] = await outbox.claim('later', 1)
    if (!row) throw new Error('nothing is to be claimed')
    return row
  }
  /** Moves the due instant of the started clock into the past; null ends the clock. */
  let due = dueAt
  const clockDue = async (ago: string | null): Promise<void> => {
    if (ago === null) return finishedClocksIn(pool).end(stream, due)
    const { rows } = await pool.query<{ due_at: Date }>(
      `update guichet_workflows.clocks set due_at = date_trunc('milliseconds', now() - $1::interval) returning due_at`,
      [ago],
    )
    due = rows[0]?.due_at.toISOString() ?? due
  }
  return { pool, noteStream, frozen, other, claimed, clockDue }
}

const handedOver = (row: OutboxRow, digest: string | undefined): HandedOver => ({
  ...row,
  digest,
  dueAt,
  labelled: false,
})

it.each([['old'], [undefined]])(
  'computes a clock again that was replaced by a claimant whose lease had expired: %s',
  async (old) => {
    const { frozen, other, claimed } = await twoClaimants()
    const late = await claimed(frozen)
    expect(await other.settle([handedOver(await claimed(), 'new')])).toEqual([])
    expect(await frozen.settle([handedOver(late, old)])).toEqual([])
    expect((await other.recordedStates([stream])).get(stream)?.digest).toBe('')
    expect(await claimed()).toMatchObject({ stream })
  },
)

it.each([['old'], [undefined]])(
  'computes a clock again that was replaced while another claimant handled its new record: %s',
  async (old) => {
    const { noteStream, frozen, other, claimed } = await twoClaimants()
    const late = await claimed(frozen)
    await noteStream()
    const anew = await claimed()
    expect(await frozen.settle([handedOver(late, old)])).toEqual([])
    expect(await other.settle([handedOver(anew, 'new')])).toEqual([])
    expect((await other.recordedStates([stream])).get(stream)?.digest).toBe('')
    expect(await claimed()).toMatchObject({ stream })
  },
)

it('records the digest of a started clock, and removes its row', async () => {
  const { other, claimed } = await twoClaimants()
  expect(await other.settle([handedOver(await claimed(), 'new')])).toEqual([])
  expect((await other.recordedStates([stream])).get(stream)?.digest).toBe('new')
  expect(await other.claim('later', 1)).toEqual([])
})

it('leaves a stream to its clock while that one has only just fallen due, until the clock has ended', async () => {
  const { other, claimed, noteStream, clockDue } = await twoClaimants()
  await other.settle([handedOver(await claimed(), 'new')])
  await noteStream()
  await clockDue('1 second')
  expect(await other.claim('later', 1)).toEqual([])
  await clockDue(null)
  expect(await claimed()).toMatchObject({ stream })
})

it.each([
  ['is not due yet', '-1 minute'],
  ['should have ended long ago', '1 minute'],
])('hands over a stream whose clock %s', async (_, ago) => {
  const { other, claimed, noteStream, clockDue } = await twoClaimants()
  await other.settle([handedOver(await claimed(), 'new')])
  await noteStream()
  await clockDue(ago)
  expect(await claimed()).toMatchObject({ stream })
})

it('knows the number of a ticket as soon as the read models show it', async () => {
  const { pool, other } = await twoClaimants()
  const numbers = async (): Promise<object> => {
    const known = await other.recordedStates([stream, 'ticket-2', 'incident-1'])
    return Object.fromEntries([...known].map(([each, { number }]) => [each, number]))
  }
  expect(await numbers()).toEqual({ [stream]: undefined, 'ticket-2': undefined, 'incident-1': undefined })
  await pool.query(`
    create schema guichet_read;
    create table guichet_read.ticket (id text collate "C" primary key, number integer);
    insert into guichet_read.ticket values ('1', 42), ('3', 43)`)
  expect(await numbers()).toEqual({ [stream]: 42, 'ticket-2': undefined, 'incident-1': undefined })
})
