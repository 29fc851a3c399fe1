import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readPostmaster } from './cluster.ts'
import type { EmbeddedPostgres } from './embedded-postgres.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { requireBuild } from '../testing/build.ts'
import { DataDirectoryInUse, processIdentity } from './ownership.ts'

const run = promisify(execFile)

/** That of the build. */
const built = new URL('../../dist/embedded/embedded-postgres.js', import.meta.url)

describe('the embedded Postgres', () => {
  let dataDir: string
  const running: EmbeddedPostgres[] = []
  const owners: ChildProcess[] = []

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'guichet-embedded-'))
    await chmod(dataDir, 0o755)
  })

  afterEach(async () => {
    vi.unstubAllEnvs()
    for (const owner of owners.splice(0)) owner.kill('SIGKILL')
    await Promise.all(running.splice(0).map((postgres) => postgres.stop()))
    const left = await readPostmaster(join(dataDir, 'postgres'))
    if (left) await ended(left.pid)
    await rm(dataDir, { recursive: true, force: true })
  })

  const start = async (port?: number): Promise<EmbeddedPostgres> => {
    const postgres = await startEmbeddedPostgres({ dataDir, ...(port !== undefined && { port }) })
    running.push(postgres)
    return postgres
  }

  const stop = async (postgres: EmbeddedPostgres): Promise<void> => {
    running.splice(running.indexOf(postgres), 1)
    await postgres.stop()
  }

  /** Starts it in a separate process; resolves with the url. */
  const startElsewhere = async (): Promise<{ url: string; owner: ChildProcess }> => {
    requireBuild()
    const program = `
      import { startEmbeddedPostgres } from ${JSON.stringify(built.href)}
      const { url } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} })
      console.log(url)`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    owners.push(owner)
    for await (const url of createInterface({ input: owner.stdout })) return { url, owner }
    throw new Error('the other process could not start Postgres')
  }

  const query = async <T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query<T>(text)).rows
    } finally {
      await client.end()
    }
  }

  const ended = async (pid: number): Promise<void> => {
    await vi.waitUntil(async () => (await processIdentity(pid)) === undefined, { interval: 10 })
  }

  it('has the same address and data after a restart', async () => {
    const first = await start()
    await query(first.url, `create table kept as select 'Zoë' as name`)
    await stop(first)
    await first.exited
    const second = await start()
    expect(second.url).toBe(first.url)
    expect(await query(second.url, 'select upper(name) as name from kept')).toEqual([{ name: 'ZOË' }])
  })

  it('is durable, speaks UTF-8 and UTC, and listens on this machine only', async () => {
    const { url } = await start()
    const [row] = await query(
      url,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
       current_setting('full_page_writes') as full_page_writes, current_setting('server_encoding') as encoding,
       current_setting('TimeZone') as zone, current_setting('listen_addresses') as listens`,
    )
    const safe = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
    expect(row).toEqual({ ...safe, encoding: 'UTF8', zone: 'UTC', listens: '127.0.0.1' })
  })

  it.each([
    ['PGSSLMODE', 'require'],
    ['PGSSLNEGOTIATION', 'direct'],
    ['PGOPTIONS', '-c search_path=nowhere -c TimeZone=Asia/Tokyo'],
    ['PGREPLICATION', 'database'],
    ['PGDATESTYLE', 'German, DMY'],
    ['PGCLIENTENCODING', 'LATIN1'],
    ['PGPORT', '1'],
    ['PGDATA', '/nowhere'],
  ])('is started and connected to without regard to %s, which is for another server', async (name, value) => {
    vi.stubEnv(name, value)
    const { url } = await start()
    const [row] = await query(
      url,
      `select current_setting('search_path') as path, current_setting('TimeZone') as zone, 'Zoë' as name, now() as at`,
    )
    expect(row).toEqual({ path: '"$user", public', zone: 'UTC', name: 'Zoë', at: expect.any(Date) })
  })

  it('stores passwords that only its own account can read, and accepts no other', async () => {
    const { url } = await start()
    const file = join(dataDir, 'postgres.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const stored = JSON.parse(await readFile(file, 'utf8')) as { runningPassword: string }
    expect(new URL(url).password).toBe(stored.runningPassword)
    const wrong = new URL(url)
    wrong.password = 'postgres'
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed')
  })

  it('names the first owner to a second one', async () => {
    await start()
    await expect(start()).rejects.toThrow(`in use by process ${process.pid}`)
    await stop(running[0]!)
    const { owner, url } = await startElsewhere()
    await expect(start()).rejects.toMatchObject({ name: 'DataDirectoryInUse', pid: owner.pid })
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('starts for one of many concurrent owners where a dead owner has left its lock', async () => {
    await writeFile(
      join(dataDir, 'postgres.owner.7'),
      JSON.stringify({ pid: process.pid, identity: 'an earlier start' }),
    )
    const settled = await Promise.allSettled(Array.from({ length: 5 }, () => start()))
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of settled) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(DataDirectoryInUse)
    }
  })

  it('shuts down when its owner is killed, and loses nothing', async () => {
    const { owner, url } = await startElsewhere()
    await query(url, 'create table kept as select 1 as one')
    const postmaster = await readPostmaster(join(dataDir, 'postgres'))
    owner.kill('SIGKILL')
    await ended(postmaster?.pid ?? 0)
    const { url: again } = await start()
    expect(await query(again, 'select one from kept')).toEqual([{ one: 1 }])
  })

  it('is taken over at once from a killed owner while it is still shutting down', async () => {
    const { owner, url } = await startElsewhere()
    await query(url, 'create table kept as select 1 as one')
    owner.kill('SIGKILL')
    await ended(owner.pid ?? 0)
    const { url: again } = await start()
    expect(await query(again, 'select one from kept')).toEqual([{ one: 1 }])
  })

  it('is restarted when it has outlived its owner and its guardian', async () => {
    const { owner, url } = await startElsewhere()
    await query(url, 'create table kept as select 1 as one')
    const survivor = (await readPostmaster(join(dataDir, 'postgres')))?.pid ?? 0
    const { stdout: guardians } = await run('pgrep', ['-f', `guichet-postgres .*${dataDir}`])
    for (const pid of guardians.trim().split('\n')) process.kill(Number(pid), 'SIGKILL')
    owner.kill('SIGKILL')
    await ended(owner.pid ?? 0)
    expect(await processIdentity(survivor)).toBeDefined()
    const { url: again } = await start()
    expect(await processIdentity(survivor)).toBeUndefined()
    expect(await query(again, 'select one from kept')).toEqual([{ one: 1 }])
  })

  it('recovers from a crash of its own', async () => {
    const first = await start()
    await query(first.url, 'create table kept as select 1 as one')
    process.kill((await readPostmaster(join(dataDir, 'postgres')))?.pid ?? 0, 'SIGKILL')
    await first.exited
    await stop(first)
    const second = await start()
    expect(await query(second.url, 'select one from kept')).toEqual([{ one: 1 }])
  })

  it('starts although other processes have its former process ids', async () => {
    const first = await start()
    await stop(first)
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' })
    owners.push(stranger)
    await writeFile(
      join(dataDir, 'postgres.owner.7'),
      JSON.stringify({ pid: stranger.pid, identity: 'an earlier start' }),
    )
    const lines = [stranger.pid, join(dataDir, 'postgres'), 1_700_000_000, 5432, '', '127.0.0.1', '', 'ready   ']
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${lines.join('\n')}\n`)
    const second = await start()
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await processIdentity(stranger.pid ?? 0)).toBeDefined()
  })

  it('takes over a lock that a crash left half-written', async () => {
    await writeFile(join(dataDir, 'postgres.owner.7'), '{"pid":')
    const { url } = await start()
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('moves to another port when its own is taken, but not from a requested port', async () => {
    const first = await start()
    await stop(first)
    const port = Number(new URL(first.url).port)
    const intruder = createServer()
    await new Promise<void>((resolve) => void intruder.listen(port, '127.0.0.1', resolve))
    await expect(start(port)).rejects.toThrow('could not bind')
    const second = await start()
    expect(new URL(second.url).port).not.toBe(String(port))
    await new Promise((resolve) => intruder.close(resolve))
  })

  it('starts over when its creation was interrupted', async () => {
    await mkdir(join(dataDir, 'postgres.unfinished', 'base'), { recursive: true })
    const { url } = await start()
    expect(await query(url, 'select current_database() as name')).toEqual([{ name: 'guichet' }])
  })

  it('gives an existing database a new password where the old one has been lost', async () => {
    const first = await start()
    await query(first.url, 'create table kept as select 1 as one')
    await stop(first)
    await rm(join(dataDir, 'postgres.json'))
    const second = await start()
    expect(await query(second.url, 'select one from kept')).toEqual([{ one: 1 }])
    const former = new URL(second.url)
    former.password = new URL(first.url).password
    await expect(query(former.href, 'select 1')).rejects.toThrow('password authentication failed')
    await stop(second)
    expect((await start()).url).toBe(second.url)
  })

  it('does so after a crash whose process id now belongs to an unrelated process', async () => {
    const { owner, url } = await startElsewhere()
    await query(url, 'create table kept as select 1 as one')
    const crashed = (await readPostmaster(join(dataDir, 'postgres')))?.pid ?? 0
    process.kill(crashed, 'SIGKILL')
    await ended(crashed)
    owner.kill('SIGKILL')
    await ended(owner.pid ?? 0)
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' })
    owners.push(stranger)
    const lines = [stranger.pid, join(dataDir, 'postgres'), 1_700_000_000, 5432, '', '127.0.0.1', '', 'ready   ']
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${lines.join('\n')}\n`)
    await rm(join(dataDir, 'postgres.json'))
    expect(await query((await start()).url, 'select one from kept')).toEqual([{ one: 1 }])
  })

  it('names the remedy for a damaged settings file', async () => {
    await stop(await start())
    await writeFile(join(dataDir, 'postgres.json'), '')
    await expect(start()).rejects.toThrow('restore it, or remove it to have new passwords set')
  })
})
