/** Lets a loop sleep until something rings, time is up, or the signal aborts. */
export type Alarm = {
  ring(): void
  /** Sleeps until a ring since the last sleep, at most so many milliseconds. */
  wait(milliseconds: number): Promise<void>
  /** Sleeps so many milliseconds, whatever rings. */
  pause(milliseconds: number): Promise<void>
}

/** An alarm that an abort of the signal ends for good: every sleep is over at once. */
export function createAlarm(signal: AbortSignal): Alarm {
  let rung = false
  let wakeOnRing: (() => void) | undefined

  const sleep = async (milliseconds: number, ringable: boolean): Promise<void> => {
    if (signal.aborted) return
    let timer: NodeJS.Timeout | undefined
    let wake: (() => void) | undefined
    await new Promise<void>((resolve) => {
      wake = () => resolve()
      timer = setTimeout(wake, milliseconds)
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
    wait: async (milliseconds) => {
      if (!rung) await sleep(milliseconds, true)
      rung = false
    },
    pause: (milliseconds) => sleep(milliseconds, false),
  }
}

/** The pause after so many failures or idle polls in a row: doubled each time, up to a limit. In milliseconds. */
export function pauseAfter(times: number, { first, last }: { readonly first: number; readonly last: number }): number {
  return Math.min(last, first * 2 ** Math.min(times - 1, 30))
}
