import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Desk } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { migrateSchema, openPool, postgresStore } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { ProjectionRunner } from '@guichet/projections'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import { deliverySchema } from './deliveries.ts'
import type { DailyReports } from './delivery.ts'
import { publishingReports, ReportsIncomplete } from './reports.ts'

describe('the daily reports', () => {
  const letGo: (() => Promise<unknown>)[] = []
  let pool: Pool
  let desk: Desk
  let runner: ProjectionRunner
  let reports: DailyReports
  let timeZone: string

  beforeEach(async () => {
    const { url, drop } = await createTestDatabase()
    pool = openPool({ connectionString: url, maxConnections: 6 })
    const store = await postgresStore({ connectionString: url, catalogue: guichetEvents })
    letGo.push(drop, () => pool.end(), store.close)
    await migrateSchema(pool, deliverySchema)
    desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    const { policy, wording } = desk
    const daily = projections({ policy, wording }).filter(({ name }) => name === 'daily_report')
    runner = createProjectionRunner({ store, pool, projections: daily })
    letGo.push(() => runner.stop())
    timeZone = 'Europe/Paris'
    reports = {
      terms: async () => ({ timeZone, language: 'fr' }),
      targets: [{ channel: 'webhook' }, { channel: 'email', address: 'lead@desk.example' }],
      days: readModels(pool).dailyReport.days,
      complete: async () => {
        const head = await store.head()
        return head === undefined || runner.reached(head, 5_000, ['daily_report'])
      },
    }
  })
  afterEach(async () => {
    for (const release of letGo.splice(0).reverse()) await release()
  })

  const publishAt = (at: string, of: DailyReports = reports): Promise<readonly string[]> =>
    publishingReports(pool, 'desk', of, () => instant(at)).publish()
  /** Resolves when readers see it: a transaction elsewhere in the server may hide it for a moment. */
  const opened = async (at: string): Promise<void> => {
    const by = { kind: 'customer', id: 'c-1' } as const
    const command = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } } as const
    const outcome = await desk.execute('ticket', randomUUID(), command, { by, at: instant(at) })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
    const { position } = outcome.value
    await vi.waitUntil(async () => (await desk.store.head()) === position, { interval: 5 })
  }
  const recorded = async () =>
    (
      await pool.query<{ id: string; content: { title: string; message: string; report: { opened: number } } }>(
        'select id, content from guichet_workflows.delivery order by id',
      )
    ).rows

  it('are published once for each finished day, and not for days before the first call', async () => {
    await runner.start()
    await opened('2026-03-27T10:00:00Z')
    await opened('2026-03-28T10:00:00Z')
    await opened('2026-03-28T22:59:59Z')
    await opened('2026-03-28T23:00:00Z')
    expect(await publishAt('2026-03-28T12:00:00Z')).toEqual([])
    expect(await publishAt('2026-03-28T23:04:59Z')).toEqual([])
    expect(await publishAt('2026-03-28T23:05:00Z')).toEqual(['2026-03-28'])
    expect(await publishAt('2026-03-28T23:05:00Z')).toEqual([])
    const rows = await recorded()
    expect(rows.map(({ id }) => id)).toEqual(['daily-report/2026-03-28/email', 'daily-report/2026-03-28/webhook'])
    expect(rows[0]?.content).toMatchObject({
      title: 'Rapport du 2026-03-28',
      language: 'fr',
      address: 'lead@desk.example',
      report: { day: '2026-03-28', timeZone: 'Europe/Paris', opened: 2, atEndOfDay: { total: 3 } },
    })
    expect(rows[0]?.content.message.split('\n')[0]).toBe('Tickets ouverts: 2')
  })

  it('follow the days of another time zone once it is in force', async () => {
    await runner.start()
    await publishAt('2026-03-28T12:00:00Z')
    await opened('2026-03-29T02:00:00Z')
    timeZone = 'America/Montreal'
    expect(await publishAt('2026-03-29T04:04:59Z')).toEqual([])
    expect(await publishAt('2026-03-29T04:05:00Z')).toEqual(['2026-03-28'])
    const [{ content } = { content: undefined }] = await recorded()
    expect(content?.report).toMatchObject({ day: '2026-03-28', timeZone: 'America/Montreal', opened: 1 })
  })

  it('are recorded once although several processes publish concurrently', async () => {
    await runner.start()
    await publishAt('2026-03-28T12:00:00Z')
    await Promise.all(Array.from({ length: 8 }, () => publishAt('2026-03-30T12:00:00Z')))
    expect((await recorded()).map(({ id }) => id)).toEqual([
      'daily-report/2026-03-28/email',
      'daily-report/2026-03-28/webhook',
      'daily-report/2026-03-29/email',
      'daily-report/2026-03-29/webhook',
    ])
  })

  it('are made up for after an outage, of the latest 31 days', async () => {
    await runner.start()
    await publishAt('2026-01-01T12:00:00Z')
    const published = await publishAt('2026-03-30T12:00:00Z')
    expect(published).toHaveLength(31)
    expect([published[0], published.at(-1)]).toEqual(['2026-02-27', '2026-03-29'])
  })

  it('wait for the read model, and are not sent again when events arrive later', async () => {
    await publishAt('2026-03-28T12:00:00Z', { ...reports, complete: async () => false })
    await opened('2026-03-28T10:00:00Z')
    const incomplete = { ...reports, complete: async () => false }
    await expect(publishAt('2026-03-29T12:00:00Z', incomplete)).rejects.toBeInstanceOf(ReportsIncomplete)
    expect(await recorded()).toEqual([])
    await runner.start()
    await runner.caughtUp()
    expect(await publishAt('2026-03-29T12:00:00Z')).toEqual(['2026-03-28'])
    await opened('2026-03-28T11:00:00Z')
    expect(await publishAt('2026-03-29T13:00:00Z')).toEqual([])
    expect((await recorded()).map(({ content }) => content.report.opened)).toEqual([1, 1])
  })
})
