import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { processIdentity, processSpace } from './process-identity.ts'

/** Another process, or another part of this one, runs the Postgres of this folder. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse'
  /** The owner's process id; undefined when it runs on another machine or in another container. */
  readonly pid: number | undefined
  /** Where the owner is, in words: by process 42. */
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
export type Ownership = { release(): Promise<void> }

const lockName = /^postgres\.owner\.(\d{1,15})$/

/** An owner of another space cannot be looked at: it is taken for alive as long as its lock file is touched. */
const beatEveryMs = 2_000
const silentForMs = 10_000

/**
 * Takes ownership for this process. Owners are numbered: the lock file with the highest number counts, as long as the
 * very process that it names is alive, so a lock outlives a `kill -9` without harm. An owner on another machine or in
 * another container is alive while it has touched its lock within ten seconds. The next number goes to exactly
 * one, because a link is made once; it is never given again, because the highest file stays, emptied on release.
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

/** The owner that a lock file names, unless it is gone, or the file is not there, released or half-written. */
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

/** Links, which is atomic: the lock appears with its whole content, or it was there before. */
async function linked(prepared: string, lock: string): Promise<boolean> {
  try {
    await link(prepared, lock)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
