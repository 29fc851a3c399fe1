/** When each ticket may be looked at. */
export type Pace = {
  /** In milliseconds of the epoch: when it is this router's turn to do something on a ticket; `what` tells it from what was to be done before. */
  dueAt(id: string, what: string, extraMs: number): number
  /** When its turn comes to do what was looked at last, where that is of this version; 0 without one. */
  planned(id: string, version: number): number
  /** Notes a failure: the ticket rests, longer after each one in a row. */
  failed(id: string): void
  /** Notes that a look went well, and which version must be known before the next one. */
  done(id: string, awaited: number): void
  /** Whether what the last look led to is not known yet. */
  awaits(id: string, version: number): boolean
  /** Forgets tickets that nobody asks about any more. */
  forget(id: string): void
}

type Entry = { what: string; since: number; dueAt: number; awaited: number; failures: number; restsUntil: number }

const pause = { first: 100, longest: 30_000 }

/**
 * Where several routers are at work, each looks at a ticket after a while of its own, up to `spreadMs`: most often one of them has
 * dealt with it before the others look. It saves work, and decides nothing.
 */
export function createPace(router: string, spreadMs: number, now: () => number): Pace {
  const entries = new Map<string, Entry>()
  const entryOf = (id: string): Entry => {
    const known = entries.get(id)
    if (known) return known
    const entry: Entry = { what: '', since: now(), dueAt: 0, awaited: 0, failures: 0, restsUntil: 0 }
    entries.set(id, entry)
    return entry
  }
  return {
    planned: (id, version) => {
      const entry = entries.get(id)
      return entry?.what.startsWith(`${version}/`) ? entry.dueAt : 0
    },
    dueAt: (id, what, extraMs) => {
      const entry = entryOf(id)
      if (entry.what !== what) {
        entry.what = what
        entry.since = now()
      }
      const own = spreadMs === 0 ? 0 : share(`${router}/${id}/${what}`) * spreadMs
      entry.dueAt = Math.max(entry.restsUntil, entry.since + own + extraMs)
      return entry.dueAt
    },
    failed: (id) => {
      const entry = entryOf(id)
      entry.restsUntil = now() + Math.min(pause.longest, pause.first * 2 ** Math.min(entry.failures++, 20))
    },
    done: (id, awaited) => {
      const entry = entryOf(id)
      if (entry.restsUntil <= now()) entry.failures = 0
      entry.awaited = Math.max(entry.awaited, awaited)
    },
    awaits: (id, version) => (entries.get(id)?.awaited ?? 0) > version,
    forget: (id) => void entries.delete(id),
  }
}

/** A number from 0 to 1 that is always the same for a text (FNV-1a). */
function share(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0) / 2 ** 32
}
