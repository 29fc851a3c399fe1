import { readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Instant } from '@guichet/domain'
import { hours, instant, later, minutes } from '@guichet/domain'
import { freePort, portIfFree } from '@guichet/eventstore'
import type { DevServerOptions } from '@guichet/workflows/temporal'
import { makeDataFolder } from '@guichet/desk'
import { loadTemporal } from '../engine/temporal-server.ts'
import type { Environment } from '../environment/environment.ts'
import { CommandFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'

/** The Temporal server of a constellation. */
export type Temporal = {
  /** Its settings for the clocks, in the variables of Temporal's SDK. */
  readonly variables: Readonly<Record<string, string>>
  /** The address of its UI; undefined for a server named by TEMPORAL_ADDRESS. */
  readonly ui: string | undefined
  /** Resolves with the reason when it has ended and cannot be restarted. */
  readonly failed: Promise<Fault>
  stop(): Promise<void>
}

/** What the Temporal server of `guichet dev` is opened with. */
export type TemporalOptions = {
  /** The ports of the server and its UI; 0 for any free port, undefined for the usual one unless it is in use. */
  readonly port: number | undefined
  readonly uiPort: number | undefined
  /** Called with progress messages while a server is installed on this machine. */
  readonly progress: (line: string) => void
  readonly log: Logger
  readonly signal: AbortSignal
}

/**
 * Opens the Temporal server that TEMPORAL_ADDRESS names, or else a dev server of the data folder. The dev server is downloaded first if
 * this machine has none, and restarted when it ends by itself.
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
  const port = await choosePort({ requestedPort: options.port, usualPort: 7233, option: '--temporal-port' })
  const uiPort = await choosePort({ requestedPort: options.uiPort, usualPort: 8233, option: '--ui-port' })
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
  const { findServer, installServerInOwnProcess } = await loadTemporal()
  const present = findServer('dev')
  if (present !== undefined) return present
  await installServerInOwnProcess('dev', progress, signal)
  signal.throwIfAborted()
  const installed = findServer('dev')
  if (installed === undefined) throw new CommandFault('temporal_missing', 'there is no Temporal server on this machine')
  return installed
}

/** Starts the server, and restarts it whenever it ends without having been stopped. */
async function keepRunning(options: DevServerOptions, log: Logger): Promise<Pick<Temporal, 'failed' | 'stop'>> {
  const { startDevServer } = await loadTemporal()
  const start = () =>
    startDevServer(options).catch((cause: unknown) => {
      throw new CommandFault('temporal_not_started', cause instanceof Error ? cause.message : String(cause), { cause })
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

const announced = z.object({ pid: z.int().positive(), port: z.int().min(1).max(65_535) })

const file = (home: string): string => join(home, 'temporal.json')

/** How long the server of a process that has just ended may take to end. */
const patienceMs = 10_000

/** Announces to other processes that the Temporal server of a data folder runs. */
async function announceTemporal(home: string, port: number): Promise<void> {
  await writeFile(file(home), JSON.stringify({ pid: process.pid, port }), { mode: 0o600 })
}

/** Removes the announcement. */
const withdrawTemporal = (home: string): Promise<void> => rm(file(home), { force: true })

/**
 * Waits until no process runs the Temporal server of a data folder.
 * @throws Fault `data_folder_in_use` when a process continues to run it.
 */
async function untilNobodyRunsTemporal(home: string): Promise<void> {
  for (const deadline = Date.now() + patienceMs; ;) {
    const running = await read(home)
    if (!running || !(await listens(running.port))) return
    if (isAlive(running.pid) || Date.now() > deadline) {
      throw new CommandFault('data_folder_in_use', `the Temporal server of ${home} is in use by process ${running.pid}`)
    }
    await delay(200)
  }
}

async function read(home: string): Promise<z.infer<typeof announced> | undefined> {
  try {
    return announced.parse(JSON.parse(await readFile(file(home), 'utf8')))
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (yes: boolean) => (): void => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', answer(true)).once('error', answer(false))
  })

/** A port option of the command line. */
type WantedPort = {
  /** The requested port: 0 for any free one, undefined if not given. */
  readonly requestedPort: number | undefined
  /** The port to use if it is free and no other one is requested. */
  readonly usualPort: number
  readonly option: string
}

/**
 * Returns a free port of 127.0.0.1.
 * @throws Fault `port_unavailable` when the requested port is in use.
 */
async function choosePort({ requestedPort, usualPort, option }: WantedPort): Promise<number> {
  const port = await portIfFree(requestedPort ?? usualPort)
  if (port !== undefined) return port
  if (requestedPort === undefined) return freePort()
  throw new CommandFault('port_unavailable', `127.0.0.1:${requestedPort} is in use`, {
    next: `choose another one with ${option}`,
  })
}

/** A useful filter of Temporal's list of workflows. */
export type ClockList = {
  readonly question: string
  /** The list filter, as typed in the UI. */
  readonly filter: string
  /** The address of the list in the UI; undefined if the address of the UI is unknown. */
  readonly url: string | undefined
}

/** Returns the address of a namespace in the UI of a Temporal server. */
type TemporalUi = { readonly ui: string | undefined; readonly namespace: string }

const running = 'ExecutionStatus = "Running"'

/** Returns lists of the deadlines that clocks wait for, as of the minute of an instant; docs/operations.md explains them. */
export function clockLists(place: TemporalUi, now: Instant) {
  const until = later(instant(new Date(Math.floor(Date.parse(now) / minutes(1)) * minutes(1))), hours(1))
  const list = (question: string, filter: string): ClockList => {
    const url = address(place, `?query=${encodeURIComponent(filter)}`)
    return { question, filter, url }
  }
  return {
    all: list('all clocks that run', `WorkflowType = "deadlineClock" AND ${running}`),
    breaches: list('SLA targets that are due within the hour', `GuichetBreachAt <= "${until}" AND ${running}`),
    withinTheHour: {
      ...list('what falls due within the hour, of whatever kind', `GuichetNextDue <= "${until}" AND ${running}`),
      until,
    },
    late: list('where the desk is late', `GuichetBreached = true AND ${running}`),
    urgent: list(
      'urgent tickets on which an update is due next',
      `GuichetPriority = "urgent" AND GuichetNextDueKind IN ("update", "update_warning", "update_breach") AND ${running}`,
    ),
  }
}

/** Returns the address of a clock in the UI. */
export const clockUrl = (place: TemporalUi, clockId: string | undefined): string | undefined =>
  clockId === undefined ? undefined : address(place, `/${encodeURIComponent(clockId)}`)

const address = ({ ui, namespace }: TemporalUi, rest: string): string | undefined =>
  ui === undefined ? undefined : `${ui}/namespaces/${encodeURIComponent(namespace)}/workflows${rest}`
