/** What one request, one operation and one principal may ask for. */
export type Limits = {
  /** Of a request, in bytes. */
  readonly bodyBytes: number
  /** Of a message over a WebSocket, in bytes. */
  readonly webSocketMessageBytes: number
  /** Within which a request must have come, in milliseconds, from its first byte to its last. */
  readonly requestMs: number
  /** Of a GraphQL document: its length in tokens, its nesting in fields, its aliases, and how often one field may stand in one selection. */
  readonly tokens: number
  readonly depth: number
  readonly aliases: number
  readonly repeats: number
  /** What validation may compare of a document: fields and spreads that meet in one place, through fragments. */
  readonly comparisons: number
  /** Of the variables: their nesting in lists and objects. */
  readonly variableDepth: number
  /** What an operation may cost: objects it may answer with, weighed by what they take to read. */
  readonly complexity: number
  /** Of histories, in events, and of texts of messages, in bytes: what one operation may read of them. */
  readonly historyEvents: number
  readonly textBytes: number
  /** Of answers to one principal that have not been read yet, in bytes; of all together eight times as much. A single answer may be longer. */
  readonly unreadBytes: number
  /** Of one principal, or of one address without a token. 0 sets no limit. */
  readonly requestsPerMinute: number
  /**
   * Of one customer; agents have ten times as much, services fifty times: what mutations bring, what is read of histories and texts for
   * them, and what the server works. 0 sets no limit.
   */
  readonly writtenBytesPerMinute: number
  readonly readBytesPerMinute: number
  readonly millisecondsPerMinute: number
  /** That were never valid, from one address; valid ones are let in all the same. 0 sets no limit. */
  readonly badTokensPerMinute: number
  /** Of one principal at once. */
  readonly subscriptions: number
}

/** A page of 100 tickets with conversations fits; a message of 65,536 characters does, however it is escaped. */
export const defaultLimits: Limits = {
  bodyBytes: 1024 * 1024,
  webSocketMessageBytes: 64 * 1024,
  requestMs: 30_000,
  tokens: 2_000,
  depth: 16,
  aliases: 30,
  repeats: 20,
  comparisons: 20_000,
  variableDepth: 64,
  complexity: 20_000,
  historyEvents: 20_000,
  textBytes: 8 * 1024 * 1024,
  unreadBytes: 16 * 1024 * 1024,
  requestsPerMinute: 3_000,
  writtenBytesPerMinute: 1024 * 1024,
  readBytesPerMinute: 8 * 1024 * 1024,
  millisecondsPerMinute: 60_000,
  badTokensPerMinute: 60,
  subscriptions: 20,
}
