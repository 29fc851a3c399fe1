import { chmodSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const named = /^guichet-tests-(?<pid>\d+)-(?<namespace>\d+)$/

/**
 * From now on, temporary files of this process and of those that it starts are in one folder, which is removed at its
 * end. Those of runs that were killed are removed now: they may be in memory.
 */
export function useRunFolder(): void {
  const base = tmpdir()
  if (named.exec(basename(base))?.groups?.['pid'] === String(process.pid)) return
  removeAbandoned(base)
  const folder = join(base, `guichet-tests-${process.pid}-${pidNamespace()}`)
  remove(folder) // of an earlier process with this id
  mkdirSync(folder)
  chmodSync(folder, 0o1777) // as the folder around it: Postgres and others run under accounts of their own
  process.env['TMPDIR'] = folder
  process.once('exit', () => remove(folder))
}

/** Removes the folders of runs whose process has ended, and nothing else of a folder of temporary files. */
export function removeAbandoned(base: string): void {
  for (const name of readdirSync(base)) {
    const { pid, namespace } = named.exec(name)?.groups ?? {}
    if (pid !== undefined && namespace === pidNamespace() && !isAlive(Number(pid))) remove(join(base, name))
  }
}

/** The PID namespace of this process: containers that share a folder for temporary files have their own. 0 where there is but one. */
export function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    // A process is still writing there, or it is another account's: the next run tries again.
  }
}
