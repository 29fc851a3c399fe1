import type { EventStore, Position } from '@guichet/domain'

/**
 * Where a projection stands as this process knows it. `own`: this process moves it. `foreign`: another one does, or
 * nobody. `building`: its first generation, or one for a new version, catches up. `idle`: stopped, or of a version that
 * this program does not have.
 */
export type Standing =
  | { readonly kind: 'own' | 'foreign'; readonly position: Position | undefined; readonly events: number }
  | { readonly kind: 'building'; readonly events: number }
  | { readonly kind: 'idle' }

/** The standings of all projections, and who waits for them to move. */
export type Standings = {
  get(name: string): Standing | undefined
  set(name: string, standing: Standing): void
  /** Tells the waiters that something was set. */
  changed(): void
  /** True when only asking the database can tell how things stand. */
  needAsking(): boolean
  /** Resolves true when the condition holds, false when time (milliseconds) or the signal ends the wait. */
  until(
    condition: () => boolean,
    limits: { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<boolean>
  /** True when every projection that follows the history has passed the position. */
  passed(position: Position): boolean
  building(): boolean
  /** The least number of events that a projection holds which is not idle. */
  leastEvents(): number
}

/** Keeps standings in memory; `onWaiting` is called when somebody begins to wait. */
export function createStandings(
  names: readonly string[],
  comparePositions: EventStore['comparePositions'],
  onWaiting: () => void,
): Standings {
  const standings = new Map<string, Standing>(
    names.map((name) => [name, { kind: 'foreign', position: undefined, events: 0 }]),
  )
  const waiting = new Set<() => void>()

  const passes = (standing: Standing, position: Position): boolean => {
    if (standing.kind === 'idle' || standing.kind === 'building') return true
    return standing.position !== undefined && comparePositions(standing.position, position) >= 0
  }
  const all = (): Standing[] => [...standings.values()]

  return {
    get: (name) => standings.get(name),
    set: (name, standing) => void standings.set(name, standing),
    changed: () => {
      for (const look of waiting) look()
    },
    needAsking: () => waiting.size > 0 && all().some(({ kind }) => kind === 'foreign' || kind === 'building'),
    until: (condition, { timeoutMs, signal }) => {
      if (condition()) return Promise.resolve(true)
      if (signal?.aborted) return Promise.resolve(false)
      return new Promise((resolve) => {
        const end = (outcome: boolean): void => {
          waiting.delete(look)
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          resolve(outcome)
        }
        const look = (): void => {
          if (condition()) end(true)
        }
        const giveUp = (): void => end(false)
        const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs)
        signal?.addEventListener('abort', giveUp)
        waiting.add(look)
        onWaiting()
      })
    },
    passed: (position) => all().every((standing) => passes(standing, position)),
    building: () => all().some(({ kind }) => kind === 'building'),
    leastEvents: () =>
      all().reduce(
        (least, standing) => (standing.kind === 'idle' ? least : Math.min(least, standing.events)),
        Infinity,
      ),
  }
}
