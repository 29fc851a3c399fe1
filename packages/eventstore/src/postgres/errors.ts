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

/** Classes of Postgres for a connection that failed, a server that is full, that stops or whose disk fails. */
const awayState = /^(?:08\w{3}|53\w{3}|57P\w{2}|58\w{3})$/
const awayNetwork = /^(?:ECONN[A-Z]+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)$/
/** What the driver says without a code. */
const awayMessage =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error)/

/**
 * Whether an error, of a read or of an append, says that the database cannot be reached or does not work at present: what
 * was tried may be tried again in a moment, if it may be done twice.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof StoreUnavailable || error instanceof AppendOutcomeUnknown) return true
  if (!(error instanceof Error)) return false
  const { code } = error as { readonly code?: unknown }
  if (typeof code === 'string') return awayState.test(code) || awayNetwork.test(code)
  return awayMessage.test(error.message)
}

/** Whether every append of a batch shares its failure, so that sending them one by one would be useless or unsafe. */
export function concernsWholeBatch(error: unknown): boolean {
  if (error instanceof AppendOutcomeUnknown) return true
  return error instanceof StoreUnavailable && !(error.cause instanceof pg.DatabaseError)
}
