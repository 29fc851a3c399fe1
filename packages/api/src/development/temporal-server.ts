import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DevServerOptions } from '@guichet/workflows/temporal'
import type { Logger } from 'pino'
import { loadTemporal } from '../engine/temporal-server.ts'
import type { Environment } from '../environment/environment.ts'
import { makeDataFolder } from '../data-folder/make-folder.ts'
import { Fault } from '../fault/fault.ts'
import { announceTemporal, untilNobodyRunsTemporal, withdrawTemporal } from './announcement.ts'
import { choosePort } from './ports.ts'

/** The Temporal server of a constellation. */
export type Temporal = {
  /** What the clocks are told of it, in the variables of Temporal's SDK. */
  readonly variables: Readonly<Record<string, string>>
  /** Where its UI is; undefined for a server that was given. */
  readonly ui: string | undefined
  /** Resolves with the reason when it has ended and cannot be started again. */
  readonly failed: Promise<Fault>
  stop(): Promise<void>
}

export type TemporalOptions = {
  /** Where it and its UI shall listen; 0 for any free port, undefined for the usual one unless it is in use. */
  readonly port: number | undefined
  readonly uiPort: number | undefined
  /** Hears what is done where there is no server on this machine yet. */
  readonly progress: (line: string) => void
  readonly log: Logger
  readonly signal: AbortSignal
}

/**
 * The Temporal server that TEMPORAL_ADDRESS names; else a dev server of the data folder, which is got first where this machine has
 * none, and started again when it ends by itself.
 * @throws Fault `temporal_missing`, `temporal_not_started`, `port_unavailable`, `data_folder_in_use` or
 * `data_folder_unusable`; the signal's reason.
 */
export async function openTemporal({ temporal, home }: Environment, options: TemporalOptions): Promise<Temporal> {
  const { log, signal } = options
  const never = new Promise<Fault>(() => undefined)
  if (temporal) return { variables: temporal, ui: undefined, failed: never, stop: async () => undefined }
  await makeDataFolder(home)
  await untilNobodyRunsTemporal(home)
  const executable = await findOrInstall(options)
  const port = await choosePort({ given: options.port, usual: 7233, option: '--temporal-port' })
  const uiPort = await choosePort({ given: options.uiPort, usual: 8233, option: '--ui-port' })
  signal.throwIfAborted()
  const running = await keepRunning(
    { executable, port, uiPort, database: join(home, 'temporal.db'), log: (line) => log.debug({ temporal: line }) },
    log,
  )
  await announceTemporal(home, port)
  return {
    variables: { TEMPORAL_ADDRESS: `127.0.0.1:${port}`, TEMPORAL_NAMESPACE: 'default', TEMPORAL_TLS: 'false' },
    ui: `http://127.0.0.1:${uiPort}`,
    failed: running.failed,
    stop: async () => {
      await running.stop()
      await withdrawTemporal(home)
    },
  }
}

async function findOrInstall({ progress, signal }: TemporalOptions): Promise<string> {
  const { findServer, installServerApart } = await loadTemporal()
  const present = findServer('dev')
  if (present !== undefined) return present
  await installServerApart('dev', progress, signal)
  signal.throwIfAborted()
  const installed = findServer('dev')
  if (installed === undefined) throw new Fault('temporal_missing', 'there is no Temporal server on this machine')
  return installed
}

/** Starts the server, and starts it again whenever it has ended without being asked to. */
async function keepRunning(options: DevServerOptions, log: Logger): Promise<Pick<Temporal, 'failed' | 'stop'>> {
  const { startDevServer } = await loadTemporal()
  const start = () =>
    startDevServer(options).catch((cause: unknown) => {
      throw new Fault('temporal_not_started', cause instanceof Error ? cause.message : String(cause), { cause })
    })
  const stopping = new AbortController()
  let server = await start()
  const watch = async (): Promise<Fault | undefined> => {
    for (;;) {
      const lastWords = await server.exited
      if (stopping.signal.aborted) return undefined
      log.warn({ lastWords }, 'the Temporal server has ended; it is started again')
      await delay(500, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return undefined
      try {
        server = await start()
      } catch (error) {
        return error as Fault
      }
    }
  }
  const watching = watch()
  return {
    failed: new Promise((resolve) => void watching.then((fault) => fault && resolve(fault))),
    stop: async () => {
      stopping.abort()
      await server.stop()
      await watching
      await server.stop()
    },
  }
}
