/** A number of places, of which each is taken by one at a time. */
export type Permits = {
  /**
   * Waits for a place; answers with what gives it back, undefined when none is free in time. Those who wait have their turn one after the
   * other by `name`, and each name first come, first served.
   */
  take(patienceMs: number, name?: string): Promise<(() => void) | undefined>
}

type Given = (release: () => void) => void

/** So many places, all of them free. */
export function createPermits(places: number): Permits {
  let free = places
  const waiting = new Map<string, Set<Given>>()

  const leave = (name: string, given: Given): void => {
    const own = waiting.get(name)
    own?.delete(given)
    if (own?.size === 0) waiting.delete(name)
  }

  /** The next name goes behind all others, whether more of it wait or not. */
  const next = (): Given | undefined => {
    const [[name, own] = []] = waiting
    const [given] = own ?? []
    if (name === undefined || !own || !given) return undefined
    waiting.delete(name)
    own.delete(given)
    if (own.size > 0) waiting.set(name, own)
    return given
  }

  const releaseOnce = (): (() => void) => {
    let held = true
    return () => {
      if (!held) return
      held = false
      const given = next()
      if (given) given(releaseOnce())
      else free++
    }
  }

  return {
    take: (patienceMs, name = '') => {
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
          leave(name, given)
          resolve(undefined)
        }, patienceMs)
        waiting.set(name, (waiting.get(name) ?? new Set()).add(given))
      })
    },
  }
}
