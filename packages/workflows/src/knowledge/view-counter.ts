import { createHash } from 'node:crypto'
import { LruCache, utcDay } from '@guichet/domain'
import { createTurns } from '../supervision.ts'
import type { ArticleView } from './readership-port.ts'

/** A view that waits to be stored. The hash says who has opened what on which day. */
export type WaitingView = {
  readonly hash: string
  readonly day: string
  readonly article_id: string
  readonly language: string
}

/** Gathers views. */
type ViewCounter = {
  /** Adds a view, unless the same one was added lately. Drops it when too many wait. */
  add(view: ArticleView): void
  /** Stores what was gathered by now. What cannot be stored is gathered again. */
  flush(): Promise<void>
}

type ViewCounterOptions = {
  /** Stores views, those that are stored already once. */
  readonly store: (views: readonly WaitingView[]) => Promise<void>
  /** The most views that wait, and as many again that are being stored. */
  readonly mostWaiting: number
  /** How many of the latest views are recognised without asking the database. */
  readonly mostRecognised: number
}

/** Gathers views in bounded memory. Only one batch is being stored at a time. */
export function createViewCounter({ store, mostWaiting, mostRecognised }: ViewCounterOptions): ViewCounter {
  const recognised = new LruCache<string, true>({ maxEntries: mostRecognised })
  let waiting = new Map<string, WaitingView>()
  const inTurn = createTurns()

  const send = async (): Promise<void> => {
    if (waiting.size === 0) return
    const batch = waiting
    waiting = new Map()
    try {
      await store([...batch.values()])
    } catch (error) {
      for (const [hash, view] of batch) if (waiting.size < mostWaiting) waiting.set(hash, view)
      throw error
    }
  }

  return {
    add: ({ articleId, language, personId, at }) => {
      const day = utcDay(at)
      const hash = hashOf([day, personId, articleId, language])
      if (recognised.get(hash) || waiting.size >= mostWaiting) return
      recognised.set(hash, true)
      waiting.set(hash, { hash, day, article_id: articleId, language })
    },
    flush: () => inTurn(send),
  }
}

/** The first 128 bits of a hash, as a UUID. */
function hashOf(parts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
