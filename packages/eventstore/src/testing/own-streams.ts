import { randomUUID } from 'node:crypto'

/** An address of EventStoreDB with a prefix that nobody has used: an empty history of one's own on a server that holds others. */
export function withOwnStreams(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}streamPrefix=test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
}
