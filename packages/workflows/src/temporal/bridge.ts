import { createHash } from 'node:crypto'
import type { Client } from '@temporalio/client'
import { CompiledQuery } from 'kysely'
import type { Desk, StreamDeleted } from '@guichet/domain'
import { isDatabaseAway } from '@guichet/eventstore'
import type { DeadlineSink } from '@guichet/projections'
import { opaqueStreamName } from '../opaque-name.ts'
import type { OnError, RepeatedWork, Repetition, Turn } from '../supervision.ts'
import { inParallel, repeatWithBackOff, withOwnSignal } from '../supervision.ts'
import type { Installation } from './clock-state.ts'
import { clockId, memoOf, readClockState } from './clock-state.ts'
import { grpcErrorIn, isBusyWorkflow } from './connection.ts'
import type { HandedOver, Lane, Outbox, OutboxRow } from './outbox.ts'
import { enqueueStreams } from './outbox.ts'
import { troubleOf } from './trouble.ts'
import type { WorkflowState } from './workflow/clock-state.ts'
import { firstAttributesOf, isClocked } from './workflow/clock-state.ts'
import type { deadlineClock } from './workflow/workflows.ts'

type BridgeOptions = {
  readonly desk: Desk
  readonly client: Client
  readonly installation: Installation
  readonly outbox: Outbox
  /** Called for a stream that was deleted: its clock ends. */
  readonly onDeleted: (deleted: StreamDeleted) => Promise<void>
  /** Whether the server knows the search attributes. */
  readonly labelled: () => boolean
  /** How often an idle bridge polls, in milliseconds. */
  readonly pollMs: number
  /** For how many milliseconds a claimed row is leased. */
  readonly leaseMs: number
  /** How it waits for the server, and reports failures. */
  readonly reports: Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'>
  /** Called for single streams that cannot be handed over. */
  readonly onError: OnError
}

/**
 * How many calls to the server are under way at once in each lane: few for later deadlines, which leaves the server
 * room for due ones.
 */
const atOnce: Readonly<Record<Lane, number>> = { soon: 16, later: 2 }

const batch = 48
const patienceMs = 10_000
const backOff = { first: 500, last: 30_000 }

/**
 * Hands over the rows of the outbox, at least once, the soonest due first: claims rows, computes the current clock
 * state of each stream, starts its clock where that state differs from the one the clock was started with, and only
 * then removes the row. While Temporal or the event store is away, and after a stop, the rows stay. Deadlines that are
 * due soon have their own lane, and never wait for later ones.
 */
export function startBridge(options: BridgeOptions): Repetition {
  const failing = new Set<Lane>()
  const lanes = (['soon', 'later'] as const).map((lane) => startLane(lane, options, failing))
  return {
    stop: async () => {
      await Promise.all(lanes.map(({ stop }) => stop()))
    },
  }
}

/** @param failing the lanes that fail now: the bridge has recovered when none is left. */
function startLane(lane: Lane, options: BridgeOptions, failing: Set<Lane>): Repetition {
  const { pollMs, reports, outbox } = options
  let unsettled: readonly HandedOver[] = []
  const work = async ({ signal }: Turn): Promise<number> => {
    unsettled = await outbox.settle(unsettled)
    const turn = await withOwnSignal(signal, (controller) => handOver(lane, options, controller.signal))
    unsettled = [...unsettled, ...turn.unsettled]
    return turn.claimed < batch ? pollMs : 0
  }
  return repeatWithBackOff({
    ...reports,
    work,
    backOff,
    failed: (error) => {
      failing.add(lane)
      return reports.failed(error)
    },
    recovered: () => {
      failing.delete(lane)
      if (failing.size === 0) reports.recovered?.()
    },
  })
}

type HandOver = { readonly claimed: number; readonly unsettled: readonly HandedOver[] }

/** @throws the current failure of Temporal, the event store or the database. */
async function handOver(lane: Lane, options: BridgeOptions, signal: AbortSignal): Promise<HandOver> {
  const { desk, client, installation, outbox, onDeleted, leaseMs, onError } = options
  const leasedUntil = Date.now() + leaseMs - patienceMs
  const isLeased = (): boolean => Date.now() <= leasedUntil
  const rows = await outbox.claim(lane, batch)
  if (rows.length === 0) return { claimed: 0, unsettled: [] }
  const labelled = options.labelled()
  const [states] = await Promise.all([
    outbox.recordedStates(rows.map(({ stream }) => stream)),
    desk.refreshConfiguration(),
  ]).catch(async (error: unknown) => {
    await outbox.release(rows)
    throw error
  })
  const done: HandedOver[] = []
  const failed = new Map<OutboxRow, unknown>()
  let away: Error | undefined

  await inParallel(rows, atOnce[lane], async (row) => {
    if (away !== undefined || signal.aborted || !isLeased()) return
    try {
      const { held: isHeld = false, digest: before, number } = states.get(row.stream) ?? {}
      const state = await readClockState(desk, row.stream, { held: isHeld, labelled }, onDeleted)
      const digest = isClocked(state) ? digestOf(state) : undefined
      if (digest !== before) {
        if (!isLeased()) return
        const start = () => startClock(client, installation, state, { number })
        await client.withAbortSignal(signal, () => client.withDeadline(Date.now() + patienceMs, start))
      }
      done.push({ ...row, digest, dueAt: state.deadlines[0]?.dueAt, labelled })
    } catch (error) {
      if (signal.aborted || isAway(error)) away = error as Error
      else failed.set(row, error)
    }
  })

  const unsettled = await outbox.settle(done)
  for (const [row, error] of failed) {
    if (row.attempts === 1) onError(error, `handing the deadlines of ${opaqueStreamName(row.stream)} over to Temporal`)
    await outbox.fail(row, error instanceof Error ? error.message : String(error))
  }
  const handled = new Set([...done.map(({ stream }) => stream), ...[...failed.keys()].map(({ stream }) => stream)])
  await outbox.release(rows.filter(({ stream }) => !handled.has(stream)))
  if (away !== undefined) throw away
  return { claimed: rows.length, unsettled }
}

/** A digest of the state with which a clock is started. */
const digestOf = (state: WorkflowState): string => createHash('sha256').update(JSON.stringify(state)).digest('base64')

const invalidArgument = 3

/** Whether Temporal or the event store is unavailable, rather than one stream impossible to hand over. */
export function isAway(error: unknown): boolean {
  if (isDatabaseAway(error)) return true
  if (troubleOf(error) === undefined) return false
  const answered = grpcErrorIn(error)
  return !answered || (answered.code !== invalidArgument && !isBusyWorkflow(answered))
}

/** A clock without deadlines checks its stream after this time at the latest. */
const longestDelayMs = 365 * 24 * 3_600_000

/** Due clocks precede those that only leave the last labels behind, on servers with priorities. */
const priorityKey = { due: 2, ended: 5 } as const

/**
 * Starts the clock of a stream with its current state, in place of the running one: the server delays it until its next
 * deadline. Where the stream is to have none, the new one only leaves the last labels behind.
 * @param number of a ticket, for its summary.
 * @param now this machine's time, in milliseconds since 1970.
 */
export async function startClock(
  client: Client,
  { id, taskQueue }: Installation,
  state: WorkflowState,
  { number, now = Date.now() }: { readonly number?: number | undefined; readonly now?: number } = {},
): Promise<void> {
  const [next] = state.deadlines
  const clocked = isClocked(state)
  const remaining = next ? Date.parse(next.dueAt) - now : longestDelayMs
  const memo = memoOf(state.stream)
  const startDelay = clocked ? Math.max(0, Math.min(remaining, longestDelayMs)) : 0
  await client.workflow.start<typeof deadlineClock>('deadlineClock', {
    workflowId: clockId(state.stream, id),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    taskQueue,
    args: [state],
    ...(startDelay > 0 && { startDelay }),
    ...(memo && { memo }),
    typedSearchAttributes: firstAttributesOf(state),
    priority: { priorityKey: clocked ? priorityKey.due : priorityKey.ended },
    staticSummary: summaryOf(state, number),
    staticDetails: detailsOf(state),
  })
}

/**
 * In one line: the stream, a ticket by its number where that is known, its status, its next deadline, and the targets
 * that are missed.
 */
export function summaryOf({ stream, deadlines: [next], labels }: WorkflowState, number: number | undefined): string {
  const name = number === undefined ? opaqueStreamName(stream) : `ticket ${number}`
  const status = labels?.status === undefined ? '' : ` (${labels.status})`
  const missed = labels?.missed?.map(({ target, since }) => `${target} missed since ${since}`) ?? []
  const due = next ? [`${next.kind} due ${next.dueAt}`] : missed.length === 0 ? ['nothing falls due'] : []
  return `${name}${status}: ${[...due, ...missed].join('; ')}`
}

/** In Markdown: the UI shows it, though no code of the workflow has run. */
function detailsOf({ stream, deadlines, labels }: WorkflowState): string {
  const name = opaqueStreamName(stream)
  return [
    deadlines.length === 0 ? `Nothing falls due on \`${name}\`.` : `Waits for what falls due on \`${name}\`:`,
    '',
    ...deadlines.map(({ kind, dueAt, cycle }) => `- \`${kind}\` due ${dueAt}, cycle ${cycle}`),
    ...(labels?.missed ?? []).map(({ target, since }) => `- \`${target}\` missed since ${since}`),
  ].join('\n')
}

/**
 * Records each stream whose next deadline or labels have changed, within the projection's own transaction and in one
 * statement: committed rows will be handed over, whether or not Temporal can be reached now.
 */
export const outboxSink: DeadlineSink = (tx, changes) =>
  enqueueStreams(
    (text, values) => tx.executeQuery(CompiledQuery.raw(text, [...values])),
    new Map(changes.map(({ stream, after }) => [stream, after ?? null])),
    { replace: true },
  )
