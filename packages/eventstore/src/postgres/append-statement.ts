import type { AppendOutcome } from '@guichet/domain'
import type { ClientBase, Pool } from 'pg'
import { bigintArray, booleanArray, integerArray, jsonArray, textArray } from './binary-array.ts'
import { AppendOutcomeUnknown, StoreUnavailable } from '../failure/index.ts'
import { appendFailure } from './errors.ts'
import { asText, toFirstOutcome } from './rows.ts'
import type { Storable } from './storable.ts'

type Answer = [
  stream: string,
  outcome: string,
  version: string,
  transactionId: string | null,
  position: string | null,
  fingerprint: string | null,
]

/** `busy` when another transaction is writing to the stream, and waiting for it would have held up the others. */
export type Answered = AppendOutcome | 'busy'

/**
 * Sends appends to different streams in one round trip, which is one transaction: each is checked and answered on its
 * own, and when the promise resolves what was appended is durable.
 * @returns the outcomes in the order of the appends.
 * @throws AppendRejected, StoreUnavailable (nothing was written) or AppendOutcomeUnknown, for all of them together.
 */
export async function sendAppends(
  pool: Pool,
  schema: string,
  appends: readonly Storable[],
): Promise<readonly Answered[]> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw new StoreUnavailable('the database cannot be reached', { cause })
  })
  client.on('error', reportedByTheQuery)
  let failure: Error | undefined
  try {
    return await appendWithin(client, schema, appends)
  } catch (error) {
    failure = appendFailure(error)
    throw failure
  } finally {
    client.off('error', reportedByTheQuery)
    client.release(failure instanceof AppendOutcomeUnknown)
  }
}

const reportedByTheQuery = (): void => undefined

/** Appends within the transaction of a connection, which must have done nothing yet; its owner commits. */
export async function appendWithin(
  client: ClientBase,
  schema: string,
  appends: readonly Storable[],
): Promise<readonly Answered[]> {
  const { rows } = await client.query<Answer>({
    name: `${schema}.append`,
    text: `select * from ${schema}.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    values: columns(appends),
    rowMode: 'array',
    types: asText,
  })
  const outcomes = new Map(rows.map((row) => [row[0], toOutcome(row)]))
  return appends.map(({ stream }) => {
    const outcome = outcomes.get(stream)
    if (!outcome) throw new Error(`the database gave no answer for ${stream}`)
    return outcome
  })
}

function toOutcome([, outcome, version, transactionId, position, fingerprint]: Answer): Answered {
  if (outcome === 'busy') return 'busy'
  if (transactionId === null || position === null) return { kind: 'conflict', actualVersion: Number(version) }
  const kind = outcome === 'duplicate' ? 'duplicate' : 'appended'
  return { kind, ...toFirstOutcome(version, transactionId, position, fingerprint) }
}

function columns(appends: readonly Storable[]): Buffer[] {
  const rows = appends.flatMap((append) =>
    append.events.map((event, ordinal) => ({ append, event, ordinal, ends: ordinal === append.events.length - 1 })),
  )
  return [
    textArray(rows.map(({ append }) => append.stream)),
    integerArray(rows.map(({ append }) => append.expected)),
    integerArray(rows.map(({ ordinal }) => ordinal)),
    booleanArray(rows.map(({ ends }) => ends)),
    textArray(rows.map(({ event }) => event.type)),
    integerArray(rows.map(({ event }) => event.schemaVersion)),
    jsonArray(rows.map(({ event }) => event.json)),
    bigintArray(rows.map(({ event }) => event.atMs)),
    textArray(rows.map(({ event }) => event.by.kind)),
    textArray(rows.map(({ event }) => event.by.id)),
    textArray(rows.map(({ event }) => event.by.name ?? null)),
    textArray(rows.map(({ append }) => append.commandId)),
    textArray(rows.map(({ append, ends }) => (ends ? append.fingerprint : null))),
    textArray(rows.map(({ append }) => append.correlationId)),
    textArray(rows.map(({ append }) => append.causationId)),
  ]
}
