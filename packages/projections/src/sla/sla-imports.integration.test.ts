import { importCorrelation } from '@guichet/domain'
import { expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import type { Step } from '../testing/promise-story.ts'
import { agent, after, at, clock, open } from '../testing/promise-story.ts'
import type { SlaTargetRow } from './sla-query.ts'

const sender = { ...clock, at: at(1), correlationId: importCorrelation('old') } as const
const start: Step = (desk) => desk.execute('import', 'old', { type: 'start', source: 'x', mapping: 'x' }, sender)
const abandon: Step = (desk) => desk.execute('import', 'old', { type: 'abandon' }, sender)
const complete: Step = (desk) =>
  desk.execute('import', 'old', { type: 'complete', rows: 1, applied: 1, unchanged: 0, refused: 0 }, sender)
const opened = open('a', { import: 'old' })
/** A later row of the import, before which the first response was missed: the breach is recorded first. */
const missed: Step = (desk) =>
  desk.execute(
    'ticket',
    'a',
    { type: 'addNote', body: 'z' },
    { ...agent, at: at(6), correlationId: sender.correlationId },
  )

const period = { from: at(-100), to: at(100) }
const total = async ({ models }: ProjectedHistory) =>
  (await models.sla.dashboard({ by: 'target', filter: {}, period }, at(9))).total
const listed = async ({ models }: ProjectedHistory) =>
  (await models.sla.list({}, { limit: 5 }, at(9))).rows.map(({ row }) => row.id)
const heldState = ({ held, state }: SlaTargetRow) => ({ held, state })

it('is excluded from the dashboard and the list while an import holds it', async () => {
  await after([start, opened], async (history) => {
    expect(await total(history)).toMatchObject({ onTime: 0, breached: 0, missed: 0 })
    expect(await listed(history)).toEqual([])
    const [first] = (await history.models.sla.ofTickets(['a'], at(9))).get('a') ?? []
    expect(first && heldState(first)).toEqual({ held: true, state: 'PENDING' })
  })
  await after([start, opened, complete], async (history) => {
    expect(await total(history)).toMatchObject({ onTime: 1, breached: 1, missed: 1 })
  })
})

it('is excluded even if its breach is recorded; both count it once the import has ended, and no longer once it is resumed', async () => {
  const held = { onTime: 0, breached: 0, missed: 0, share: null }
  await after([start, opened, missed], async (history) => {
    expect(await total(history)).toMatchObject(held)
    expect(await listed(history)).toEqual([])
  })
  const both = ['a/first_response/1', 'a/resolution/1']
  const counted = { onTime: 1, breached: 1, missed: 1, share: 0 }
  for (const end of [complete, abandon]) {
    await after([start, opened, missed, end], async (history) => {
      expect(await total(history)).toMatchObject(counted)
      expect(await listed(history)).toEqual(both)
    })
  }
  await after([start, opened, missed, abandon, start], async (history) => {
    expect(await total(history)).toMatchObject(held)
    expect(await listed(history)).toEqual([])
    expect((await history.rows())['sla_outcome']).toEqual([])
  })
  await after([start, opened, missed, abandon, start, complete], async (history) => {
    expect(await total(history)).toMatchObject(counted)
    const { rows } = await history.pool.query('select outcome, outcome_at from guichet_read.sla_target order by id')
    expect(rows).toEqual([
      { outcome: 'missed', outcome_at: new Date(at(4)) },
      { outcome: null, outcome_at: null },
    ])
  })
})
