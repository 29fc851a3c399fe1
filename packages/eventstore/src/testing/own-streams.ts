import { randomUUID } from 'node:crypto'

declare module 'vitest' {
  export interface ProvidedContext {
    /** That of `EVENTSTORE_URL`, when the tests were run with one. */
    eventStoreUrl?: string
  }
}

/** An address of EventStoreDB with a prefix that nobody has used: an empty history of one's own on a server that holds others. */
export function withOwnStreams(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}streamPrefix=test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
}
