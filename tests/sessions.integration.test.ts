import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { documents } from './documents/documents.ts'
import { fences } from './documents/markdown.ts'
import type { Shell } from './documents/shell.ts'
import { openShell } from './documents/shell.ts'
import { exchanges, matches } from './documents/transcript.ts'
import { bundled, serve } from './process/guichet.ts'
import type { RunningServer } from './process/guichet.ts'
import { manifest, root } from './workspace/sources.ts'

/** The server's address in the documents. */
const address = 'http://127.0.0.1:4000'

/** The command in the documents. */
const called = 'npm run -s guichet --'

it('npm runs the program that the documents call', () => {
  expect(manifest('.')).toMatchObject({ scripts: { guichet: 'node packages/api/bin/guichet.js' } })
})

const sessions = documents
  .map(({ path, text }) => ({ path, blocks: fences(text).filter(({ info }) => info === 'console run') }))
  .filter(({ blocks }) => blocks.length > 0)

/** The desk of a first start, with its sample; every session gets a copy of it. */
let template: string
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'guichet-session-'))
  await chmod(template, 0o755)
  const { child, exited } = await serve({ GUICHET_HOME: join(template, '.guichet') })
  child.kill('SIGTERM')
  expect(await exited).toBe(0)
}, 120_000)
afterAll(() => rm(template, { recursive: true, force: true }))

/**
 * Every document is a session of its own: a desk, a server with its printed tokens, and one shell. A session that sets
 * its data folder needs no server.
 */
describe.each(sessions)('the session in $path', { timeout: 180_000 }, ({ blocks }) => {
  let folder: string
  let server: RunningServer | undefined
  const ownFolder = blocks.some(({ code }) => code.includes('export GUICHET_HOME='))
  let shell: Shell

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guichet-session-'))
    await chmod(folder, 0o755)
    if (ownFolder) {
      const { GUICHET_HOME: _, ...environment } = process.env
      shell = openShell(root, { ...environment, TMPDIR: folder, NODE_NO_WARNINGS: '1' })
      return
    }
    const environment = { GUICHET_HOME: join(folder, '.guichet') }
    // With their owner, which Postgres requires.
    await promisify(execFile)('cp', ['-a', join(template, '.guichet'), folder])
    server = await serve(environment)
    // A busy machine may catch up with the copied history a little later.
    const { url } = server
    const status = async () => ((await (await fetch(`${url}/ready`)).json()) as { readonly status: string }).status
    await vi.waitUntil(async () => (await status()) === 'ready', { timeout: 60_000, interval: 200 })
    const { tokens } = JSON.parse(server.printed.out) as { tokens: Record<string, string> }
    const named = Object.entries(tokens).map(([role, token]) => [role.toUpperCase(), token])
    shell = openShell(root, { ...process.env, ...environment, NODE_NO_WARNINGS: '1', ...Object.fromEntries(named) })
  }, 120_000)

  afterAll(async () => {
    await shell.close()
    server?.child.kill('SIGTERM')
    await server?.exited
    await rm(folder, { recursive: true, force: true })
  })

  const commands = blocks.flatMap(({ code, line }) => exchanges(code).map((exchange) => ({ ...exchange, line })))
  it.each(commands)('line $line: $command', async ({ command, output }) => {
    const here = command.replaceAll(address, server?.url ?? address).replaceAll(called, `node ${bundled}`)
    const actual = await shell.run(here)
    if (!matches(output, actual)) expect(actual).toBe(output)
  })
})
