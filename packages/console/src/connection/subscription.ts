import type { Errors, LiveResult } from './event-stream.ts'
import type { Live } from './live.ts'
import type { Pauses } from './pauses.ts'
import { codeOfErrors, passes, tokenCodes } from './refusals.ts'

/** Receives what a subscription gives, until it is refused for good. */
export type Sink<T> = {
  next(data: T): void
  /** It was refused, and is not begun again. */
  refused(code: string): void
  /** It has been refused several times, and is begun again nonetheless; undefined once it is refused no more. */
  delayed?(code: string | undefined): void
  /** The connection was made again: what has no cursor was missed meanwhile. */
  connected?(): void
  /** It gives hints, which may come late: without a WebSocket it is asked for from time to time. */
  readonly brief?: boolean
}

type Options<T> = {
  readonly live: Pick<Live, 'subscribe' | 'isPolled'>
  readonly pauses: Pick<Pauses, 'pause' | 'pauseFor'>
  readonly query: string
  readonly variables: () => object
  readonly sink: Sink<T>
  /** The code with which no token could be had for the live connection, if so. */
  readonly denied: () => string | undefined
  /** The server refuses the token of the live connection, with the code. */
  readonly rejected: (code: string) => void
  /** It has ended, or was refused for good. */
  readonly removed: () => void
}

/** A subscription that is followed. */
export type Follower = {
  begin(): void
  /** The connection was made again. */
  connected(): void
  /** Begins it again, as over another way. */
  restart(): void
  end(): void
}

/** How long a subscription that gives hints is not polled again, in milliseconds. */
const briefPauseMs = 15_000

/** From how many refusals in a row on a subscription counts as delayed, until it is not refused for so long, in milliseconds. */
const delayedAfter = 3
const acceptedMs = 5_000

/** Follows a subscription across lost connections, from `begin` on. */
export function createFollower<T>(options: Options<T>): Follower {
  const { live, query, variables, sink, denied, rejected, removed } = options
  const { pause, pauseFor } = options.pauses
  const { brief = false } = sink
  let stop: () => void = () => undefined
  let stopped = false
  /** Counts the subscriptions that were begun: what an earlier one still gives is dropped. */
  let turn = 0
  /** When it was opened last, and whether it has failed since: what has no cursor was missed then. */
  let openedAt = 0
  let isBroken = false
  let attempt = 0
  let refusals = 0
  let accepting: ReturnType<typeof setTimeout> | undefined
  const accepted = (): void => {
    clearTimeout(accepting)
    if (refusals >= delayedAfter && !stopped) sink.delayed?.(undefined)
    refusals = 0
  }
  const failed = (code: string): void => {
    clearTimeout(accepting)
    if (tokenCodes.includes(code)) return rejected(code)
    if (passes(code)) {
      if (++refusals >= delayedAfter) sink.delayed?.(code)
      return
    }
    stopped = true
    removed()
    sink.refused(code)
  }
  const again = async (wait: Promise<void>): Promise<void> => {
    const before = turn
    await wait
    if (!stopped && turn === before) begin()
  }
  const begin = (): void => {
    const mine = ++turn
    const isOver = (): boolean => stopped || turn !== mine
    if (refusals > 0) accepting = setTimeout(accepted, acceptedMs)
    // Read again for each connection: the payload is sent anew with the cursor of then.
    const payload = {
      query,
      get variables() {
        return variables()
      },
    }
    stop = live.subscribe(payload, brief, {
      opened: () => {
        const isLate = Date.now() - openedAt >= briefPauseMs
        if (!isOver() && openedAt > 0 && (isBroken || isLate)) sink.connected?.()
        openedAt = Date.now()
        isBroken = false
      },
      next: ({ data, errors }: LiveResult) => {
        if (isOver()) return
        if (!data) return failed(codeOfErrors(errors ?? []))
        attempt = 0
        accepted()
        sink.next(data as T)
      },
      error: (error) => {
        if (isOver()) return
        isBroken = true
        const code = denied()
        // A lost network refuses nothing.
        if (Array.isArray(error)) failed(codeOfErrors(error as Errors))
        else if (code !== undefined) failed(code)
        if (!stopped) void again(pause(attempt++))
      },
      complete: () => {
        if (isOver()) return
        if (live.isPolled(brief)) attempt = 0
        void again(live.isPolled(brief) && brief ? pauseFor(briefPauseMs) : pause(attempt++))
      },
    })
  }
  return {
    begin,
    connected: () => sink.connected?.(),
    restart: () => {
      turn++
      clearTimeout(accepting)
      stop()
      begin()
    },
    end: () => {
      stopped = true
      clearTimeout(accepting)
      removed()
      stop()
    },
  }
}
