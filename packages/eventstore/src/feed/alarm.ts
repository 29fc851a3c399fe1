/** Lets a loop sleep until something rings, time is up, or the signal aborts. */
export type Alarm = {
  ring(): void
  /** Forgets rings so far. */
  reset(): void
  /** Sleeps until a ring since the last reset, at most so many milliseconds if there is a bound; answers whether it rang. */
  wait(milliseconds?: number): Promise<boolean>
  /** Sleeps so many milliseconds, whatever rings. */
  pause(milliseconds: number): Promise<void>
}

/** The most that a timer takes. */
const longest = 2 ** 31 - 1

/** An alarm for one loop, that an abort of the signal ends for good: every sleep is over at once. */
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
