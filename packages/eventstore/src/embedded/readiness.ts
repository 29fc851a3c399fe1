import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Postmaster } from './postmaster.ts'
import { readPostmaster } from './postmaster.ts'

/** The last lines of a server's log, and when it wrote the last one. */
export type Log = { readonly tail: readonly string[]; lastAt(): number }

const tailLength = 20
const pollMs = 20

/** Follows what a server writes, and hands every line on. */
export function followLog(child: ChildProcess, onLine: ((line: string) => void) | undefined): Log {
  const tail: string[] = []
  let lastAt = Date.now()
  const read = (chunk: Buffer): void => {
    lastAt = Date.now()
    for (const line of chunk.toString('utf8').split('\n').filter(Boolean)) {
      tail.push(line)
      if (tail.length > tailLength) tail.shift()
      onLine?.(line)
    }
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  child.stdio[3]?.on('error', () => undefined)
  return { tail, lastAt: () => lastAt }
}

/**
 * Waits until a server takes connections, as long as recovering from a crash takes: it reports on that every 10 seconds.
 * @throws Error with the end of its log when it ends, or says nothing for `patienceMs`.
 */
export async function untilReady(
  child: ChildProcess,
  log: Log,
  {
    folder,
    former,
    patienceMs,
  }: { readonly folder: string; readonly former: Postmaster | undefined; readonly patienceMs: number },
): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error(`Postgres did not start:\n${log.tail.join('\n')}`)
    }
    const current = await readPostmaster(folder)
    const isNew = current?.pid !== former?.pid || current?.startedAt !== former?.startedAt
    if (current?.ready && isNew) return
    if (Date.now() - log.lastAt() > patienceMs) {
      throw new Error(`Postgres is not ready and has been silent for ${patienceMs / 1_000} s:\n${log.tail.join('\n')}`)
    }
    await delay(pollMs)
  }
}
