import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { createGunzip } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { findPublishedLog, publishedLog } from '../tools/bench/src/published.ts'
import { guichetOutput } from './process/guichet.ts'
import { root } from './workspace/sources.ts'

const example = (file: string): string => join(root, 'examples/real-data', file)
/** 397 real incidents: see the README beside it. */
const slice = join(root, 'packages/import/src/histories/fixtures/servicenow-incidents.csv.gz')
const whole = findPublishedLog()
if (whole === undefined) console.warn(`skipped: ${publishedLog.variable} does not say where the whole log is`)

type Tally = {
  readonly cases: number
  readonly agree: number
  readonly agreement: number
  readonly alwaysTrue: number
  readonly true: Readonly<Record<'met' | 'missed' | 'none', number>>
  readonly false: Readonly<Record<'met' | 'missed' | 'none', number>>
}
type Report = Readonly<Record<'all' | 'earlier' | 'later', Tally>> & {
  readonly priorities: Readonly<Record<string, Tally>>
  readonly differences: Readonly<Record<string, Readonly<Record<string, { cases: number; such: readonly string[] }>>>>
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-real-data-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = promisify(execFile)
const node = async (environment: Readonly<Record<string, string>>, ...args: string[]): Promise<string> =>
  (await run(process.execPath, args, { env: { PATH: process.env['PATH'] ?? '', ...environment } })).stdout

/** Configures a desk of its own, imports a log into it and compares, as docs/real-data.md describes. */
async function compared(file: string, policy: string, mapping: string): Promise<{ report: Report; fit: string }> {
  const database = await createTestDatabase()
  try {
    const environment = { DATABASE_URL: database.url, GUICHET_HOME: folder }
    const retroactive = ['--retroactive', '--effective-from', '2016-01-01T00:00:00Z']
    await guichetOutput(['config', 'apply', example(policy), ...retroactive], environment)
    await guichetOutput(['import', file, '--mapping', mapping], environment)
    const report = JSON.parse(await node(environment, example('compare.mjs'), file, '--json')) as Report
    return { report, fit: await node(environment, example('fit.mjs'), file) }
  } finally {
    await database.drop()
  }
}

async function untilClosed(): Promise<string> {
  const mapping = join(folder, 'until-closed.json')
  await writeFile(mapping, await node({}, example('mapping.mjs')))
  return mapping
}

/** Writes a fixed fiftieth of the whole log: the cases whose numbers are divisible by 50. */
async function writeSample(): Promise<string> {
  const file = join(folder, 'sample.csv')
  const sample: string[] = []
  const bytes = createReadStream(whole ?? '')
  for await (const line of createInterface(whole?.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes)) {
    const number = /^INC(\d+),/.exec(line)?.[1]
    if (number === undefined || Number(number) % 50 === 0) sample.push(line)
  }
  await writeFile(file, `${sample.join('\n')}\n`)
  return file
}

describe('the service levels of a real desk', () => {
  it('are compared case by case with the log', async () => {
    const { report, fit } = await compared(slice, 'desk.yaml', 'servicenow')
    const { all, earlier, later, priorities, differences } = report
    expect(all).toEqual({
      cases: 397,
      agree: 260,
      true: { met: 149, missed: 84, none: 5 },
      false: { met: 48, missed: 111, none: 0 },
      agreement: 0.6549,
      alwaysTrue: 0.5995,
    })
    const added = (parts: readonly Tally[]) => parts.reduce((sum, { agree }) => sum + agree, 0)
    expect(added([earlier, later])).toBe(all.agree)
    expect(added(Object.values(priorities))).toBe(all.agree)
    const explained = Object.values(differences).flatMap((kinds) => Object.values(kinds))
    expect(explained.reduce((sum, { cases }) => sum + cases, 0)).toBe(all.cases - all.agree)
    expect(fit.match(/^until .*:$/gm)).toHaveLength(6)
  })

  it.skipIf(whole === undefined)(
    `are mostly those of the policy (a fiftieth of ${publishedLog.doi}, where ${publishedLog.variable} says)`,
    async () => {
      const file = await writeSample()
      const { report } = await compared(file, 'desk.yaml', 'servicenow')
      expect(report.all.cases).toBeGreaterThan(400)
      expect(report.all.agreement).toBeGreaterThan(report.all.alwaysTrue + 0.15)
      expect(report.later.agreement).toBeGreaterThan(0.85)
      const closed = await compared(file, 'until-closed.yaml', await untilClosed())
      expect(closed.report.all.cases).toBe(report.all.cases)
      expect(closed.report.later.agreement).toBeGreaterThan(0.97)
      expect(closed.report.earlier.agreement).toBeGreaterThan(0.97)
    },
  )
})
