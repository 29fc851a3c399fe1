import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, assert, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Desk, DomainEvent, Outcome, Position } from '@guichet/domain'
import { instant, later } from '@guichet/domain'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { readEnvironment } from '../environment/environment.ts'
import type { Engine } from './engine.ts'
import { startEngine } from './engine.ts'
import { loadExtensions } from './extensions.ts'
import { caughtUp } from './watch-database.ts'

const callbacks = fileURLToPath(new URL('../../../../examples/own-rules/callbacks.mjs', import.meta.url))
const ana = { kind: 'agent', id: 'ana' } as const
const open = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: 'carl' } } as const

/** The desk as code sees it that knows the category by its name alone. */
type AnyDesk = {
  execute(category: string, id: string, command: object, sender: object): Promise<Outcome>
}

describe('an engine with a module of its own', () => {
  let home: string
  let database: TestDatabase
  let engine: Engine
  let pool: pg.Pool

  const start = async (): Promise<Engine> => {
    const variables = { GUICHET_HOME: home, DATABASE_URL: database.url, GUICHET_WITH: callbacks }
    return startEngine(readEnvironment(variables), { serves: true, log: pino({ level: 'silent' }) })
  }
  const execute = async (id: string, command: object): Promise<Position> => {
    const desk: Desk & AnyDesk = engine.desk
    const outcome = await desk.execute('callback', id, command, { by: ana })
    assert(outcome.ok && outcome.value.position !== undefined)
    return outcome.value.position
  }
  const rows = async (): Promise<readonly unknown[]> =>
    (await pool.query('select id, ticket_id, status from guichet_read.callback order by id')).rows

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'guichet-extensions-'))
    database = await createTestDatabase()
    engine = await start()
    pool = new pg.Pool({ connectionString: database.url, max: 1 })
    await engine.startClocks()
    for (const id of ['t1', 't2']) {
      expect(await engine.desk.execute('ticket', id, open, { by: ana })).toMatchObject({ ok: true })
    }
  })
  afterAll(async () => {
    await pool.end()
    await engine.stop()
    await database.drop()
    await rm(home, { recursive: true, force: true })
  })

  it('shows what its aggregate records in its read model, also after a rebuild', async () => {
    const dueAt = later(instant(new Date()), 3_600_000)
    await execute('c1', { type: 'schedule', ticketId: 't1', dueAt })
    const position = await execute('c1', { type: 'complete' })
    await caughtUp(engine.runner, { position })
    expect(await rows()).toEqual([{ id: 'c1', ticket_id: 't1', status: 'completed' }])
    await engine.runner.rebuild('callbacks')
    await caughtUp(engine.runner, { position })
    expect(await rows()).toEqual([{ id: 'c1', ticket_id: 't1', status: 'completed' }])
  })

  it('fires its deadline, and reacts to what follows', async () => {
    await execute('c2', { type: 'schedule', ticketId: 't2', dueAt: instant(new Date()) })
    await vi.waitUntil(
      async () => {
        const { state } = await engine.desk.read('ticket', 't2')
        return state.status !== 'absent' && state.priority === 'urgent'
      },
      { timeout: 60_000, interval: 50 },
    )
    const events = (await engine.store.readStream('callback-c2')).map(({ event }): DomainEvent => event)
    expect(events).toMatchObject([
      { type: 'CallbackScheduled' },
      { type: 'CallbackMissed', by: { kind: 'system', id: 'clock' } },
    ])
  })

  it('is started again on what it has stored', async () => {
    await engine.stop()
    engine = await start()
    await engine.startClocks()
    await execute('c3', { type: 'schedule', ticketId: 't1', dueAt: later(instant(new Date()), 3_600_000) })
    expect(await engine.desk.clockState('callback-c3')).toMatchObject({ deadlines: [{ kind: 'callback_due' }] })
  })
})

describe('a module that cannot be added', () => {
  let folder: string
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'guichet-modules-'))))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const load = async (...sources: readonly string[]): Promise<unknown> => {
    const paths = sources.map((_, n) => join(folder, `${sources[0]?.length}-${n}.mjs`))
    for (const [n, path] of paths.entries()) await writeFile(path, sources[n] ?? '')
    return loadExtensions(paths)
  }
  const reaction = 'export default { reactions: [{ name: "one", on: [], among: 1, react() {} }] }'

  it.each([
    [
      'a read model of a name of the product',
      'readModels: [{ name: "tickets", version: 1, tables: ["mine"], createTables() {}, createIndexes() {}, project() {} }]',
    ],
    ['a reaction of a name of the product', 'reactions: [{ name: "complete_merges", on: [], among: 1, react() {} }]'],
    ['an aggregate of a category of the product', 'aggregates: { ticket: { decide() {}, events: {} } }'],
  ])('is refused with %s, before anything is stored', async (_, part) => {
    const path = join(folder, `${part.length}.mjs`)
    await writeFile(path, `export default { ${part} }`)
    const database = await createTestDatabase()
    const variables = { GUICHET_HOME: folder, DATABASE_URL: database.url, GUICHET_WITH: path }
    const starting = startEngine(readEnvironment(variables), { serves: false, log: pino({ level: 'silent' }) })
    await expect(starting).rejects.toMatchObject({ code: 'config_invalid' })
    await database.drop()
  })

  it.each([
    ['does not exist', () => loadExtensions([join(folder, 'nowhere.mjs')]), 'cannot be loaded'],
    ['fails', () => load('throw new Error("broken")'), 'cannot be loaded: broken'],
    ['exports nothing', () => load('export const one = 1'), 'has no default export'],
    ['has an unknown part', () => load('export default { projections: [] }'), 'projections is no part'],
    ['has a malformed part', () => load('export default { readModels: [{}] }'), 'readModels is not what it must be'],
    [
      'has a read model without a version',
      () =>
        load(
          'export default { readModels: [{ name: "mine", tables: [], createTables() {}, createIndexes() {}, project() {} }] }',
        ),
      'each with a name, a version, tables',
    ],
    ['has what another has', () => load(reaction, reaction), 'the reaction one is there twice'],
  ])('is refused when it %s', async (_, loading, message) => {
    await expect(loading()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(message) as string,
    })
  })
})
