import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `startedAt` is in seconds since 1970. After a crash all of it is about a server of the past. */
export type Postmaster = { readonly pid: number; readonly startedAt: number; readonly ready: boolean }

/**
 * What the server of a folder says about itself; undefined when none has been started or the last was stopped.
 * @throws Error when this process may not read it.
 */
export async function readPostmaster(folder: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  const lines = text?.split('\n')
  return lines && { pid: Number(lines[0]), startedAt: Number(lines[2]), ready: lines[7]?.trim() === 'ready' }
}
