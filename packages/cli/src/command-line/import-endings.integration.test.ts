import { randomUUID } from 'node:crypto'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createDesk, guichetEvents } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { now } from '../engine/engine.ts'
import { holdImport } from '@guichet/import'
import { row, snapshots, writeSnapshots } from '@guichet/import/testing'
import { ended, errorsOf, guichet, startGuichet, useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
beforeAll(() => writeFile(join(cli.folder, 'mapping.json'), JSON.stringify(snapshots)))

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
    const file = join(cli.folder, 'clean.csv')
    const rejects = join(cli.folder, 'clean.rejects.csv')
    const args = [
      'import',
      file,
      '--mapping',
      join(cli.folder, 'mapping.json'),
      '--rejects',
      rejects,
      '--json',
      '--dry-run',
    ]
    await writeSnapshots(file, [row(0, 'New'), row(1, 'Lost')])
    expect(JSON.parse((await cli.run(...args)).out)).toMatchObject({ refused: 1, rejects })
    await writeSnapshots(file, [row(0, 'New')])
    expect(JSON.parse((await cli.run(...args)).out)).toMatchObject({ refused: 0, rejects: null })
    await expect(readFile(rejects)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('counts third persons and automatic messages, and keeps refused mails in a mailbox that is never what it reads', async () => {
    const mail = (id: number, from: string, ...headers: readonly string[]) =>
      ['From - Mon Mar  4 08:00:00 2024', `From: ${from}`, 'To: desk@desk.example', `Message-ID: <${id}@x>`]
        .concat(`Date: Mon, 4 Mar 2024 0${id}:00:00 +0000`, headers, '', 'Words', '', '')
        .join('\n')
    const away = 'Auto-Submitted: auto-replied'
    const answers = 'In-Reply-To: <1@x>'
    const mails = [
      mail(1, 'carl@example.org', 'Subject: One'),
      mail(2, 'zoe@example.net', answers),
      mail(3, 'carl@example.org', answers, away),
      mail(4, 'max@example.net', away),
    ]
    const [file, rejects] = [join(cli.folder, 'in.mbox'), join(cli.folder, 'in.csv')]
    await writeFile(file, mails.join(''))
    const importing = (read: string, ...more: readonly string[]) =>
      cli.run('import', read, '--mapping', 'mbox', '--dry-run', '--rejects', rejects, ...more)
    const refused = join(cli.folder, 'in.refused.mbox')
    expect(JSON.parse((await importing(file, '--json')).out)).toMatchObject({
      applied: 3,
      refused: 1,
      thirdPersons: 1,
      automatic: { noted: 1, leftOut: 1 },
      mails: refused,
    })
    const { out } = await importing(file)
    expect(out).toMatch(/^1 row by third persons, kept as internal notes$/m)
    expect(out).toMatch(/^2 automatic messages: 1 kept as internal notes, 1 left out, for want of a ticket$/m)
    expect(await readFile(refused, 'utf8')).toBe(mails[3])
    expect(await importing(refused)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error rejects_unwritable/) as string,
    })
    expect(await readFile(file, 'utf8')).toBe(mails.join(''))
  })

  it('says which rows were repaired, and refuses them when it is to be strict', async () => {
    const file = join(cli.folder, 'repaired.csv')
    const mapping = join(cli.folder, 'with-team.json')
    await writeFile(mapping, JSON.stringify({ ...snapshots, name: 'with-team' }))
    await writeSnapshots(file, [row(0, 'New', { case: 'R' }), row(1, 'Open', { case: 'R', team: 't'.repeat(300) })])
    const importing = (...args: string[]) => cli.run('import', file, '--mapping', mapping, '--dry-run', ...args)
    const { rejects, repairs, ...summary } = JSON.parse((await importing('--json')).out) as Record<string, unknown>
    expect({ rejects, ...summary }).toMatchObject({ applied: 2, repaired: 1, refused: 0, rejects: null })
    expect(await readFile(String(repairs), 'utf8')).toMatch(/^3,team,text_cut,team: has 300 characters/m)
    expect((await importing()).out).toMatch(/^1 row repaired: what was put right is in .*\.repaired\.csv$/m)
    expect(JSON.parse((await importing('--json', '--strict')).out)).toMatchObject({
      refused: 1,
      repaired: 0,
      repairs: null,
    })
    await expect(readFile(String(repairs))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('ends in bounded memory on a row of commas without end', async () => {
    const file = join(cli.folder, 'commas.csv')
    await writeFile(file, 'case,at,state,by,customer,assignee,team,priority\n')
    for (let part = 0; part < 64; part++) await appendFile(file, ','.repeat(1024 * 1024))
    const variables = { GUICHET_HOME: cli.folder, NODE_OPTIONS: '--max-old-space-size=96' }
    const args = ['import', file, '--mapping', join(cli.folder, 'mapping.json'), '--dry-run']
    const process = startGuichet(variables, ...args)
    const errors = errorsOf(process)
    await ended(process)
    expect(process.exitCode).toBe(2)
    expect(errors()).toMatch(/^error row_too_long: .*line 2: has more than 10,000 fields/m)
  })

  it('that was interrupted is shown as not complete, and can be abandoned', async () => {
    const file = join(cli.folder, 'broken-off.csv')
    await writeSnapshots(file, [row(0, 'New')])
    const { import: importId } = JSON.parse(
      (await cli.run('import', file, '--mapping', join(cli.folder, 'mapping.json'), '--dry-run', '--json')).out,
    ) as { import: string }
    const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
    const desk = createDesk({ store, now, newId: randomUUID })
    const begin = { type: 'start', source: 'broken-off.csv', mapping: 'snapshots' } as const
    await desk.engine.execute('import', importId, begin, { by: { kind: 'system', id: 'import' } })
    await store.close()

    const statusOf = async (...args: string[]) =>
      (JSON.parse((await cli.run('imports', ...args, '--json')).out) as { importId: string; status: string }[]).find(
        (entry) => entry.importId === importId,
      )?.status
    expect(await statusOf('status')).toBe('not_complete')
    await holdImport(cli.databaseUrl, importId, async () => {
      expect(await statusOf('status')).toBe('running')
      expect(await cli.run('import', file, '--mapping', join(cli.folder, 'mapping.json'))).toMatchObject({
        code: 1,
        err: `error import_running: the import ${importId} is running in another process (wait for it to end; guichet imports status shows it)`,
      })
      expect(await cli.run('imports', 'abandon', importId)).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^error import_running: /) as string,
      })
    })
    expect((await cli.run('imports', 'status')).out).toMatch(new RegExp(`^${importId} +not complete `, 'm'))
    expect((await cli.run('stats')).out).toContain(`the import ${importId} of broken-off.csv is not complete`)
    expect(await statusOf('abandon', importId)).toBe('abandoned')
    expect((await cli.run('stats')).out).not.toContain(importId)
    expect(await cli.run('imports', 'abandon', 'never-begun')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error import_not_found: /) as string,
    })
  })

  it('that is being withdrawn is not abandoned', async () => {
    const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
    const desk = createDesk({ store, now, newId: randomUUID })
    const by = { kind: 'system', id: 'import' } as const
    await desk.engine.execute('import', 'w', { type: 'start', source: 'w.csv', mapping: 'snapshots' }, { by })
    await desk.engine.execute('import', 'w', { type: 'startWithdrawal' }, { by })
    await store.close()
    expect(await cli.run('imports', 'abandon', 'w')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error import_withdrawing: .*guichet import undo/) as string,
    })
    expect(await cli.run('import', 'undo', 'w')).toMatchObject({ code: 0 })
  })

  it('fails when a read model has stopped, names it with place and reason, and resumes it after the repair', async () => {
    const database = await createTestDatabase()
    try {
      const file = join(cli.folder, 'stopping.csv')
      await writeSnapshots(file, [row(0, 'New')])
      const importing = () =>
        guichet(
          { DATABASE_URL: database.url, GUICHET_HOME: cli.folder },
          'import',
          file,
          '--mapping',
          join(cli.folder, 'mapping.json'),
          '--json',
        )
      expect((await importing()).code).toBe(0)
      await execute(
        database.url,
        `alter table rm_response_times_1.response_time add constraint stuck check (ending is null)`,
      )
      await writeSnapshots(file, [row(0, 'New'), row(1, 'Solved')])
      const { code, out, err } = await importing()
      expect(JSON.parse(out)).toMatchObject({ applied: 1, statuses: null })
      expect({ code, lines: err.split('\n').length }).toEqual({ code: 3, lines: 1 })
      expect(err).toMatch(
        /^error read_model_stopped: .*response_times.*ticket-A\/3.*stuck.* \(.*projections resume response_times/,
      )

      const listing = await guichet({ DATABASE_URL: database.url, GUICHET_HOME: cli.folder }, 'imports', 'status')
      expect(listing).toMatchObject({ code: 3, out: expect.stringContaining('completed') as string })
      expect(listing.err).toMatch(/^error read_model_stopped: /)

      const resuming = (name: string) =>
        guichet({ DATABASE_URL: database.url, GUICHET_HOME: cli.folder }, 'projections', 'resume', name, '--json')
      expect(await resuming('response_times')).toMatchObject({
        code: 3,
        err: expect.stringContaining('stuck') as string,
      })
      expect((await resuming('nonsense')).err).toMatch(/^error projection_not_found: /)
      await execute(database.url, `alter table rm_response_times_1.response_time drop constraint stuck`)
      const resumed = await resuming('response_times')
      expect(resumed.code).toBe(0)
      expect(JSON.parse(resumed.out)).toContainEqual(
        expect.objectContaining({ name: 'response_times', state: 'live', lag: 0 }),
      )
    } finally {
      await database.drop()
    }
  })
})
