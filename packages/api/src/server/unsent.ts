import type { WebSocket } from '@fastify/websocket'
import type { FastifyRequest } from 'fastify'
import type { EdgeErrorCode } from '../errors.ts'
import type { UnreadAnswers } from './http.ts'
import type { Limits } from './limits.ts'

/**
 * What a WebSocket keeps of the request that it began with. The request itself, its response and its log take kilobytes,
 * and would for as long as the connection lasts.
 */
export type FirstRequest = Pick<FastifyRequest, 'id' | 'ip' | 'principal' | 'verifyToken'> & {
  /** Only until the connection is accepted. */
  readonly authorization: string | undefined
  info(data: object, message: string): void
}

/** A WebSocket and its initial request, which has the principal. */
export type Connection = { readonly socket: WebSocket; readonly request: FirstRequest }

/** The messages of a WebSocket that its reader has not taken yet. */
export type Unsent = {
  /** Waits until fewer bytes than the limit wait for the reader, or the connection has ended. */
  room(): Promise<void>
}

/**
 * Counts each message until the connection has taken it; calls `onOverflow` instead of sending one beyond the limits of `unread`. A
 * connection whose reader has left `unsentBytes` waiting, without a break, for `unsentMs` is cut.
 */
export function watchUnsent(
  { socket, request }: Connection,
  unread: UnreadAnswers,
  { unsentBytes, unsentMs }: Pick<Limits, 'unsentBytes' | 'unsentMs'>,
  onOverflow: () => void,
): Unsent {
  const send = socket.send.bind(socket) as (data: string, sent: (error?: Error) => void) => void
  const isFull = (): boolean => socket.readyState === socket.OPEN && socket.bufferedAmount >= unsentBytes
  const releases = new Set<() => void>()
  let waiting: (() => void)[] = []
  let cutting: NodeJS.Timeout | undefined

  const cut = (): void => {
    request.info({ code: 'stream_overflow' satisfies EdgeErrorCode }, 'a WebSocket whose reader does not read is cut')
    socket.terminate()
  }
  const look = (): void => {
    if (isFull()) {
      cutting ??= setTimeout(cut, unsentMs)
      return
    }
    clearTimeout(cutting)
    cutting = undefined
    const next = waiting
    waiting = []
    for (const resume of next) resume()
  }
  const counted = (data: string, sent: (error?: Error) => void): void => {
    if (socket.readyState !== socket.OPEN) return sent()
    const release = unread.hold(request.principal, Buffer.byteLength(data))
    if (!release) {
      onOverflow()
      return sent()
    }
    releases.add(release)
    send(data, (error) => {
      releases.delete(release)
      release()
      look()
      sent(error)
    })
    look()
  }
  socket.send = counted as WebSocket['send']
  socket.once('close', () => {
    for (const release of releases) release()
    look()
  })
  return {
    room: async () => {
      while (isFull()) await new Promise<void>((resolve) => void waiting.push(resolve))
    },
  }
}
