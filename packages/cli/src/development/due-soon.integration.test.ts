import { pino } from 'pino'
import { expect, it } from 'vitest'
import type { ConfigurationInput } from '@guichet/domain'
import { configurationSchema, hours, instant, later, minutes } from '@guichet/domain'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { ReadModels } from '@guichet/projections'
import { startEngine } from '../engine/engine.ts'
import { caughtUp } from '../engine/watch-database.ts'
import { readEnvironment } from '../environment/environment.ts'
import { fillDesk } from '../serving/serving.ts'
import { addDueSoon } from './constellation.ts'

const now = instant('2026-03-04T10:00:00Z')
const by = { kind: 'agent', id: 'lead' } as const

/** Returns the urgent ticket that is added to a made-up desk with this configuration. */
async function added<T>(written: ConfigurationInput, look: (models: ReadModels, ticketId: string) => Promise<T>) {
  const database = await createTestDatabase()
  const environment = readEnvironment({ DATABASE_URL: database.url })
  const engine = await startEngine(environment, { serves: false, log: pino({ level: 'silent' }) })
  try {
    await fillDesk(engine.desk, now)
    const command = { type: 'apply', configuration: configurationSchema.parse(written) } as const
    const applied = await engine.desk.execute('configuration', 'desk', command, { by, at: later(now, -hours(24)) })
    if (!applied.ok) throw new Error(applied.refusal.message)
    await caughtUp(engine.runner, { position: applied.value.position })
    expect(await addDueSoon(engine, now, new AbortController().signal)).toBe(4)
    return await look(engine.readModels, 'soon-202603041000-3')
  } finally {
    await engine.stop()
    await database.drop()
  }
}

const thresholds = { urgentUpdateEvery: '5h' }
const office = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-18:00'] } }
const everybody = { name: 'all', promises: 'nothing' } as const
const urgent = { name: 'urgent', applies: { priorities: ['urgent' as const] }, update: '4h' }
const promises = (policy: object): ConfigurationInput => ({
  thresholds,
  teams: [{ name: 'supervisors' }],
  calendars: { office },
  sla: { policies: [{ ...urgent, ...policy }, everybody] },
})

it.each([
  ['the update that its policy promises', promises({})],
  ['such an update in business hours', promises({ calendar: 'office' })],
])('lets fall due on an urgent ticket %s', async (_, configuration) => {
  const targets = await added(configuration, async ({ sla }, id) => (await sla.ofTickets([id], now)).get(id))
  expect(targets).toMatchObject([{ target: 'update', state: 'PENDING', dueAt: later(now, minutes(26)) }])
})

it('adds a ticket whose alert falls due when no policy promises an update', async () => {
  const configuration: ConfigurationInput = { thresholds, sla: { policies: [everybody] } }
  const due = await added(configuration, async ({ deadlines }, id) => (await deadlines.ofTickets([id])).get(id))
  expect(due).toMatchObject([{ kind: 'update', dueAt: later(now, minutes(26)) }])
})
