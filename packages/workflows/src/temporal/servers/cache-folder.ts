import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where servers for development and tests are kept: `GUICHET_CACHE`, else the user's folder for caches. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['GUICHET_CACHE'] || join(userCaches(env), 'guichet'), 'temporal')
}

function userCaches(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  if (process.platform === 'win32') return env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local')
  return env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
}
