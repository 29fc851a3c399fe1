import type { Pool } from 'pg'
import type { EventStore, Position } from '@guichet/domain'
import type { Generation } from './generation.ts'

/**
 * The progress of a projection as this process knows it. `own`: this process moves it. `foreign`: another process does,
 * or none. `building`: its first generation, or one for a new version, catches up. `idle`: stopped, or of a version
 * that this program does not have.
 */
export type FollowerProgress =
  | { readonly kind: 'own' | 'foreign'; readonly position: Position | undefined; readonly events: number }
  | { readonly kind: 'building'; readonly events: number }
  | { readonly kind: 'idle' }

/** What else ends a wait; the time in milliseconds. */
type Limits = { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal | undefined }

type FollowedStream = Extract<FollowerProgress, { readonly kind: 'own' | 'foreign' }>

/** The progress of all projections, and the readers that wait for it. */
export type ProgressTracker = {
  get(name: string): FollowerProgress | undefined
  set(name: string, progress: FollowerProgress): void
  /** Notifies waiting readers after `set`. */
  changed(): void
  /** True when readers wait for progress that only the database knows. */
  needsPolling(): boolean
  /** Resolves with the first defined result of `look`; undefined when the time is up or the signal aborts. */
  until<T>(look: () => T | undefined, limits: Limits): Promise<T | undefined>
  /**
   * True when all these projections have passed the position, false when one of them does not follow the history,
   * undefined otherwise.
   */
  shows(position: Position, names: readonly string[]): boolean | undefined
  /** True when every projection that follows the history has passed the position. */
  followedTo(position: Position): boolean
  building(): boolean
  /** The least number of events that a projection holds, idle ones left out. */
  leastEvents(): number
}

/** Keeps the progress in memory; calls `onWaiting` when a reader begins to wait. */
export function createProgressTracker(
  names: readonly string[],
  comparePositions: EventStore['comparePositions'],
  onWaiting: () => void,
): ProgressTracker {
  const byName = new Map<string, FollowerProgress>(
    names.map((name) => [name, { kind: 'foreign', position: undefined, events: 0 }]),
  )
  const waiting = new Set<() => void>()

  const follows = (progress: FollowerProgress | undefined): progress is FollowedStream =>
    progress?.kind === 'own' || progress?.kind === 'foreign'
  const passed = (progress: FollowedStream, position: Position): boolean =>
    progress.position !== undefined && comparePositions(progress.position, position) >= 0
  const all = (): FollowerProgress[] => [...byName.values()]

  return {
    get: (name) => byName.get(name),
    set: (name, progress) => void byName.set(name, progress),
    changed: () => {
      for (const look of waiting) look()
    },
    needsPolling: () => waiting.size > 0 && all().some(({ kind }) => kind === 'foreign' || kind === 'building'),
    until: async <T>(look: () => T | undefined, { timeoutMs, signal }: Limits): Promise<T | undefined> => {
      const present = look()
      if (present !== undefined || signal?.aborted) return present
      return new Promise((resolve) => {
        const end = (answer: T | undefined): void => {
          waiting.delete(lookAgain)
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          resolve(answer)
        }
        const lookAgain = (): void => {
          const answer = look()
          if (answer !== undefined) end(answer)
        }
        const giveUp = (): void => end(undefined)
        const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs)
        signal?.addEventListener('abort', giveUp)
        waiting.add(lookAgain)
        onWaiting()
      })
    },
    shows: (position, projectionNames) => {
      let isShown = true
      for (const name of projectionNames) {
        const progress = byName.get(name)
        if (!follows(progress)) return false
        isShown &&= passed(progress, position)
      }
      return isShown || undefined
    },
    followedTo: (position) => all().every((progress) => !follows(progress) || passed(progress, position)),
    building: () => all().some(({ kind }) => kind === 'building'),
    leastEvents: () =>
      all().reduce(
        (least, progress) => (progress.kind === 'idle' ? least : Math.min(least, progress.events)),
        Infinity,
      ),
  }
}

/** The read models of a database follow another event store: their positions mean nothing in this one. */
export class ForeignHistory extends Error {
  override readonly name = 'ForeignHistory'
  constructor() {
    super('the read models of this database follow another event store')
  }
}

/** @throws ForeignHistory when a position is not in the format of this store. */
export function assertOwnPositions(generations: readonly Generation[], { isPosition }: EventStore): void {
  const positions = generations.flatMap(({ position }) => position ?? [])
  if (!positions.every((position) => isPosition(position))) throw new ForeignHistory()
}

/**
 * Compares the identity of the store with the one that the read models have followed. A database that has followed
 * none, or was written before stores had identities, follows this one from now on.
 * @throws ForeignHistory for another store.
 */
export async function assertFollowedStore(pool: Pool, store: EventStore): Promise<void> {
  const identity = await store.identity()
  await pool.query('insert into guichet_projections.followed_store (identity) values ($1) on conflict do nothing', [
    identity,
  ])
  const { rows } = await pool.query<{ identity: string }>('select identity from guichet_projections.followed_store')
  if (rows[0]?.identity !== identity) throw new ForeignHistory()
}
