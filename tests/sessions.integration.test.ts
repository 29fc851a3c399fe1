import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CommandHost, HostedServer } from './documents/command-host.ts'
import { startCommandHost } from './documents/command-host.ts'
import { applyDiff, changedFile } from './documents/diff.ts'
import { documents } from './documents/documents.ts'
import type { Fence } from './documents/markdown.ts'
import { fences } from './documents/markdown.ts'
import type { Shell } from './documents/shell.ts'
import { openShell } from './documents/shell.ts'
import { exchanges, matches, withoutFigures } from './documents/transcript.ts'
import { countBusy, countUndecided, eventuallyIn } from './faults/looking.ts'
import { tokenSecret } from './process/guichet.ts'
import { manifest, root } from './workspace/sources.ts'

/** The server's address in the documents. */
const address = 'http://127.0.0.1:4000'

/** The command in the documents; the shells have a function of the name behind it. */
const called = 'npm run -s guichet --'

/** The sessions that need no desk: they would find no database. */
const withoutDesk: readonly string[] = [
  'docs/guides/hours-and-holidays.md',
  'docs/guides/languages.md',
  'docs/reference/cli.md',
  'examples/embed-the-domain/README.md',
]
const nowhere = 'postgres://127.0.0.1:1/nowhere'

/** The session whose commands run the embedded Postgres of its data folder; those of the others have a database. */
const withEmbeddedPostgres = 'docs/guides/customers.md'

it('npm runs the program that the documents call', () => {
  expect(manifest('.')).toMatchObject({ scripts: { guichet: 'node packages/cli/bin/guichet.js' } })
})

/** What a reader does: commands, and changes to a file that a command has written. */
const isStep = ({ info, code }: Fence): boolean =>
  info === 'console run' || info === 'console alike' || (info === 'diff' && code.startsWith('+++ /tmp/'))

const sessions = documents
  .map(({ path, text }) => ({ path, blocks: fences(text).filter(isStep) }))
  .filter(({ blocks }) => blocks.length > 0)

let host: CommandHost
beforeAll(async () => {
  host = await startCommandHost()
})
afterAll(() => host.close())

/** The process of a server runs its clocks too: what a worker process does beside it is proven elsewhere. */
const served = (desk: Readonly<Record<string, string | undefined>>): Promise<HostedServer> =>
  host.serve({
    ...desk,
    GUICHET_JWT_SECRET: tokenSecret,
    GUICHET_LOG_LEVEL: 'silent',
    GUICHET_WORKER: 'in-process',
  })

/** Waits until everything has processed the last event, the router too: it decides a moment after it has read of a ticket. */
const atRest = (url: string): Promise<void> =>
  eventuallyIn(url, async (look) => (await countBusy(look)) === 0 && (await countUndecided(look)) === 0)

/** The desk of a first start, with its sample; every session gets a copy of it. */
const firstStart = {
  name: 'first_start',
  prepare: async (url: string) => {
    const home = await mkdtemp(join(tmpdir(), 'guichet-session-'))
    const server = await served({ DATABASE_URL: url, GUICHET_HOME: home })
    await atRest(url)
    expect(await server.stop()).toBe(0)
    await rm(home, { recursive: true })
  },
}

/**
 * Every document is a session of its own: a desk, a server with its printed tokens, and one shell. A session that sets
 * its data folder needs no server; its desk is empty.
 */
describe.each(sessions)('the session in $path', ({ path, blocks }) => {
  let folder: string
  let database: TestDatabase | undefined
  let server: HostedServer | undefined
  let shell: Shell

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guichet-session-'))
    const { GUICHET_HOME: _, ...environment } = process.env
    const inherited = { ...environment, TMPDIR: folder, NODE_NO_WARNINGS: '1' }
    if (path === withEmbeddedPostgres) shell = openShell(root, inherited)
    else if (blocks.some(({ code }) => code.includes('export GUICHET_HOME='))) {
      database = await createTestDatabase()
      shell = openShell(root, { ...inherited, DATABASE_URL: database.url })
    } else if (withoutDesk.includes(path)) shell = openShell(root, { ...inherited, DATABASE_URL: nowhere })
    else {
      database = await createTestDatabase(firstStart)
      const desk = { ...inherited, DATABASE_URL: database.url, GUICHET_HOME: join(folder, '.guichet') }
      server = await served(desk)
      const { url, tokens } = server
      // A busy machine may catch up with the copied history a little later.
      const status = async () => ((await (await fetch(`${url}/ready`)).json()) as { readonly status: string }).status
      await vi.waitUntil(async () => (await status()) === 'ready', { interval: 50 })
      const named = Object.entries(tokens).map(([role, token]) => [role.toUpperCase(), token])
      shell = openShell(root, { ...desk, ...Object.fromEntries(named) })
    }
    await shell.run(host.shellFunction)
  })

  afterAll(async () => {
    await shell.close()
    if (server) expect(await server.stop()).toBe(0)
    await database?.drop()
    await rm(folder, { recursive: true, force: true })
  })

  const steps = blocks.flatMap((block) =>
    block.info === 'diff'
      ? [{ block, command: `change ${changedFile(block)}`, output: '' }]
      : exchanges(block.code).map((exchange) => ({ block, ...exchange })),
  )
  it.each(steps)('line $block.line: $command', async ({ block, command, output }) => {
    if (block.info === 'diff') {
      expect(applyDiff(block, changedFile(block).replace('/tmp/', `${folder}/`))).toBe('')
      return
    }
    const here = command
      .replaceAll(address, server?.url ?? address)
      .replaceAll(called, 'guichet')
      .replaceAll('/tmp/', `${folder}/`)
    // A reader takes longer from one command to the next than classification and routing do.
    if (server && database) await atRest(database.url)
    const printed = await shell.run(here)
    const [shown, actual] =
      block.info === 'console alike' ? [withoutFigures(output), withoutFigures(printed)] : [output, printed]
    if (!matches(shown, actual)) expect(actual).toBe(shown)
    expect(host.printedErrors()).toBe('')
  })
})
