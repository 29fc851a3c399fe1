import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { emptyDesk, ended, errorsOf, guichet, startGuichet } from './testing.ts'

let database: TestDatabase
let pool: pg.Pool
let folder: string
beforeEach(async () => {
  database = await createTestDatabase(emptyDesk)
  pool = new pg.Pool({ connectionString: database.url, max: 2 })
  folder = await mkdtemp(join(tmpdir(), 'guichet-config-processes-'))
})
afterEach(async () => {
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const variables = () => ({ DATABASE_URL: database.url, GUICHET_HOME: folder })

/** Writes a file with a first-response target of this duration. */
async function promising(firstResponse: string): Promise<string> {
  const file = join(folder, `${firstResponse}.yaml`)
  await writeFile(
    file,
    `teams: [{ name: supervisors }]\nsla: { policies: [{ name: all, firstResponse: ${firstResponse} }] }\n`,
  )
  return file
}

async function versions(): Promise<readonly number[]> {
  const { rows } = await pool.query<{ number: number }>(
    `select (data ->> 'number')::integer as number from guichet.events where type = 'ConfigurationApplied' order by version`,
  )
  return rows.map(({ number }) => number)
}

/** Runs command lines in separate processes, all at once. Resolves with the exit code and the output of each. */
const together = (...commands: readonly (readonly string[])[]): Promise<readonly (readonly [unknown, string])[]> =>
  Promise.all(
    commands.map(async (args) => {
      const child = startGuichet(variables(), ...args)
      const errors = errorsOf(child)
      let out = ''
      child.stdout?.on('data', (chunk: Buffer) => void (out += chunk.toString()))
      const code = await ended(child)
      return [code, code === 0 ? out : errors()] as const
    }),
  )

describe('several processes that apply configurations at once', () => {
  it('let one win of those that expect the same version, and refuse the others', async () => {
    await guichet(variables(), 'stats')
    const files = await Promise.all(['1h', '2h'].map(promising))
    const outcomes = await together(...files.map((file) => ['config', 'apply', file, '--expect', '0', '--json']))
    const applied = outcomes.filter(([code]) => code === 0)
    expect(applied.map(([, output]) => JSON.parse(output) as unknown)).toMatchObject([{ version: 1, applied: true }])
    for (const [code, output] of outcomes.filter((outcome) => !applied.includes(outcome))) {
      expect(code).toBe(1)
      expect(output).toMatch(/^error configuration_refused: .*another version than expected was applied last/)
    }
    expect(await versions()).toEqual([1])
  })

  it('store one version of the same file, and say to the others that nothing changes', async () => {
    await guichet(variables(), 'stats')
    const file = await promising('1h')
    const outcomes = await together(...[1, 2].map(() => ['config', 'apply', file, '--json']))
    const results = outcomes.map(
      ([code, output]) => [code, JSON.parse(output) as { version: number; applied: boolean }] as const,
    )
    expect(results.map(([code, { version }]) => [code, version])).toEqual([
      [0, 1],
      [0, 1],
    ])
    expect(results.filter(([, { applied }]) => applied)).toHaveLength(1)
    expect(await versions()).toEqual([1])
  })
})

describe('a process that is killed while it applies a configuration', () => {
  /**
   * Counts the running targets of each configuration version. An overdue target stays with the version that made it
   * due.
   */
  const running = async (): Promise<Readonly<Record<string, number>>> => {
    const { rows } = await pool.query<{ version: string; count: number }>(
      `select record ->> 'policyVersion' as version, count(*)::integer as count from guichet_read.sla_target
       where running and state <> 'BREACHED' and due_at > now() group by 1`,
    )
    return Object.fromEntries(rows.map(({ version, count }) => [version, count]))
  }

  it('leaves the version before or the new one, and never some deadlines of each', async () => {
    await guichet(variables(), 'config', 'apply', await promising('1000h'))
    const opened = await guichet(variables(), 'simulate', '--tickets', '800', '--days', '2', '--seed', 'kill')
    expect(opened.code).toBe(0)
    const before = await running()
    expect(Object.keys(before)).toEqual(['configuration-1'])

    for (const [round, firstResponse] of ['1100h', '1200h'].entries()) {
      const child = startGuichet(variables(), 'config', 'apply', await promising(firstResponse))
      const exited = ended(child)
      const known = round + 1
      const stored = async () => child.exitCode !== null || (await versions()).length > known
      await vi.waitUntil(stored, { interval: 2 })
      child.kill('SIGKILL')
      expect(await exited).toBe('SIGKILL')
      expect(Object.keys(await running())).toHaveLength(1)

      const again = await guichet(variables(), 'config', 'apply', await promising(firstResponse), '--json')
      expect(JSON.parse(again.out)).toMatchObject({ version: known + 1, applied: false })
    }
    await guichet(variables(), 'config', 'apply', await promising('1300h'))
    expect(await versions()).toEqual([1, 2, 3, 4])
    expect(await running()).toEqual({ 'configuration-4': before['configuration-1'] })
    expect((await guichet(variables(), 'projections', 'rebuild', 'sla')).code).toBe(0)
    expect(await running()).toEqual({ 'configuration-4': before['configuration-1'] })
  })
})
