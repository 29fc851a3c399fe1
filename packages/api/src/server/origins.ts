import type { FastifyRequest } from 'fastify'
import { edgeError } from '../errors.ts'

/**
 * Refuses the upgrade to a WebSocket that a page of another origin asks for, with `origin_not_allowed`: browsers let every page open one.
 * Origins are parsed and compared whole. Allowed are the configured ones and that of the server itself. Clients that are no browsers
 * name no origin.
 */
export function refuseForeignOrigin(
  { headers, host }: Pick<FastifyRequest, 'headers' | 'host'>,
  allowed: readonly string[],
): void {
  const { origin } = headers
  if (origin === undefined) return
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  const isOwn = url !== undefined && /^https?:$/.test(url.protocol) && url.host === hostOf(url.protocol, host)
  if (!isOwn && !(url !== undefined && url.origin === origin && allowed.includes(origin)))
    throw edgeError('origin_not_allowed')
}

/** A host as URLs of a scheme have it: without the default port. */
const hostOf = (protocol: string, host: string): string | undefined =>
  URL.canParse(`${protocol}//${host}`) ? new URL(`${protocol}//${host}`).host : undefined
