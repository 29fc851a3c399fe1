import { createClient } from 'graphql-ws/client'
import { reconnectDelay } from './reconnect-delay.ts'

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

/** Follows a subscription until it is refused for good. */
type Sink<T> = {
  next(data: T): void
  refused(code: string): void
  /** The connection was made again: what is not told after a cursor was missed meanwhile. */
  connected?(): void
}

/** What the pages need of the server. */
export type Transport = {
  /** Sends a query or mutation. @throws Unreachable @throws Refused */
  ask<T>(document: string, variables?: object): Promise<T>
  /** Follows a subscription across lost connections. `variables` is asked for those of each new attempt. */
  follow<T>(document: string, variables: () => object, sink: Sink<T>): () => void
  /** Resolves when a wait for the next attempt is over, or earlier when the browser is online or looked at again. */
  pause(attempt: number): Promise<void>
  close(): void
}

type Options = {
  /** The origin of the server, such as https://desk.example. */
  readonly server: string
  /** The bearer's token now. */
  readonly token: () => Promise<string>
  /** Told when the live connection is made and lost. */
  readonly onConnection: (connected: boolean) => void
  /** Told when the server refuses the token, with the code. */
  readonly onRejected?: (code: string) => void
}

/** A ping is sent this long after the last answer, and answered within `pongMs`, in milliseconds. */
const pingMs = 12_000
const pongMs = 5_000
const requestMs = 15_000

/** Answers after which the same request may succeed. */
const passing = ['unavailable', 'rate_limited', 'quota_exceeded', 'shutting_down', 'stream_overflow', 'internal']

/** Answers about the token, and how a WebSocket is closed for one of them. */
const ofToken = ['unauthenticated', 'token_expired', 'token_revoked', 'token_foreign']
const forbidden = 4403

type Errors = readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
const codeOf = (errors: Errors): string => errors[0]?.extensions?.code ?? 'internal'

/** Connects to a server: requests by fetch, subscriptions over one WebSocket that is made again without end. */
export function createTransport({ server, token, onConnection, onRejected }: Options): Transport {
  const wakers = new Set<() => void>()
  let socket: WebSocket | undefined
  let pong: ReturnType<typeof setTimeout> | undefined
  const followers = new Set<() => void>()
  let connectedOnce = false
  let closed = false

  const pause = (attempt: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        wakers.delete(done)
        resolve()
      }
      const timer = setTimeout(done, reconnectDelay(attempt))
      wakers.add(done)
    })

  const expectPong = (): void => {
    clearTimeout(pong)
    pong = setTimeout(() => client.terminate(), pongMs)
  }

  const client = createClient({
    url: `${server.replace(/^http/, 'ws')}/graphql`,
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
    keepAlive: pingMs,
    lazyCloseTimeout: 1_000,
    connectionAckWaitTimeout: 10_000,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: pause,
    on: {
      opened: (opened) => (socket = opened as WebSocket),
      connected: () => {
        onConnection(true)
        if (connectedOnce) for (const follower of followers) follower()
        connectedOnce = true
      },
      ping: (received) => !received && expectPong(),
      pong: (received) => received && clearTimeout(pong),
      closed: (event) => {
        const { code, reason } = event as CloseEvent
        socket = undefined
        clearTimeout(pong)
        onConnection(false)
        if (code === forbidden && !closed) onRejected?.(reason)
      },
    },
  })

  /** Tries again at once, or asks a connection that may be dead whether it is alive. */
  const probe = (): void => {
    if (document.visibilityState === 'hidden') return
    for (const wake of wakers) wake()
    if (socket?.readyState !== WebSocket.OPEN) return
    socket.send('{"type":"ping"}')
    expectPong()
  }
  window.addEventListener('online', probe)
  document.addEventListener('visibilitychange', probe)

  return {
    pause,
    ask: async <T>(query: string, variables: object = {}) => {
      const response = await fetch(`${server}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${await token()}` },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(requestMs),
      }).catch((error: unknown) => {
        throw new Unreachable(String(error))
      })
      const answer = (await response.json().catch(() => undefined)) as
        { readonly data?: T | null; readonly errors?: Errors } | undefined
      if (answer?.errors) {
        const code = codeOf(answer.errors)
        if (passing.includes(code)) throw new Unreachable(code)
        if (ofToken.includes(code)) onRejected?.(code)
        throw new Refused(code)
      }
      if (!answer?.data) throw new Unreachable(`status ${response.status}`)
      return answer.data
    },
    follow: <T>(query: string, variables: () => object, sink: Sink<T>) => {
      let stop: () => void = () => undefined
      let stopped = false
      let attempt = 0
      const again = async (): Promise<void> => {
        await pause(attempt++)
        if (!stopped && !closed) begin()
      }
      const begin = (): void => {
        // Read again for each connection: the payload is sent anew with the cursor of then.
        const payload = {
          query,
          get variables() {
            return variables() as Record<string, unknown>
          },
        }
        stop = client.subscribe<T>(payload, {
          next: ({ data, errors }) => {
            attempt = 0
            if (data) return sink.next(data)
            if (errors) sink.refused(codeOf(errors))
          },
          error: (error) => {
            const code = Array.isArray(error) ? codeOf(error as Errors) : 'unavailable'
            if (passing.includes(code)) void again()
            else sink.refused(code)
          },
          complete: () => void again(),
        })
      }
      const connected = (): void => sink.connected?.()
      followers.add(connected)
      begin()
      return () => {
        stopped = true
        followers.delete(connected)
        stop()
      }
    },
    close: () => {
      closed = true
      window.removeEventListener('online', probe)
      document.removeEventListener('visibilitychange', probe)
      clearTimeout(pong)
      void client.dispose()
    },
  }
}
