import { Unreachable } from './transport.ts'

/** Where what must outlive the page is kept: the host's `localStorage`, or memory where that is refused. */
export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** A message that its sender's page still answers for. */
export type Unsent = {
  readonly messageId: string
  readonly body: string
  readonly kind: 'TEXT' | 'NOTE'
  /** The server has it; it is shown from here until the chat tells it. */
  readonly acknowledged?: true
  /** The server will not take it, with the code. */
  readonly refused?: string
}

export type Outbox = {
  all(): readonly Unsent[]
  add(message: Unsent): void
  /** Sends what waits, in order, one at a time. */
  flush(): Promise<void>
  /** Forgets the messages for which `is` holds: the chat has told them, or their sender gave them up. */
  forget(is: (message: Unsent) => boolean): void
}

type Options = {
  readonly store: Store
  readonly key: string
  /** Sends a message; returns the code of a refusal. @throws Unreachable when it may be sent again. */
  readonly send: (message: Unsent) => Promise<string | undefined>
  readonly pause: (attempt: number) => Promise<void>
  readonly changed: () => void
  /** Whether nothing is to be sent any more, since the page is closed or belongs to somebody else. */
  readonly stopped: () => boolean
}

/**
 * Messages wait here until the server has acknowledged them, across reloads and lost connections. Each has an id of its
 * own, under which the server takes it once, however often it is sent.
 */
export function createOutbox({ store, key, send, pause, changed, stopped }: Options): Outbox {
  const all = (): readonly Unsent[] => {
    try {
      return JSON.parse(store.getItem(key) ?? '[]') as readonly Unsent[]
    } catch {
      return []
    }
  }
  const keep = (messages: readonly Unsent[]): void => {
    if (messages.length === 0) store.removeItem(key)
    else store.setItem(key, JSON.stringify(messages))
    changed()
  }
  const mark = (messageId: string, what: Pick<Unsent, 'acknowledged' | 'refused'>): void =>
    keep(all().map((message) => (message.messageId === messageId ? { ...message, ...what } : message)))

  const waiting = (): Unsent | undefined => all().find((message) => !message.acknowledged && !message.refused)
  const sendAll = async (): Promise<void> => {
    for (let next = waiting(); next; next = waiting()) {
      const refused = await send(next)
      mark(next.messageId, refused === undefined ? { acknowledged: true } : { refused })
    }
  }
  /** Waits outside of the lock: another page may be the one that is back first. */
  const flush = async (): Promise<void> => {
    for (let attempt = 0; waiting() && !stopped(); attempt++) {
      try {
        await exclusively(key, sendAll)
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error
        await pause(attempt)
      }
    }
  }

  // What was acknowledged before the page was loaded is told by the chat itself.
  const left = all().filter(({ acknowledged }) => !acknowledged)
  if (left.length < all().length) keep(left)
  let flushing: Promise<void> = Promise.resolve()
  return {
    all,
    add: (message) => keep([...all(), message]),
    forget: (is) => {
      const messages = all()
      const rest = messages.filter((message) => !is(message))
      if (rest.length < messages.length) keep(rest)
    },
    flush: () => (flushing = flushing.then(flush)),
  }
}

/** Runs alone among the pages of this origin, so that two of them keep the order of what they share. */
function exclusively(name: string, run: () => Promise<void>): Promise<void> {
  const { navigator } = globalThis as { readonly navigator?: Partial<Navigator> }
  return navigator?.locks ? navigator.locks.request(name, run) : run()
}

/** The host's storage, or memory that ends with the page where the browser refuses it. */
export function hostStorage(): Store {
  try {
    localStorage.setItem('guichet', '')
    localStorage.removeItem('guichet')
    return localStorage
  } catch {
    const kept = new Map<string, string>()
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    }
  }
}
