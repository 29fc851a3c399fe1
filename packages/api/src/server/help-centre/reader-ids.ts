import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Instant } from '@guichet/domain'
import { utcDay } from '@guichet/domain'
import { isCrawler } from '../../knowledge/crawlers.ts'

/** What tells readers of a day apart. */
type ReaderRequest = {
  readonly address: string
  readonly headers: IncomingHttpHeaders
  readonly at: Instant
}

/**
 * Returns what names the reader of a page for a day: a keyed hash of the day, their address and their browser, so that
 * nothing is stored at their side, nobody without the secret learns the address, and no day is linked to another one.
 * Undefined for crawlers, and for pages that a browser loads before anybody has asked for them.
 * @param secret of all processes; one of this process by default.
 */
export function createReaderIds(secret?: string): (request: ReaderRequest) => string | undefined {
  const key = secret ?? randomBytes(32)
  return ({ address, headers, at }) => {
    const browser = headers['user-agent']
    const purpose = [headers['sec-purpose'], headers.purpose].join(' ')
    if (isCrawler(browser) || purpose.includes('prefetch')) return undefined
    const parts = JSON.stringify(['reader of the help centre', utcDay(at), address, browser])
    return `reader-${createHmac('sha256', key).update(parts).digest('base64url')}`
  }
}
