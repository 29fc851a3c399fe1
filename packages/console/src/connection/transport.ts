import { retryDelay } from './back-off.ts'
import type { Errors, LiveResult } from './event-stream.ts'
import { createLive } from './live.ts'

/** The server could not be reached, or asked to come back later: the same request may be sent again. */
export class Unreachable extends Error {}

/** The server refused a request; `code` is one of docs/errors.md. */
export class Refused extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** The code that a failed request is shown with: that of its refusal, or `unavailable`. */
export const codeOf = (error: unknown): string => (error instanceof Refused ? error.code : 'unavailable')

/** Receives what a subscription gives, until it is refused for good. */
type Sink<T> = {
  next(data: T): void
  /** It was refused, and is not begun again. */
  refused(code: string): void
  /** It has been refused several times, and is begun again nonetheless; undefined once it is refused no more. */
  delayed?(code: string | undefined): void
  /** The connection was made again: what has no cursor was missed meanwhile. */
  connected?(): void
  /** It gives hints, which may come late: without a WebSocket it is asked for from time to time. */
  readonly brief?: boolean
}

/** What the pages need of the server. */
export type Transport = {
  /** Sends a query or mutation. @throws Unreachable @throws Refused */
  ask<T>(document: string, variables?: object): Promise<T>
  /** Follows a subscription across lost connections. `variables` is asked for those of each new attempt. */
  follow<T>(document: string, variables: () => object, sink: Sink<T>): () => void
  /**
   * Resolves when a wait for the next attempt is over, or earlier when the browser is online or looked at again, or the
   * server answers a request while the live connection is lost; never once the transport is closed.
   */
  pause(attempt: number): Promise<void>
  /** Makes the live connection again, with the token of now. */
  refresh(): void
  close(): void
}

type Options = {
  /** The origin of the server, such as https://desk.example. */
  readonly server: string
  /** The bearer's token now. */
  readonly token: () => Promise<string>
  /** Called when the live connection is made and lost. */
  readonly onConnection: (connected: boolean) => void
  /** Called when the server refuses a token, with the code; without a token when none could be had. */
  readonly onRejected: (code: string, token?: string) => void
}

const requestMs = 15_000

/** How long a subscription that gives hints is not polled again, in milliseconds. */
const briefPauseMs = 15_000

/** From how many refusals in a row on a subscription counts as delayed, until it is not refused for so long, in milliseconds. */
const delayedAfter = 3
const acceptedMs = 5_000

/**
 * Errors of the edge (docs/errors.md) that the same request would only meet again. With every other code it is sent
 * again, also with one that this page does not know: a message is never given up for what passes.
 */
export const finalCodes: ReadonlySet<string> = new Set(
  (
    'forbidden visitors_off origin_not_allowed route_not_found method_not_allowed not_acceptable payload_too_large ' +
    'unsupported_media_type headers_too_large operation_not_allowed malformed_request syntax_error validation_failed ' +
    'malformed_input too_many_tokens too_deep too_many_aliases too_complex introspection_disabled subscriptions_only ' +
    'page_size_invalid cursor_invalid position_invalid chat_call_unknown chat_unknown customer_unknown ' +
    'signature_invalid ticket_unknown file_unknown file_in_quarantine file_withheld file_deleted file_too_large ' +
    'file_type_refused upload_incomplete too_many_uploads link_invalid link_expired range_invalid preview_unavailable ' +
    'history_deleted'
  ).split(' '),
)

/** Whether an error of the edge passes: the same request may succeed later. */
export const passes = (code: string): boolean => !finalCodes.has(code)

/** Errors about the token, which wait for another one, and how a WebSocket is closed for one of them. */
export const tokenCodes: readonly string[] = ['unauthenticated', 'token_expired', 'token_revoked', 'token_foreign']
const forbidden = 4403

/** Refusals of the domain after which the same command is sent again. */
const transientRefusals = ['TOO_MANY_CONFLICTS', 'OUTCOME_UNKNOWN']

/**
 * Returns the code with which a command was refused; undefined if it was not. @throws Unreachable when the same command
 * is to be sent again, under the same id.
 */
export function refusalIn(userErrors: readonly { readonly code: string }[]): string | undefined {
  const code = userErrors[0]?.code
  if (code !== undefined && transientRefusals.includes(code)) throw new Unreachable(code)
  return code
}

const codeOfErrors = (errors: Errors): string => errors[0]?.extensions?.code ?? 'internal_error'

/** A subscription that is followed. */
type Follower = { connected(): void; restart(): void; end(): void }

/**
 * Connects to a server: requests by fetch, subscriptions over one WebSocket that is made again without end, or without
 * one where something on the way lets none through.
 */
export function createTransport({ server, token, onConnection, onRejected }: Options): Transport {
  const wakers = new Set<() => void>()
  const followers = new Set<Follower>()
  let connectedOnce = false
  let connected = false
  let closed = false
  /** The token that the live connection was made with, or the code with which none could be had. */
  let used: string | undefined
  let denied: string | undefined

  const reject = (code: string, bearer?: string): void => {
    if (!closed) onRejected(code, bearer)
  }
  const bearerNow = async (): Promise<string> => {
    try {
      return await token()
    } catch (error) {
      if (!(error instanceof Refused) || !tokenCodes.includes(error.code)) throw error
      reject(error.code)
      throw new Unreachable(error.code)
    }
  }

  const pauseFor = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      if (closed) return
      const done = (): void => {
        clearTimeout(timer)
        wakers.delete(done)
        if (!closed) resolve()
      }
      const timer = setTimeout(done, milliseconds)
      wakers.add(done)
    })

  const pause = (attempt: number): Promise<void> => pauseFor(retryDelay(attempt))

  const live = createLive({
    server,
    bearer: async () => {
      denied = undefined
      used = await bearerNow().catch((error: unknown) => {
        if (error instanceof Refused) denied = error.code
        throw error
      })
      return used
    },
    pauseFor,
    isReachable: () =>
      ask('{ __typename }').then(
        () => true,
        (error: unknown) => error instanceof Refused,
      ),
    onConnection: (made) => {
      const isNew = made && !connected
      connected = made
      onConnection(made)
      if (!isNew) return
      if (connectedOnce) for (const follower of followers) follower.connected()
      connectedOnce = true
    },
    onClosed: (code, reason) => {
      if (code === forbidden && tokenCodes.includes(reason)) reject(reason, used)
    },
    onModeChange: () => {
      for (const follower of followers) follower.restart()
    },
  })

  const wakeAll = (): void => {
    for (const wake of wakers) wake()
  }
  /** Tries again at once, or asks a connection that may be dead whether it is alive. */
  const probe = (): void => {
    if (document.visibilityState === 'hidden') return
    wakeAll()
    live.probe()
  }
  window.addEventListener('online', probe)
  document.addEventListener('visibilitychange', probe)

  async function ask<T>(query: string, variables: object = {}): Promise<T> {
    if (closed) throw new Unreachable('closed')
    const bearer = await bearerNow()
    const response = await fetch(`${server}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(requestMs),
    }).catch((error: unknown) => {
      throw new Unreachable(String(error))
    })
    const answer = (await response.json().catch(() => undefined)) as
      { readonly data?: T | null; readonly errors?: Errors } | undefined
    if (answer?.errors) {
      const code = codeOfErrors(answer.errors)
      if (tokenCodes.includes(code)) reject(code, bearer)
      throw passes(code) ? new Unreachable(code) : new Refused(code)
    }
    if (!answer?.data) throw new Unreachable(`status ${response.status}`)
    if (!connected) wakeAll()
    return answer.data
  }

  function follow<T>(query: string, variables: () => object, sink: Sink<T>): () => void {
    const { brief = false } = sink
    let stop: () => void = () => undefined
    let stopped = false
    /** Counts the subscriptions that were begun: what an earlier one still gives is dropped. */
    let turn = 0
    /** When it was opened last, and whether it has failed since: what has no cursor was missed then. */
    let openedAt = 0
    let isBroken = false
    let attempt = 0
    let refusals = 0
    let accepting: ReturnType<typeof setTimeout> | undefined
    const accepted = (): void => {
      clearTimeout(accepting)
      if (refusals >= delayedAfter && !stopped) sink.delayed?.(undefined)
      refusals = 0
    }
    const failed = (code: string): void => {
      clearTimeout(accepting)
      if (tokenCodes.includes(code)) return reject(code, used)
      if (passes(code)) {
        if (++refusals >= delayedAfter) sink.delayed?.(code)
        return
      }
      stopped = true
      followers.delete(follower)
      sink.refused(code)
    }
    const again = async (wait: Promise<void>): Promise<void> => {
      const before = turn
      await wait
      if (!stopped && !closed && turn === before) begin()
    }
    const begin = (): void => {
      const mine = ++turn
      const isOver = (): boolean => stopped || turn !== mine
      if (refusals > 0) accepting = setTimeout(accepted, acceptedMs)
      // Read again for each connection: the payload is sent anew with the cursor of then.
      const payload = {
        query,
        get variables() {
          return variables()
        },
      }
      stop = live.subscribe(payload, brief, {
        opened: () => {
          const isLate = Date.now() - openedAt >= briefPauseMs
          if (!isOver() && openedAt > 0 && (isBroken || isLate)) sink.connected?.()
          openedAt = Date.now()
          isBroken = false
        },
        next: ({ data, errors }: LiveResult) => {
          if (isOver()) return
          if (!data) return failed(codeOfErrors(errors ?? []))
          attempt = 0
          accepted()
          sink.next(data as T)
        },
        error: (error) => {
          if (isOver()) return
          isBroken = true
          // A lost network refuses nothing.
          if (Array.isArray(error)) failed(codeOfErrors(error as Errors))
          else if (denied !== undefined) failed(denied)
          if (!stopped) void again(pause(attempt++))
        },
        complete: () => {
          if (isOver()) return
          if (live.isPolled(brief)) attempt = 0
          void again(live.isPolled(brief) && brief ? pauseFor(briefPauseMs) : pause(attempt++))
        },
      })
    }
    const follower: Follower = {
      connected: () => sink.connected?.(),
      restart: () => {
        turn++
        clearTimeout(accepting)
        stop()
        begin()
      },
      end: () => {
        stopped = true
        clearTimeout(accepting)
        followers.delete(follower)
        stop()
      },
    }
    followers.add(follower)
    begin()
    return follower.end
  }

  return {
    pause,
    refresh: live.refresh,
    ask,
    follow,
    close: () => {
      closed = true
      window.removeEventListener('online', probe)
      document.removeEventListener('visibilitychange', probe)
      for (const { end } of followers) end()
      live.close()
    },
  }
}
