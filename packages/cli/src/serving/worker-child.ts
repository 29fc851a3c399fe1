import type { WrittenBatch } from '@guichet/projections'
import { pino } from 'pino'
import type { Engine } from '../engine/engine.ts'
import { startEngine } from '../engine/engine.ts'
import { readEnvironment } from '../environment/environment.ts'
import type { ServerMessage, WorkerMessage, WorkerReport } from './worker-process.ts'

/*
 * The worker process of `guichet serve`. Only its server ends it. It ignores signals that a terminal or a service manager
 * sends to both processes. When the channel between the two closes, the server has ended.
 */

const reportMs = 1_000
/** How long running work may take to finish after the server has ended, in milliseconds. */
const orphanedMs = 10_000

process.title = 'guichet worker'
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)

const ending = new AbortController()
const { signal } = ending
const end = (): void => ending.abort(new Error('the worker process is to end'))
const orphaned = (): void => {
  end()
  setTimeout(() => process.exit(1), orphanedMs).unref()
}
let wake = (): void => undefined
process.on('message', ({ kind }: ServerMessage) => {
  if (kind === 'stop') end()
  else wake()
})
process.once('disconnect', orphaned)
if (!process.connected) orphaned()

const send = (message: WorkerMessage): Promise<void> =>
  new Promise((resolve) => {
    if (!process.connected) return resolve()
    process.send?.(message, undefined, undefined, () => resolve())
  })

/** Sends the last checkpoint of each read model, one message at a time, and the next only after the one before. */
function checkpointSender(counted: { batches: number; events: number }): (batch: WrittenBatch) => void {
  type Checkpoint = Extract<WorkerMessage, { kind: 'checkpoint' }>
  const waiting = new Map<string, Checkpoint>()
  let sending = false
  const flush = async (): Promise<void> => {
    sending = true
    for (const [key, checkpoint] of waiting) {
      waiting.delete(key)
      await send(checkpoint)
    }
    sending = false
  }
  return ({ projections, events }) => {
    counted.batches++
    counted.events += events.length
    const position = events.at(-1)?.position
    if (position === undefined) return
    const key = projections.join()
    const before = waiting.get(key)?.events ?? 0
    waiting.set(key, { kind: 'checkpoint', projections, position, events: before + events.length })
    if (!sending) void flush()
  }
}

async function reportOf({
  followers,
  routing,
  chatRouting,
  classification,
}: Engine): Promise<Omit<WorkerReport, 'batches' | 'events'>> {
  const notReady: Record<string, string> = {}
  const check = <T>(name: string, status: Promise<T>): Promise<T | undefined> =>
    status.catch((error: unknown) => {
      notReady[name] = error instanceof Error ? error.message : String(error)
      return undefined
    })
  const [routes] = await Promise.all([
    check(
      'routing',
      Promise.all([routing.status(), chatRouting.status()]).then(([tickets]) => tickets),
    ),
    check('classification', classification.status()),
  ])
  const { user, system } = process.cpuUsage()
  return {
    failing: followers.failing(),
    notReady,
    routingWaiting: routes?.waiting,
    residentBytes: process.memoryUsage.rss(),
    processorSeconds: (user + system) / 1_000_000,
  }
}

async function work(): Promise<void> {
  const environment = readEnvironment(process.env)
  const log = pino(
    { level: environment.logLevel ?? 'info', base: { process: 'worker' } },
    pino.destination({ fd: 2, sync: true }),
  )
  const counted = { batches: 0, events: 0 }
  const onWritten = checkpointSender(counted)
  const engine = await startEngine(environment, {
    serves: false,
    sharesPresence: true,
    announces: false,
    log,
    signal,
    onWritten,
  })
  let reporting: NodeJS.Timeout | undefined
  try {
    signal.throwIfAborted()
    wake = engine.runner.wake
    await engine.startClocks()
    const sendReport = async (): Promise<void> => {
      await send({ kind: 'report', report: { ...(await reportOf(engine)), ...counted } })
      if (!signal.aborted) reporting = setTimeout(() => void sendReport(), reportMs)
    }
    await sendReport()
    await send({ kind: 'working' })
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  } finally {
    clearTimeout(reporting)
    await engine.stop()
  }
}

try {
  await work()
} catch (error) {
  if (!signal.aborted) {
    process.exitCode = 1
    await send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}
if (process.connected) process.disconnect()
process.exit()
