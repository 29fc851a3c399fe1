import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import type { EdgeErrorCode } from '../errors/index.ts'
import { edgeErrors, errorBody } from '../errors/index.ts'
import { requestIdHeader } from './request-log.ts'

const codesByCause: Readonly<Record<string, EdgeErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

type Unreadable = Error & { readonly code: string }
type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse }

/** Answers what cannot be read as a request. */
export type UnreadableRequests = {
  /** Looks at the requests of a server, so that each is answered once. */
  watch(server: Server): void
  answer(error: Unreadable, socket: Socket, log: Pick<FastifyBaseLogger, 'debug'>): void
}

/**
 * Answers what Node cannot read as a request of HTTP, in the form of GraphQL errors, and ends its connection: after the answers to the
 * requests before it. A request that was answered before it had come whole is not answered again.
 */
export function unreadableRequests(): UnreadableRequests {
  const latest = new WeakMap<Socket, Exchange>()
  const ending = new WeakSet<Socket>()
  return {
    watch: (server) => {
      server.on('request', (request, response) => latest.set(request.socket, { request, response }))
    },
    answer: (error, socket, log) => {
      if (error.code === 'ECONNRESET' || socket.destroyed || ending.has(socket)) return
      ending.add(socket)
      const { request, response } = latest.get(socket) ?? {}
      if (request?.complete && response?.closed === false) {
        response.once('close', () => refuse(error, socket, log))
      } else if (request?.complete === false && response?.headersSent) socket.destroy(error)
      else refuse(error, socket, log)
    },
  }
}

function refuse(error: Unreadable, socket: Socket, log: Pick<FastifyBaseLogger, 'debug'>): void {
  const code = codesByCause[error.code] ?? 'malformed_request'
  const requestId = randomUUID()
  log.debug({ requestId, cause: error.code, code }, 'a request that cannot be read')
  const message = code === 'malformed_request' ? 'the request is not well-formed HTTP' : edgeErrors[code].message
  if (socket.writable) socket.write(answer(code, requestId, JSON.stringify(errorBody(code, message, requestId))))
  socket.destroy(error)
}

function answer(code: EdgeErrorCode, requestId: string, body: string): string {
  const { status } = edgeErrors[code]
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `${requestIdHeader}: ${requestId}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
