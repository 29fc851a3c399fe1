import { generationCommandId } from './actor.ts'
import type { Aggregate, CommandMetadata } from './decider.ts'
import type { EventStore, FirstOutcome } from './event-store.ts'
import type { DomainEvent, Position, StreamName } from './event.ts'
import { streamName } from './event.ts'
import type { Refusal, Result } from './refusal.ts'
import { accept, deny, refusal } from './refusal.ts'
import type { Snapshot } from './snapshots.ts'
import { keepSnapshot } from './snapshots.ts'
import type { StreamCache } from './stream-cache.ts'

/** The metadata shared by commands that are carried out together. */
export type Dispatch = Pick<CommandMetadata, 'commandId'> & {
  /**
   * Distinguishes a repeat of the command from another one under its id; without one, every outcome under the id counts
   * as the command's.
   */
  readonly fingerprint?: string | undefined
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  /** The version the sender has seen; the command is refused when the stream has another one. */
  readonly expectedVersion?: number | undefined
  /** Adds marks to the events before they are stored, given the stream's version; no state depends on marks. */
  readonly marked?:
    | (<E extends DomainEvent>(stream: StreamName, version: number, events: readonly E[]) => Promise<readonly E[]>)
    | undefined
}

/** A command with its id, moment and sender. */
export type SentCommand<C> = C & Pick<CommandMetadata, 'commandId' | 'at' | 'by'>

/** The outcome of a command that was not refused. */
export type Execution<E extends DomainEvent, S = unknown> = {
  readonly stream: string
  /** The stream's version after the command. */
  readonly version: number
  /** The position of the command's last event; undefined when it stored none. */
  readonly position: Position | undefined
  /** The events this call stored: none for a repeat or a command without effect. */
  readonly events: readonly E[]
  /** Whether this command id had been carried out before: then this is its first outcome. */
  readonly repeated: boolean
  /** The stream's state at that version; undefined for a repeat, whose first outcome may be old. */
  readonly state: S | undefined
}

/**
 * Carries out one command, or several as one: each is decided on the state after the commands before it, and their
 * events are stored in one append under one command id, or none is. The first refusal is the answer for all.
 */
export type Execute = <C, E extends DomainEvent, S>(
  aggregate: Aggregate<C, E, S>,
  id: string,
  commands: readonly SentCommand<C>[],
  dispatch: Dispatch,
) => Promise<Result<Execution<E, S>, Refusal>>

const maxAttempts = 20

/**
 * The only path from commands to events: load, decide, append at the version that was decided on, and retry when
 * another writer was faster. A folded stream may come from the cache, because the append checks its version; an outcome
 * without an append (a refusal, no events) is decided on the stream as stored.
 */
export function createExecute(store: EventStore, cache: StreamCache): Execute {
  return (aggregate, id, commands, dispatch) => {
    const stream = streamName(aggregate.category, id)
    const issued = commands.map((command) => ({ ...command, aggregateId: id }))
    return cache.exclusively(stream, () => carryOut(store, cache, aggregate, stream, issued, dispatch))
  }
}

async function carryOut<C, E extends DomainEvent, S>(
  store: EventStore,
  cache: StreamCache,
  aggregate: Aggregate<C, E, S>,
  stream: StreamName,
  commands: readonly (C & CommandMetadata)[],
  dispatch: Dispatch,
): Promise<Result<Execution<E, S>>> {
  const { fingerprint, correlationId, causationId, expectedVersion } = dispatch
  let snapshot = cache.peek(aggregate, stream)
  let asStored = false
  const refresh = async (): Promise<void> => {
    snapshot = await cache.refresh(store, aggregate, stream, snapshot)
    asStored = true
  }

  const [first] = commands
  if (snapshot.version === 0 && !(first && aggregate.creates?.(first))) await refresh()
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const commandId = generationCommandId(dispatch.commandId, aggregate.generation?.(snapshot.state) ?? 0)
    const decision = decideAt(aggregate, commands, snapshot, expectedVersion)
    if (!decision.ok || decision.value.events.length === 0) {
      if (asStored)
        return (
          (await firstOutcome(store, stream, snapshot, { ...dispatch, commandId })) ??
          withoutEvents(stream, snapshot, decision)
        )
      await refresh()
      continue
    }
    const { events: decided, state } = decision.value
    const events = (await dispatch.marked?.(stream, snapshot.version, decided)) ?? decided
    const outcome = await store.append({
      stream,
      expectedVersion: snapshot.version,
      commandId,
      fingerprint,
      correlationId,
      causationId,
      events,
    })
    if (outcome.kind === 'conflict') {
      await refresh()
      continue
    }
    if (outcome.kind === 'too_large') return deny(tooLarge(outcome.limit))
    if (outcome.kind === 'duplicate') {
      cache.forget(stream)
      return repeated(stream, outcome, dispatch)
    }
    const { version, position } = outcome
    cache.keep(stream, { version, state })
    keepSnapshot(store, aggregate, stream, snapshot.version, { version, state, position })
    return accept({ stream, version, position, events, repeated: false, state })
  }
  return deny(refusal('too_many_conflicts'))
}

/** The events of commands, and the state after them. */
type DecidedEvents<E, S> = { readonly events: readonly E[]; readonly state: S }

/** Decides commands one after the other on a snapshot, without storing anything. */
export function decideAt<C, E extends DomainEvent, S>(
  aggregate: Aggregate<C, E, S>,
  commands: readonly (C & CommandMetadata)[],
  { version, state: before }: Snapshot<S>,
  expectedVersion: number | undefined,
): Result<DecidedEvents<E, S>> {
  if (expectedVersion !== undefined && expectedVersion !== version) {
    return deny(versionConflict(version, expectedVersion))
  }
  const events: E[] = []
  let state = before
  for (const [step, command] of commands.entries()) {
    const decision = aggregate.decide(command, state)
    if (!decision.ok) return deny(refusedAt(step, commands.length, decision.refusal))
    for (const event of decision.value) {
      events.push(event)
      state = aggregate.evolve(state, event)
    }
  }
  return accept({ events, state })
}

/** The refusal of a command whose events are larger together than the store takes in one append, in bytes. */
const tooLarge = (limit: number): Refusal =>
  refusal('command_too_large', {
    message: `the events of the command are larger together than the event store takes at once: ${limit} bytes at most`,
  })

/** The refusal when a stream is at another version than the sender has seen. */
export const versionConflict = (version: number, expected: number): Refusal =>
  refusal('version_conflict', { message: `the version is ${version}, not ${expected}`, field: 'expectedVersion' })

/** A refusal with the index of its command among several; a single command needs no index. */
export function refusedAt(step: number, of: number, refusal: Refusal): Refusal {
  return of > 1 ? { ...refusal, step } : refusal
}

/** The first outcome of a command id that has been carried out before, if it has. */
async function firstOutcome<E extends DomainEvent, S>(
  store: EventStore,
  stream: StreamName,
  { version }: Snapshot<S>,
  dispatch: Dispatch,
): Promise<Result<Execution<E, S>> | undefined> {
  const first = version > 0 ? await store.findCommand(stream, dispatch.commandId) : undefined
  return first && repeated(stream, first, dispatch)
}

function repeated<E extends DomainEvent, S>(
  stream: StreamName,
  { version, position, fingerprint }: FirstOutcome,
  dispatch: Dispatch,
): Result<Execution<E, S>> {
  const another =
    fingerprint !== undefined && dispatch.fingerprint !== undefined && fingerprint !== dispatch.fingerprint
  return another
    ? deny(refusal('command_id_reused', { field: 'commandId' }))
    : accept({ stream, version, position, events: [], repeated: true, state: undefined })
}

function withoutEvents<E extends DomainEvent, S>(
  stream: StreamName,
  { version, state }: Snapshot<S>,
  decision: Result<unknown>,
): Result<Execution<E, S>> {
  return decision.ok ? accept({ stream, version, position: undefined, events: [], repeated: false, state }) : decision
}
