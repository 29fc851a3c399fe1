import type { Metadata } from '@grpc/grpc-js'

/**
 * The meaning of a failed call to the server:
 * - `not_leader`: nothing was done, and the client turns to the leader;
 * - `unsent`: nothing was done, as there was no connection;
 * - `away`: the connection broke or the server refused, perhaps after the work was done;
 * - `late`: no answer in time, perhaps after the work was done.
 */
type Trouble =
  | 'wrong_version'
  | 'not_found'
  | 'deleted'
  | 'not_leader'
  | 'unsent'
  | 'away'
  | 'late'
  | 'denied'
  | 'too_large'
  | 'invalid'
  | 'unknown_service'
  | 'other'

/** The client's names of its errors. */
const byType: Readonly<Record<string, Trouble>> = {
  'wrong-expected-version': 'wrong_version',
  'stream-not-found': 'not_found',
  'stream-deleted': 'deleted',
  'not-leader': 'not_leader',
  unavailable: 'away',
  cancelled: 'away',
  timeout: 'away',
  'deadline-exceeded': 'late',
  'access-denied': 'denied',
  'maximum-append-size-exceeded': 'too_large',
  'invalid-argument': 'invalid',
}

/** The gRPC codes of errors for which the client has no name. */
const byCode: Readonly<Record<number, Trouble>> = {
  1: 'away',
  3: 'invalid',
  4: 'late',
  7: 'denied',
  8: 'too_large',
  10: 'away',
  12: 'unknown_service',
  13: 'away',
  14: 'away',
  16: 'denied',
}

const neverSent = /No connection established|Name resolution failed|Failed to discover/

/** Classifies the failure of a call to the server. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error)) return 'other'
  const { type = exceptionOf(error), code } = error as { readonly type?: unknown; readonly code?: unknown }
  const named = typeof type === 'string' ? byType[type] : undefined
  const trouble = named ?? (typeof code === 'number' ? byCode[code] : undefined)
  if ((trouble === 'away' || trouble === undefined) && neverSent.test(error.message)) return 'unsent'
  return trouble ?? 'other'
}

/** The server's names of errors that did not come through the client's own calls. */
function exceptionOf(error: Error): unknown {
  const { metadata } = error as { readonly metadata?: Pick<Metadata, 'get'> }
  return metadata?.get('exception')[0]
}

/** The server's text for a position at which no record begins; the error has no name. */
export const isOffTheLog = (error: unknown): boolean =>
  error instanceof Error && /Unexpected ReadAllResult|Exception was thrown by handler/.test(error.message)

/** Whether a retry may succeed. */
export const isPassing = (trouble: Trouble): boolean =>
  trouble === 'not_leader' || trouble === 'unsent' || trouble === 'away' || trouble === 'late'

/** The first line of an error's message: the client's messages continue with traces of the network. */
export function firstLineOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
  const text = line.trimEnd()
  return text.endsWith(note) ? text.slice(0, -note.length).trimEnd() : line
}

const note = 'Resolution note:'
