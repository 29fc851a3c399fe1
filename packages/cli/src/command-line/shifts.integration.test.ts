import { configurationSchema, createDesk, guichetEvents, hours, instant, later, routingActor } from '@guichet/domain'
import { followTheSun } from '@guichet/domain/testing'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { fireDue } from '@guichet/workflows'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ran } from './testing.ts'
import { emptyDesk, guichet } from './testing.ts'

const by = { kind: 'agent', id: 'ana' } as const
let database: TestDatabase
let folder: string
let cli: (...args: readonly string[]) => Promise<Ran>

beforeAll(async () => {
  database = await createTestDatabase(emptyDesk)
  folder = await mkdtemp(join(tmpdir(), 'guichet-shifts-'))
  cli = (...args) => guichet({ DATABASE_URL: database.url, GUICHET_HOME: folder }, ...args)
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

describe('guichet shifts', () => {
  it('says that everybody is on shift at a desk without centres', async () => {
    expect((await cli('shifts')).out).toBe(
      'the desk has neither centres nor shifts: everybody is on shift at all times',
    )
  })

  it('shows who is on shift, when that changes, what is handed over then, and the last changes', async () => {
    const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    const since = later(instant(new Date()), -hours(48))
    const configuration = configurationSchema.parse(followTheSun({ shifts: [] }))
    const apply = { type: 'apply', configuration, effectiveFrom: since, retroactive: true } as const
    await desk.execute('configuration', 'desk', apply, { by })
    await desk.engine.execute('shift', 'desk', { type: 'follow' }, { by: routingActor, at: since })
    await fireDue(desk, 'shift-desk', instant(new Date()))
    const closed = (await desk.read('shift', 'desk')).state
    const off = closed.status === 'absent' ? undefined : closed.offShift[0]?.crew.name
    const profile = { name: 'Ann', centre: off ?? expect.fail('no centre is closed') }
    await desk.execute('agent', 'ann', { type: 'register', profile }, { by })
    await store.close()

    const { code, out } = await cli('shifts')
    expect(code).toBe(0)
    expect(out).toMatch(/^on shift: (montreal|toronto|paris)/)
    expect(out).toMatch(/\nchanges at \d{4}-\S+Z/)
    expect(out).toMatch(/\(others passed over since \d{4}-\S+Z\)/)
    const shown = JSON.parse((await cli('shifts', '--last', '1', '--json')).out) as Record<string, unknown>
    expect(shown).toMatchObject({
      onShift: expect.arrayContaining([{ kind: 'centre', name: expect.any(String) }]),
      changesAt: expect.any(String),
      changes: [{ dueAt: expect.any(String), recordedAt: expect.any(String), policyVersion: 'configuration-1' }],
    })
    expect(JSON.parse((await cli('agents', '--json')).out)).toMatchObject([{ agentId: 'ann', onShift: false }])
    expect((await cli('agents')).out).toMatch(/ off +offline/)
  })
})
