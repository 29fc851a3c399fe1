import type { Activity } from '../activity.ts'
import { runLater } from '../quietly.ts'

/** How long activities wait that a quota of the desk has refused, in milliseconds: it is restored by then. */
const pauseMs = 60_000

/** The activities that a quota of the desk has refused: others do not wait for them. */
type QuotaPause = {
  add(activity: Activity): void
  /** How many wait. */
  size(): number
  /** Removes so many of the oldest, and returns them: none for less than one. */
  take(count: number): readonly Activity[]
}

/** Lets each activity wait for a minute until it is released. */
export function createQuotaPause(release: (activity: Activity) => void): QuotaPause {
  /** The oldest first, which is due first. */
  const waiting: { readonly activity: Activity; readonly dueAt: number }[] = []
  let isTimed = false

  const schedule = (): void => {
    const [first] = waiting
    if (isTimed || !first) return
    isTimed = true
    runLater(first.dueAt - Date.now(), () => {
      isTimed = false
      const now = Date.now()
      const later = waiting.findIndex(({ dueAt }) => dueAt > now)
      take(later < 0 ? waiting.length : later).forEach(release)
      schedule()
    })
  }
  const take = (count: number): readonly Activity[] => waiting.splice(0, count).map(({ activity }) => activity)

  return {
    add: (activity) => {
      waiting.push({ activity, dueAt: Date.now() + pauseMs })
      schedule()
    },
    size: () => waiting.length,
    take,
  }
}
