import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, it, vi } from 'vitest'
import { beforeDrop, createTestDatabase, startTestPostgres } from './postgres.ts'

it('gives every caller an empty database of its own', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()])
  const client = new pg.Client({ connectionString: one.url })
  await client.connect()
  const { rows } = await client.query<{ encoding: string }>(
    'select pg_encoding_to_char(encoding) as encoding from pg_database where datname = current_database()',
  )
  await client.end()
  await Promise.all([one.drop(), other.drop()])
  expect(one.url).not.toBe(other.url)
  expect(rows).toEqual([{ encoding: 'UTF8' }])
})

it('copies a template that was prepared once, also for concurrent callers', async () => {
  let prepared = 0
  const template = {
    name: 'with_a_note',
    prepare: async (url: string) => {
      prepared++
      await queried(url, 'create table note (text text)')
      await queried(url, `insert into note values ('prepared')`)
    },
  }
  const databases = await Promise.all([1, 2, 3].map(() => createTestDatabase(template)))
  await queried(databases[0]?.url ?? '', `insert into note values ('mine')`)
  const notes = await Promise.all(databases.map(({ url }) => queried(url, 'select text from note')))
  await Promise.all(databases.map(({ drop }) => drop()))
  const note = { text: 'prepared' }
  expect(notes).toEqual([[note, { text: 'mine' }], [note], [note]])
  expect(prepared).toBe(1)
})

it('prepares a template again after a failure', async () => {
  let tries = 0
  const template = {
    name: 'at_the_second_try',
    prepare: async (url: string) => {
      await queried(url, 'create table note (text text)')
      if (++tries === 1) throw new Error('not this time')
    },
  }
  await expect(createTestDatabase(template)).rejects.toThrow('not this time')
  const { url, drop } = await createTestDatabase(template)
  const notes = await queried(url, 'select text from note')
  await drop()
  expect(notes).toEqual([])
})

it('lets the work of other servers for a database end before it is dropped', async () => {
  const ended: unknown[] = []
  const takeBack = beforeDrop(async (url) => void ended.push(url, await queried(url, 'select 1 as still_there')))
  const database = await createTestDatabase()
  await database.drop()
  takeBack()
  await (await createTestDatabase()).drop()
  expect(ended).toEqual([database.url, [{ still_there: 1 }]])
})

async function queried(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(text)
  await client.end()
  return rows
}

it('leaves neither a server nor a folder of a run whose Postgres cannot be connected to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-failing-'))
  await chmod(folder, 0o755)
  vi.stubEnv('TMPDIR', folder)
  vi.stubEnv('GUICHET_TEST_DATABASE_URL', undefined)
  vi.stubEnv('PGSSLMODE', 'require')
  try {
    await expect(startTestPostgres()).rejects.toThrow('does not support SSL')
    expect((await promisify(execFile)('ps', ['-eo', 'args'])).stdout).not.toContain(folder)
    expect(await readdir(folder)).toEqual([])
  } finally {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true, force: true })
  }
})
