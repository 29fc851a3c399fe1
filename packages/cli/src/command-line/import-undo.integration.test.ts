import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { row, snapshots, writeSnapshots } from '@guichet/import/testing'
import { guichet, startGuichet, useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
const cases = 1_500
const file = () => join(cli.folder, 'log.csv')
const mapping = () => join(cli.folder, 'mapping.json')
const corrected = () => join(cli.folder, 'corrected.json')
beforeAll(async () => {
  await writeFile(mapping(), JSON.stringify(snapshots))
  const values = { ...snapshots.activity.values, Solved: { status: 'waiting_customer' } }
  await writeFile(corrected(), JSON.stringify({ ...snapshots, activity: { ...snapshots.activity, values } }))
  const rows = Array.from({ length: cases }, (_, n) =>
    [row(0, 'Open'), row(9, 'Solved')].map((each) => ({ ...each, case: `C${n}` })),
  )
  await writeSnapshots(file(), rows.flat())
})

const json = async <T>(...args: readonly string[]): Promise<T> =>
  JSON.parse((await cli.run(...args, '--json')).out) as T
const importAs = (by: string) =>
  json<{ statuses: Record<string, number>; refused: number }>('import', file(), '--mapping', by, '--name', 'old-desk')
const count = async (text: string): Promise<number> => {
  const client = new pg.Client({ connectionString: cli.databaseUrl })
  await client.connect()
  try {
    return (await client.query<{ count: number }>(`select count(*)::int as count from ${text}`)).rows[0]?.count ?? 0
  } finally {
    await client.end()
  }
}
const withdrawn = () => count(`guichet.events where type = 'TicketImportWithdrawn'`)

describe('guichet import undo', () => {
  it('takes all back, also after it was killed in the middle, and lets the corrected import take its place', async () => {
    expect(await importAs(mapping())).toMatchObject({ refused: 0, statuses: { resolved: cases } })

    const child = startGuichet(
      { DATABASE_URL: cli.databaseUrl, GUICHET_HOME: cli.folder },
      'import',
      'undo',
      'old-desk',
    )
    const ended = once(child, 'exit')
    await vi.waitUntil(async () => child.exitCode !== null || (await withdrawn()) > 0, { interval: 5 })
    child.kill('SIGKILL')
    await ended

    const { kept } = await json<{ tickets: number; kept: string[] }>('import', 'undo', 'old-desk')
    expect(kept).toEqual([])
    expect(await withdrawn()).toBe(cases)
    for (const table of ['ticket', 'message', 'ticket_text', 'response_time', 'deadline', 'sla_target', 'work_item']) {
      expect(`${table} ${await count(`guichet_read.${table}`)}`).toBe(`${table} 0`)
    }
    expect(await json('stats')).toMatchObject({ counters: { total: 0, resolved: 0 } })
    expect((await cli.run('imports', 'status')).out).toMatch(/old-desk +withdrawn/)

    expect(await importAs(corrected())).toMatchObject({
      refused: 0,
      statuses: { waiting_customer: cases, resolved: 0 },
    })
    expect(await json('stats')).toMatchObject({ counters: { total: cases, waiting_customer: cases } })
  })

  it('names in one line the tickets that it does not withdraw', async () => {
    expect(await cli.run('import', 'undo', 'no-such-import')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error import_not_found: /) as string,
    })
  })

  it('takes all back on EventStoreDB, and lets the import be run again', async () => {
    const server = await startEventStoreServer()
    const database = await createTestDatabase()
    const few = join(cli.folder, 'few.csv')
    await writeSnapshots(few, [row(0, 'Open'), row(9, 'Solved'), { ...row(1, 'Open'), case: 'B' }])
    const variables = { DATABASE_URL: database.url, EVENTSTORE_URL: server.url, GUICHET_HOME: cli.folder }
    const run = async (...args: readonly string[]) => {
      const { code, out, err } = await guichet(variables, ...args, '--json')
      expect([code, err]).toEqual([0, ''])
      return JSON.parse(out) as object
    }
    try {
      const importing = ['import', few, '--mapping', mapping(), '--name', 'old-desk'] as const
      expect(await run(...importing)).toMatchObject({ refused: 0, statuses: { resolved: 1, in_progress: 1 } })
      expect(await run('import', 'undo', 'old-desk')).toMatchObject({ tickets: 2, kept: [] })
      expect(await run('stats')).toMatchObject({ counters: { total: 0 } })
      expect((await guichet(variables, 'replay', 'A')).out).toContain('taken back, and not opened since')
      expect(await run(...importing)).toMatchObject({ refused: 0, statuses: { resolved: 1, in_progress: 1 } })
      expect(await run('stats')).toMatchObject({ counters: { total: 2, resolved: 1 } })
    } finally {
      await server.stop()
      await database.drop()
    }
  })
})
