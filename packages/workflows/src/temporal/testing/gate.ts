import { once } from 'node:events'
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import { connect, constants, createSecureServer, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'

/**
 * Why a call is refused: a gRPC status and its message; `'held'` leaves it without an answer, undefined lets it
 * through.
 */
export type Rule = (
  method: string,
  headers: IncomingHttpHeaders,
) => { code: number; message: string } | 'held' | undefined

/** Where a gate listens, and whether with TLS. */
export type GateOptions = {
  /** A free one by default. */
  readonly port?: number
  /** In PEM; without it the gate accepts plain connections. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Whether clients need a certificate of the same authority. */
  readonly mutual?: boolean
}

/**
 * A gate in front of a Temporal server, like a proxy that requires a key: calls go through unless a rule refuses them.
 */
export type Gate = {
  readonly address: string
  readonly port: number
  /** Replaces the rule. */
  rule(rule: Rule): void
  /** How many calls it holds that the caller has not cancelled. */
  readonly holding: number
  /** Breaks all connections and accepts no more. */
  close(): Promise<void>
}

/** Opens a gate in front of the server at an address, which uses no TLS. */
export async function openGate(behind: string, { port = 0, tls, mutual = false }: GateOptions = {}): Promise<Gate> {
  let rule: Rule = () => undefined
  let holding = 0
  const sessions = new Set<ServerHttp2Session | ClientHttp2Session>()
  const server = tls ? createSecureServer({ ...tls, requestCert: mutual, rejectUnauthorized: mutual }) : createServer()
  server.on('session', (session: ServerHttp2Session) => {
    const upstream = connect(`http://${behind}`)
    for (const each of [session, upstream]) {
      sessions.add(each)
      each.on('error', () => undefined).on('close', () => sessions.delete(each))
    }
    session.on('close', () => upstream.destroy())
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on('error', () => undefined)
      const refused = rule(String(headers[':path']).split('/').at(-1) ?? '', headers)
      if (refused === 'held') {
        holding++
        stream.once('close', () => holding--)
        return
      }
      if (refused) turnAway(stream, refused)
      else letThrough(stream, headers, upstream)
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const bound = (server.address() as AddressInfo).port
  return {
    address: `127.0.0.1:${bound}`,
    port: bound,
    rule: (next) => void (rule = next),
    get holding() {
      return holding
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const session of sessions) session.destroy()
      await closed
    },
  }
}

function turnAway(stream: ServerHttp2Stream, { code, message }: { code: number; message: string }): void {
  const status = {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': code,
    'grpc-message': encodeURI(message),
  }
  stream.respond(status, { endStream: true })
}

function letThrough(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, upstream: ClientHttp2Session): void {
  const { ':authority': _, authorization: __, ...rest } = headers
  if (upstream.destroyed) {
    stream.close()
    return
  }
  const call = upstream.request(rest)
  call.on('error', () => stream.close())
  stream.on('close', () => call.close(constants.NGHTTP2_CANCEL))
  let trailers: IncomingHttpHeaders = {}
  call.on('response', (answer, flags) => {
    if (stream.destroyed) return
    const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    stream.respond(answer, isAll ? { endStream: true } : { waitForTrailers: true })
    if (!isAll) call.pipe(stream)
  })
  call.on('trailers', (given) => void (trailers = given))
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.pipe(call)
}
