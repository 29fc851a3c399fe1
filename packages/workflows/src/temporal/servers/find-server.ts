import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import type { ServerKind } from './server-kind.ts'

/**
 * The executable of a server that is on this machine: for the dev server a `temporal` on the PATH, else what
 * `npm run temporal:install` has put into the cache. Undefined when there is none.
 */
export function findServer(kind: ServerKind, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const onPath = kind === 'dev' ? (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'temporal')) : []
  return [...onPath, ...cached(join(cacheFolder(env), kind))].find(isExecutable)
}

/** What the download or the build of a server has left in its folder: one executable, whose name each of them chooses. */
function cached(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.startsWith('temporal'))
      .map(({ name }) => join(folder, name))
  } catch {
    return []
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
