import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Fault } from './fault.ts'

/**
 * Makes a folder and whatever lies above it, unless they are there. Step by step: where a file system takes no folders
 * at all, such as `/proc`, Node's own recursive way never ends.
 * @throws Error when one of them cannot be made, or is no folder.
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
 * Makes the data folder, unless it is there.
 * @throws Fault `data_folder_unusable` when it cannot be made, or this account may not write to it.
 */
export async function makeDataFolder(home: string): Promise<void> {
  try {
    await makeFolder(home)
    await access(home, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    const reason = reasons[code] ?? `cannot be made (${code})`
    throw new Fault('data_folder_unusable', `the data folder ${home} ${reason}`, { cause })
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
