import { setTimeout as pause } from 'node:timers/promises'

/** Does work with a host in turn: after all that was to be done before, and after the pause that follows each. */
export type HostTurns = <T>(host: string, work: () => Promise<T>) => Promise<T>

/** What the pauses of hosts are measured by. */
type TurnClock = {
  /** The time in milliseconds, which never goes back. */
  readonly now: () => number
  /** Resolves after some milliseconds; rejects at the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>
}

const realClock: TurnClock = {
  now: () => performance.now(),
  pause: (ms, signal) => pause(ms, undefined, { signal }),
}

/**
 * Lets one request at a time go to each host, and leaves it alone for a while after each. Who waits rejects at the signal.
 * @param pauseMs how long a host is left alone, in milliseconds.
 */
export function createHostTurns(pauseMs: number, signal: AbortSignal, clock: TurnClock = realClock): HostTurns {
  const ends = new Map<string, Promise<number>>()
  return (host, work) => {
    const before = ends.get(host)
    const turn = async () => {
      const endedAt = await before
      const leftMs = endedAt === undefined ? 0 : endedAt + pauseMs - clock.now()
      if (leftMs > 0) await clock.pause(leftMs, signal)
      signal.throwIfAborted()
      return work()
    }
    const underWay = turn()
    const end = (): number => clock.now()
    ends.set(host, underWay.then(end, end))
    return underWay
  }
}
