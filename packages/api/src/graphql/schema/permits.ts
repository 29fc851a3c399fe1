/** A number of places, of which each is taken by one at a time. */
export type Permits = {
  /** Waits for a place, first come, first served; answers with what gives it back, undefined when none is free in time. */
  take(patienceMs: number): Promise<(() => void) | undefined>
}

/** So many places, all of them free. */
export function createPermits(places: number): Permits {
  let free = places
  const waiting = new Set<(release: () => void) => void>()

  const releaseOnce = (): (() => void) => {
    let held = true
    return () => {
      if (!held) return
      held = false
      const [next] = waiting
      if (!next) free++
      else {
        waiting.delete(next)
        next(releaseOnce())
      }
    }
  }

  return {
    take: (patienceMs) => {
      if (free > 0) {
        free--
        return Promise.resolve(releaseOnce())
      }
      return new Promise((resolve) => {
        const given = (release: () => void): void => {
          clearTimeout(timer)
          resolve(release)
        }
        const timer = setTimeout(() => {
          waiting.delete(given)
          resolve(undefined)
        }, patienceMs)
        waiting.add(given)
      })
    },
  }
}
