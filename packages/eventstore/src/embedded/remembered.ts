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

/**
 * What the data directory remembers, or a new random password.
 * @throws Error when the file is there but unreadable: a new password would not open the existing database.
 */
export async function recall(dataDir: string): Promise<Remembered> {
  const text = await readFile(file(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) {
    const fresh = { password: randomBytes(24).toString('base64url'), port: 0 }
    await remember(dataDir, fresh)
    return fresh
  }
  try {
    return rememberedSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error(`${file(dataDir)} is damaged: restore it, it holds the password of the database`, { cause })
  }
}

/** Replaces what is remembered, readable by this account only. */
export async function remember(dataDir: string, remembered: Remembered): Promise<void> {
  const next = `${file(dataDir)}.next`
  await writeFile(next, JSON.stringify(remembered), { mode: 0o600, flush: true })
  await chmod(next, 0o600)
  await rename(next, file(dataDir))
}
