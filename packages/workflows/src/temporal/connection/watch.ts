import { EventEmitter, once } from 'node:events'
import { pauseAfter } from '@guichet/eventstore'
import type { Repetition } from '../../supervision/periodically.ts'
import { repeatWithBackOff } from '../../supervision/repeat-with-back-off.ts'
import { examine } from './examine.ts'
import type { TemporalAddress } from './temporal-connection.ts'
import { openConnection } from './temporal-connection.ts'
import type { Trouble } from './trouble.ts'
import { sayTrouble } from './trouble.ts'

/** Hears, a line each, what an operator should know. */
export type Log = (level: 'warn', message: string) => void

/** Knows whether the server can be used, for all work that wants to use it. */
export type Watch = Repetition & {
  /** For how many milliseconds what may pass by itself goes on before it is worth telling: two looks. */
  readonly patienceMs: number
  /** Looks now. @returns what keeps the server from being used; undefined when nothing does. */
  look(): Promise<Trouble | undefined>
  /** Resolves when the server can be used, or when the signal is aborted. */
  untilWell(signal: AbortSignal): Promise<void>
  /** Resolves when the server cannot be used, or no longer knows what it was told, or when the signal is aborted. */
  untilLost(signal: AbortSignal): Promise<void>
}

const backOff = { first: 500, last: 5_000 }

/**
 * Looks at the server every so many milliseconds, more often while it cannot be used, and says once that it cannot be used, for all who would, and once that it can again.
 * Another trouble in place of the first is told of when it is seen twice: a server that is just starting fails in several ways.
 */
export function watchServer(address: TemporalAddress, log: Log, lookMs = 10_000): Watch {
  const connection = openConnection(address, { retries: false })
  const news = new EventEmitter().setMaxListeners(0)
  const next = async (event: 'well' | 'lost', signal: AbortSignal): Promise<void> => {
    await once(news, event, { signal }).catch(() => undefined)
  }
  let trouble: Trouble | undefined
  let suspected: Trouble | undefined
  let namespaceId: string | undefined
  let looking: Promise<Trouble | undefined> | undefined
  let stopped = false

  const isWell = (id: string): void => {
    if (trouble) log('warn', `Temporal at ${address.connection.address} can be used again; clocks catch up`)
    if (namespaceId !== undefined && namespaceId !== id) news.emit('lost')
    trouble = undefined
    suspected = undefined
    namespaceId = id
    news.emit('well')
  }
  const isUnwell = (found: Trouble): void => {
    const before = trouble?.kind
    if (!trouble || suspected?.kind === found.kind) trouble = found
    suspected = found
    if (trouble.kind === before) return
    log('warn', `${sayTrouble(trouble, address)}. Until then clocks wait, and everything else goes on`)
    news.emit('lost')
  }
  const look = (): Promise<Trouble | undefined> => {
    looking ??= examine(connection, address)
      .then((found) => {
        if (stopped) return trouble
        if ('namespaceId' in found) isWell(found.namespaceId)
        else isUnwell(found)
        return trouble
      })
      .finally(() => (looking = undefined))
    return looking
  }

  let tries = 0
  const watching = repeatWithBackOff({
    work: async ({ signal }) => {
      if (await look()) return pauseAfter(++tries, backOff)
      tries = 0
      await within(lookMs, signal, (over) => next('lost', over))
      return backOff.first
    },
    backOff,
    failed: () => undefined,
  })
  return {
    patienceMs: 2 * lookMs,
    look,
    untilWell: async (signal) => {
      if (namespaceId === undefined || trouble) await next('well', signal)
    },
    untilLost: (signal) => next('lost', signal),
    stop: async () => {
      stopped = true
      await connection.close()
      await watching.stop()
    },
  }
}

/** Waits until the signal is aborted or so many milliseconds are over, whichever comes first. Nothing holds an `AbortSignal.timeout` in an `any`. */
async function within(ms: number, signal: AbortSignal, wait: (over: AbortSignal) => Promise<void>): Promise<void> {
  const over = new AbortController()
  const end = (): void => over.abort()
  const timer = setTimeout(end, ms)
  signal.addEventListener('abort', end, { once: true })
  try {
    await wait(over.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}
