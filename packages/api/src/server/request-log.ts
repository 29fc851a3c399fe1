import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** The header that a request's id is taken from and given back in. */
export const requestIdHeader = 'x-request-id'

/** Answers a request in a span of a trace. */
export type TraceRequest = <T>(request: FastifyRequest, reply: FastifyReply, answer: () => Promise<T>) => Promise<T>

/** What may stand in a log line and a header as it is. */
const wellFormed = /^[\w.:@/+=-]{1,128}$/

/** The id that whoever sends a request gives it, or a new one. */
export function requestIdOf({ headers }: { readonly headers: IncomingHttpHeaders }): string {
  const given = headers[requestIdHeader]
  return typeof given === 'string' && wellFormed.test(given) ? given : randomUUID()
}

/** What monitoring asks all the time. */
const probes: ReadonlySet<string | undefined> = new Set(['/health', '/ready'])

/**
 * Gives each request's id back, and writes a line for each that was answered: no query, no address and no person, who are in what was asked.
 * Probes are told of at level `debug`.
 */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header(requestIdHeader, request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, principal } = request
    const { url: route } = request.routeOptions
    const milliseconds = Math.round(reply.elapsedTime)
    const line = { method, route, status: reply.statusCode, milliseconds, role: principal?.role }
    request.log[probes.has(route) ? 'debug' : 'info'](line, 'request')
    done()
  })
}
