import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { DateTime } from 'luxon'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { findPublishedLog, publishedLog } from '../tools/bench/src/published.ts'
import { emptyDesk, firstLine, guichet, startGuichet } from '../packages/cli/src/command-line/testing.ts'

/** 397 real incidents: see the README beside it. */
const slice = fileURLToPath(
  new URL('../packages/import/src/histories/fixtures/servicenow-incidents.csv.gz', import.meta.url),
)
const whole = findPublishedLog()
if (whole === undefined) console.warn(`skipped: ${publishedLog.variable} does not say where the whole log is`)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-servicenow-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const importing = async (variables: Readonly<Record<string, string>>, file: string, ...options: string[]) => {
  const { out } = await guichet(variables, 'import', file, '--mapping', 'servicenow', '--json', ...options)
  return JSON.parse(out) as Readonly<Record<string, unknown>>
}

describe('the incident log of ServiceNow', () => {
  const account = { rows: 2_899, tickets: 397, applied: 2_050, unchanged: 844, refused: 5, events: 4_156 }

  it('is accounted for row by row, before and when it becomes history', async () => {
    const database = await createTestDatabase(emptyDesk)
    try {
      const variables = { DATABASE_URL: database.url, GUICHET_HOME: folder }
      expect(await importing(variables, slice, '--dry-run')).toMatchObject(account)
      const { rejects, ...summary } = await importing(variables, slice)
      expect(summary).toMatchObject({ ...account, statuses: { closed: 397 } })
      const refused = (await readFile(String(rejects), 'utf8')).trim().split('\n').slice(1)
      expect(refused.map((line) => line.split(',').slice(0, 3).join())).toEqual(
        [2759, 2760, 2768, 2769, 2770].map((row) => `${row},incident_state,value_unreadable`),
      )
      expect(await importing(variables, slice)).toMatchObject({ applied: 0, unchanged: 2_894, events: 0 })
      const { out } = await guichet(variables, 'replay', 'INC0000045', '--as-of', '2016-02-29T08:53:00Z')
      expect(out).toContain('status       resolved')
    } finally {
      await database.drop()
    }
  })

  it('ends as its last rows say when it was cut off while incidents were open', async () => {
    const database = await createTestDatabase(emptyDesk)
    try {
      const file = join(folder, 'cut-off.csv')
      const { rows, lastStates } = await writeUntil(file, '2016-03-07T12:00Z')
      const count = (...states: string[]) => [...lastStates.values()].filter((state) => states.includes(state)).length
      const statuses = {
        new: count('New'),
        in_progress: count('Active', 'Awaiting Problem', 'Awaiting Vendor', 'Awaiting Evidence'),
        waiting_customer: count('Awaiting User Info'),
        resolved: count('Resolved'),
        closed: count('Closed'),
      }
      expect(Object.values(statuses)).not.toContain(0)
      expect(await importing({ DATABASE_URL: database.url, GUICHET_HOME: folder }, file)).toMatchObject({
        rows,
        refused: 0,
        tickets: lastStates.size,
        statuses,
      })
    } finally {
      await database.drop()
    }
  })

  it.skipIf(whole === undefined)(
    `is accounted for row by row from end to end (the whole of ${publishedLog.doi}, where ${publishedLog.variable} says)`,
    async () => {
      const command = ['import', whole ?? '', '--mapping', 'servicenow', '--dry-run', '--json']
      expect(JSON.parse(await firstLine(startGuichet({ GUICHET_HOME: folder }, ...command)))).toMatchObject({
        rows: publishedLog.rows,
        tickets: publishedLog.incidents,
        applied: 109_684,
        unchanged: 32_023,
        refused: 5,
        events: 234_787,
      })
    },
  )
})

/** Writes the rows of the slice up to a time; returns the last state of each incident among them. */
async function writeUntil(file: string, until: string) {
  const [header = '', ...lines] = gunzipSync(await readFile(slice))
    .toString()
    .trim()
    .split('\n')
  const indexOf = (column: string): number => header.split(',').indexOf(column)
  const [state, updated] = [indexOf('incident_state'), indexOf('sys_updated_at')]
  const rows = lines
    .map((line) => line.split(','))
    .filter(
      (row) => DateTime.fromFormat(row[updated] ?? '', 'd/M/yyyy HH:mm', { zone: 'UTC' }) <= DateTime.fromISO(until),
    )
  await writeFile(file, [header, ...rows.map(String)].join('\n'))
  return { rows: rows.length, lastStates: new Map(rows.map((row) => [row[0], row[state] ?? ''])) }
}
