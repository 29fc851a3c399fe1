import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedPostgres } from '@guichet/eventstore'
import { DataDirectoryInUse, pauseAfter, startEmbeddedPostgres } from '@guichet/eventstore'
import type { Logger } from 'pino'
import { announce, findRunning, withdraw } from './running.ts'

/** The embedded Postgres of a data folder as one of our processes uses it. */
export type EmbeddedDatabase = {
  readonly url: string
  /** Whether this process ran it from the start, or found another one running it. */
  readonly kind: 'own' | 'neighbour'
  /** Stops it, if this process runs it by now; the next process that uses it starts it again at once. */
  close(): Promise<void>
}

type Use = {
  readonly home: string
  /** Whether this is the server of the data folder: there is one at most. */
  readonly serves: boolean
  readonly log: Logger
}

/** How long a process that has just begun to run Postgres is waited for. */
const patienceMs = 15_000
const lookEveryMs = 500
const backOff = { first: lookEveryMs, last: 5_000 }

/**
 * Runs the Postgres of a data folder, or shares the one that another process runs there. Whoever runs it may end before
 * those it shares it with: then one of them takes over, at the same address.
 * @throws DataDirectoryInUse when a second server would share it; what `startEmbeddedPostgres` throws.
 */
export async function useEmbeddedDatabase(use: Use): Promise<EmbeddedDatabase> {
  const { home, log } = use
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      const postgres = await startEmbeddedPostgres({ dataDir: home, log: (line) => log.debug({ postgres: line }) })
      return await keep(use, postgres.url, postgres)
    } catch (error) {
      if (!(error instanceof DataDirectoryInUse)) throw error
      const running = await findRunning(home)
      if (running && running.pid === error.pid) {
        if (use.serves && running.serves) throw error
        return keep(use, running.databaseUrl, undefined)
      }
      if (Date.now() > deadline) throw error
      await delay(lookEveryMs)
    }
  }
}

/** Sees to it that Postgres runs at its address until `close`: by this process, whenever no other one runs it. */
async function keep(use: Use, url: string, first: EmbeddedPostgres | undefined): Promise<EmbeddedDatabase> {
  const { home, serves, log } = use
  const closing = new AbortController()
  let own = first
  if (own) await announce(home, { pid: process.pid, databaseUrl: url, serves })

  const takeOver = async (): Promise<void> => {
    own = await startEmbeddedPostgres({ dataDir: home, port: Number(new URL(url).port) })
    await announce(home, { pid: process.pid, databaseUrl: url, serves })
    log.info('this process runs the embedded Postgres now')
  }
  const leave = async (): Promise<void> => {
    if (!own) return
    await withdraw(home)
    await own.stop()
  }
  const watch = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted;) {
      try {
        if (own) {
          await own.exited
          if (closing.signal.aborted) return
          log.info('the embedded Postgres has ended; it is started again')
          await own.stop()
          own = undefined
        }
        await takeOver()
        failures = 0
      } catch (error) {
        if (error instanceof DataDirectoryInUse) failures = 0
        else if (++failures === 1) log.error(`${notStarted(error)}; it is tried again every few seconds`)
      }
      if (!own) await delay(pauseAfter(failures, backOff), undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }
  const watching = watch()
  return {
    url,
    kind: first ? 'own' : 'neighbour',
    close: async () => {
      closing.abort()
      await leave()
      await watching
      await leave()
    },
  }
}

/** Why it does not start, in one line: the last one that Postgres has written. */
export function notStarted(error: unknown): string {
  const message = error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error)
  return `the embedded Postgres does not start: ${message}`
}
