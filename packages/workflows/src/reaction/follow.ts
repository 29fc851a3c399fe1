import { setTimeout as delay } from 'node:timers/promises'
import type { Desk, EventEnvelope, GuichetEvent, Position } from '@guichet/domain'
import { unlessDeleted } from '@guichet/domain'
import type { FollowerReports, LastEvent } from '@guichet/eventstore'
import { assertInLog, CheckpointNotInLog, isDatabaseAway, lastEventOf, subscribe } from '@guichet/eventstore'
import type { OnError } from '../supervision.ts'
import { createTurns, periodically } from '../supervision.ts'
import type { Checkpoint } from './checkpoint.ts'
import { LeaseLost } from './checkpoint.ts'
import type { ParkedEvent, ParkedOfReaction } from './parked-events.ts'
import type { Reaction } from './reaction.ts'

/** Reactions replace senders that died, so they may come a moment later, at a fraction of the cost. */
const gatherMs = 250

/** Long-running work stores its progress on the way, so that little is repeated after a crash. */
const saveEveryMs = 1_000

/** How often a reaction may fail at one event, within a second, before the event is parked. */
const attempts = 4

/**
 * How many events of a reaction are parked at most. At the next one it waits: what fails so often is no fault of single
 * events.
 */
const mostParked = 1_000

type Following = {
  readonly reaction: Reaction
  readonly desk: Desk
  readonly checkpoint: Checkpoint
  readonly parked: ParkedOfReaction
  readonly leaseMs: number
  /** How often parked events that are due are looked for, in milliseconds. */
  readonly retryEveryMs: number
  readonly signal: AbortSignal
  readonly onError: OnError
  readonly health: FollowerReports
}

/** Runs a reaction along the history whenever this process holds its lease, until the signal. */
export async function follow(following: Following): Promise<void> {
  const { reaction, checkpoint, leaseMs, signal, onError, health } = following
  const name = nameOf(reaction)
  let reported: string | undefined
  while (!signal.aborted) {
    try {
      const claimed = await checkpoint.claim()
      if (claimed) {
        await followWhileHeld(following, claimed)
        await checkpoint.release()
      } else health.succeeded(name)
      reported = undefined
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (message !== reported) onError(error, name)
      reported = message
      health.failed(name, error)
    }
    await delay(leaseMs / 4, undefined, { signal }).catch(() => undefined)
  }
}

type ClaimedRange = { readonly position: Position | undefined; readonly last: LastEvent | undefined }

const nameOf = ({ name }: Reaction): string => `the reaction ${name}`

/** @throws CheckpointNotInLog when the log does not have the last event that the reaction has processed. */
async function followWhileHeld(following: Following, { position: after, last }: ClaimedRange): Promise<void> {
  const { reaction, desk, checkpoint, parked, leaseMs, retryEveryMs, signal, onError, health } = following
  const lost = new AbortController()
  const ending = AbortSignal.any([signal, lost.signal])
  const name = nameOf(reaction)
  const failed = (error: unknown): void => onError(error, name)
  if (after !== undefined) {
    await assertInLog(desk.store, { position: after, last }).catch(async (error: unknown) => {
      if (error instanceof CheckpointNotInLog) await checkpoint.fail(error.message)
      throw error
    })
  }
  await parked.load()
  const processing = createProcessing(following, ending)
  const renewal = periodically(
    leaseMs / 4,
    async () => {
      if (!(await checkpoint.renew())) lost.abort()
    },
    failed,
  )
  const retries = periodically(retryEveryMs, () => processing.retryParked(), failed)
  try {
    await subscribe(desk.store, {
      after,
      gatherMs,
      signal: ending,
      onSuccess: () => health.succeeded(name),
      types: reaction.on,
      onBatch: (events, to) => processing.process(events as readonly EventEnvelope<GuichetEvent>[], to),
      onError: (error, failures) => {
        if (error instanceof LeaseLost) return lost.abort()
        if (failures === 1) failed(error)
        health.failed(name, error)
        checkpoint.fail(error instanceof Error ? error.message : String(error)).catch(failed)
      },
    })
  } finally {
    await Promise.all([renewal.stop(), retries.stop()])
  }
}

/** The processing of the events of one reaction, one batch or retry at a time. */
type Processing = {
  /** Processes the events up to the last one that they cover. @throws the error of the reaction: deliver them again. */
  process(events: readonly EventEnvelope<GuichetEvent>[], to: EventEnvelope): Promise<void>
  /** Tries the parked events again that are due. @throws during an outage. */
  retryParked(): Promise<void>
}

function createProcessing({ reaction, desk, checkpoint, parked, onError }: Following, ending: AbortSignal): Processing {
  const { store } = desk
  const isOutage = (error: unknown): boolean =>
    isDatabaseAway(error) ||
    (reaction.isOutage?.(error) ?? false) ||
    (error instanceof Error && error.cause !== undefined && isOutage(error.cause))
  /** The last event that was processed or parked. */
  let done: EventEnvelope | undefined
  /** The event at which the reaction failed last, and how often. */
  let failing: { readonly id: string; readonly failures: number } | undefined
  const inTurn = createTurns()

  const isNew = ({ id, position }: EventEnvelope): boolean =>
    !parked.has(id) && (done === undefined || store.comparePositions(position, done.position) > 0)

  /** Processes one event, or parks it when it has failed too often. */
  const processOne = async (envelope: EventEnvelope<GuichetEvent>): Promise<void> => {
    const { id } = envelope
    if (parked.hasOf(envelope.stream) && !reaction.inAnyOrder) {
      if (parked.size() >= mostParked) throw new TooManyParked(reaction)
      await parked.park(envelope)
    } else {
      try {
        await reaction.react([envelope], desk)
      } catch (error) {
        if (isOutage(error)) throw error
        const failures = (failing?.id === id ? failing.failures : 0) + 1
        failing = { id, failures }
        if (failures < attempts || parked.size() >= mostParked) throw error
        await parked.park(envelope, { attempts: failures, error })
        onError(error, `${nameOf(reaction)} goes on without the event ${id}, which is parked`)
      }
    }
    done = envelope
  }

  /** Processes events together; those that fail together one by one. */
  const processSome = async (some: readonly EventEnvelope<GuichetEvent>[]): Promise<void> => {
    const waits = !reaction.inAnyOrder && some.some(({ stream }) => parked.hasOf(stream))
    if (some.length > 1 && !waits) {
      try {
        await reaction.react(some, desk)
        done = some.at(-1)
        return
      } catch (error) {
        if (isOutage(error)) throw error
      }
    }
    for (const envelope of some) await processOne(envelope)
  }

  const save = (last: EventEnvelope): Promise<void> => checkpoint.save(last.position, lastEventOf(last))

  const process: Processing['process'] = async (events, to) => {
    const concerned = events.filter(isNew)
    let savedAt = performance.now()
    for (let next = 0; next < concerned.length;) {
      if (ending.aborted) return
      const size = concerned[next]?.id === failing?.id ? 1 : reaction.among
      const some = concerned.slice(next, next + size)
      await processSome(some)
      next += some.length
      if (done !== undefined && performance.now() - savedAt >= saveEveryMs) {
        await save(done)
        savedAt = performance.now()
      }
    }
    await save(to)
  }

  /** Returns undefined when nothing is left to react to. */
  const readParked = async ({ eventId, stream, version }: ParkedEvent) => {
    const [envelope] = await unlessDeleted(store.readStream(stream, version, 1), (deleted) => {
      onError(deleted, `${nameOf(reaction)} gives up the parked event ${eventId}, whose stream was deleted`)
      return []
    })
    return envelope as EventEnvelope<GuichetEvent> | undefined
  }

  const retryParked = async (): Promise<void> => {
    for (let due = await parked.due(100); due.length > 0; due = await parked.due(100)) {
      for (const event of due) {
        if (ending.aborted) return
        try {
          const envelope = await readParked(event)
          if (envelope) await reaction.react([envelope], desk)
        } catch (error) {
          if (isOutage(error)) throw error
          await parked.failedAgain(event, error)
          continue
        }
        await parked.processed(event)
      }
    }
    await parked.load()
  }

  return {
    process: (events, to) => inTurn(() => process(events, to)),
    retryParked: async () => {
      if (parked.size() > 0) await inTurn(retryParked)
    },
  }
}

class TooManyParked extends Error {
  override readonly name = 'TooManyParked'
  constructor({ name }: Reaction) {
    super(`${mostParked} events of ${name} are parked already`)
  }
}
