import type { EventEnvelope } from '@guichet/domain'
import { edgeError } from '../../errors/index.ts'
import type { ApiContext } from '../schema/context.ts'
import { viewerOf } from '../schema/context.ts'

const mostPending = 10_000
const longestTimer = 2 ** 31 - 1

/** Events that a subscription has heard of and not yet dealt with. */
export type Incoming = {
  /** Waits for at least one event, then takes all there are. */
  take(): Promise<readonly EventEnvelope[]>
}

/**
 * Runs a subscription: `produce` tells what to send, from events that concern it. It ends when its reader leaves, with
 * `token_expired` when its token does, `shutting_down` when the server does, and `stream_overflow` when it falls behind.
 */
export function streaming<T>(
  context: ApiContext,
  concerns: (envelope: EventEnvelope) => boolean,
  produce: (incoming: Incoming) => AsyncGenerator<T, void, undefined>,
): AsyncIterableIterator<T> {
  const { closing, changes } = context.services
  const { expiresAt } = viewerOf(context)
  const left = new AbortController()
  const pending: EventEnvelope[] = []
  let wake: () => void = () => undefined
  let failure: Error | undefined

  const fail = (error: Error): void => {
    failure ??= error
    wake()
  }
  const closed = (): void => fail(edgeError('shutting_down'))
  const listening = changes.listen((events) => {
    pending.push(...events.filter(concerns))
    if (pending.length > mostPending) fail(edgeError('stream_overflow'))
    if (pending.length > 0) wake()
  })
  const expiry = setTimeout(() => fail(edgeError('token_expired')), Math.min(longestTimer, expiresAt - Date.now()))
  closing.addEventListener('abort', closed, { once: true })
  if (closing.aborted) closed()

  const take = async (): Promise<readonly EventEnvelope[]> => {
    await listening
    if (pending.length === 0 && !failure && !left.signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (failure) throw failure
    return pending.splice(0)
  }

  const end = (): void => {
    left.abort()
    clearTimeout(expiry)
    closing.removeEventListener('abort', closed)
    wake()
    void listening.then((leave) => leave()).catch(() => undefined)
  }

  const values = (async function* () {
    try {
      await listening
      const produced = produce({ take })
      while (!left.signal.aborted) {
        const next = await produced.next()
        if (next.done || left.signal.aborted) return
        if (failure) throw failure
        yield next.value
      }
    } finally {
      end()
    }
  })()

  return {
    next: () => values.next(),
    throw: (error) => values.throw(error),
    return: () => {
      end()
      return values.return()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
