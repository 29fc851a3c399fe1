import type { FieldRef, InputFieldMap, InputShapeFromFields, OutputRef } from '@pothos/core'
import { GraphQLError } from 'graphql'
import type { EventEnvelope, Position } from '@guichet/domain'
import type { Operation } from '../auth/rights.ts'
import type { EdgeErrorCode } from '../errors.ts'
import { edgeError } from '../errors.ts'
import type { ApiBuilder, SchemaTypes } from './builder.ts'
import { viewerOf } from './context.ts'
import type { ApiContext, Services } from './services.ts'

/** How often the token of a subscription is verified again, in milliseconds. */
const verifiedEveryMs = 60_000

/** Where the values of a subscription come from. */
export type Source<T> = {
  /** Begins to listen and returns a function that ends it; nothing is read before. */
  readonly listen: (wake: () => void) => Promise<() => void>
  /** Called once, when it listens. */
  readonly begin?: () => Promise<void>
  /**
   * Yields what is to be sent now: at the beginning, and each time that it was woken. It returns for how long to sleep at
   * most until it is asked again, in milliseconds. With the error `Ended` the subscription ends.
   */
  readonly values: () => AsyncGenerator<T, number | void, undefined>
}

/** What a subscription needs of the context of its operation. */
export type StreamContext = {
  readonly principal: ApiContext['principal']
  readonly verifyToken?: ApiContext['verifyToken']
  readonly services: Pick<ApiContext['services'], 'streams' | 'changes' | 'revocations'>
}

type Subscription<T, Args extends InputFieldMap> = {
  readonly type: OutputRef<T>
  readonly nullable?: boolean
  readonly description: string
  readonly args: Args
  /** Returns its source for a viewer, or throws why there is none. */
  readonly source: (args: InputShapeFromFields<Args>, context: ApiContext) => Source<T> | Promise<Source<T>>
}

/** Adds a subscription. */
export function addSubscription<T, Args extends InputFieldMap>(
  builder: ApiBuilder,
  name: Operation,
  { type, nullable = false, description, args, source }: Subscription<T, Args>,
): void {
  const untyped: OutputRef = type
  builder.subscriptionField(name, (t) =>
    t.field({
      type: untyped,
      nullable,
      description,
      args,
      subscribe: async (_, values, context) => subscribed(context, await source(values, context)),
      resolve: (value: unknown) => value,
    }),
  )
}

/** Listens to all streams, and holds no events: `take` returns the position of the last one that concerns it since the last call. */
export function lastPosition({ services }: StreamContext, concerns: (envelope: EventEnvelope) => boolean) {
  let pending: Position | undefined
  return {
    listen: (wake: () => void): Promise<() => void> =>
      services.changes.listen((events) => {
        const last = events.findLast(concerns)
        if (!last) return
        pending = last.position
        wake()
      }),
    take: (): Position | undefined => {
      const last = pending
      pending = undefined
      return last
    },
  }
}

/** How long to wait for read models before they are read anyway, in milliseconds. */
const patience = 5_000

/**
 * Waits until read models show the history up to a position, but not for long.
 * @returns after how many milliseconds to read them again because they may not show it; undefined where they do.
 */
export async function pauseUntilShown(
  { runner }: Pick<Services, 'runner'>,
  position: Position | undefined,
  models: readonly string[],
): Promise<number | undefined> {
  return position === undefined || (await runner.reached(position, patience, models)) ? undefined : patience
}

/** Returns whether a value differs from that of the last call. */
export function changeDetector(): (value: unknown) => boolean {
  let last: string | undefined
  return (value) => {
    const before = last
    last = JSON.stringify(value)
    return last !== before
  }
}

/**
 * Runs a subscription: it sends the values of its source, and sleeps until that wakes it. It ends when its reader leaves; with
 * `token_expired`, `token_revoked` or `unauthenticated` when its token is no longer valid; and with `shutting_down` when the server stops.
 */
export function subscribed<T>(context: StreamContext, { listen, begin, values }: Source<T>): AsyncIterableIterator<T> {
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

  const sleep = async (patienceMs: number | undefined): Promise<void> => {
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

  const rounds = async function* (): AsyncGenerator<T, void, undefined> {
    await begin?.()
    for (;;) await sleep((yield* values()) ?? undefined)
  }
  const sent = (async function* (): AsyncGenerator<T, void, undefined> {
    try {
      await listening
      for await (const value of rounds()) {
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
    next: () => sent.next(),
    throw: (error) => sent.throw(error),
    return: () => {
      end()
      return sent.return()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Ends a subscription, without an error for its reader. */
export class Ended extends Error {}

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
  const isStored = store.comparePositions(text, head) <= 0
  if (!isStored && !(await runner.reached(text, reachTimeoutMs, models))) throw edgeError('position_invalid')
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
