import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DeskFault } from './desk-faults.ts'

/**
 * Creates a folder and its missing parents, one at a time: on a file system that takes no folders, such as `/proc`,
 * Node's own recursive `mkdir` never ends.
 * @throws Error when one of them cannot be created, or is not a folder.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again
    })
  }
}

/**
 * Creates the data folder unless it exists.
 * @throws Fault `data_folder_unusable` when it cannot be created, or this account may not write to it.
 */
export async function makeDataFolder(home: string): Promise<void> {
  try {
    await makeFolder(home)
    await access(home, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    const reason = reasons[code] ?? `cannot be made (${code})`
    throw new DeskFault('data_folder_unusable', `the data folder ${home} ${reason}`, { cause })
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'cannot be made: its file system takes no folders',
  EEXIST: 'is a file',
  ENOTDIR: 'cannot be made: what lies above it is a file',
  EACCES: 'may not be written to by this account',
  EPERM: 'may not be written to by this account',
  EROFS: 'cannot be made: its file system is read-only',
}
