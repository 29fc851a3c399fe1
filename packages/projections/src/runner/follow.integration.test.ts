import type { DomainEvent, Instant } from '@guichet/domain'
import { afterEach, expect, it } from 'vitest'
import type { ProjectionHarness } from '../testing/index.ts'
import { createProjectionHarness, tallyProjection } from '../testing/index.ts'

const opened: ProjectionHarness[] = []
const open: typeof createProjectionHarness = async (...options) => {
  const harness = await createProjectionHarness(...options)
  opened.push(harness)
  return harness
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((harness) => harness.drop()))
})

const tagged = (tag: string): DomainEvent =>
  ({
    type: 'TicketTagged',
    at: '2026-03-27T09:00:00.000Z' as Instant,
    by: { kind: 'agent', id: 'agent-1' },
    tag,
  }) as DomainEvent

it.each(['memory', 'postgres'] as const)(
  'shows what was appended to a store in %s once it is reached',
  async (store) => {
    const tally = tallyProjection()
    const { runner, record, rowsOf } = await open([tally], { store })
    await runner.start()
    const position = await record('ticket-1', tagged('a'), tagged('b'))
    expect(await runner.reached(position, 5_000)).toBe(true)
    expect((await rowsOf(tally))['tally']).toEqual([{ stream: 'ticket-1', events: 2, version: 2 }])
  },
)

it('keeps the rows when it is rebuilt', async () => {
  const tally = tallyProjection()
  const { runner, record, rebuilt } = await open([tally], { store: 'postgres' })
  await runner.start()
  for (let n = 0; n < 50; n++) await record(`ticket-${n % 7}`, tagged('a'))
  const rows = await rebuilt(tally)
  expect(rows.rebuilt).toEqual(rows.live)
  expect(await runner.status()).toMatchObject([{ generation: 2, state: 'live', lag: 0 }])
})
