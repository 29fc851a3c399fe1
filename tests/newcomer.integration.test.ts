import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from './process/guichet.ts'
import { eventually, guichet, program } from './process/guichet.ts'
import { manifest, root } from './workspace/sources.ts'

const execute = promisify(execFile)

/** The first steps after cloning the repository; `npm start` is a build and `guichet serve`. */
describe('a newcomer', () => {
  let folder: string
  let environment: Readonly<Record<string, string>>
  let server: Run

  const start = async (): Promise<void> => {
    server = guichet(['serve', '--port', '0'], environment, program)
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
  })

  afterAll(async () => {
    server.child.kill('SIGKILL')
    await server.exited
    await rm(folder, { recursive: true, force: true })
  })

  it('starts with npm start the command that is tested here', () => {
    expect(manifest('.')).toMatchObject({
      scripts: {
        start:
          'echo Building Guichet, half a minute the first time && node .ci/compile.mjs && node packages/console/build-site.mjs && node --max-semi-space-size=32 packages/cli/bin/guichet.js serve',
      },
    })
  })

  it('sees the address, a token for each role, and three things to try', () => {
    expect(server.printed.out).toMatch(/http:\/\/127\.0\.0\.1:\d+\/graphql/)
    for (const role of ['CUSTOMER', 'AGENT', 'SUPERVISOR', 'ADMIN', 'AUDITOR', 'SERVICE']) {
      expect(server.printed.out).toMatch(new RegExp(`^export ${role}='[^']+'$`, 'm'))
    }
    expect(server.printed.out.match(/^# \d\. /gm)).toHaveLength(3)
    // On a busy machine read models may lag behind the examples at first.
    const printed = server.printed.err.split('\n').filter((line) => line !== '' && !line.includes('read models lag'))
    expect(printed).toEqual([])
  })

  it('runs the three things as printed, and they work', async () => {
    const [held, opened, replayed] = await tryOut(server.printed.out)
    expect(held).toMatchObject({ data: { ticketCounters: { total: 150 }, tickets: { nodes: [{}, {}, {}] } } })
    expect(held).not.toHaveProperty('errors')
    expect(opened).toMatchObject({
      data: { openTicket: { ticket: { status: 'NEW' }, repeated: false, userErrors: [] } },
    })
    expect(replayed).toMatch(/opened/i)
    const [, again] = await tryOut(server.printed.out)
    expect(again).toMatchObject({ data: { openTicket: { repeated: true, userErrors: [] } } })
  })

  it('reads the inbox, as the customer and as the agent, and finds their notifications', async () => {
    const [address = ''] = /http:\/\/\S+\/graphql/.exec(server.printed.out) ?? []
    for (const role of ['CUSTOMER', 'AGENT']) {
      const query = '{ inbox(first: 100) { nodes { kind title message at ticket { ticketId: id } } } }'
      const curl = `curl -s ${address} -H "authorization: Bearer $${role}" -H 'content-type: application/json' -d '{"query":"${query}"}'`
      const { data } = (await inShell(server.printed.out, curl)) as {
        data: { inbox: { nodes: { kind: string; title: string; message: string; ticket: unknown }[] } }
      }
      // Scores of health that have fallen are about no ticket; whether there are some by now is a matter of time.
      const ofTickets = data.inbox.nodes.filter(({ kind }) => kind !== 'HEALTH_FELL')
      expect(ofTickets.length).toBeGreaterThan(3)
      expect(ofTickets.filter(({ title, message, ticket }) => !title || !message || !ticket)).toEqual([])
    }
  })

  it('stops it gracefully, starts it again, and finds everything as before', async () => {
    const { out: printed } = server.printed
    const before = await tryOut(printed)
    expect(await stop()).toBe(0)
    await start()
    const after = await tryOut(server.printed.out)
    expect(after[0]).toEqual(before[0])
    expect(after[1]).toMatchObject({ data: { openTicket: { repeated: true, userErrors: [] } } })
    expect(await inShell(printed, commandsOf(printed)[2] ?? '')).toEqual(before[2])
    expect(server.printed.out).not.toMatch(/was empty/)
    expect(await stop()).toBe(0)
  })

  it('stops a server by a signal to npx, and leaves the data folder to the next start', async () => {
    const own = { GUICHET_HOME: join(folder, 'npx') }
    const npx = spawn('npx', ['guichet', 'serve', '--port', '0'], {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'], ...own },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    // The end of its output is that of the server, which has held on to it.
    const ended = once(npx, 'close')
    let printed = ''
    npx.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    await eventually(async () => printed.includes('/graphql'))
    npx.kill('SIGTERM')
    await ended
    const next = guichet(['serve', '--port', '0'], own, program)
    await eventually(async () => next.printed.out.includes('/graphql') || next.child.exitCode !== null)
    next.child.kill('SIGTERM')
    expect(await next.exited).toBe(0)
    expect(next.printed.err).not.toContain('data_folder_in_use')
  })

  /** Runs the printed commands. */
  async function tryOut(printed: string): Promise<readonly unknown[]> {
    const outputs: unknown[] = []
    for (const command of commandsOf(printed)) outputs.push(await inShell(printed, command))
    return outputs
  }

  /** Runs a command in a shell that has the printed tokens; returns its output, parsed when it is JSON. */
  async function inShell(printed: string, command: string): Promise<unknown> {
    const script = [...(printed.match(/^export .*$/gm) ?? []), command].join('\n')
    const { stdout } = await execute('bash', ['-c', script], { cwd: root, env: { ...process.env, ...environment } })
    return stdout.startsWith('{') ? JSON.parse(stdout) : stdout
  }
})

/** The commands that are printed as things to try. */
function commandsOf(printed: string): readonly string[] {
  return [...printed.matchAll(/^# \d\. .*\n((?:.+\n)+)/gm)].map(([, command]) => command ?? '')
}
