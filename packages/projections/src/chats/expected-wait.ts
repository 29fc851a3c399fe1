import { hours } from '@guichet/domain'

/** The fewest chats of the last hour from which a wait is expected. */
const fewestSamples = 10

/** The pace of a desk. */
export type ChatPace = QueuePace & {
  /** The chats that were first answered in the last hour, and after how long on average (000, « Chat Support Temps Réel »). */
  readonly answered: number
  readonly meanFirstAnswer: number | undefined
}

/** What the expected wait of a chat follows from. */
type QueuePace = {
  /** The chats that the available agents who are there may have at once. */
  readonly places: number
  /** Those of them that are free. An open offer takes one. */
  readonly freePlaces: number
  /**
   * The chats of agents that were closed in the last hour, and for how long agents had them on average, in milliseconds.
   * Of a chat that was reopened, the time since then counts.
   */
  readonly handled: number
  readonly meanHandling: number | undefined
  /** Of the chats that left the queue in the last hour, the share that no agent took. */
  readonly abandoning: number
}

/** An expected wait in milliseconds. Two of three chats are expected to wait between `from` and `to`. */
export type ExpectedWait = { readonly mean: number; readonly from: number; readonly to: number }

/**
 * The expected wait of a chat: as long as it takes until agents have ended so many chats that a place is free for it
 * and for those ahead of it that will still be there. Ends of chats are independent of one another, so that the time is
 * distributed as Erlang's.
 * @param ahead the chats to be placed up to and including this one.
 */
export function expectedWait(
  ahead: number,
  { places, freePlaces, handled, meanHandling, abandoning }: QueuePace,
): ExpectedWait | undefined {
  if (places === 0 || handled < fewestSamples || meanHandling === undefined) return undefined
  const ends = Math.max(0, ahead - freePlaces)
  if (ends === 0) return { mean: 0, from: 0, to: 0 }
  const mean = ((ends * meanHandling) / places) * (1 - abandoning)
  return {
    mean: Math.round(mean),
    from: Math.round(mean * quantile(ends, -1)),
    to: Math.round(mean * quantile(ends, 1)),
  }
}

/** A quantile of the time until so many ends, as a share of its mean: Wilson and Hilferty, `z` standard deviations away. */
const quantile = (ends: number, z: number): number => Math.max(0, 1 - 1 / (9 * ends) + z / (3 * Math.sqrt(ends))) ** 3

/** Counts the pace of a desk from what happens in it, as the read model counts it. Times are in milliseconds, and ascend. */
type PaceCount = {
  /** A chat of agents was closed, after they had had it for so long. */
  closed(at: number, handling: number): void
  /** A chat left the queue: an agent took it, or it was abandoned. */
  left(at: number, isTaken: boolean): void
  paceAt(now: number, places: Pick<QueuePace, 'places' | 'freePlaces'>): QueuePace
}

/** Counts the pace of a desk without a database: simulations follow a desk with it. */
export function createPaceCount(): PaceCount {
  let closed: { readonly at: number; readonly handling: number }[] = []
  let left: { readonly at: number; readonly isTaken: boolean }[] = []
  return {
    closed: (at, handling) => closed.push({ at, handling }),
    left: (at, isTaken) => left.push({ at, isTaken }),
    paceAt: (now, places) => {
      closed = closed.filter(({ at }) => at > now - hours(1))
      left = left.filter(({ at }) => at > now - hours(1))
      const handling = closed.reduce((sum, each) => sum + each.handling, 0)
      return {
        ...places,
        handled: closed.length,
        meanHandling: closed.length === 0 ? undefined : handling / closed.length,
        abandoning: left.length === 0 ? 0 : left.filter(({ isTaken }) => !isTaken).length / left.length,
      }
    },
  }
}
