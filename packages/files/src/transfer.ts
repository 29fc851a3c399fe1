import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { StorageUnavailable } from './storage.ts'

/** Marks the errors of a source as handled before its transfer begins, which then reports them. */
export const reportedByTransfer = (content: Readable): void => void content.on('error', () => undefined)

/**
 * Deletes the files of a folder in which transfers arrive that were last written more than `olderThanMs` ago: those of
 * killed processes. The folder need not exist. @returns how many.
 */
export async function sweepFolder(folder: string, olderThanMs: number): Promise<number> {
  let swept = 0
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const stats = await stat(path).catch(() => undefined)
    if (!stats || Date.now() - stats.mtimeMs < olderThanMs) continue
    await rm(path, { force: true })
    swept++
  }
  return swept
}

/** A folder that cannot be read or written: nothing is wrong with the file. */
export const unavailable = (cause: unknown): StorageUnavailable =>
  new StorageUnavailable(`the folder of the files: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`, {
    cause,
  })

/** Work on a folder. @throws StorageUnavailable */
export const orUnavailable = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw unavailable(error)
  })
