import type { Desk, Instant, TicketAggregate } from '@guichet/domain'
import { elapsed } from '@guichet/domain'
import { LRUCache } from 'lru-cache'
import type { CaseRow } from '../read-row.ts'
import { withdrawTicket } from '../undo-import.ts'
import type { StoredHistory } from './case-history.ts'
import { hadAnotherMeaning, laterOf, readStored, toldRows } from './case-history.ts'
import { plansAt } from './tell-row.ts'

/** A row as it was read, and the terms of its mapping. */
export type ReadAgain = {
  readonly row: CaseRow
  readonly statusTags: ReadonlySet<string>
  readonly toleranceMs: number
}

type Anew = {
  readonly importId: string
  readonly desk: Desk
  readonly aggregate: TicketAggregate
  readonly now: () => Instant
  /** Reads all rows in the order in which they are told, as often as it is called. */
  readonly rows: () => AsyncIterable<ReadAgain>
}

/** So many histories are kept while the rows are looked through. */
const histories = 1_000

/**
 * Makes room in an open import for rows that are older than what it has told of their cases, or that mean something else now: the tickets of
 * these cases are withdrawn, to be told anew. A case stays as it is where somebody has worked on its ticket, or where not all the rows
 * are there that it was told by. In memory are the ids of those cases and of their rows, and
 * of every case the time that it has reached.
 * @returns how many tickets were withdrawn.
 */
export async function makeRoomForOlderRows(anew: Anew): Promise<number> {
  const { importId, desk, aggregate, now, rows } = anew
  const known = new LRUCache<string, StoredHistory>({ max: histories })
  const affected = new Map<string, StoredHistory>()
  const latest = new Map<string, Instant>()
  for await (const { row, statusTags, toleranceMs } of rows()) {
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
      : at < stored.importedUntil &&
        plansAt(row, at, stored, { aggregate, statusTags }).every((plan) => plan.ok && plan.value.steps.length > 0)
    if (isNew) affected.set(ticketId, stored)
  }
  if (affected.size === 0) return 0

  const missing = new Map([...affected].map(([id, stored]) => [id, new Set(toldRows(stored).keys())]))
  for await (const { row } of rows()) missing.get(row.ticketId)?.delete(row.identity)
  let withdrawn = 0
  for (const [id, stored] of affected) {
    if (missing.get(id)?.size !== 0) continue
    if (await withdrawTicket({ desk, importId, now }, id, stored.events.length)) withdrawn++
  }
  return withdrawn
}
