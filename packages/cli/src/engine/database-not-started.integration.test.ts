import { execFile } from 'node:child_process'
import { appendFile, chmod, mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readEnvironment } from '../environment/environment.ts'
import { Fault } from '@guichet/desk'
import type { Database } from './database.ts'
import { openDatabase } from './database.ts'
import { repairStore } from './store.ts'

const run = promisify(execFile)

const isRoot = process.getuid?.() === 0

/** Whether this process may make a small file system in memory, which containers often forbid. */
const mayMount = async (): Promise<boolean> => {
  const place = await mkdtemp(join(tmpdir(), 'guichet-mount-'))
  const mounted = await mount(place, '1m').then(
    () => true,
    () => false,
  )
  if (mounted) await run('umount', [place])
  await rm(place, { recursive: true })
  return mounted
}
const mount = async (place: string, size: string): Promise<void> => {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', place])
}
const mounts = isRoot && (await mayMount())

const log = pino({ level: 'silent' })

/** Opens the embedded Postgres of a data folder, and returns its fault; it is closed if it starts. */
async function faultOf(home: string): Promise<Fault | undefined> {
  try {
    const database = await openDatabase(readEnvironment({ GUICHET_HOME: home }), { serves: false, log })
    await database.close()
    return undefined
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

let folder: string
let home: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-not-started-'))
  await chmod(folder, 0o755)
  home = join(folder, 'whole')
  expect(await faultOf(home)).toBeUndefined()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('an embedded Postgres that does not start says why, and what to do', () => {
  let copy: string
  let copies = 0

  beforeEach(async () => {
    copy = join(folder, `copy-${++copies}`)
    await run('cp', ['-a', home, copy])
  })
  afterEach(() => rm(copy, { recursive: true, force: true }))

  const postgres = (...path: string[]): string => join(copy, 'postgres', ...path)

  it('a file of its folder is missing', async () => {
    await rm(postgres('global', 'pg_control'))
    expect(await faultOf(copy)).toMatchObject({
      code: 'database_not_started',
      message: expect.stringMatching(
        /^the embedded Postgres does not start: .*pg_control": No such file or directory$/,
      ),
      next: `restore ${copy} from a backup: see docs/deployment.md`,
    })
  })

  it.each([
    ['a library', `shared_preload_libraries = 'not_there'`, /could not access file "not_there": No such file/],
    ['a file elsewhere', `ssl = on\nssl_cert_file = '/not/there.crt'`, /"\/not\/there.crt": No such file/],
    ['a file of its own', `include 'not_there.conf'`, /not_there.conf": No such file/],
  ])('%s that its settings name is missing', async (what, settings, reason) => {
    await appendFile(postgres('postgresql.conf'), `${settings}\n`)
    const fault = await faultOf(copy)
    expect(fault).toMatchObject({ code: 'database_not_started', message: expect.stringMatching(reason) })
    expect(fault?.next.includes('backup')).toBe(what === 'a file of its own')
  })

  it('its log of changes is gone', async () => {
    await rm(postgres('pg_wal'), { recursive: true })
    await mkdir(postgres('pg_wal'), { mode: 0o700 })
    const { uid, gid } = await stat(postgres('PG_VERSION'))
    if (isRoot) await run('chown', [`${uid}:${gid}`, postgres('pg_wal')])
    expect(await faultOf(copy)).toMatchObject({
      code: 'database_not_started',
      message: expect.stringContaining('could not locate a valid checkpoint record'),
      next: `restore ${copy} from a backup: see docs/deployment.md`,
    })
  })

  it('a file of its folder is cut off', async () => {
    await truncate(postgres('global', 'pg_control'), 10)
    expect(await faultOf(copy)).toMatchObject({
      code: 'database_not_started',
      message: expect.stringContaining('pg_control'),
      next: `restore ${copy} from a backup: see docs/deployment.md`,
    })
  })

  it('everybody may write to its folder', async () => {
    await chmod(postgres(), 0o777)
    expect(await faultOf(copy)).toMatchObject({
      code: 'database_not_started',
      message: expect.stringContaining('has invalid permissions; Permissions should be u=rwx (0700)'),
      next: `let the account of Postgres read and write what is in ${copy}/postgres, and nobody else`,
    })
  })

  it.runIf(isRoot)('a file of its folder belongs to another account', async () => {
    await run('chown', ['root', postgres('global', 'pg_control')])
    await chmod(postgres('global', 'pg_control'), 0o600)
    expect(await faultOf(copy)).toMatchObject({
      code: 'database_not_started',
      message: expect.stringMatching(/pg_control": Permission denied$/),
      next: `let the account of Postgres read and write what is in ${copy}/postgres, and nobody else`,
    })
  })

  it('the machine has too little memory', async () => {
    await appendFile(postgres('postgresql.auto.conf'), 'huge_pages = on\nmax_locks_per_transaction = 10000000\n')
    expect(await faultOf(copy)).toMatchObject({
      code: 'database_not_started',
      message: expect.stringContaining('could not map anonymous shared memory: Cannot allocate memory'),
      next: 'give the machine or the container more memory, or set DATABASE_URL to use another Postgres',
    })
  })
})

describe('beside a process that runs the embedded Postgres, another one', () => {
  let running: Database
  let passwords: string
  beforeEach(async () => {
    running = await openDatabase(readEnvironment({ GUICHET_HOME: home }), { serves: true, log })
    passwords = await readFile(join(home, 'postgres.json'), 'utf8')
  })
  afterEach(async () => {
    await writeFile(join(home, 'postgres.json'), passwords)
    await running.close()
  })

  it('does without the owner of the events where the file with the passwords is gone', async () => {
    await rm(join(home, 'postgres.json'))
    const database = await openDatabase(readEnvironment({ GUICHET_HOME: home }), { serves: false, log })
    expect(database).toMatchObject({ kind: 'neighbour', url: running.url, ownerUrl: undefined })
    await database.close()
    const repaired = repairStore(readEnvironment({ GUICHET_HOME: home }), log)
    await expect(repaired).rejects.toMatchObject({ code: 'data_folder_unusable' })
  })

  it('names the file with the passwords where it is damaged', async () => {
    await writeFile(join(home, 'postgres.json'), '{')
    const message = expect.stringContaining('postgres.json, which holds the passwords of the database, is damaged')
    expect(await faultOf(home)).toMatchObject({ code: 'database_not_started', message })
  })
})

describe.runIf(mounts)('on a disk that is full', () => {
  let disk: string

  beforeEach(async () => {
    disk = join(folder, 'disk')
    await mkdir(disk)
  })
  afterEach(async () => {
    await run('umount', [disk])
    await rm(disk, { recursive: true })
  })

  const full = (next: string) => ({
    code: 'database_not_started',
    message: expect.stringMatching(/^the embedded Postgres does not start: [^\n]*No space left on device/i),
    next: `make room on the disk of ${next}, then start again: nothing that was stored is lost`,
  })

  it('says so at its first start', async () => {
    await mount(disk, '4m')
    expect(await faultOf(join(disk, 'home'))).toMatchObject(full(join(disk, 'home')))
  })

  it.each([
    ['where Postgres finds out', 1],
    ['before Postgres is called', 0],
  ])('says so at a later one, %s, and starts when there is room', async (_, freePages) => {
    await mount(disk, '200m')
    const moved = join(disk, 'home')
    await run('cp', ['-a', home, moved])
    const page = 4_096
    const filling = await open(join(disk, 'filling'), 'w')
    const fits = (bytes: number): Promise<boolean> =>
      filling.write(Buffer.alloc(bytes)).then(
        () => true,
        () => false,
      )
    for (const bytes of [256 * page, page]) for (let more = true; more;) more = await fits(bytes)
    const { size } = await filling.stat()
    await filling.truncate(size - freePages * page)
    await filling.close()
    expect(await faultOf(moved)).toMatchObject(full(moved))
    await rm(join(disk, 'filling'))
    expect(await faultOf(moved)).toBeUndefined()
  })
})
