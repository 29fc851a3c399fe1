import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, assert, beforeAll, describe, expect, it, vi } from 'vitest'
import { guichetEvents } from '@guichet/domain'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { readEnvironment } from '../environment/environment.ts'
import type { Engine } from './engine.ts'
import { startEngine } from './engine.ts'
import { caughtUp } from './watch-database.ts'

const lead = { kind: 'agent', id: 'lead' } as const
const open = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: 'carl' } } as const

describe('a process that serves', () => {
  let home: string
  let database: TestDatabase
  let engine: Engine

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'guichet-reader-'))
    database = await createTestDatabase()
    const environment = readEnvironment({ GUICHET_HOME: home, DATABASE_URL: database.url })
    engine = await startEngine(environment, { serves: true, log: pino({ level: 'silent' }) })
    await engine.startClocks()
  })
  afterAll(async () => {
    await engine.stop()
    await database.drop()
    await rm(home, { recursive: true, force: true })
  })

  it('decodes each event that is appended once, for all read models, reactions and routing together', async () => {
    const { desk } = engine
    const opened = await desk.execute('ticket', 'tagged', open, { by: { kind: 'customer', id: 'carl' } })
    assert(opened.ok)
    let { position } = opened.value
    await caughtUp(engine.runner, { position })
    const parsed = vi.spyOn(guichetEvents['TicketTagged'].schema, 'safeParse')
    const tags = Array.from({ length: 25 }, (_, n) => `tag-${n}`)
    const commands = tags.flatMap((tag) => [
      { type: 'tag', tag } as const,
      { type: 'untag', tag } as const,
      { type: 'tag', tag } as const,
      { type: 'untag', tag } as const,
    ])
    for (const command of commands) {
      const outcome = await desk.execute('ticket', 'tagged', command, { by: lead })
      assert(outcome.ok)
      position = outcome.value.position
    }
    await caughtUp(engine.runner, { position })
    const appended = commands.length / 2
    const decoded = parsed.mock.calls.length - appended
    parsed.mockRestore()
    expect(decoded).toBeGreaterThanOrEqual(appended)
    // The age of the first event that a read model lacks is read from time to time.
    expect(decoded).toBeLessThan(1.2 * appended)
  })
})
