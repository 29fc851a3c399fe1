import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDesk, guichetEvents } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { now } from '../engine/engine.ts'
import { holdImport } from '../import/import-lock.ts'
import { row, snapshots, writeSnapshots } from '../import/testing.ts'
import type { Ran } from './testing.ts'
import { guichet } from './testing.ts'

let database: TestDatabase
let folder: string
let cli: (...args: readonly string[]) => Promise<Ran>

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'guichet-endings-'))
  cli = (...args) => guichet({ DATABASE_URL: database.url, GUICHET_HOME: folder }, ...args)
  await writeFile(join(folder, 'mapping.json'), JSON.stringify(snapshots))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const execute = async (url: string, text: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

describe('an import', () => {
  it('leaves no rejects file when no row was refused, not even that of a run before', async () => {
    const file = join(folder, 'clean.csv')
    const rejects = join(folder, 'clean.rejects.csv')
    const args = [
      'import',
      file,
      '--mapping',
      join(folder, 'mapping.json'),
      '--rejects',
      rejects,
      '--json',
      '--dry-run',
    ]
    await writeSnapshots(file, [row(0, 'New'), row(1, 'Lost')])
    expect(JSON.parse((await cli(...args)).out)).toMatchObject({ refused: 1, rejects })
    await writeSnapshots(file, [row(0, 'New')])
    expect(JSON.parse((await cli(...args)).out)).toMatchObject({ refused: 0, rejects: null })
    await expect(readFile(rejects)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('that was broken off is shown as not complete, and can be abandoned', async () => {
    const file = join(folder, 'broken-off.csv')
    await writeSnapshots(file, [row(0, 'New')])
    const { import: importId } = JSON.parse(
      (await cli('import', file, '--mapping', join(folder, 'mapping.json'), '--dry-run', '--json')).out,
    ) as { import: string }
    const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    const desk = createDesk({ store, now, newId: randomUUID })
    const begin = { type: 'start', source: 'broken-off.csv', mapping: 'snapshots' } as const
    await desk.execute('import', importId, begin, { by: { kind: 'system', id: 'import' } })
    await store.close()

    const statusOf = async (...args: string[]) =>
      (JSON.parse((await cli('imports', ...args, '--json')).out) as { importId: string; status: string }[]).find(
        (entry) => entry.importId === importId,
      )?.status
    expect(await statusOf('status')).toBe('not_complete')
    await holdImport(database.url, importId, async () => {
      expect(await statusOf('status')).toBe('running')
      expect(await cli('import', file, '--mapping', join(folder, 'mapping.json'))).toMatchObject({
        code: 1,
        err: `error import_running: the import ${importId} is running in another process (wait for it to end; guichet imports status shows it)`,
      })
    })
    expect((await cli('imports', 'status')).out).toMatch(new RegExp(`^${importId} +not complete `, 'm'))
    expect((await cli('stats')).out).toContain(`the import ${importId} of broken-off.csv is not complete`)
    expect(await statusOf('abandon', importId)).toBe('abandoned')
    expect((await cli('stats')).out).not.toContain(importId)
    expect(await cli('imports', 'abandon', 'never-begun')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error import_not_found: /) as string,
    })
  })

  it('fails when a read model has stopped, says which one, where and why, and lets it go on when that is mended', async () => {
    const database = await createTestDatabase()
    try {
      const file = join(folder, 'stopping.csv')
      await writeSnapshots(file, [row(0, 'New')])
      const importing = () =>
        guichet(
          { DATABASE_URL: database.url, GUICHET_HOME: folder },
          'import',
          file,
          '--mapping',
          join(folder, 'mapping.json'),
          '--json',
        )
      expect((await importing()).code).toBe(0)
      await execute(database.url, `alter table rm_inbox_1.notified_ticket add constraint stuck check (version < 2)`)
      await writeSnapshots(file, [row(0, 'New'), row(1, 'Solved')])
      const { code, out, err } = await importing()
      expect(JSON.parse(out)).toMatchObject({ applied: 1, statuses: null })
      expect({ code, lines: err.split('\n').length }).toEqual({ code: 3, lines: 1 })
      expect(err).toMatch(/^error read_model_stopped: .*inbox.*ticket-A\/2.*stuck.* \(.*projections resume inbox/)

      const listing = await guichet({ DATABASE_URL: database.url, GUICHET_HOME: folder }, 'imports', 'status')
      expect(listing).toMatchObject({ code: 3, out: expect.stringContaining('completed') as string })
      expect(listing.err).toMatch(/^error read_model_stopped: /)

      const resuming = (name: string) =>
        guichet({ DATABASE_URL: database.url, GUICHET_HOME: folder }, 'projections', 'resume', name, '--json')
      expect(await resuming('inbox')).toMatchObject({ code: 3, err: expect.stringContaining('stuck') as string })
      expect((await resuming('nonsense')).err).toMatch(/^error projection_not_found: /)
      await execute(database.url, `alter table rm_inbox_1.notified_ticket drop constraint stuck`)
      const resumed = await resuming('inbox')
      expect(resumed.code).toBe(0)
      expect(JSON.parse(resumed.out)).toContainEqual(expect.objectContaining({ name: 'inbox', state: 'live', lag: 0 }))
    } finally {
      await database.drop()
    }
  })
})
