import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Retry } from '@guichet/eventstore'
import { freePort, retryWithBackOff } from '@guichet/eventstore'
import { Connection } from '@temporalio/client'
import { TypedSearchAttributes } from '@temporalio/common'
import { searchAttributes } from '../workflow/clock-state.ts'

/** How the development server of Temporal is started. */
export type DevServerOptions = {
  readonly executable: string
  /** A free one by default. */
  readonly port?: number
  /** The port of the UI; there is none by default. */
  readonly uiPort?: number
  /** The file that outlives the server; by default all data is lost with it. */
  readonly database?: string
  readonly extraArgs?: readonly string[]
  /** Called with each line the server prints. */
  readonly log?: (line: string) => void
  /** How long to wait until the server answers, in milliseconds; 30,000 by default. */
  readonly patienceMs?: number
}

/** A Temporal server of this machine; it ends with the process that started it, even by `kill -9`. */
export type RunningServer = {
  readonly address: string
  /** Resolves with its last lines of output when it has ended, for any reason. */
  readonly exited: Promise<string>
  /** Ends it gracefully; its database is preserved. */
  stop(): Promise<void>
}

/** A server that runs and does not answer. */
class SilentServer extends Error {}

/**
 * A port that was free, this program's or one that the server picks for itself, may be taken a moment later: then the
 * server ends. One that runs in silence would do so on any port.
 */
const retries: Retry = {
  retries: 2,
  backOff: { first: 0, last: 0 },
  isRetryable: (error) => !(error instanceof SilentServer),
}

const defaultPatienceMs = 30_000
const stoppedWithinMs = 15_000

/** Ends the server when the pipe between it and this process closes. */
const guardian = `"$@" 3<&- & server=$!
{ while read -r _; do :; done; kill -TERM $server; } <&3 >/dev/null 2>&1 & watch=$!
wait $server
kill $watch 2>/dev/null`

/**
 * Starts the dev server on 127.0.0.1, with the search attributes of the clocks and without its search for newer
 * versions, in its own process group: a Ctrl-C reaches only the process that has started it, which stops it in due
 * course.
 * @throws Error with the server's last output when it does not answer.
 */
export async function startDevServer(options: DevServerOptions): Promise<RunningServer> {
  if (options.port !== undefined) return startOn(options.port, options)
  return retryWithBackOff(async () => startOn(await freePort(), options), retries)
}

async function startOn(port: number, options: DevServerOptions): Promise<RunningServer> {
  const { executable, uiPort, database, extraArgs = [], log = () => undefined } = options
  const { patienceMs = defaultPatienceMs } = options
  const attributes = Object.values(searchAttributes).map(
    ({ name, type }) => `${name}=${TypedSearchAttributes.toMetadataType(type)}`,
  )
  const parameters = [
    ['--ip', '127.0.0.1', '--port', String(port)],
    ['--log-level', 'warn', '--color', 'never'],
    ['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)],
    database === undefined ? [] : ['--db-filename', database],
    attributes.flatMap((attribute) => ['--search-attribute', attribute]),
    extraArgs,
  ].flat()
  const command = ['-c', guardian, 'guichet-temporal', executable, 'server', 'start-dev', ...parameters]
  const child = spawn('/bin/sh', command, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true })
  const exited = lastWords(child, log)
  const stop = async (): Promise<void> => {
    child.stdio[3]?.destroy()
    await Promise.race([exited, delay(stoppedWithinMs, undefined, { ref: false })])
    kill(child)
    await exited
  }
  const address = `127.0.0.1:${port}`
  const answers = untilAnswering(address, patienceMs)
  const dead = exited.then((words) => {
    throw new Error(`the Temporal server did not start${words && `: ${words}`}`)
  })
  try {
    await Promise.race([answers.done, dead])
  } catch (error) {
    answers.giveUp()
    await stop()
    throw error
  }
  dead.catch(() => undefined)
  return { address, exited, stop }
}

/** Waits until a server answers requests for the namespace of the clocks. */
function untilAnswering(address: string, patienceMs: number): { readonly done: Promise<void>; giveUp(): void } {
  const giving = new AbortController()
  const deadline = Date.now() + patienceMs
  const loop = async (): Promise<void> => {
    const connection = Connection.lazy({ address, connectTimeout: 1_000 })
    try {
      for (;;) {
        try {
          await connection.withDeadline(Date.now() + 1_000, () =>
            connection.workflowService.describeNamespace({ namespace: 'default' }),
          )
          return
        } catch (cause) {
          if (giving.signal.aborted) return
          if (Date.now() > deadline)
            throw new SilentServer(`the Temporal server at ${address} does not answer`, { cause })
          await delay(100)
        }
      }
    } finally {
      await connection.close()
    }
  }
  return { done: loop(), giveUp: () => giving.abort() }
}

function lastWords(child: ChildProcess, log: (line: string) => void): Promise<string> {
  const tail: string[] = []
  const onOutput = (chunk: Buffer): void => {
    for (const line of chunk.toString('utf8').split('\n').filter(Boolean)) {
      tail.push(line)
      if (tail.length > 100) tail.shift()
      log(line)
    }
  }
  child.stdout?.on('data', onOutput)
  child.stderr?.on('data', onOutput)
  child.stdio[3]?.on('error', () => undefined)
  return new Promise((resolve) => {
    child.once('close', () =>
      resolve(tail.find((line) => /^(?:panic|fatal|error)/i.test(line)) ?? tail.slice(-5).join('; ')),
    )
    child.once('error', ({ message }) => resolve(message))
  })
}

/** Ends a server that has not ended by itself, and its guardian. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
