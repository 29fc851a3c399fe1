import type { DomainEvent, EventEnvelope, GuichetEvent } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'

/** How the streams of one category fold into what a read model needs to know of each. */
type StreamFold<E extends DomainEvent, S> = {
  readonly category: string
  readonly initial: S
  evolve(state: S, envelope: EventEnvelope<E>): S
}

/** A stream's state as kept by a read model, after so many events. */
export type KeptState<S> = { readonly id: string; readonly version: number; readonly state: S }

/** One event, with what its stream was before and after it. */
export type Step<E extends DomainEvent, S> = {
  readonly id: string
  readonly envelope: EventEnvelope<E>
  readonly before: S
  readonly after: S
}

export type FoldedBatch<E extends DomainEvent, S> = {
  /** The category's events of the batch, in global order. */
  readonly steps: readonly Step<E, S>[]
  /** Each stream of the batch once, as it stands at the batch's end. */
  readonly ends: readonly KeptState<S>[]
}

/** Reads the kept states of streams, by id; a stream that is not kept is left out. */
type LoadStates<S> = (ids: readonly string[]) => Promise<readonly KeptState<S>[]>

/** Folds batches of events; see `createStreamFolding`. */
export type StreamFolding<E extends DomainEvent, S> = (
  events: readonly RecordedEvent[],
  load: LoadStates<S>,
) => Promise<FoldedBatch<E, S>>

/**
 * Folds batches in global order, and remembers the streams folded last so that most batches load nothing. What is
 * remembered is told by stream and version, and a stream's state at a version never changes: it stays true when a
 * transaction rolls back, when another process takes over, and for a rebuild that is elsewhere in the history.
 * A batch that several read models share is folded once.
 * @throws Error when a kept state is not the one right before the batch: rows and checkpoint have come apart.
 */
export function createStreamFolding<E extends DomainEvent & GuichetEvent, S>(
  fold: StreamFold<E, S>,
  maxStreams = 5_000,
): StreamFolding<E, S> {
  const remembered = new Map<string, KeptState<S>>()
  const batches = new WeakMap<readonly RecordedEvent[], Promise<FoldedBatch<E, S>>>()

  const foldBatch = async (events: readonly RecordedEvent[], load: LoadStates<S>): Promise<FoldedBatch<E, S>> => {
    const own = events.filter(({ stream }) => parseStream(stream).category === fold.category)
    const states = await statesBefore(own, load)
    const steps = own.map((recorded) => {
      const envelope = recorded as EventEnvelope<E>
      const { id } = parseStream(envelope.stream)
      const before = states.get(id)?.state ?? fold.initial
      const after = fold.evolve(before, envelope)
      states.set(id, { id, version: envelope.version, state: after })
      return { id, envelope, before, after }
    })
    for (const kept of states.values()) remember(kept)
    return { steps, ends: [...states.values()] }
  }

  const statesBefore = async (
    own: readonly RecordedEvent[],
    load: LoadStates<S>,
  ): Promise<Map<string, KeptState<S>>> => {
    const versions = new Map<string, number>()
    const opened = new Set<string>()
    for (const { stream, version, event } of own) {
      const { id } = parseStream(stream)
      if (versions.has(id)) continue
      versions.set(id, version - 1)
      if (opensTicket(event)) opened.add(id)
    }
    const states = new Map<string, KeptState<S>>()
    const missing: string[] = []
    for (const [id, version] of versions) {
      const kept = remembered.get(id)
      if (kept?.version === version) states.set(id, kept)
      else if (version > 0) missing.push(id)
    }
    if (missing.length > 0) for (const kept of await load(missing)) states.set(kept.id, kept)
    for (const [id, version] of versions) {
      const found = states.get(id)?.version ?? 0
      if (found !== version && (found > 0 || !opened.has(id))) {
        throw new Error(
          `the rows of ${fold.category}-${id} stand at version ${found}, the history goes on after ${version}`,
        )
      }
    }
    return states
  }

  const remember = (kept: KeptState<S>): void => {
    remembered.delete(kept.id)
    remembered.set(kept.id, kept)
    if (remembered.size > maxStreams) {
      const oldest = remembered.keys().next()
      if (!oldest.done) remembered.delete(oldest.value)
    }
  }

  return (events, load) => {
    const shared = batches.get(events)
    if (shared) return shared
    const folded = foldBatch(events, load)
    batches.set(events, folded)
    folded.catch(() => batches.delete(events))
    return folded
  }
}

/** A ticket begins with it, also on the stream of one that was taken back with its import and is not kept any more. */
const opensTicket = ({ type }: DomainEvent): boolean => type === 'TicketOpened'
