import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressGuard } from './address-guard.ts'
import { AddressRefused, hostOf } from './address-guard.ts'

/** A request to an address that somebody else has written. */
type GuardedRequest = {
  readonly method: 'HEAD' | 'GET'
  readonly guard: AddressGuard
  /** Names the sender, in `User-Agent`. */
  readonly userAgent: string
  readonly signal: AbortSignal
}

/** What came of it: no more of the answer than that is read. */
export type GuardedAnswer = { readonly status: number; readonly location: string | undefined }

type Answer = Pick<IncomingMessage, 'statusCode' | 'headers'>

/** The most bytes of headers that are read. */
const mostHeaderBytes = 16_384

/**
 * Asks for an address by a connection of its own, which ends with the headers of the answer. It follows no redirect, sends neither a
 * password nor a fragment, and uses no proxy.
 * @throws AddressRefused where the guard lets nobody connect, and the errors of `node:http`.
 */
export async function guardedRequest(
  url: URL,
  { method, guard, userAgent, signal }: GuardedRequest,
): Promise<GuardedAnswer> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new AddressRefused(`${url.protocol} is not http`)
  const lookup = guard.lookupFor(url)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const answer = await new Promise<Answer>((resolve, reject) => {
    const sent = send({
      protocol: url.protocol,
      hostname: hostOf(url.hostname),
      port: url.port,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { host: url.host, 'user-agent': userAgent, accept: '*/*', connection: 'close' },
      lookup,
      agent: false,
      maxHeaderSize: mostHeaderBytes,
      signal,
    })
    sent.once('response', (response) => {
      resolve(response)
      response.on('error', () => undefined)
      response.destroy()
    })
    // Whoever changes the protocol unasked gives no answer, and nothing else ends the request.
    sent.once('upgrade', (response, socket) => {
      resolve(response)
      socket.destroy()
    })
    sent.once('error', reject)
    sent.once('close', () => reject(new Error('the connection has ended without an answer')))
    sent.end()
  })
  return { status: answer.statusCode ?? 0, location: answer.headers.location }
}
