/** A semaphore: a number of places, each held by one caller at a time. */
export type Permits = {
  /**
   * Waits for a place and returns a function that releases it, or undefined when none is free in time; `Infinity` waits
   * for as long as it takes. Names take turns; within a name, waiting callers are served in order.
   */
  take(patienceMs: number, name?: string): Promise<(() => void) | undefined>
}

/** Takes a place of a name, which has one share of places or more. Returns a function that frees it, or undefined when none is left. */
type TakePlace = (name: string, shares?: number) => (() => void) | undefined

/** Counts what is open by name. @param most the places of a name with one share. */
export function createPlaces(most: number): TakePlace {
  const counts = new Map<string, number>()
  return (name, shares = 1) => {
    const before = counts.get(name) ?? 0
    if (before >= most * shares) return undefined
    counts.set(name, before + 1)
    return once(() => {
      const left = (counts.get(name) ?? 1) - 1
      if (left > 0) counts.set(name, left)
      else counts.delete(name)
    })
  }
}

type Grant = (release: () => void) => void

/** Creates a number of free places, of which a name holds at most `ofName` at a time: all by default. */
export function createPermits(places: number, ofName = places): Permits {
  let free = places
  const takeOfName = createPlaces(ofName)
  const waiting = new Map<string, Set<Grant>>()

  const leave = (name: string, grant: Grant): void => {
    const grants = waiting.get(name)
    grants?.delete(grant)
    if (grants?.size === 0) waiting.delete(name)
  }

  const takeFree = (name: string): (() => void) | undefined => {
    const leaveName = free > 0 ? takeOfName(name) : undefined
    if (!leaveName) return undefined
    free--
    return once(() => {
      leaveName()
      free++
      serveNext()
    })
  }

  /** Serves the first caller of the next name that may hold a place, and moves the name to the end of the queue. */
  const serveNext = (): void => {
    for (const [name, grants] of waiting) {
      const [grant] = grants
      const release = grant && takeFree(name)
      if (!release) continue
      waiting.delete(name)
      grants.delete(grant)
      if (grants.size > 0) waiting.set(name, grants)
      return grant(release)
    }
  }

  return {
    take: (patienceMs, name = '') => {
      const release = takeFree(name)
      if (release) return Promise.resolve(release)
      return new Promise((resolve) => {
        const grant = (release: () => void): void => {
          clearTimeout(timer)
          resolve(release)
        }
        const giveUp = (): void => {
          leave(name, grant)
          resolve(undefined)
        }
        const timer = patienceMs === Infinity ? undefined : setTimeout(giveUp, patienceMs)
        waiting.set(name, (waiting.get(name) ?? new Set()).add(grant))
      })
    },
  }
}

function once(run: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    run()
  }
}
