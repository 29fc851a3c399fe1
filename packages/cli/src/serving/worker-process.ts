import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Position } from '@guichet/domain'
import type { FailingFollower, FollowerHealth } from '@guichet/eventstore'
import type { ProjectionRunner } from '@guichet/projections'
import type { Turn } from '@guichet/workflows'
import { repeatWithBackOff } from '@guichet/workflows'

/** The report that a worker process sends once a second. */
export type WorkerReport = {
  readonly failing: readonly FailingFollower[]
  /** The reasons of failed checks there, by the name of the check. */
  readonly notReady: Readonly<Record<string, string>>
  /** Tickets that wait for an agent; undefined where another process routes. */
  readonly routingWaiting?: number | undefined
  /** Transactions in which it wrote read models since it started, and the events in them. */
  readonly batches: number
  readonly events: number
  readonly residentBytes: number
  readonly processorSeconds: number
}

/** A message from a worker process to its server. */
export type WorkerMessage =
  | { readonly kind: 'working' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | {
      readonly kind: 'checkpoint'
      readonly projections: readonly string[]
      readonly position: Position
      readonly events: number
    }

/** A message from a server to its worker process. */
export type ServerMessage = { readonly kind: 'stop' | 'wake' }

/** The worker process of a server. It is restarted whenever it ends. */
export type WorkerProcess = {
  /** Resolves once it works for the first time, or has failed to start. */
  readonly started: Promise<void>
  /** Throws until it has worked for the first time. */
  check(): void
  /** Returns its last report; undefined while no worker process works. */
  report(): WorkerReport | undefined
  /** Returns its consumers that have been failing for long, and the process itself if it has not worked for long. */
  failing(): readonly FailingFollower[]
  /** Returns the number of restarts. */
  restarts(): number
  /** Makes its read models read new events at once, because a reader waits for them. */
  wake(): void
  /** Ends it after its running work has finished. */
  stop(): Promise<void>
}

type WorkerProcessOptions = {
  /** The environment of the process. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  /** How long it may be silent or fail before it counts as failing, in milliseconds. */
  readonly failingMs: number
  /** Receives its failures. */
  readonly health: FollowerHealth
  /** Is notified of the checkpoints that it commits. */
  readonly runner: Pick<ProjectionRunner, 'checkpointMoved'>
}

const entry = fileURLToPath(new URL('../../dist/serving/worker-child.js', import.meta.url))
const follower = 'the worker process'
const backOff = { first: 100, last: 30_000 }

/** How long it may take to finish running work before it is killed, in milliseconds. */
const stopMs = 15_000

/** The size of the young generation, in MB: the garbage of a batch of events is collected before it ages. */
const youngGeneration = '--max-semi-space-size=32'

/**
 * Starts a worker in a child process, and restarts it with a growing back-off whenever it ends. It ends with this
 * process in every case. The next worker repeats its unfinished work.
 */
export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { variables, log, failingMs, health, runner } = options
  const sized = /max-semi-space-size/.test(`${variables['NODE_OPTIONS']} ${process.execArgv.join(' ')}`)
  let report: WorkerReport | undefined
  let heardAt = 0
  let starts = 0
  let hasWorked = false
  let wakeNow = (): void => undefined
  let resolveStarted = (): void => undefined
  const started = new Promise<void>((resolve) => (resolveStarted = resolve))

  const work = ({ signal, well }: Turn): Promise<undefined> =>
    new Promise((resolve, reject) => {
      starts++
      let fault: string | undefined
      let killing: NodeJS.Timeout | undefined
      const child = fork(entry, {
        env: { ...variables },
        execArgv: sized ? process.execArgv : [...process.execArgv, youngGeneration],
        stdio: ['ignore', 2, 2, 'ipc'],
      })
      let waking = false
      const wake = (): void => {
        if (waking) return
        waking = true
        child.send({ kind: 'wake' } satisfies ServerMessage, () => (waking = false))
      }
      const stop = (): void => {
        child.send({ kind: 'stop' } satisfies ServerMessage, () => undefined)
        killing = setTimeout(() => child.kill('SIGKILL'), stopMs)
      }
      const ended = (reason: string): void => {
        signal.removeEventListener('abort', stop)
        clearTimeout(killing)
        report = undefined
        wakeNow = () => undefined
        resolveStarted()
        if (signal.aborted) resolve(undefined)
        else reject(new Error(fault ?? reason))
      }
      child.on('message', (message: WorkerMessage) => {
        if (message.kind === 'checkpoint') {
          for (const name of message.projections) runner.checkpointMoved(name, message.position, message.events)
        } else if (message.kind === 'report') {
          report = message.report
          heardAt = performance.now()
        } else if (message.kind === 'working') {
          hasWorked = true
          wakeNow = wake
          well()
          health.succeeded(follower)
          resolveStarted()
        } else fault = message.message
      })
      child.on('error', (error) => {
        if (child.pid === undefined) ended(error.message)
      })
      child.once('exit', (code, killedBy) => ended(`it ended with ${killedBy ?? `exit code ${code}`}`))
      signal.addEventListener('abort', stop)
    })

  const running = repeatWithBackOff({
    work,
    backOff,
    failed: (error) => {
      health.failed(follower, error)
      log.error(`the worker process has ended and is started again: ${(error as Error).message}`)
    },
  })

  const silent = (): readonly FailingFollower[] => {
    const milliseconds = report ? performance.now() - heardAt : 0
    return milliseconds < failingMs ? [] : [{ follower, milliseconds, message: 'it is silent' }]
  }
  return {
    started,
    check: () => {
      if (!hasWorked) throw new Error('the worker process has not worked yet')
    },
    report: () => report,
    failing: () => [...silent(), ...(report?.failing ?? [])],
    wake: () => wakeNow(),
    restarts: () => Math.max(0, starts - 1),
    stop: running.stop,
  }
}
