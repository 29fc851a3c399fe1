import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guichet } from '../cli/testing.ts'

const log = fileURLToPath(new URL('../../../../../shared/data/servicenow-incidents.csv.gz', import.meta.url))
const present = existsSync(log)
if (!present) console.warn(`skipped: there is no ${log}`)

describe.skipIf(!present)('the ServiceNow incident log', { timeout: 240_000 }, () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guichet-servicenow-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const importing = async (environment: Readonly<Record<string, string>>, file: string, ...options: string[]) => {
    const { out } = await guichet(environment, 'import', file, '--mapping', 'servicenow', '--json', ...options)
    return JSON.parse(out) as unknown
  }

  it('is accounted for row by row', async () => {
    expect(await importing({ GUICHET_HOME: folder }, log, '--dry-run')).toMatchObject({
      rows: 141_712,
      tickets: 24_918,
      applied: 109_684,
      unchanged: 32_023,
      refused: 5,
      events: 194_741,
    })
  })

  it('becomes history: its first ten thousand rows end as they say', async () => {
    const database = await createTestDatabase()
    try {
      const file = join(folder, 'incidents.csv')
      const lastStates = await writeHead(file, 10_000)
      const count = (status: string): number => [...lastStates.values()].filter((state) => state === status).length
      const environment = { DATABASE_URL: database.url, GUICHET_HOME: folder }
      expect(await importing(environment, file)).toMatchObject({
        rows: 10_000,
        refused: 0,
        tickets: lastStates.size,
        statuses: { new: count('New'), resolved: count('Resolved'), closed: count('Closed') },
      })
      expect(await importing(environment, file)).toMatchObject({ rows: 10_000, applied: 0, refused: 0, events: 0 })
      const { out } = await guichet(environment, 'replay', 'INC0000045', '--as-of', '2016-02-29T08:53:00Z')
      expect(out).toContain('status       resolved')
    } finally {
      await database.drop()
    }
  })
})

/** Copies the first rows, and answers with the last state of each incident among them. */
async function writeHead(file: string, rows: number): Promise<Map<string, string>> {
  const lastStates = new Map<string, string>()
  const output = createWriteStream(file)
  let left = rows + 1
  for await (const line of createInterface({ input: createReadStream(log).pipe(createGunzip()) })) {
    if (left-- === 0) break
    output.write(`${line}\n`)
    const [number = '', state = ''] = line.split(',')
    if (number !== 'number') lastStates.set(number, state)
  }
  output.end()
  await finished(output)
  return lastStates
}
