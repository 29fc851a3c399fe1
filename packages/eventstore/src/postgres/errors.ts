import pg from 'pg'

/** An append that can never be stored, such as text with a NUL character; nothing of it is. Repeating it is useless. */
export class AppendRejected extends Error {
  override readonly name = 'AppendRejected'
}

/** The database could not be reached or would not work: nothing was written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/**
 * The connection broke while an append was under way, so it may be stored or not. Send it again with the same command
 * id: the answer is `duplicate` if it had been stored, and nothing is stored twice.
 */
export class AppendOutcomeUnknown extends Error {
  override readonly name = 'AppendOutcomeUnknown'
  constructor(cause: unknown) {
    super('the connection broke before the answer: append again with the same command id', { cause })
  }
}

/** Why the store does not start on this database. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable'
  readonly reason: 'postgres_too_old' | 'schema_too_new' | 'transaction_ids_ahead'
  constructor(reason: StoreUnusable['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

const dataException = '22'
const integrityViolation = '23'
const programLimitExceeded = '54'

/** Turns a failure of a statement that appends into one of this module's errors. */
export function appendFailure(error: unknown): Error {
  if (!(error instanceof pg.DatabaseError) || !error.code) return new AppendOutcomeUnknown(error)
  const family = error.code.slice(0, 2)
  if (family === '08' || error.code.startsWith('57P')) return new AppendOutcomeUnknown(error)
  if (family === dataException || family === integrityViolation || family === programLimitExceeded) {
    return new AppendRejected(`the database refuses the events: ${error.message}`, { cause: error })
  }
  return new StoreUnavailable(`the database did not append: ${error.message}`, { cause: error })
}

/** Whether every append of a batch shares its failure, so that sending them one by one would be useless or unsafe. */
export function concernsWholeBatch(error: unknown): boolean {
  if (error instanceof AppendOutcomeUnknown) return true
  return error instanceof StoreUnavailable && !(error.cause instanceof pg.DatabaseError)
}
