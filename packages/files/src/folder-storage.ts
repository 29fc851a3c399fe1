import { randomUUID } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { mkdir, open, opendir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FileStorage, StoredObject } from './storage.ts'
import { checkedAgainst, checkKey, ContentDiffers, ObjectMissing, StorageUnavailable } from './storage.ts'
import { orUnavailable, reportedByTransfer, sweepFolder, unavailable } from './transfer.ts'

/**
 * Keeps objects in a folder, one file each. An object is written under another name, flushed to the disk and renamed,
 * so that a transfer that is cut leaves nothing behind; `sweep` removes those of killed processes.
 */
export function folderStorage(folder: string): FileStorage {
  const objects = join(folder, 'objects')
  const incoming = join(folder, 'incoming')
  const pathOf = (key: string): string => join(objects, ...checkKey(key).split('/'))
  return {
    put: async (key, content, expected, signal) => {
      const path = pathOf(key)
      const arriving = join(incoming, randomUUID())
      reportedByTransfer(content)
      try {
        await orUnavailable(mkdir(incoming, { recursive: true }))
        const file = await orUnavailable(open(arriving, 'wx', 0o600))
        try {
          await pipeline(
            content,
            checkedAgainst(expected),
            async (chunks: AsyncIterable<Buffer>) => {
              for await (const chunk of chunks) await orUnavailable(file.writeFile(chunk))
            },
            { ...(signal && { signal }) },
          )
          await orUnavailable(file.sync())
        } finally {
          await file.close()
        }
        signal?.throwIfAborted()
        await orUnavailable(moveTo(arriving, path))
      } catch (error) {
        content.destroy()
        await rm(arriving, { force: true }).catch(() => undefined)
        signal?.throwIfAborted()
        const isOwn = error instanceof ContentDiffers || error instanceof StorageUnavailable
        throw isOwn ? error : (content.errored ?? error)
      }
    },
    get: async (key, range, signal) => {
      const path = pathOf(key)
      const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
        throw isMissing(error) ? new ObjectMissing(key) : unavailable(error)
      })
      return file.createReadStream({ ...range, ...(signal && { signal }) })
    },
    head: async (key) => {
      const path = pathOf(key)
      try {
        const { size } = await stat(path)
        return { bytes: size }
      } catch (error) {
        if (isMissing(error)) return undefined
        throw unavailable(error)
      }
    },
    delete: async (key) => {
      const path = pathOf(key)
      await orUnavailable(rm(path, { force: true }))
      await rmdir(dirname(path)).catch(() => undefined)
    },
    list: () => listBelow(objects),
    sweep: (olderThanMs) => sweepFolder(incoming, olderThanMs),
  }
}

async function moveTo(from: string, to: string): Promise<void> {
  // Another process may remove the folder as empty between the two steps.
  for (let attempt = 1; ; attempt++) {
    await mkdir(dirname(to), { recursive: true })
    try {
      await rename(from, to)
      break
    } catch (error) {
      if (!isMissing(error) || attempt === 5) throw error
    }
  }
  const parent = await open(dirname(to), 'r')
  try {
    await parent.sync()
  } finally {
    await parent.close()
  }
}

async function* listBelow(objects: string): AsyncGenerator<StoredObject> {
  let entries
  try {
    entries = await opendir(objects, { recursive: true })
  } catch (error) {
    if (isMissing(error)) return
    throw unavailable(error)
  }
  for await (const entry of entries as AsyncIterable<Dirent>) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const stats = await stat(path).catch(() => undefined)
    if (!stats) continue
    yield { key: relative(objects, path).split(sep).join('/'), bytes: stats.size, storedAt: stats.mtime }
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
