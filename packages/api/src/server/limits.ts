/** The limits of one request, one operation and one principal. */
export type Limits = {
  /** The body of a request, in bytes. */
  readonly bodyBytes: number
  /** A message over a WebSocket, in bytes. */
  readonly webSocketMessageBytes: number
  /** The time between the first and the last byte of a request, in milliseconds. */
  readonly requestMs: number
  /**
   * A GraphQL document: its length in tokens, its depth in fields, its aliases, and repetitions of a field in a
   * selection.
   */
  readonly tokens: number
  readonly depth: number
  readonly aliases: number
  readonly repeats: number
  /** The comparisons of validation in a document: fields and spreads that meet in one place, through fragments. */
  readonly comparisons: number
  /** The longest document that is kept for the next request with it, in characters. */
  readonly cachedCharacters: number
  /** The depth of variables in lists and objects. */
  readonly variableDepth: number
  /** The cost of an operation: the objects in its answer, weighted by the cost of reading them. */
  readonly complexity: number
  /** The reads of one operation: histories, in events, and texts of messages, in bytes. */
  readonly historyEvents: number
  readonly textBytes: number
  /**
   * The unread answers to one principal, in bytes. The limit for all principals together is eight times as high. A
   * single answer may be longer.
   */
  readonly unreadBytes: number
  /**
   * The bytes that may wait for the reader of a WebSocket: its subscriptions pause while there are more, and it is cut when there are more
   * for `unsentMs` milliseconds without a break.
   */
  readonly unsentBytes: number
  readonly unsentMs: number
  /** The requests of one principal, or of one address without a token; 0 for no limit. */
  readonly requestsPerMinute: number
  /** The requests of one anonymous visitor. */
  readonly visitorRequestsPerMinute: number
  /** The tokens of visitors that are minted for one address; 0 for no limit. */
  readonly visitorsPerMinute: number
  /**
   * The quotas of one customer: bytes written by mutations, bytes of files, bytes read of histories and texts, and working time of the
   * server. Agents have ten times as much, services fifty times. 0 sets no limit.
   */
  readonly writtenBytesPerMinute: number
  readonly uploadedBytesPerMinute: number
  /** The messages of one customer in chats: as many at once, then evenly. Agents and services as above. 0 sets no limit. */
  readonly chatMessagesPerMinute: number
  /** The activities of one customer that are recorded: as many at once, then evenly. Agents and services as above. 0 sets no limit. */
  readonly activitiesPerMinute: number
  readonly readBytesPerMinute: number
  readonly millisecondsPerMinute: number
  /** The tokens from one address that were never valid. Valid ones are accepted even so. 0 sets no limit. */
  readonly badTokensPerMinute: number
  /** The unfinished uploads of one customer. Agents may have ten times as many, services fifty times. */
  readonly uploads: number
  /** The time between the first and the last byte of an upload, in milliseconds. */
  readonly uploadMs: number
  /** The subscriptions of one customer at once. Agents may have ten times as many, services fifty times. */
  readonly subscriptions: number
  /** The WebSockets of one customer at once. Agents may have ten times as many, services fifty times. */
  readonly webSockets: number
  /** The WebSockets of one address at once, and as many event streams; 0 for no limit, as with `requestsPerMinute` 0. */
  readonly webSocketsOfAddress: number
  /** The time from the first byte of a transcript to its last, in milliseconds. */
  readonly transcriptMs: number
}

/** A page of 100 tickets with conversations fits, and so does a message of 65,536 characters with any escapes. */
export const defaultLimits: Limits = {
  bodyBytes: 1024 * 1024,
  webSocketMessageBytes: 64 * 1024,
  requestMs: 30_000,
  tokens: 2_000,
  depth: 16,
  aliases: 30,
  repeats: 20,
  cachedCharacters: 20_000,
  comparisons: 20_000,
  variableDepth: 64,
  complexity: 20_000,
  historyEvents: 20_000,
  textBytes: 8 * 1024 * 1024,
  unreadBytes: 16 * 1024 * 1024,
  unsentBytes: 1024 * 1024,
  unsentMs: 30_000,
  requestsPerMinute: 3_000,
  visitorRequestsPerMinute: 300,
  visitorsPerMinute: 20,
  writtenBytesPerMinute: 1024 * 1024,
  uploadedBytesPerMinute: 256 * 1024 * 1024,
  chatMessagesPerMinute: 120,
  activitiesPerMinute: 600,
  readBytesPerMinute: 8 * 1024 * 1024,
  millisecondsPerMinute: 60_000,
  badTokensPerMinute: 60,
  uploads: 20,
  uploadMs: 600_000,
  subscriptions: 20,
  webSockets: 50,
  webSocketsOfAddress: 10_000,
  transcriptMs: 120_000,
}

/** How many WebSockets one address may have, and event streams. */
export const webSocketsPerAddress = ({
  webSocketsOfAddress,
  requestsPerMinute,
}: Pick<Limits, 'webSocketsOfAddress' | 'requestsPerMinute'>): number =>
  requestsPerMinute === 0 ? Infinity : webSocketsOfAddress || Infinity
