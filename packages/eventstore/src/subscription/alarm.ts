/** Lets a loop sleep until something rings, time is up, or the signal aborts. */
export type Alarm = {
  ring(): void
  /** Forgets rings so far. */
  reset(): void
  /** Sleeps until a ring since the last reset, at most so many milliseconds; answers whether it rang. */
  wait(milliseconds: number): Promise<boolean>
  /** Sleeps so many milliseconds, whatever rings. */
  pause(milliseconds: number): Promise<void>
  dispose(): void
}

/** An alarm that an abort of the signal ends for good: every sleep is over at once. */
export function createAlarm(signal: AbortSignal): Alarm {
  let rung = false
  let wakeOnRing: (() => void) | undefined
  let wakeOnAbort: (() => void) | undefined
  const abort = (): void => wakeOnAbort?.()
  signal.addEventListener('abort', abort)

  const sleep = async (milliseconds: number, ringable: boolean): Promise<void> => {
    if (signal.aborted || (ringable && rung)) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds)
      wakeOnAbort = resolve
      if (ringable) wakeOnRing = resolve
    })
    clearTimeout(timer)
    wakeOnRing = undefined
    wakeOnAbort = undefined
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
    dispose: () => signal.removeEventListener('abort', abort),
  }
}
