import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import type { EdgeErrorCode } from '../errors/index.ts'
import { edgeErrors, errorBody } from '../errors/index.ts'

const codesByCause: Readonly<Record<string, EdgeErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Answers what Node cannot read as a request of HTTP, in the form of GraphQL errors, and ends its connection. */
export function answerUnreadable(
  error: Error & { readonly code: string },
  socket: Socket,
  log: Pick<FastifyBaseLogger, 'debug'>,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const code = codesByCause[error.code] ?? 'malformed_request'
  const requestId = randomUUID()
  log.debug({ reqId: requestId, cause: error.code, code }, 'a request that cannot be read')
  const message = code === 'malformed_request' ? 'the request is not well-formed HTTP' : edgeErrors[code].message
  if (socket.writable) socket.write(answer(code, JSON.stringify(errorBody(code, message, requestId))))
  socket.destroy(error)
}

function answer(code: EdgeErrorCode, body: string): string {
  const { status } = edgeErrors[code]
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
