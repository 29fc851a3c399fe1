import type { Aggregate, Issued } from './decider.ts'
import type { DomainEvent, Position } from './event.ts'
import { streamName } from './event.ts'
import type { EventStore } from './event-store.ts'
import type { Refusal } from './refusal.ts'
import { refusal } from './refusal.ts'
import type { Result } from './result.ts'
import { accept, deny } from './result.ts'
import type { StreamCache } from './stream-cache.ts'

/** What a command may bring besides its own data. */
export type Intent<C> = C &
  Omit<Issued, 'aggregateId'> & {
    readonly correlationId?: string | undefined
    readonly causationId?: string | undefined
    /** The version the sender has seen; the command is refused when the stream has moved on. */
    readonly expectedVersion?: number | undefined
  }

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
  return async <C, E extends DomainEvent, S>(aggregate: Aggregate<C, E, S>, id: string, command: Intent<C>) => {
    const stream = streamName(aggregate.category, id)
    return cache.exclusively(stream, async () => {
      let { known, current } = await cache.open(store, aggregate, stream, command)

      const refresh = async (): Promise<void> => {
        known = await cache.refresh(store, aggregate, stream, known)
        current = true
      }
      const firstOutcome = async (otherwise: Result<Executed<E>, Refusal>): Promise<Result<Executed<E>, Refusal>> => {
        const first = known.version > 0 ? await store.findCommand(stream, command.commandId) : undefined
        return first ? accept({ stream, ...first, events: [], repeated: true }) : otherwise
      }

      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const { expectedVersion } = command
        const stale = expectedVersion !== undefined && expectedVersion !== known.version
        const decision = stale
          ? deny(
              refusal('version_conflict', {
                message: `the stream is at version ${known.version}, not ${expectedVersion}`,
                field: 'expectedVersion',
              }),
            )
          : aggregate.decide({ ...command, aggregateId: id }, known.state)

        if (!decision.ok || decision.value.length === 0) {
          if (!current) {
            await refresh()
            continue
          }
          return firstOutcome(
            decision.ok
              ? accept({ stream, version: known.version, position: undefined, events: [], repeated: false })
              : decision,
          )
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
    })
  }
}
