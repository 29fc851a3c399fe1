/** Lets a loop sleep until a ring, a timeout or an abort of the signal. */
export type Alarm = {
  ring(): void
  /** Forgets the rings so far. */
  reset(): void
  /**
   * Sleeps until a ring since the last reset, for at most the given milliseconds if there is a bound. Returns whether
   * it rang.
   */
  wait(milliseconds?: number): Promise<boolean>
  /** Sleeps for the given milliseconds and ignores rings. */
  pause(milliseconds: number): Promise<void>
}

/** The longest delay that a timer accepts. */
const longest = 2 ** 31 - 1

/** Creates an alarm for one loop. An abort of the signal ends it for good: every sleep returns at once. */
export function createAlarm(signal: AbortSignal): Alarm {
  let rung = false
  let wakeOnRing: (() => void) | undefined

  const sleep = async (milliseconds: number | undefined, ringable: boolean): Promise<void> => {
    if (signal.aborted || (ringable && rung)) return
    let timer: NodeJS.Timeout | undefined
    let wake: (() => void) | undefined
    await new Promise<void>((resolve) => {
      wake = () => resolve()
      if (milliseconds !== undefined) timer = setTimeout(wake, Math.min(milliseconds, longest))
      signal.addEventListener('abort', wake)
      if (ringable) wakeOnRing = wake
    })
    clearTimeout(timer)
    if (wake) signal.removeEventListener('abort', wake)
    wakeOnRing = undefined
  }

  return {
    ring: () => {
      rung = true
      wakeOnRing?.()
    },
    reset: () => {
      rung = false
    },
    wait: async (milliseconds) => {
      await sleep(milliseconds, true)
      return rung
    },
    pause: (milliseconds) => sleep(milliseconds, false),
  }
}
