import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from './process/guichet.ts'
import { eventually, guichet } from './process/guichet.ts'
import { root } from './workspace/sources.ts'

const execute = promisify(execFile)

/** What somebody sees and does who has just cloned the repository; `npm start` is a build and `guichet serve`. */
describe('a newcomer', { timeout: 120_000 }, () => {
  let folder: string
  let environment: Readonly<Record<string, string>>
  let server: Run

  const start = async (): Promise<void> => {
    server = guichet(['serve', '--port', '0'], environment)
    await eventually(async () => {
      if (server.child.exitCode !== null) throw new Error(server.printed.out + server.printed.err)
      return server.printed.out.includes('# 3.') && server.printed.out.endsWith('\n\n')
    })
  }

  const stop = async (): Promise<number | null> => {
    server.child.kill('SIGTERM')
    return server.exited
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guichet-newcomer-'))
    await chmod(folder, 0o755)
    environment = { GUICHET_HOME: join(folder, '.guichet') }
    await start()
  }, 120_000)

  afterAll(async () => {
    server.child.kill('SIGKILL')
    await server.exited
    await rm(folder, { recursive: true, force: true })
  })

  it('is told the address, a token for each role, and three things to try', () => {
    expect(server.printed.out).toMatch(/http:\/\/127\.0\.0\.1:\d+\/graphql/)
    for (const role of ['CUSTOMER', 'AGENT', 'SUPERVISOR', 'ADMIN', 'AUDITOR']) {
      expect(server.printed.out).toMatch(new RegExp(`^export ${role}='[^']+'$`, 'm'))
    }
    expect(server.printed.out.match(/^# \d\. /gm)).toHaveLength(3)
    expect(server.printed.err).toBe('')
  })

  it('tries the three things as they are printed, and they work', async () => {
    const [held, opened, replayed] = await tryOut(server.printed.out)
    expect(held).toMatchObject({ data: { ticketCounters: { total: expect.any(Number) } } })
    expect(held).not.toHaveProperty('errors')
    expect(opened).toMatchObject({
      data: { openTicket: { ticket: { status: 'new' }, repeated: false, userErrors: [] } },
    })
    expect(replayed).toMatch(/opened/i)
    const [, again] = await tryOut(server.printed.out)
    expect(again).toMatchObject({ data: { openTicket: { repeated: true, userErrors: [] } } })
  })

  it('stops it gracefully, starts it again, and finds everything as it was', async () => {
    const before = await tryOut(server.printed.out)
    expect(await stop()).toBe(0)
    await start()
    const after = await tryOut(server.printed.out)
    expect(after[0]).toEqual(before[0])
    expect(server.printed.out).not.toMatch(/was empty/)
    expect(await stop()).toBe(0)
  })

  /** Runs the printed commands in a shell that has the printed tokens. */
  async function tryOut(printed: string): Promise<readonly unknown[]> {
    const tokens = printed.match(/^export .*$/gm) ?? []
    const commands = [...printed.matchAll(/^# \d\. .*\n((?:.+\n)+)/gm)].map(([, command]) => command ?? '')
    const outputs: unknown[] = []
    for (const command of commands) {
      const script = [...tokens, command].join('\n')
      const { stdout } = await execute('bash', ['-c', script], { cwd: root, env: { ...process.env, ...environment } })
      outputs.push(stdout.startsWith('{') ? JSON.parse(stdout) : stdout)
    }
    return outputs
  }
})
