import { setImmediate } from 'node:timers/promises'
import type { Desk, EventEnvelope, Instant, TicketAggregate, TicketEvent, TicketState } from '@guichet/domain'
import {
  elapsed,
  importCorrelation,
  importIdOf,
  LruCache,
  minutes,
  parseStream,
  readHistory,
  streamName,
  unlessDeleted,
} from '@guichet/domain'
import { ImportFault } from '../../fault.ts'
import { retryWhileAway } from '@guichet/eventstore'
import type { Mapping } from '../mapping.ts'
import type { CaseRow, RowFault } from '../read-row.ts'
import type { RowCode } from '../repair.ts'
import { inWords, withdrawTicket } from '../undo-import.ts'
import type { CaseHistory, StoredHistory } from './case-history.ts'
import {
  commandIdOf,
  hadAnotherMeaning,
  historyAt,
  historyBefore,
  historyThrough,
  historyFromOtherFile,
  laterOf,
  readStored,
  rowsIn,
  importedRows,
  emptyHistory,
  withImportedRow,
} from './case-history.ts'
import type { PlanTerms, RowPlan } from './plan-row.ts'
import { planRow } from './plan-row.ts'

/** The result of a row. */
export type RowOutcome =
  | { readonly kind: 'applied'; readonly events: readonly TicketEvent[] }
  | { readonly kind: 'unchanged' }
  | ({ readonly kind: 'refused' } & RowFault)

type ImportedRow = { readonly outcome: RowOutcome; readonly history: CaseHistory }

/** What the rows of an import are written with. */
export type RowImport = {
  /** The desk that the history is written to; undefined for a dry run. */
  readonly desk: Desk | undefined
  readonly aggregate: TicketAggregate
  readonly statusTags: ReadonlySet<string>
  readonly toleranceMs: number
  readonly correlationId: string
  readonly now: () => Instant
  /** Reopens a completed import before a new row is stored; undefined if it was not completed. */
  readonly reopen?: () => Promise<void>
}

/** Returns the settings of a mapping for importing its rows. */
export function termsOf(mapping: Mapping): Pick<RowImport, 'statusTags' | 'toleranceMs'> {
  const statusTags = [...Object.values(mapping.activity.values), mapping.activity.otherwise].flatMap((meaning) =>
    typeof meaning === 'object' && 'status' in meaning && meaning.tag !== undefined ? [meaning.tag] : [],
  )
  return { statusTags: new Set(statusTags), toleranceMs: minutes(mapping.time.toleranceMinutes) }
}

/** By how much the clock of the former helpdesk may be ahead, in milliseconds. */
const aheadMs = minutes(1)

const unchanged: RowOutcome = { kind: 'unchanged' }
const refused = (code: RowCode, field: string, reason: string): RowOutcome => ({ kind: 'refused', code, field, reason })

/**
 * Imports one row into its ticket's history. The effect of a row depends only on the rows before it, so that a second
 * run plans the same commands and finds them stored.
 */
export async function importRow(row: CaseRow, history: CaseHistory, rowImport: RowImport): Promise<ImportedRow> {
  if (history.at !== undefined && elapsed(row.at, history.at) > rowImport.toleranceMs) {
    const reason = `its time ${row.at} lies before that of the case's row before it, ${history.at}`
    return { outcome: refused('time_runs_backwards', 'time', reason), history }
  }
  if (elapsed(rowImport.now(), row.at) > aheadMs) {
    return { outcome: refused('at_in_the_future', 'time', `its time ${row.at} has not come yet`), history }
  }
  if (history.otherFileUntil !== undefined) return importAfterOtherFile(row, history, rowImport)
  const { desk, reopen } = rowImport
  if (desk && reopen && isUnknown(history)) {
    return importFirst(row, history, await readStored(desk, row.ticketId), rowImport)
  }
  return carryOut(row, history, rowImport)
}

/** Imports the first row of a case after its stored history was read. */
async function importFirst(
  row: CaseRow,
  history: CaseHistory,
  stored: StoredHistory,
  rowImport: RowImport,
): Promise<ImportedRow> {
  const { aggregate } = rowImport
  if (isEmpty(stored)) {
    return carryOut(row, historyAt(aggregate, stored, { version: stored.from, at: undefined }), rowImport)
  }
  const through = historyThrough(aggregate, { ...history, stored }, row)
  if (through) return { outcome: again(row, through, rowImport), history: through }
  return importAfterOtherFile(row, historyFromOtherFile(aggregate, stored), rowImport)
}

async function carryOut(row: CaseRow, history: CaseHistory, rowImport: RowImport): Promise<ImportedRow> {
  if (history.rows.has(row.identity)) return { outcome: again(row, history, rowImport), history }
  const through = historyThrough(rowImport.aggregate, history, row)
  if (through) return { outcome: again(row, through, rowImport), history: through }
  const { desk } = rowImport
  const isLeftOut = row.role === 'automatic' && history.state.status === 'absent'
  const plan = isLeftOut ? undefined : planRow(row, history.state, { ...rowImport, notBefore: history.at })
  if (!plan?.ok) {
    const stored = desk && isUnknown(history) ? await readStored(desk, row.ticketId) : undefined
    if (stored && !isEmpty(stored)) return importFirst(row, history, stored, rowImport)
    if (!plan) return { outcome: refused('automatic_left_out', 'actor', leftOut), history }
    return { outcome: refused(plan.refusal.code, plan.refusal.field ?? '', plan.refusal.message), history }
  }
  const { steps, events, at } = plan.value
  if (steps.length === 0) return { outcome: unchanged, history: historyAfter(row, plan.value, history) }
  const tooLate = refusedAsTooLate(row, at, history, rowImport)
  if (tooLate) return { outcome: tooLate, history }
  if (desk) return send(row, plan.value, history, { ...rowImport, desk })
  return { outcome: { kind: 'applied', events }, history: historyAfter(row, plan.value, history) }
}

const leftOut = 'an automatic message that belongs to no ticket opens none'

/** Returns the result of a row that is already imported: unchanged, unless its meaning has changed. */
function again(row: CaseRow, history: CaseHistory, rowImport: RowImport): RowOutcome {
  if (!hadAnotherMeaning(row, history.rows)) return unchanged
  const reason = `it was imported with another meaning before; ${nextStep(history.stored, rowImport)}`
  return refused('imported_differently', '', reason)
}

/** Refuses a row that is older than the stored history: an event always has the time of its row. */
function refusedAsTooLate(
  row: CaseRow,
  at: Instant,
  { state, stored, version }: CaseHistory,
  rowImport: RowImport,
): RowOutcome | undefined {
  const continues = stored !== undefined && stored.events.length > version
  const isLater = state.status !== 'absent' && at < state.updatedAt
  if (!continues && !isLater) return undefined
  if (stored?.workedOn) return refused('version_conflict', 'expectedVersion', workedOnSince)
  return olderThanHistory(row, stored, rowImport)
}

function olderThanHistory(row: CaseRow, stored: StoredHistory | undefined, rowImport: RowImport): RowOutcome {
  const until = stored?.events.at(-1)?.at
  const reason = `its time is ${row.at}, and the ticket's history goes on until ${until} already; ${nextStep(stored, rowImport)}`
  return refused('older_than_history', 'time', reason)
}

const workedOnSince = 'the ticket has gone on at this desk since it was imported'

/** Describes what an operator can do about a row that does not fit into the ticket's history. */
function nextStep(stored: StoredHistory | undefined, { correlationId, reopen }: RowImport): string {
  const importId = stored?.importId
  if (importId === undefined)
    return 'the ticket was opened at this desk, so what the row says can only be added by hand'
  if (stored?.workedOn) {
    return `somebody has worked on the ticket since ${importId} brought it in, so that import cannot be taken back, and what the row says can only be added by hand`
  }
  const anew = `take it back (guichet import undo ${importId}) and import all of its rows together`
  const isOpen = correlationId === importCorrelation(importId) && reopen === undefined
  return isOpen
    ? `to import it again, give all files of ${importId} again under --name ${importId}, which is not complete, by a mapping that keeps its name and the columns that it reads; or ${anew}`
    : `to import it again, ${anew}`
}

/** Sends all changes of a row as one command. It is stored as a whole or not at all; the row's identity is its id. */
async function send(
  row: CaseRow,
  plan: RowPlan,
  history: CaseHistory,
  rowImport: RowImport & { readonly desk: Desk },
): Promise<ImportedRow> {
  const { desk, aggregate, correlationId } = rowImport
  const { ticketId } = row
  const commandId = commandIdOf(row)
  const { steps, at, by, events } = plan
  const sender = { by, at, commandId, correlationId, expectedVersion: history.version }
  const applied: RowOutcome = { kind: 'applied', events }
  await rowImport.reopen?.()
  let answerLost = false
  const outcome = await retryWhileAway(() => desk.engine.executeTogether('ticket', ticketId, steps, sender), {
    onUnknown: () => void (answerLost = true),
  })
  if (outcome.ok && !outcome.value.repeated) {
    return { outcome: applied, history: historyAfter(row, plan, history) }
  }
  const stored = await readStored(desk, ticketId)
  if (isEmpty(stored) && history.version < stored.from) {
    return carryOut(row, historyAt(aggregate, stored, { version: stored.from, at: undefined }), rowImport)
  }
  const latestHistory = { ...history, stored }
  const through = historyThrough(aggregate, latestHistory, row)
  if (through) return { outcome: answerLost ? applied : again(row, through, rowImport), history: through }
  if (isUnknown(history) && !isEmpty(stored)) {
    return importAfterOtherFile(row, historyFromOtherFile(aggregate, stored), rowImport)
  }
  if (outcome.ok) throw new Error(`the store knows the command ${commandId} of ${ticketId}, but no event of it`)
  const { code, field = '', message } = outcome.refusal
  if (code === 'version_conflict' && stored.events.length > history.version) {
    return {
      outcome: refusedAsTooLate(row, at, latestHistory, rowImport) ?? refused(code, field, workedOnSince),
      history: latestHistory,
    }
  }
  return { outcome: refused(code, field, message), history: latestHistory }
}

/** Returns whether no row of the case has been imported and the store has not been read. */
const isUnknown = ({ version, stored }: CaseHistory): boolean => version === 0 && stored === undefined

/** Returns whether a ticket was never opened, or withdrawn and not opened since. */
const isEmpty = ({ events, from }: StoredHistory): boolean => events.length === from

function historyAfter(row: CaseRow, { steps, events, state }: RowPlan, before: CaseHistory): CaseHistory {
  return {
    ...before,
    state,
    version: before.version + events.length,
    rows: steps.length > 0 ? withImportedRow(before.rows, commandIdOf(row)) : before.rows,
    at: laterOf(before.at, row.at),
  }
}

/** Imports a row of a case whose beginning was imported from another file. */
async function importAfterOtherFile(row: CaseRow, history: CaseHistory, rowImport: RowImport): Promise<ImportedRow> {
  const { stored, otherFileUntil } = history
  if (!stored || otherFileUntil === undefined) {
    return {
      outcome: refused('ticket_already_open', 'case', 'a ticket of this id was opened at this desk'),
      history: emptyHistory(),
    }
  }
  const priorHistory = historyBefore(rowImport.aggregate, stored, row.identity)
  if (priorHistory) return carryOut(row, priorHistory, rowImport)
  if (row.at > otherFileUntil) {
    const imported = await carryOut(row, { ...history, otherFileUntil: undefined }, rowImport)
    return imported.outcome.kind === 'applied' ? imported : { ...imported, history }
  }
  if (changesNothing(row, stored, rowImport)) return { outcome: unchanged, history }
  if (row.at < otherFileUntil) return { outcome: olderThanHistory(row, stored, rowImport), history }
  const reason = `it has the time of the last change imported so far, ${otherFileUntil}, so it may lie before or after it; ${nextStep(stored, rowImport)}`
  return { outcome: refused('time_ambiguous', 'time', reason), history }
}

/** Returns whether a row changes nothing at a possible place in a history: between two rows, at its own time. */
function changesNothing(row: CaseRow, stored: StoredHistory, rowImport: PlanTerms): boolean {
  for (const plan of plansAt(row, row.at, stored, rowImport)) if (plan.ok && plan.value.steps.length === 0) return true
  return false
}

/** The index to which a history was folded for the last row, and its state there. */
type ReplayPoint = { readonly index: number; readonly state: TicketState }

const reached = new WeakMap<StoredHistory, ReplayPoint>()

/**
 * Yields the plan of a row at every possible place of its time in a history: after all earlier events, and before all
 * later ones. Successive calls usually go forward in time, and then fold the history only once.
 */
export function* plansAt(
  row: CaseRow,
  at: Instant,
  stored: StoredHistory,
  terms: PlanTerms,
): Generator<ReturnType<typeof planRow>> {
  const { events, commandIds, from } = stored
  const { initial, evolve } = terms.aggregate
  const point = reached.get(stored)
  const isBehind = point !== undefined && point.index > from && (events[point.index - 1]?.at ?? at) >= at
  let { index, state }: ReplayPoint = point && !isBehind ? point : { index: from, state: initial }
  const next = (event: TicketEvent): void => {
    state = evolve(state, event)
    index++
  }
  for (let event = events[index]; event && event.at < at; event = events[index]) next(event)
  reached.set(stored, { index, state })
  for (;;) {
    const event = events[index]
    if (index === from || !event || commandIds[index - 1] !== commandIds[index]) yield planRow(row, state, terms)
    if (!event || event.at > at) return
    next(event)
  }
}

/** A row, and the terms of its mapping. */
export type ReadAgain = {
  readonly row: CaseRow
  readonly statusTags: ReadonlySet<string>
  readonly toleranceMs: number
}

/** The inputs of a correction. */
type Correction = {
  readonly importId: string
  readonly desk: Desk
  readonly aggregate: TicketAggregate
  readonly now: () => Instant
  /** Reads all rows again in the order of the import, on each call. */
  readonly rows: () => AsyncIterable<ReadAgain>
  /** Whether an interrupted run has begun a correction without completing it. */
  readonly isUnderWay: boolean
  /** Records the beginning of a correction, before the first ticket is withdrawn. */
  readonly start: () => Promise<unknown>
  readonly onCompared?: ((rows: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** The number of histories that are cached while the rows are compared. */
const histories = 1_000

/** The number of rows after which other work of this process gets its turn. */
const turn = 256

/** The number of events that are read at once. */
const page = 1_000

/**
 * Makes room in an open import for rows that are older than the imported history of their cases, or whose meaning has
 * changed: withdraws the tickets of these cases, so that they are imported again. A case is left alone if somebody has
 * worked on its ticket, or if some of its imported rows are missing from the files. Holds in memory the ids of those
 * cases and of their rows, and the last time of every case.
 * @returns whether a correction is in progress, which must be completed after all rows have been imported.
 * @throws Fault `import_correcting` when an interrupted run has withdrawn tickets, and some of their rows are missing.
 */
export async function makeRoomForOlderRows(correction: Correction): Promise<boolean> {
  const { importId, desk, now, rows, signal, isUnderWay, start } = correction
  const withdrawnRows = isUnderWay ? await rowsOfBegun(correction) : new Map<string, ReadonlySet<string>>()
  const affected = await affectedCases(correction)
  if (withdrawnRows.size === 0 && affected.size === 0) return isUnderWay
  const missing = new Map([...withdrawnRows].map(([id, identities]) => [id, new Set(identities)]))
  for (const [id, stored] of affected)
    missing.set(id, new Set([...(missing.get(id) ?? []), ...importedRows(stored).keys()]))
  for await (const { row } of rows()) {
    signal?.throwIfAborted()
    missing.get(row.ticketId)?.delete(row.identity)
  }
  const isWhole = (id: string): boolean => missing.get(id)?.size === 0
  const broken = [...withdrawnRows.keys()].filter((id) => !isWhole(id))
  if (broken.length > 0) {
    const tickets = inWords(new Set(broken))
    const reason = `a run that was broken off took back ${tickets} to import them anew, and not all of their rows are given`
    throw new ImportFault('import_correcting', reason)
  }
  const whole = [...affected].filter(([id]) => isWhole(id))
  if (whole.length > 0) await start()
  for (const [id, stored] of whole) {
    signal?.throwIfAborted()
    await unlessDeleted(withdrawTicket({ desk, importId, now }, id, stored.events.length), () => undefined)
  }
  return isUnderWay || whole.length > 0
}

/**
 * Returns the cases with new rows that are older than their imported history, or with rows whose meaning has changed.
 */
async function affectedCases(correction: Correction): Promise<ReadonlyMap<string, StoredHistory>> {
  const { importId, desk, aggregate, rows, onCompared, signal } = correction
  const cache = new LruCache<string, StoredHistory>({ maxEntries: histories })
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
    const stored = cache.get(ticketId) ?? (await unlessDeleted(readStored(desk, ticketId), () => undefined))
    if (!stored) continue
    cache.set(ticketId, stored)
    if (stored.importId !== importId || stored.workedOn || stored.importedUntil === undefined) continue
    const imported = importedRows(stored)
    const isNew = imported.has(row.identity)
      ? hadAnotherMeaning(row, imported)
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
 * Returns the cases whose tickets the current correction has withdrawn, each with the withdrawn rows that have not been
 * imported again.
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
    const reading = retryWhileAway(() => readHistory(desk.store, 'ticket', id))
    rows.set(id, rowsIn(await unlessDeleted(reading, () => []), since))
  }
  return rows
}
