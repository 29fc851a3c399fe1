import { openPool } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { execFile, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guichetOutput, killLeftovers } from './process/guichet.ts'

const run = promisify(execFile)
const simulate = ['simulate', '--days', '10', '--start', '2026-01-05T00:00:00Z', '--json']

type Variables = Readonly<Record<string, string>>

/** The tickets of a desk in its history and in its read models. */
async function deskOf(variables: Variables): Promise<{ readonly total: number; readonly replayed: string }> {
  const { tickets } = JSON.parse(await guichetOutput(['tickets', '--json', '--limit', '1000'], variables)) as {
    readonly tickets: readonly { readonly id: string }[]
  }
  const first = tickets.map(({ id }) => id).sort()[0] ?? ''
  const replayed = await guichetOutput(['replay', first, '--as-of', '2026-01-20T00:00:00Z', '--json'], variables)
  return { total: tickets.length, replayed }
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-backup-'))
  await chmod(folder, 0o755)
})
afterAll(async () => {
  killLeftovers()
  await rm(folder, { recursive: true, force: true })
})

describe('a backup of the data folder', () => {
  it('made while nothing runs restores its contents, and nothing later', async () => {
    const [home, backup] = [join(folder, 'guichet'), join(folder, 'backup')]
    await guichetOutput([...simulate, '--tickets', '20', '--seed', 'before'], { GUICHET_HOME: home })
    const before = await deskOf({ GUICHET_HOME: home })
    await run('cp', ['-a', home, backup])
    await guichetOutput([...simulate, '--tickets', '10', '--seed', 'after'], { GUICHET_HOME: home })
    expect((await deskOf({ GUICHET_HOME: home })).total).toBe(before.total + 10)

    await rm(home, { recursive: true })
    await run('cp', ['-a', backup, home])
    expect(await deskOf({ GUICHET_HOME: home })).toEqual(before)
  })
})

/** The major version of a Postgres program on the PATH; 0 where there is none. */
const majorOf = (program: string): number =>
  Number(/(\d+)[.\d]* ?/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0)
const dumps = Math.min(majorOf('pg_dump'), majorOf('pg_restore'))

describe('a backup of an external database', () => {
  it('made by pg_dump while nothing runs is restored by pg_restore and guichet repair', async ({ skip }) => {
    const [source, target] = [await createTestDatabase(), await createTestDatabase()]
    try {
      const pool = openPool({ connectionString: source.url, maxConnections: 1 })
      const { rows } = await pool.query<{ major: number }>(
        `select current_setting('server_version_num')::int / 10000 as major`,
      )
      await pool.end()
      const major = rows[0]?.major ?? Infinity
      if (dumps < major) return skip(`pg_dump ${dumps} of the PATH cannot dump Postgres ${major}`)

      const variables = { GUICHET_HOME: folder, DATABASE_URL: source.url }
      await guichetOutput([...simulate, '--tickets', '20', '--seed', 'dumped'], variables)
      const before = await deskOf(variables)
      const file = join(folder, 'guichet.dump')
      await run('pg_dump', ['--format=custom', `--file=${file}`, source.url])
      await run('pg_restore', ['--no-owner', `--dbname=${target.url}`, file])
      const restored = { GUICHET_HOME: folder, DATABASE_URL: target.url }
      await guichetOutput(['repair'], restored)
      expect(await deskOf(restored)).toEqual(before)
    } finally {
      await Promise.all([source.drop(), target.drop()])
    }
  })
})
