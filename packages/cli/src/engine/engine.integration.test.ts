import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Logger } from 'pino'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { configurationSchema } from '@guichet/domain'
import { tookTooLong, retryWhileAway } from '@guichet/eventstore'
import type { Environment } from '../environment/environment.ts'
import { readEnvironment } from '../environment/environment.ts'
import type { Engine } from './engine.ts'
import { now, startEngine } from './engine.ts'
import { caughtUp } from './watch-database.ts'

const log = pino({ level: 'silent' })

type Line = { readonly msg: string; readonly err?: unknown }

/** Returns a log and the lines written to it. */
function listen(): { readonly log: Logger; readonly lines: Line[] } {
  const lines: Line[] = []
  return { log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }), lines }
}
const by = { kind: 'customer', id: 'carl' } as const
const lead = { kind: 'agent', id: 'lead' } as const
const open = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: 'carl' } } as const

describe('an engine on the embedded Postgres', () => {
  let home: string
  let environment: Environment
  let engine: Engine

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'guichet-engine-'))
    await chmod(home, 0o755)
    environment = readEnvironment({ GUICHET_HOME: home })
    engine = await startEngine(environment, { serves: true, log })
    await engine.startClocks()
  })
  afterAll(async () => {
    await engine.stop()
    await rm(home, { recursive: true, force: true })
  })

  it('is shared by other commands, and refused to a second owner', async () => {
    expect((await engine.desk.execute('ticket', 'shared', open, { by })).ok).toBe(true)
    const neighbour = await startEngine(environment, { serves: false, log, connections: 2 })
    try {
      expect(neighbour.database.kind).toBe('neighbour')
      expect((await neighbour.desk.read('ticket', 'shared')).state.status).toBe('new')
    } finally {
      await neighbour.stop()
    }
    await expect(startEngine(environment, { serves: true, log })).rejects.toMatchObject({
      code: 'data_folder_in_use',
    })
  })

  it('cancels a query of its read models that exceeds the time limit', async () => {
    const command = await startEngine({ ...environment, readTimeoutMs: 200 }, { serves: false, log, connections: 2 })
    const locking = new pg.Client({ connectionString: engine.database.url })
    await locking.connect()
    try {
      await locking.query('begin; lock table guichet_read.sla_target in access exclusive mode')
      const asked = command.readModels.sla.list({ open: true }, { limit: 1 }, now())
      await expect(asked).rejects.toSatisfy(tookTooLong)
    } finally {
      await locking.end()
      await command.stop()
    }
  })

  it('keeps its read models when a command runs with another configuration', async () => {
    const configuring = configurationSchema.parse({ desk: { timeZone: 'America/Montreal', defaultLanguage: 'en' } })
    const apply = { type: 'apply', configuration: configuring } as const
    expect((await engine.desk.execute('configuration', 'desk', apply, { by: lead })).ok).toBe(true)
    const command = await startEngine(environment, { serves: false, log, connections: 2 })
    try {
      await command.runner.caughtUp()
    } finally {
      await command.stop()
    }
    const outcome = await engine.desk.execute('ticket', 'reconfigured', open, { by })
    if (!outcome.ok || !outcome.value.position) throw new Error('the ticket was not opened')
    expect(await engine.runner.reached(outcome.value.position, 10_000)).toBe(true)
    const followed = (await engine.runner.status()).map(({ name, state, generation }) => [name, state, generation])
    expect(followed.filter(([, state, generation]) => state !== 'live' || generation !== 1)).toEqual([])
    expect(await engine.runner.stopped()).toEqual([])
  })

  it('hands its Postgres over to a running command when it stops, and logs a line each way', async () => {
    const heard = listen()
    const command = await startEngine(environment, { serves: false, log: heard.log, connections: 2 })
    await command.startClocks()
    try {
      await engine.stop()
      const outcome = await retryWhileAway(() =>
        command.desk.execute('ticket', 'handed-over', open, { by, commandId: 'handed-over' }),
      )
      expect(outcome.ok).toBe(true)
      await vi.waitUntil(() => heard.lines.length >= 3, 10_000)
      expect(heard.lines.map(({ msg, err }) => err ?? msg).sort()).toEqual([
        'the embedded Postgres answers again; all work continues',
        expect.stringMatching(/^the embedded Postgres does not answer \(.+\); a process that uses it starts it again/),
        'this process runs the embedded Postgres now',
      ])
      engine = await startEngine(environment, { serves: true, log })
      await engine.startClocks()
      expect(engine.database.kind).toBe('neighbour')
      expect((await engine.desk.read('ticket', 'handed-over')).version).toBe(1)
    } finally {
      await command.stop()
    }
    await retryWhileAway(() => engine.desk.read('ticket', 'handed-over'))
    await expect(startEngine(environment, { serves: true, log })).rejects.toMatchObject({
      code: 'data_folder_in_use',
    })
  })

  it('recovers by itself when its Postgres is killed, and keeps everything acknowledged', async () => {
    await engine.stop()
    const heard = listen()
    engine = await startEngine(environment, { serves: true, log: heard.log })
    await engine.startClocks()
    expect((await engine.desk.execute('ticket', 'before', open, { by, commandId: 'before' })).ok).toBe(true)
    process.kill(Number((await readFile(join(home, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]), 'SIGKILL')
    const after = await retryWhileAway(() => engine.desk.execute('ticket', 'after', open, { by, commandId: 'after' }))
    expect(after.ok).toBe(true)
    expect((await retryWhileAway(() => engine.desk.read('ticket', 'before'))).version).toBe(1)
    const position = after.ok ? after.value.position : undefined
    await retryWhileAway(() => caughtUp(engine.runner, { position }))
    const rows = await retryWhileAway(() => engine.readModels.tickets.byIds(['before', 'after']))
    expect(rows.map((row) => row?.status)).toEqual(['new', 'new'])
    await vi.waitUntil(() => heard.lines.length >= 4, 10_000)
    expect(heard.lines.map(({ msg, err }) => err ?? msg).sort()).toEqual([
      'the embedded Postgres answers again; all work continues',
      expect.stringMatching(/^the embedded Postgres does not answer \(.+\); a process that uses it starts it again/),
      'the embedded Postgres has ended; it is started again',
      'this process runs the embedded Postgres now',
    ])
  })

  it('starts and works beside another one while the connections of both are ended again and again', async () => {
    const administrator = new pg.Client({ connectionString: engine.database.ownerUrl ?? engine.database.url })
    await administrator.connect()
    const endAll = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) {
        await administrator.query(`
          select pg_terminate_backend(pid), pg_sleep(0.01) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`)
      }
    }
    const startAndWork = async (round: number): Promise<void> => {
      const command = await startEngine(environment, { serves: false, log, connections: 2 })
      try {
        const id = `cut-${round}`
        const opened = await retryWhileAway(() => command.desk.execute('ticket', id, open, { by, commandId: id }))
        const position = opened.ok ? opened.value.position : undefined
        await retryWhileAway(() => caughtUp(command.runner, { position }))
        const [row] = await retryWhileAway(() => command.readModels.tickets.byIds([id]))
        expect(row?.status).toBe('new')
      } finally {
        await command.stop()
      }
    }
    try {
      for (const round of [1, 2, 3]) await Promise.all([endAll(40), startAndWork(round)])
    } finally {
      await administrator.end()
    }
  })

  it('keeps everything from one start to the next', async () => {
    await engine.stop()
    engine = await startEngine(environment, { serves: true, log })
    expect((await engine.desk.read('ticket', 'after')).version).toBe(1)
    expect(engine.database.kind).toBe('own')
  })
})
