import { spawn } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * The dev server is a real one, with UI; the time-skipping one lets days pass in seconds, and has neither lists nor
 * schedules.
 */
export const serverKinds = ['dev', 'time-skipping'] as const

/** Which server is meant; see `serverKinds`. */
export type ServerKind = (typeof serverKinds)[number]

/** The dev server that is built where none is found: the version of its command line, with that of its server and UI. */
export const devServer = { cli: '1.5.1', server: '1.29.1', ui: '2.42.1' } as const

/** Called with progress, a line at a time. */
export type Progress = (line: string) => void

/**
 * The executable of a server that is on this machine: for the dev server a `temporal` on the PATH, else the one that
 * `npm run temporal:install` has put into the cache. Undefined when there is none.
 */
export function findServer(kind: ServerKind, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const onPath = kind === 'dev' ? (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'temporal')) : []
  return [...onPath, ...cached(join(cacheFolder(env), kind))].find(isExecutable)
}

/** The result of the download or the build in the server's folder: one executable, whose name each of them chooses. */
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

/**
 * Runs `npm run temporal:install` for one server, in a separate process: the download is the SDK's, whose runtime
 * would take over the signals of this one.
 * @param signal ends it, and everything it has started.
 */
export async function installServerInOwnProcess(
  kind: ServerKind,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const script = fileURLToPath(new URL('./install.js', import.meta.url))
  const child = spawn(process.execPath, [script, kind], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  signal.addEventListener('abort', end, { once: true })
  for (const output of [child.stdout, child.stderr]) createInterface({ input: output }).on('line', progress)
  await new Promise<void>((resolve) => void child.once('close', () => resolve()).once('error', () => resolve()))
  signal.removeEventListener('abort', end)
}

/** The folder of servers for development and tests: `GUICHET_CACHE`, else the user's folder for caches. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['GUICHET_CACHE'] || join(userCaches(env), 'guichet'), 'temporal')
}

function userCaches(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  if (process.platform === 'win32') return env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local')
  return env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
}
