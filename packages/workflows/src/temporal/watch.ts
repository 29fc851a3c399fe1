import { EventEmitter, once } from 'node:events'
import type { Connection } from '@temporalio/client'
import { pauseAfter, speaksTls } from '@guichet/eventstore'
import type { RepeatedWork, Repetition } from '../supervision.ts'
import { repeatWithBackOff, withOwnSignal } from '../supervision.ts'
import type { TemporalAddress } from './connection.ts'
import { openConnection } from './connection.ts'
import type { Trouble } from './trouble.ts'
import { describeTrouble, troubleOf } from './trouble.ts'

/** Called with messages for the operator, a line each. */
export type Log = (level: 'warn', message: string) => void

/** Knows whether the server is usable, for all work that needs it. */
export type Watch = Repetition & {
  /** For how many milliseconds a fault that may pass by itself lasts before it is worth reporting: two checks. */
  readonly patienceMs: number
  /** Checks now. @returns why the server is unusable; undefined when it is usable. */
  look(): Promise<Trouble | undefined>
  /** Resolves when the server is usable, or when the signal is aborted. */
  untilWell(signal: AbortSignal): Promise<void>
  /** Resolves when the server is unusable, or has lost its settings, or when the signal is aborted. */
  untilLost(signal: AbortSignal): Promise<void>
}

const backOff = { first: 500, last: 5_000 }

/**
 * Checks the server at an interval in milliseconds, more often while it is unusable. Reports once, for all work on it,
 * that it is unusable, and once that it is usable again. A different fault in place of the first is reported when it is
 * seen twice: a server that is just starting fails in several ways.
 */
export function watchServer(address: TemporalAddress, log: Log, lookMs = 10_000): Watch {
  const connection = openConnection(address, { retries: false })
  const events = new EventEmitter().setMaxListeners(0)
  const next = async (event: 'well' | 'lost', signal: AbortSignal): Promise<void> => {
    await once(events, event, { signal }).catch(() => undefined)
  }
  let trouble: Trouble | undefined
  let suspected: Trouble | undefined
  let namespaceId: string | undefined
  let looking: Promise<Trouble | undefined> | undefined
  let stopped = false

  const isWell = (id: string): void => {
    if (trouble) log('warn', `Temporal at ${address.connection.address} can be used again; clocks catch up`)
    if (namespaceId !== undefined && namespaceId !== id) events.emit('lost')
    trouble = undefined
    suspected = undefined
    namespaceId = id
    events.emit('well')
  }
  const isUnwell = (fault: Trouble): void => {
    const before = trouble?.kind
    if (!trouble || suspected?.kind === fault.kind) trouble = fault
    suspected = fault
    if (trouble.kind === before) return
    log('warn', `${describeTrouble(trouble, address)}. Until then clocks wait, and everything else goes on`)
    events.emit('lost')
  }
  const look = (): Promise<Trouble | undefined> => {
    looking ??= examine(connection, address)
      .then((result) => {
        if (stopped) return trouble
        if ('namespaceId' in result) isWell(result.namespaceId)
        else isUnwell(result)
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

/**
 * Waits until the signal is aborted or the time has passed. An `AbortSignal.timeout` within an `any` may be
 * garbage-collected.
 */
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

/** Requests the namespace from a server. @returns the id of the namespace, or why the server is unusable. */
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

/** A setting that the server needs before it is fully usable. */
type Preparation = Repetition & {
  done(): boolean
  /** Resolves after the first try, or when the signal is aborted. */
  untilTried(signal: AbortSignal): Promise<void>
}

const preparationPatienceMs = 10_000
const connectionBackOff = { first: 1_000, last: 30_000 }

/**
 * Retries until it succeeds: the server may be away, or a permission may be missing. Runs again each time the server
 * was lost: another one may be in its place, or the same without its settings.
 */
export function untilDone(
  connection: Connection,
  watch: Watch,
  work: () => Promise<void>,
  reports: Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'>,
): Preparation {
  let done = false
  let tried = false
  const events = new EventEmitter()
  const { stop } = repeatWithBackOff({
    ...reports,
    backOff: connectionBackOff,
    work: async ({ signal, well }) => {
      try {
        await withOwnSignal(signal, (controller) =>
          connection.withAbortSignal(controller.signal, () =>
            connection.withDeadline(Date.now() + preparationPatienceMs, work),
          ),
        )
        done = true
      } catch (error) {
        done = false
        throw error
      } finally {
        tried = true
        events.emit('tried')
      }
      well()
      await watch.untilLost(signal)
      return 0
    },
  })
  return {
    done: () => done,
    untilTried: async (signal) => {
      if (!tried) await once(events, 'tried', { signal }).catch(() => undefined)
    },
    stop,
  }
}
