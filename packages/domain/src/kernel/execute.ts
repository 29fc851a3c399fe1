import type { Aggregate, Issued } from './decider.ts'
import type { DomainEvent, Position, StreamName } from './event.ts'
import { streamName } from './event.ts'
import type { EventStore } from './event-store.ts'
import type { Refusal } from './refusal.ts'
import { refusal } from './refusal.ts'
import type { Result } from './result.ts'
import { accept, deny } from './result.ts'
import type { Folded, StreamCache } from './stream-cache.ts'

/** What a command brings besides its own data. */
export type Dispatch = Omit<Issued, 'aggregateId'> & {
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  /** The version the sender has seen; the command is refused when the stream has moved on. */
  readonly expectedVersion?: number | undefined
}

/** A command on its way to its stream. */
export type Intent<C> = C & Dispatch

/** What became of a command that was not refused. */
export type Executed<E extends DomainEvent> = {
  readonly stream: string
  /** The stream's version after the command. */
  readonly version: number
  /** Where the command's last event stands in the global order; undefined when it stored none. */
  readonly position: Position | undefined
  /** The events this call stored: none for a repeat, or when there was nothing to do. */
  readonly events: readonly E[]
  /** True when this very command id had been carried out before: this is its first outcome. */
  readonly repeated: boolean
}

export type Execute = <C, E extends DomainEvent, S>(
  aggregate: Aggregate<C, E, S>,
  id: string,
  command: Intent<C>,
) => Promise<Result<Executed<E>, Refusal>>

const maxAttempts = 20

/**
 * The one way in which commands become events: load, decide, append at the version that was decided on, and once more
 * when another writer was faster. A folded stream may come from the cache, because the append checks its version; what
 * would answer without an append (a refusal, nothing to do) is decided on the stream as stored.
 */
export function createExecute(store: EventStore, cache: StreamCache): Execute {
  return (aggregate, id, command) => {
    const stream = streamName(aggregate.category, id)
    return cache.exclusively(stream, () => carryOut(store, cache, aggregate, stream, { aggregateId: id, ...command }))
  }
}

async function carryOut<C, E extends DomainEvent, S>(
  store: EventStore,
  cache: StreamCache,
  aggregate: Aggregate<C, E, S>,
  stream: StreamName,
  command: Intent<C> & Issued,
): Promise<Result<Executed<E>>> {
  let known = cache.peek(aggregate, stream)
  let asStored = false
  const refresh = async (): Promise<void> => {
    known = await cache.refresh(store, aggregate, stream, known)
    asStored = true
  }

  if (known.version === 0 && !aggregate.creates?.(command)) await refresh()
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const decision = decideAt(aggregate, command, known)
    if (!decision.ok || decision.value.length === 0) {
      if (asStored)
        return (await firstOutcome(store, stream, known, command.commandId)) ?? withoutEvents(stream, known, decision)
      await refresh()
      continue
    }
    const outcome = await store.append({
      stream,
      expectedVersion: known.version,
      commandId: command.commandId,
      correlationId: command.correlationId,
      causationId: command.causationId,
      events: decision.value,
    })
    if (outcome.kind === 'conflict') {
      await refresh()
      continue
    }
    const { version, position } = outcome
    if (outcome.kind === 'duplicate') {
      cache.forget(stream)
      return accept({ stream, version, position, events: [], repeated: true })
    }
    cache.advance(aggregate, stream, known, decision.value)
    return accept({ stream, version, position, events: decision.value, repeated: false })
  }
  return deny(refusal('too_many_conflicts'))
}

function decideAt<C, E extends DomainEvent, S>(
  aggregate: Aggregate<C, E, S>,
  command: Intent<C> & Issued,
  { version, state }: Folded<S>,
): Result<readonly E[]> {
  const { expectedVersion } = command
  if (expectedVersion === undefined || expectedVersion === version) return aggregate.decide(command, state)
  const message = `the stream is at version ${version}, not ${expectedVersion}`
  return deny(refusal('version_conflict', { message, field: 'expectedVersion' }))
}

/** The answer to a command that had been carried out before. */
async function firstOutcome<E extends DomainEvent>(
  store: EventStore,
  stream: StreamName,
  { version }: Folded<unknown>,
  commandId: string,
): Promise<Result<Executed<E>> | undefined> {
  const first = version > 0 ? await store.findCommand(stream, commandId) : undefined
  return first && accept({ stream, ...first, events: [], repeated: true })
}

function withoutEvents<E extends DomainEvent>(
  stream: StreamName,
  { version }: Folded<unknown>,
  decision: Result<readonly E[]>,
): Result<Executed<E>> {
  return decision.ok ? accept({ stream, version, position: undefined, events: [], repeated: false }) : decision
}
