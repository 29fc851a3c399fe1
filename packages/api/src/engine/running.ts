import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const runningSchema = z.object({
  pid: z.int().positive(),
  databaseUrl: z.string().min(1).max(1_000),
  /** Whether it is the server of the data folder, and not a command beside it. */
  serves: z.boolean(),
})

/** The process that runs the embedded Postgres of a data folder, and how others reach that Postgres. */
export type Running = z.infer<typeof runningSchema>

const file = (home: string): string => join(home, 'running.json')

/** Tells other processes of this account how to reach the embedded Postgres. */
export async function announce(home: string, running: Running): Promise<void> {
  await mkdir(home, { recursive: true })
  const next = `${file(home)}.${process.pid}`
  await writeFile(next, JSON.stringify(running), { mode: 0o600 })
  await chmod(next, 0o600)
  await rename(next, file(home))
}

/** What the process that runs it has announced; it may have ended since. */
export async function findRunning(home: string): Promise<Running | undefined> {
  const text = await readFile(file(home), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return runningSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Takes the announcement back. */
export async function withdraw(home: string): Promise<void> {
  await rm(file(home), { force: true })
}
