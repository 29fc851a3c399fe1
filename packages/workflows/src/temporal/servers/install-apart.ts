import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Progress } from './install-server.ts'
import type { ServerKind } from './server-kind.ts'

/**
 * Does what `npm run temporal:install` does for one server, in a process of its own: the download is the SDK's, whose runtime
 * would take over the signals of this one.
 * @param signal ends it, and what it has started.
 */
export async function installServerApart(kind: ServerKind, progress: Progress, signal: AbortSignal): Promise<void> {
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
