import type { Errors } from './event-stream.ts'
import { createLive } from './live.ts'
import { createPauses } from './pauses.ts'
import { codeOfErrors, passes, Refused, tokenCodes, Unreachable } from './refusals.ts'
import type { Follower, Sink } from './subscription.ts'
import { createFollower } from './subscription.ts'

/** What the pages need of the server. */
export type Transport = {
  /**
   * Sends a query or mutation. `signal` ends the request; without one it ends by itself.
   * @throws Unreachable @throws Refused
   */
  ask<T>(document: string, variables?: object, signal?: AbortSignal): Promise<T>
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

/** How a WebSocket is closed for an error about the token. */
const forbidden = 4403

/**
 * Connects to a server: requests by fetch, subscriptions over one WebSocket that is made again without end, or without
 * one where something on the way lets none through.
 */
export function createTransport({ server, token, onConnection, onRejected }: Options): Transport {
  const pauses = createPauses()
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
    pauseFor: pauses.pauseFor,
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

  /** Tries again at once, or asks a connection that may be dead whether it is alive. */
  const probe = (): void => {
    if (document.visibilityState === 'hidden') return
    pauses.wakeAll()
    live.probe()
  }
  window.addEventListener('online', probe)
  document.addEventListener('visibilitychange', probe)

  async function ask<T>(query: string, variables: object = {}, signal?: AbortSignal): Promise<T> {
    if (closed) throw new Unreachable('closed')
    const bearer = await bearerNow()
    const response = await fetch(`${server}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: JSON.stringify({ query, variables }),
      signal: signal ?? AbortSignal.timeout(requestMs),
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
    if (!connected) pauses.wakeAll()
    return answer.data
  }

  function follow<T>(query: string, variables: () => object, sink: Sink<T>): () => void {
    const follower: Follower = createFollower({
      live,
      pauses,
      query,
      variables,
      sink,
      denied: () => denied,
      rejected: (code) => reject(code, used),
      removed: () => followers.delete(follower),
    })
    followers.add(follower)
    follower.begin()
    return follower.end
  }

  return {
    pause: pauses.pause,
    refresh: live.refresh,
    ask,
    follow,
    close: () => {
      closed = true
      pauses.close()
      window.removeEventListener('online', probe)
      document.removeEventListener('visibilitychange', probe)
      for (const { end } of followers) end()
      live.close()
    },
  }
}
