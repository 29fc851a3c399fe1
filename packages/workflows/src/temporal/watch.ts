import { EventEmitter, once } from 'node:events'
import type { Connection } from '@temporalio/client'
import { pauseAfter, speaksTls } from '@guichet/eventstore'
import type { RepeatedWork, Repetition } from '../supervision.ts'
import { repeatWithBackOff, withOwnSignal } from '../supervision.ts'
import type { TemporalAddress } from './connection.ts'
import { openConnection } from './connection.ts'
import type { Trouble } from './trouble.ts'
import { describeTrouble, troubleOf } from './trouble.ts'

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
    log('warn', `${describeTrouble(trouble, address)}. Until then clocks wait, and everything else goes on`)
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

const patienceMs = 5_000

/** Asks a server for the namespace. @returns the id of the namespace, or what keeps the server from being used. */
async function examine(
  connection: Connection,
  address: TemporalAddress,
): Promise<Trouble | { readonly namespaceId: string }> {
  const { namespace } = address
  try {
    const { namespaceInfo } = await connection.withDeadline(Date.now() + patienceMs, () =>
      connection.workflowService.describeNamespace({ namespace }),
    )
    return { namespaceId: namespaceInfo?.id ?? '' }
  } catch (error) {
    const trouble = troubleOf(error) ?? { kind: 'failing', reason: String(error) }
    const unclear = /^(?:Failed to connect|Protocol error|read ECONNRESET|socket hang up)/.test(trouble.reason)
    if (unclear && !address.connection.tls && (await isEncrypted(address))) return { ...trouble, kind: 'tls_needed' }
    return trouble
  }
}

function isEncrypted({ connection: { address = '' } }: TemporalAddress): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`)
  return speaksTls(hostname.replace(/^\[|\]$/g, ''), Number(port || 7233), patienceMs)
}

/** Something that the server has to be told before it is of full use. */
type Preparation = Repetition & {
  done(): boolean
  /** Resolves when it was tried for the first time, or when the signal is aborted. */
  untilTried(signal: AbortSignal): Promise<void>
}

const preparationPatienceMs = 10_000
const connectionBackOff = { first: 1_000, last: 30_000 }

/**
 * Tries until it has worked: the server may be away, or somebody may have to give leave. Does it again after each time the server was
 * lost: another one may be in its place, or the same without what it was told.
 */
export function untilDone(
  connection: Connection,
  watch: Watch,
  work: () => Promise<void>,
  reports: Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'>,
): Preparation {
  let done = false
  let tried = false
  const news = new EventEmitter()
  const { stop } = repeatWithBackOff({
    ...reports,
    backOff: connectionBackOff,
    work: async ({ signal, well }) => {
      try {
        await withOwnSignal(signal, (own) =>
          connection.withAbortSignal(own.signal, () =>
            connection.withDeadline(Date.now() + preparationPatienceMs, work),
          ),
        )
        done = true
      } catch (error) {
        done = false
        throw error
      } finally {
        tried = true
        news.emit('tried')
      }
      well()
      await watch.untilLost(signal)
      return 0
    },
  })
  return {
    done: () => done,
    untilTried: async (signal) => {
      if (!tried) await once(news, 'tried', { signal }).catch(() => undefined)
    },
    stop,
  }
}
