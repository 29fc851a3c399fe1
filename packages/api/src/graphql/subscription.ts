import type { FieldRef } from '@pothos/core'
import { GraphQLError } from 'graphql'
import type { EventEnvelope, Position } from '@guichet/domain'
import type { EdgeErrorCode } from '../errors.ts'
import { edgeError } from '../errors.ts'
import type { SchemaTypes } from './builder.ts'
import { viewerOf } from './context.ts'
import type { ApiContext, Services } from './services.ts'

/** How often the token of a subscription is verified again, in milliseconds. */
const verifiedEveryMs = 60_000

/** Sleeps until something has happened since the last sleep. With `patienceMs` it sleeps no longer than that. */
export type Sleep = (patienceMs?: number) => Promise<void>

/** The events that a subscription has not handled yet: only the position of the last one. */
export type Incoming = {
  /**
   * Waits for events after those of the last call and returns the position of the last one. With `patienceMs` it waits no longer
   * than that, and returns undefined when there is none.
   */
  next(patienceMs?: number): Promise<Position | undefined>
}

/** What a subscription needs of the context of its operation. */
export type StreamContext = {
  readonly principal: ApiContext['principal']
  readonly verifyToken?: ApiContext['verifyToken']
  readonly services: Pick<ApiContext['services'], 'streams' | 'changes' | 'revocations'>
}

/** Runs a subscription, as `subscribed` does: `produce` is woken by the events of all streams that concern it. */
export function streaming<T>(
  context: StreamContext,
  concerns: (envelope: EventEnvelope) => boolean,
  produce: (incoming: Incoming) => AsyncGenerator<T, void, undefined>,
): AsyncIterableIterator<T> {
  let pending: Position | undefined
  return subscribed(
    context,
    (wake) =>
      context.services.changes.listen((events) => {
        const last = events.findLast(concerns)
        if (!last) return
        pending = last.position
        wake()
      }),
    (sleep) =>
      produce({
        next: async (patienceMs) => {
          if (pending === undefined) await sleep(patienceMs)
          const reached = pending
          pending = undefined
          return reached
        },
      }),
  )
}

/**
 * Runs a subscription: `produce` yields the values to send, and sleeps until `listen` wakes it. It ends when its reader leaves; with
 * `token_expired`, `token_revoked` or `unauthenticated` when its token is no longer valid; and with `shutting_down` when the server stops.
 * @param listen begins to listen and returns a function that ends it; nothing is produced before.
 */
export function subscribed<T>(
  context: StreamContext,
  listen: (wake: () => void) => Promise<() => void>,
  produce: (sleep: Sleep) => AsyncGenerator<T, void, undefined>,
): AsyncIterableIterator<T> {
  const { streams, revocations } = context.services
  const viewer = viewerOf(context)
  let rung = false
  let wakeUp: () => void = () => undefined
  /** Why it ends: an error for its reader, or nothing when the reader has left. */
  let ending: { readonly error?: Error } | undefined

  const wake = (): void => {
    rung = true
    wakeUp()
  }
  const end = (error?: Error): void => {
    if (ending) return
    ending = error ? { error } : {}
    cancelExpiry()
    clearInterval(verifying)
    ignoreRevocations()
    leaveStreams()
    void listening.then((leave) => leave()).catch(() => undefined)
    wake()
  }
  let leaveStreams: () => void = () => undefined
  const listening = listen(() => {
    if (!ending) wake()
  })
  let verifying: NodeJS.Timeout | undefined
  let cancelExpiry: () => void = () => undefined
  const endRevoked = (): void => {
    if (revocations?.isRevoked(viewer)) end(edgeError('token_revoked'))
  }
  let ignoreRevocations: () => void = () => undefined
  ignoreRevocations = revocations?.onChange(endRevoked) ?? ignoreRevocations
  const verifyAgain = async (): Promise<void> => {
    try {
      await context.verifyToken?.()
    } catch (error) {
      if (error instanceof GraphQLError && error.extensions['code'] !== ('unavailable' satisfies EdgeErrorCode)) {
        end(error)
      }
    }
  }
  if (context.verifyToken) verifying = setInterval(() => void verifyAgain(), verifiedEveryMs)
  cancelExpiry = atInstant(viewer.expiresAt, () => end(edgeError('token_expired')))
  leaveStreams = streams.join(() => end(edgeError('shutting_down')))
  endRevoked()

  const sleep: Sleep = async (patienceMs) => {
    if (!rung && !ending) await woken(patienceMs)
    if (ending) throw new Ended()
    rung = false
  }
  const woken = (patienceMs: number | undefined): Promise<void> =>
    new Promise((resolve) => {
      const timer = patienceMs === undefined ? undefined : setTimeout(resolve, patienceMs)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const values = (async function* (): AsyncGenerator<T, void, undefined> {
    try {
      await listening
      for await (const value of produce(sleep)) {
        if (ending) break
        yield value
      }
    } catch (error) {
      if (!(error instanceof Ended)) throw error
    } finally {
      end()
    }
    if (ending?.error) throw ending.error
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

/** Stops the generator of a subscription that has ended. */
class Ended extends Error {}

/**
 * Reads a position from a client, or throws `position_invalid`. For a position after the last readable event it first waits until
 * `models`, the read models of its reader, reach it.
 */
export async function toPosition(
  { store, runner, reachTimeoutMs }: Services,
  text: string,
  models: readonly string[],
): Promise<Position> {
  const head = await store.head()
  if (!store.isPosition(text) || head === undefined) throw edgeError('position_invalid')
  const known = store.comparePositions(text, head) <= 0
  if (!known && !(await runner.reached(text, reachTimeoutMs, models))) throw edgeError('position_invalid')
  return text
}

type ChangeBuilder<Change> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Change>

/**
 * The fields by which a client goes on after a result of a subscription, the same in all of them.
 * @param list the list of the same events, whose cursors these are.
 */
export const changeFields = <Change>(
  t: ChangeBuilder<Change>,
  list: string,
  cursorOf: (change: Change) => string,
  positionOf: (change: Change) => Position,
): Readonly<Record<'cursor' | 'position', FieldRef<SchemaTypes, string>>> => ({
  cursor: t.string({
    description: `For use as \`after\`, to continue after it, however long ago that was. It is a cursor of ${list} too.`,
    resolve: (change) => cursorOf(change),
  }),
  position: t.string({
    description: 'Its position in the global order of events, as payloads have it: for `guichet-min-position`.',
    resolve: (change) => positionOf(change),
  }),
})

/** The longest delay of a timer, in milliseconds; a longer one fires at once. */
const longestTimer = 2 ** 31 - 1

/** Calls back at an instant (milliseconds since 1970), or at once if it has passed. The returned function cancels the call. */
function atInstant(at: number, call: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    const left = at - Date.now()
    if (left <= 0) call()
    else timer = setTimeout(wait, Math.min(left, longestTimer))
  }
  wait()
  return () => clearTimeout(timer)
}
