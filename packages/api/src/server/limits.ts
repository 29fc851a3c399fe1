/** What one request, one operation and one principal may ask for. */
export type Limits = {
  /** Of a request, in bytes. */
  readonly bodyBytes: number
  /** Of a message over a WebSocket, in bytes. */
  readonly webSocketMessageBytes: number
  /** Of a GraphQL document: its length in tokens, its nesting in fields, its aliases. */
  readonly tokens: number
  readonly depth: number
  readonly aliases: number
  /** What an operation may cost: objects it may answer with, weighed by what they take to read. */
  readonly complexity: number
  /** Of one principal, or of one address without a token. 0 sets no limit. */
  readonly requestsPerMinute: number
  /** That were never valid, from one address; valid ones are let in all the same. 0 sets no limit. */
  readonly badTokensPerMinute: number
  /** Of one principal at once. */
  readonly subscriptions: number
}

/** A page of 100 tickets with conversations fits; a message of 65,536 characters does, however it is escaped. */
export const defaultLimits: Limits = {
  bodyBytes: 1024 * 1024,
  webSocketMessageBytes: 64 * 1024,
  tokens: 2_000,
  depth: 16,
  aliases: 30,
  complexity: 20_000,
  requestsPerMinute: 3_000,
  badTokensPerMinute: 60,
  subscriptions: 20,
}
