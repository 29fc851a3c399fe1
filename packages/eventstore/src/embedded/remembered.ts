import { randomBytes } from 'node:crypto'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const rememberedSchema = z.object({
  password: z.string().min(20).max(200),
  port: z.int().min(0).max(65_535),
})

/** What a data directory keeps from one start to the next; port 0 until there was one. */
export type Remembered = z.infer<typeof rememberedSchema>

const file = (dataDir: string): string => join(dataDir, 'postgres.json')

/** What a data directory has to remember that remembers nothing: a random password. */
export const newlyRemembered = (): Remembered => ({ password: randomBytes(24).toString('base64url'), port: 0 })

/**
 * What the data directory remembers; undefined when it remembers nothing.
 * @throws Error when the file is there but unreadable.
 */
export async function recall(dataDir: string): Promise<Remembered | undefined> {
  const text = await readFile(file(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return rememberedSchema.parse(JSON.parse(text))
  } catch (cause) {
    const remedy = 'restore it, or remove it to have a new password set'
    throw new Error(`${file(dataDir)}, which holds the password of the database, is damaged: ${remedy}`, { cause })
  }
}

/** Replaces what is remembered, readable by this account only. */
export async function remember(dataDir: string, remembered: Remembered): Promise<void> {
  const next = `${file(dataDir)}.next`
  await writeFile(next, JSON.stringify(remembered), { mode: 0o600, flush: true })
  await chmod(next, 0o600)
  await rename(next, file(dataDir))
}
