import { createClient } from 'graphql-ws/client'
import { reconnectDelay, terminated } from './back-off.ts'
import type { LiveSink } from './event-stream.ts'
import { openEventStream } from './event-stream.ts'

/**
 * How subscriptions reach the server: over one WebSocket; as a stream of events each, where a proxy refuses WebSockets; or
 * by requests that are answered soon, where it holds streams back as well.
 */
type Mode = 'socket' | 'stream' | 'poll'

type Payload = { readonly query: string; readonly variables: object }

type LiveOptions = {
  readonly server: string
  /** The bearer's token now. @throws whatever it cannot be had for */
  readonly bearer: () => Promise<string>
  /** Resolves after some milliseconds, or earlier when another attempt may succeed. */
  readonly pauseFor: (milliseconds: number) => Promise<void>
  /** Whether the server answers requests. */
  readonly isReachable: () => Promise<boolean>
  /** The connection was made, or lost. */
  readonly onConnection: (connected: boolean) => void
  /** A WebSocket was closed by the server, with a code and a reason. */
  readonly onClosed: (code: number, reason: string) => void
  /** Subscriptions take another way from now on: what is followed has to be begun again. */
  readonly onModeChange: () => void
}

/** The live connection of a page. */
export type Live = {
  /** Whether subscriptions are polled: each ends after a moment, and is to be begun again. */
  isPolled(brief: boolean): boolean
  /** Begins a subscription; `brief` ones may be polled where each would hold a connection of its own. */
  subscribe(payload: Payload, brief: boolean, sink: LiveSink): () => void
  /** Asks a connection that may be dead whether it is alive. */
  probe(): void
  /** Ends the connection, so that it is made again. */
  refresh(): void
  close(): void
}

/** A ping is sent this long after the last answer, and answered within `pongMs`, in milliseconds. */
const pingMs = 12_000
const pongMs = 5_000

/** Within what time a WebSocket is made, and acknowledged once it knows the token, in milliseconds. */
const ackMs = 6_000

/** How long a stream may be silent, and how long a server may take to begin an answer that it ends, in milliseconds. */
const silenceMs = 20_000
const firstByteMs = 6_000

/** For how many seconds the server waits for the next result of a polled subscription, and of a brief one. */
const pollSeconds = 10
const briefSeconds = 1

/** After how long without a WebSocket one is tried again, in milliseconds. */
const retrySocketMs = 120_000

const protocol = 'graphql-transport-ws'

/** Connects to a server, in the best mode that works. A connection that is lost is made again without end. */
export function createLive({
  server,
  bearer,
  pauseFor,
  isReachable,
  onConnection,
  onClosed,
  onModeChange,
}: LiveOptions): Live {
  const url = `${server.replace(/^http/, 'ws')}/graphql`
  let mode: Mode = 'socket'
  let looking: ReturnType<typeof setTimeout> | undefined
  /** A WebSocket that is tried while subscriptions take another way. */
  let tried: WebSocket | undefined
  /** Whether requests were answered when a WebSocket could not be made the last time. */
  let reachable = false
  let closed = false

  const authorize = async (): Promise<Authorization> => ({ authorization: `Bearer ${await bearer()}` })

  const socket = createSocket({
    url,
    authorize,
    pauseFor,
    isUsed: () => mode === 'socket',
    onConnected: () => {
      reachable = false
      if (mode === 'socket') onConnection(true)
    },
    onClosed: (code, reason, wasConnected) => {
      if (mode === 'socket' && wasConnected) onConnection(false)
      onClosed(code, reason)
      if (mode === 'socket' && !wasConnected && !closed) void fallBack()
    },
  })

  /** Falls back to event streams when a WebSocket is not answered, or is refused twice, while requests are answered. */
  async function fallBack(): Promise<void> {
    const before = reachable || socket.wasSilent()
    reachable = await isReachable()
    if (closed || socket.isConnected() || mode !== 'socket') return
    if (!reachable) onConnection(false)
    else if (before) switchTo('stream')
  }

  function switchTo(next: Mode): void {
    if (closed || mode === next) return
    mode = next
    clearTimeout(looking)
    if (next !== 'socket') looking = setTimeout(retrySocket, retrySocketMs)
    onModeChange()
  }

  /** Returns to a WebSocket once one is acknowledged: that it opens says nothing of what comes through. */
  function retrySocket(): void {
    const trial = (tried = new WebSocket(url, protocol))
    looking = setTimeout(() => {
      trial.close()
      // What held streams back may have been a slow server.
      if (mode === 'poll') switchTo('stream')
      else retrySocket()
    }, retrySocketMs)
    trial.addEventListener('open', () => {
      authorize().then(
        (payload) => trial.send(JSON.stringify({ type: 'connection_init', payload })),
        () => trial.close(),
      )
    })
    trial.addEventListener('message', ({ data }) => {
      if (!String(data).includes('"connection_ack"')) return
      trial.close()
      switchTo('socket')
    })
  }

  const isPolled = (brief: boolean): boolean => mode === 'poll' || (mode === 'stream' && brief)

  return {
    isPolled,
    subscribe: (payload, brief, sink) => {
      if (mode === 'socket') return socket.subscribe(payload, sink)
      const seconds = brief ? briefSeconds : pollSeconds
      const polledFor = isPolled(brief) ? seconds : undefined
      const onBuffered = (): void => switchTo('poll')
      return subscribeByStream({ server, bearer, onConnection, payload, polledFor, onBuffered }, sink)
    },
    probe: socket.probe,
    refresh: () => (mode === 'socket' ? socket.terminate() : onModeChange()),
    close: () => {
      closed = true
      clearTimeout(looking)
      tried?.close()
      socket.close()
    },
  }
}

type Authorization = { readonly authorization: string }

type SocketOptions = {
  readonly url: string
  readonly authorize: () => Promise<Authorization>
  readonly pauseFor: LiveOptions['pauseFor']
  /** Whether subscriptions take this way: then a connection that is lost is made again. */
  readonly isUsed: () => boolean
  readonly onConnected: () => void
  /** The connection was lost, or could not be made. */
  readonly onClosed: (code: number, reason: string, wasConnected: boolean) => void
}

/** The WebSocket that all subscriptions share, made at the first of them. */
type Socket = {
  subscribe(payload: Payload, sink: LiveSink): () => void
  isConnected(): boolean
  /** Whether the last attempt was given up because nothing answered it. */
  wasSilent(): boolean
  /** Asks a connection that may be dead whether it is alive. */
  probe(): void
  /** Ends the connection; it is made again, if it is used. */
  terminate(): void
  close(): void
}

function createSocket({ url, authorize, pauseFor, isUsed, onConnected, onClosed }: SocketOptions): Socket {
  let socket: WebSocket | undefined
  let pong: ReturnType<typeof setTimeout> | undefined
  let ack: ReturnType<typeof setTimeout> | undefined
  /** Whether the attempt that goes on was given up because nothing answered it. */
  let silent = false
  let connected = false
  /** The code with which the last connection was closed, not that of attempts since; at first as if by this page. */
  let lostBy: number = terminated

  const expectPong = (): void => {
    clearTimeout(pong)
    pong = setTimeout(() => client.terminate(), pongMs)
  }

  /** Gives an attempt up that is not answered. It is not waited for until it is closed: something may swallow that as well. */
  const expectAck = (): void => {
    clearTimeout(ack)
    ack = setTimeout(() => {
      silent = true
      client.terminate()
    }, ackMs)
  }

  const client = createClient({
    url,
    connectionParams: async () => {
      // The token may take its time.
      clearTimeout(ack)
      const attempt = socket
      const params = await authorize()
      if (attempt === socket) expectAck()
      return params
    },
    keepAlive: pingMs,
    lazyCloseTimeout: 1_000,
    retryAttempts: Infinity,
    shouldRetry: isUsed,
    retryWait: (attempt) => pauseFor(reconnectDelay(attempt, lostBy)),
    on: {
      connecting: () => {
        silent = false
        expectAck()
      },
      opened: (opened) => (socket = opened as WebSocket),
      connected: () => {
        clearTimeout(ack)
        connected = true
        onConnected()
      },
      ping: (received) => !received && expectPong(),
      pong: (received) => received && clearTimeout(pong),
      closed: (event) => {
        const { code, reason } = event as CloseEvent
        const wasConnected = connected
        if (connected) lostBy = code
        socket = undefined
        connected = false
        clearTimeout(pong)
        clearTimeout(ack)
        onClosed(code, reason, wasConnected)
      },
    },
  })

  return {
    subscribe: (payload, sink) =>
      client.subscribe(payload as Payload & { readonly variables: Record<string, unknown> }, sink),
    isConnected: () => connected,
    wasSilent: () => silent,
    probe: () => {
      if (socket?.readyState !== WebSocket.OPEN) return
      socket.send('{"type":"ping"}')
      expectPong()
    },
    terminate: () => client.terminate(),
    close: () => {
      clearTimeout(pong)
      Promise.resolve(client.dispose()).catch(() => undefined)
      if (!connected) client.terminate()
    },
  }
}

type StreamOptions = Pick<LiveOptions, 'server' | 'bearer' | 'onConnection'> & {
  readonly payload: Payload
  /** For how many seconds the server waits for the next result, where it is polled. */
  readonly polledFor: number | undefined
  /** Something on the way holds back what is not polled. */
  readonly onBuffered: () => void
}

/** Begins a subscription without a WebSocket; returns a function that ends it. */
function subscribeByStream(
  { server, bearer, onConnection, payload, polledFor, onBuffered }: StreamOptions,
  sink: LiveSink,
): () => void {
  let end = (): void => undefined
  let ended = false
  const begin = async (): Promise<void> => {
    const token = await bearer()
    if (ended) return
    const options = {
      url: `${server}/graphql${polledFor === undefined ? '' : `?poll=${polledFor}`}`,
      bearer: token,
      payload,
      firstByteMs: polledFor === undefined ? firstByteMs : polledFor * 1_000 + silenceMs,
      silenceMs,
      onBuffered: () => (polledFor === undefined ? onBuffered() : failed(new Error('the server is silent'))),
    }
    end = openEventStream(options, {
      ...sink,
      opened: () => {
        onConnection(true)
        sink.opened()
      },
      error: failed,
    })
  }
  const failed = (error: unknown): void => {
    if (ended) return
    if (!Array.isArray(error)) onConnection(false)
    sink.error(error)
  }
  begin().catch(failed)
  return () => {
    ended = true
    end()
  }
}
