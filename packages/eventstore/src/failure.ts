import { StreamDeleted } from '@guichet/domain'

export { pauseAfter, retryWithBackOff } from './retry.ts'
export type { BackOff, Retry } from './retry.ts'
export { StreamDeleted }

/**
 * An append that can never be stored, such as text with a NUL character; nothing of it is stored. A retry is useless.
 */
export class AppendRejected extends Error {
  override readonly name = 'AppendRejected'
}

/** A stream has lost its first events, as by `$maxCount`: it is deleted in part. */
export class StreamTruncated extends StreamDeleted {
  override readonly name: string = 'StreamTruncated'
  constructor(stream: string) {
    super(
      stream,
      `the stream ${stream} has lost its first events in EventStoreDB ($maxCount, $maxAge, $tb, or a deletion before it was ` +
        'written again): it can be neither read nor written again',
    )
  }
}

/** The store could not be reached or did not work: nothing was written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/**
 * The connection broke while an append was under way, so it may be stored or not. Send it again with the same command
 * id: the answer is `duplicate` if it was stored, and nothing is stored twice.
 */
export class AppendOutcomeUnknown extends Error {
  override readonly name = 'AppendOutcomeUnknown'
  constructor(cause: unknown) {
    super('the connection broke before the answer: append again with the same command id', { cause })
  }
}

/** Why a store does not start on a database or server. */
export type UnusableReason =
  | 'postgres_too_old'
  | 'schema_too_new'
  | 'transaction_ids_ahead'
  | 'role_not_restricted'
  | 'address_invalid'
  | 'credentials_refused'
  | 'tls_mismatch'
  | 'not_an_eventstore'
  | 'eventstore_too_old'
  | 'foreign_events'
  | 'identity_missing'
  | 'client_missing'

/** Why a store does not start on this database or server. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable'
  readonly reason: UnusableReason
  constructor(reason: UnusableReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** Whether an import failed because a package is not installed. */
export const isPackageMissing = (error: unknown): boolean => {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}
