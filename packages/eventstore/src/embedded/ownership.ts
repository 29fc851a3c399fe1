import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

/** Another process, or another part of this one, runs the Postgres of this folder. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse'
  /** The owner's process id; undefined when it runs on another machine or in another container. */
  readonly pid: number | undefined
  /** Where the owner is, as text: by process 42. */
  readonly owner: string
  constructor(dataDir: string, pid: number | undefined) {
    const owner = pid === undefined ? 'from another machine or container' : `by process ${pid}`
    super(`${dataDir} is in use ${owner}: stop that one, or choose another data directory`)
    this.pid = pid
    this.owner = owner
  }
}

const ownerSchema = z.object({
  pid: z.int().positive(),
  identity: z.string().min(1).max(200),
  space: z.string().max(300),
})

/** The exclusive right to run the Postgres of a data directory; it ends with the process at the latest. */
type Ownership = { release(): Promise<void> }

const lockName = /^postgres\.owner\.(\d{1,15})$/

/**
 * An owner on another machine or in another container cannot be inspected: it counts as alive as long as its lock file
 * is touched.
 */
const beatEveryMs = 2_000

const silentForMs = 10_000

/**
 * Takes ownership for this process. Owners are numbered: the lock file with the highest number counts, as long as the
 * very process that it names is alive, so a lock outlives a `kill -9` without harm. An owner on another machine or in
 * another container is alive if it has touched its lock within the last ten seconds. The next number goes to exactly
 * one process, because a link is created once; it is never reused, because the highest file stays, emptied on release.
 * @throws DataDirectoryInUse when another owner is alive.
 */
export async function takeOwnership(dataDir: string): Promise<Ownership> {
  const lock = (number: number): string => join(dataDir, `postgres.owner.${number}`)
  const prepared = join(dataDir, `postgres.claim.${randomUUID()}`)
  const [identity, space] = await Promise.all([processIdentity(process.pid), processSpace()])
  await writeFile(prepared, JSON.stringify({ pid: process.pid, identity, space }), { mode: 0o600 })
  try {
    for (;;) {
      const last = Math.max(0, ...(await lockNumbers(dataDir)))
      const owner = await livingOwner(lock(last), space)
      if (owner) throw new DataDirectoryInUse(dataDir, owner.pid)
      const mine = last + 1
      if (!(await linked(prepared, lock(mine)))) continue
      const numbers = await lockNumbers(dataDir)
      if (numbers.some((number) => number > mine)) {
        await rm(lock(mine), { force: true })
        continue
      }
      for (const number of numbers) if (number < mine) await rm(lock(number), { force: true })
      const beat = setInterval(() => void touch(lock(mine)), beatEveryMs).unref()
      return {
        release: async () => {
          clearInterval(beat)
          await writeFile(lock(mine), '')
        },
      }
    }
  } finally {
    await rm(prepared, { force: true })
  }
}

async function lockNumbers(dataDir: string): Promise<number[]> {
  const matches = (await readdir(dataDir)).map((name) => lockName.exec(name)?.[1])
  return matches.filter((number) => number !== undefined).map(Number)
}

/**
 * The owner that a lock file names; undefined when it has ended, or when the file is missing, released or half-written.
 */
async function livingOwner(lock: string, space: string): Promise<{ readonly pid: number | undefined } | undefined> {
  const owner = parseOwner(await readFile(lock, 'utf8').catch(() => ''))
  if (!owner) return undefined
  if (owner.space === space) return (await processIdentity(owner.pid)) === owner.identity ? owner : undefined
  const touched = await stat(lock).catch(() => undefined)
  return touched && Date.now() - touched.mtimeMs < silentForMs ? { pid: undefined } : undefined
}

const touch = (file: string): Promise<void> => utimes(file, new Date(), new Date()).catch(() => undefined)

function parseOwner(text: string): z.infer<typeof ownerSchema> | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Creates the lock by a link, which is atomic: it appears with its whole content, or it already existed. */
async function linked(prepared: string, lock: string): Promise<boolean> {
  try {
    await link(prepared, lock)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

const run = promisify(execFile)

/**
 * A text that is unique to a process: process ids are reused, sometimes at once (as when a container restarts), but not
 * with the same start time. Undefined when no such process is alive.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8').catch(undefinedIfGone),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    ])
    const started = stat === undefined ? undefined : startOf(stat)
    return started && `${pid} ${started} ${boot.trim()}`
  }
  const started = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined)
  return started && `${pid} ${started.stdout.trim()}`
}

/** An error for another reason, as too many open files, says nothing of the process. */
function undefinedIfGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error
}

/**
 * The start time in the text of /proc/<pid>/stat; undefined where the process has ended: it is a zombie, or dead while its parent
 * reaps it.
 */
export function startOf(stat: string): string | undefined {
  // The command's name, in parentheses, may contain anything; the start time is the 20th field after it.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return /^[ZXx]$/.test(state) ? undefined : fields[18]
}

/**
 * Identifies the place in which process ids mean the same as in this process: this boot of this machine, and on Linux
 * this container. Processes of another place cannot be inspected from here.
 */
export async function processSpace(): Promise<string> {
  if (process.platform !== 'linux') return hostname()
  const [boot, container] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => hostname()),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ])
  return `${boot.trim()} ${container}`
}

/** The command line of a process; empty when it is unknown. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return text.replaceAll('\0', ' ')
  }
  const listed = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => undefined)
  return listed?.stdout ?? ''
}
