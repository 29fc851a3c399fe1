import type { Activity } from './activity.ts'
import { quietly, runLater } from './quietly.ts'

/** The searches of which an article may still be opened. */
export type Searches = {
  /** Lets a search wait; returns how to say that an article of it was opened. */
  begin(search: Activity): { opened(): void }
  /** Adds all that wait as not opened. */
  settle(): void
}

/**
 * Lets each search wait for so many milliseconds until it is added as not opened; the oldest of more than may wait is added
 * before.
 */
export function createSearches(delayMs: number, add: (search: Activity) => void, mostWaiting = 200): Searches {
  const waiting = new Set<() => void>()
  const settleBeyond = (most: number): void => {
    for (const giveUp of waiting) {
      if (waiting.size <= most) return
      giveUp()
    }
  }
  return {
    begin: (search) => {
      const end = (opened: boolean): void => {
        if (!waiting.delete(giveUp)) return
        cancel()
        add({ ...search, detail: { ...search.detail, opened } })
      }
      const giveUp = (): void => end(false)
      const cancel = runLater(delayMs, giveUp)
      waiting.add(giveUp)
      settleBeyond(mostWaiting)
      return { opened: () => quietly(() => end(true)) }
    },
    settle: () => settleBeyond(0),
  }
}
