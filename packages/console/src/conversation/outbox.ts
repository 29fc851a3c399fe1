import { exclusively } from '../connection/lock.ts'
import type { Store } from '../connection/storage.ts'
import { readJson } from '../connection/storage.ts'
import { Unreachable } from '../connection/refusals.ts'

/** A message that its sender's page still answers for. */
export type Unsent = {
  readonly messageId: string
  readonly body: string
  readonly kind: 'TEXT' | 'NOTE' | 'FILE'
  /** The uploaded file of a message of the kind FILE. */
  readonly file?: { readonly fileId: string; readonly name: string }
  /** From what the text was translated. */
  readonly original?: { readonly body: string; readonly language: string } | undefined
  /** The server has it; it is shown from here until the chat shows it. */
  readonly acknowledged?: true
  /** The server will not take it, with the code. */
  readonly refused?: string
}

/** The messages of a page that the server has not acknowledged, or the chat not shown yet. */
export type Outbox = {
  all(): readonly Unsent[]
  /** Adds a message, unless it is here already. */
  add(message: Unsent): void
  /** Sends what waits, in order, one at a time. */
  flush(): Promise<void>
  /** Sends a message that was refused once more, under its id. */
  retry(messageId: string): void
  /** Forgets the messages for which `is` holds: the chat shows them, or their sender gave them up. */
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
  const all = (): readonly Unsent[] => readJson<readonly Unsent[]>(store, key, Array.isArray) ?? []
  const save = (messages: readonly Unsent[]): void => {
    if (messages.length === 0) store.removeItem(key)
    else store.setItem(key, JSON.stringify(messages))
  }
  const keep = (messages: readonly Unsent[]): void => {
    save(messages)
    changed()
  }
  const mark = (messageId: string, what: Pick<Unsent, 'acknowledged' | 'refused'>): void =>
    keep(
      all().map((message) => {
        const { refused: _, ...rest } = message
        return message.messageId === messageId ? { ...rest, ...what } : message
      }),
    )

  const waiting = (): Unsent | undefined => all().find((message) => !message.acknowledged && !message.refused)
  const sendAll = async (): Promise<void> => {
    for (let next = waiting(); next && !stopped(); next = waiting()) {
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

  // What was acknowledged before the page was loaded is shown by the chat itself.
  const left = all().filter(({ acknowledged }) => !acknowledged)
  if (left.length < all().length) save(left)
  let flushing: Promise<void> = Promise.resolve()
  const flushNext = (): Promise<void> => (flushing = flushing.catch(() => undefined).then(flush))
  return {
    all,
    add: (message) => {
      const messages = all()
      if (!messages.some(({ messageId }) => messageId === message.messageId)) keep([...messages, message])
    },
    forget: (is) => {
      const messages = all()
      const rest = messages.filter((message) => !is(message))
      if (rest.length < messages.length) keep(rest)
    },
    retry: (messageId) => {
      mark(messageId, {})
      void flushNext()
    },
    flush: flushNext,
  }
}
