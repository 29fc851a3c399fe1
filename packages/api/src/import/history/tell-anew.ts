import { setImmediate } from 'node:timers/promises'
import type { Desk, EventEnvelope, Instant, TicketAggregate, TicketEvent } from '@guichet/domain'
import { elapsed, importIdOf, LruCache, parseStream, streamName } from '@guichet/domain'
import { Fault } from '../../fault/fault.ts'
import { retryWhileAway } from '../../sending/retry-while-away.ts'
import type { CaseRow } from '../read-row.ts'
import { inWords, withdrawTicket } from '../undo-import.ts'
import type { StoredHistory } from './case-history.ts'
import { hadAnotherMeaning, laterOf, readStored, rowsIn, toldRows } from './case-history.ts'
import { plansAt } from './tell-row.ts'

/** A row as it was read, and the terms of its mapping. */
export type ReadAgain = {
  readonly row: CaseRow
  readonly statusTags: ReadonlySet<string>
  readonly toleranceMs: number
}

/** What a correction works with. */
export type Correction = {
  readonly importId: string
  readonly desk: Desk
  readonly aggregate: TicketAggregate
  readonly now: () => Instant
  /** Reads all rows in the order in which they are told, as often as it is called. */
  readonly rows: () => AsyncIterable<ReadAgain>
  /** Whether a run that was broken off has begun a correction and not completed it. */
  readonly isUnderWay: boolean
  /** Records that a correction begins, before the first ticket is withdrawn. */
  readonly start: () => Promise<unknown>
  readonly onCompared?: ((rows: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** So many histories are kept while the rows are looked through. */
const histories = 1_000

/** After so many rows everything else in this process has its turn. */
const turn = 256

/** How many events are read at once. */
const page = 1_000

/**
 * Makes room in an open import for rows that are older than what it has told of their cases, or that mean something else now: the tickets of
 * these cases are withdrawn, to be told anew. A case stays as it is where somebody has worked on its ticket, or where not all the rows
 * are there that it was told by. In memory are the ids of those cases and of their rows, and
 * of every case the time that it has reached.
 * @returns whether a correction is under way, which is to be completed when all rows have been told.
 * @throws Fault `import_correcting` when a run that was broken off has withdrawn tickets, and rows of theirs are not given.
 */
export async function makeRoomForOlderRows(correction: Correction): Promise<boolean> {
  const { importId, desk, now, rows, signal, isUnderWay, start } = correction
  const begun = isUnderWay ? await rowsOfBegun(correction) : new Map<string, ReadonlySet<string>>()
  const affected = await affectedCases(correction)
  if (begun.size === 0 && affected.size === 0) return isUnderWay
  const missing = new Map([...begun].map(([id, identities]) => [id, new Set(identities)]))
  for (const [id, stored] of affected)
    missing.set(id, new Set([...(missing.get(id) ?? []), ...toldRows(stored).keys()]))
  for await (const { row } of rows()) {
    signal?.throwIfAborted()
    missing.get(row.ticketId)?.delete(row.identity)
  }
  const isWhole = (id: string): boolean => missing.get(id)?.size === 0
  const broken = [...begun.keys()].filter((id) => !isWhole(id))
  if (broken.length > 0) {
    const tickets = inWords(new Set(broken))
    const reason = `a run that was broken off took back ${tickets} to import them anew, and not all of their rows are given`
    throw new Fault('import_correcting', reason)
  }
  const whole = [...affected].filter(([id]) => isWhole(id))
  if (whole.length > 0) await start()
  for (const [id, stored] of whole) {
    signal?.throwIfAborted()
    await withdrawTicket({ desk, importId, now }, id, stored.events.length)
  }
  return isUnderWay || whole.length > 0
}

/** The cases that rows are new in which lie before what was told of them, or that mean something else now. */
async function affectedCases(correction: Correction): Promise<ReadonlyMap<string, StoredHistory>> {
  const { importId, desk, aggregate, rows, onCompared, signal } = correction
  const known = new LruCache<string, StoredHistory>({ maxEntries: histories })
  const affected = new Map<string, StoredHistory>()
  const latest = new Map<string, Instant>()
  let compared = 0
  for await (const { row, statusTags, toleranceMs } of rows()) {
    signal?.throwIfAborted()
    onCompared?.(++compared)
    if (compared % turn === 0) await setImmediate()
    const { ticketId } = row
    const before = latest.get(ticketId)
    if (affected.has(ticketId) || (before && elapsed(row.at, before) > toleranceMs)) continue
    const at = laterOf(before, row.at)
    latest.set(ticketId, at)
    const stored = known.get(ticketId) ?? (await readStored(desk, ticketId))
    known.set(ticketId, stored)
    if (stored.importId !== importId || stored.workedOn || stored.importedUntil === undefined) continue
    const told = toldRows(stored)
    const isNew = told.has(row.identity)
      ? hadAnotherMeaning(row, told)
      : at < stored.importedUntil && saysSomethingNew(row, at, stored, { aggregate, statusTags })
    if (isNew) affected.set(ticketId, stored)
  }
  return affected
}

function saysSomethingNew(...where: Parameters<typeof plansAt>): boolean {
  for (const plan of plansAt(...where)) if (!plan.ok || plan.value.steps.length === 0) return false
  return true
}

/**
 * The cases whose tickets were withdrawn by the correction that is under way, each with the rows that it was told by then and that it
 * does not hold by now.
 */
async function rowsOfBegun({ importId, desk, signal }: Correction): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const history = await retryWhileAway(() => desk.store.readStream(streamName('import', importId)))
  const since = history.findLast(({ event }) => event.type === 'ImportCorrectionStarted')?.position
  const withdrawn = new Set<string>()
  for (let after = since; after !== undefined;) {
    signal?.throwIfAborted()
    const events: readonly EventEnvelope[] = await retryWhileAway(() => desk.store.readAll({ after, limit: page }))
    for (const { event, stream, correlationId } of events) {
      const isOwn = event.type === 'TicketImportWithdrawn' && importIdOf(correlationId) === importId
      if (isOwn) withdrawn.add(parseStream(stream).id)
    }
    after = events.at(-1)?.position
  }
  const rows = new Map<string, ReadonlySet<string>>()
  for (const id of withdrawn) {
    signal?.throwIfAborted()
    const read = await retryWhileAway(() => desk.store.readStream(streamName('ticket', id)))
    rows.set(id, rowsIn(read as readonly EventEnvelope<TicketEvent>[], since))
  }
  return rows
}
