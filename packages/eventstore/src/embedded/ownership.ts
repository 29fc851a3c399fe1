import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { processIdentity } from './process-identity.ts'

/** Another process, or another part of this one, runs the Postgres of this folder. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse'
  readonly pid: number
  constructor(dataDir: string, pid: number) {
    super(`${dataDir} is in use by process ${pid}: stop that one, or choose another data directory`)
    this.pid = pid
  }
}

const ownerSchema = z.object({ pid: z.int().positive(), identity: z.string().min(1).max(200) })

/** The exclusive right to run the Postgres of a data directory; it ends with the process at the latest. */
export type Ownership = { release(): Promise<void> }

const lockName = /^postgres\.owner\.(\d{1,15})$/

/**
 * Takes ownership for this process. Owners are numbered: the lock file with the highest number counts, as long as the
 * very process that it names is alive, so a lock outlives a `kill -9` without harm. The next number goes to exactly
 * one, because a link is made once; it is never given again, because the highest file stays, emptied on release.
 * @throws DataDirectoryInUse when another owner is alive.
 */
export async function takeOwnership(dataDir: string): Promise<Ownership> {
  const lock = (number: number): string => join(dataDir, `postgres.owner.${number}`)
  const prepared = join(dataDir, `postgres.claim.${randomUUID()}`)
  const identity = await processIdentity(process.pid)
  await writeFile(prepared, JSON.stringify({ pid: process.pid, identity }), { mode: 0o600 })
  try {
    for (;;) {
      const last = Math.max(0, ...(await lockNumbers(dataDir)))
      const owner = await livingOwner(lock(last))
      if (owner !== undefined) throw new DataDirectoryInUse(dataDir, owner)
      const mine = last + 1
      if (!(await linked(prepared, lock(mine)))) continue
      const numbers = await lockNumbers(dataDir)
      if (numbers.some((number) => number > mine)) {
        await rm(lock(mine), { force: true })
        continue
      }
      for (const number of numbers) if (number < mine) await rm(lock(number), { force: true })
      return { release: () => writeFile(lock(mine), '') }
    }
  } finally {
    await rm(prepared, { force: true })
  }
}

async function lockNumbers(dataDir: string): Promise<number[]> {
  const matches = (await readdir(dataDir)).map((name) => lockName.exec(name)?.[1])
  return matches.filter((number) => number !== undefined).map(Number)
}

/** The process that a lock file names, unless it is gone, or the file is not there, released or half-written. */
async function livingOwner(lock: string): Promise<number | undefined> {
  const text = await readFile(lock, 'utf8').catch(() => '')
  const owner = parseOwner(text)
  return owner && (await processIdentity(owner.pid)) === owner.identity ? owner.pid : undefined
}

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
