import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Files, FilesOptions, FileStorage } from '@guichet/files'
import { createPreviewer, drawnAtOnce, folderStorage, openFiles } from '@guichet/files'
import { createPermits } from '../../permits.ts'

/** Files with the storage behind them, and the folder in which they are received. */
export type FilesUnderTest = Files & { readonly storage: FileStorage; readonly folder: string }

/** Opens files in a temporary folder, which is removed when they are closed. */
export async function filesInFolder(
  connectionString: string,
  options: Partial<FilesOptions> = {},
): Promise<FilesUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-files-'))
  const storage = options.storage ?? folderStorage(folder)
  const files = await openFiles({
    connectionString,
    folder,
    maxBytes: 25 * 1024 * 1024,
    previewer: createPreviewer({ turns: createPermits(drawnAtOnce.all, drawnAtOnce.ofOwner) }),
    onError: () => undefined,
    ...options,
    storage,
  })
  return {
    ...files,
    storage,
    folder,
    close: async () => {
      await files.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
