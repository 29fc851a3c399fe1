import { setImmediate } from 'node:timers/promises'
import type { Desk, EventEnvelope, Instant, TicketAggregate, TicketEvent, TicketState } from '@guichet/domain'
import { elapsed, importCorrelation, importIdOf, LruCache, minutes, parseStream, streamName } from '@guichet/domain'
import { Fault } from '../../fault.ts'
import { retryWhileAway } from '../../sending.ts'
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

/** What became of a row. */
export type RowOutcome =
  | { readonly kind: 'applied'; readonly events: readonly TicketEvent[] }
  | { readonly kind: 'unchanged' }
  | ({ readonly kind: 'refused' } & RowFault)

type ImportedRow = { readonly outcome: RowOutcome; readonly history: CaseHistory }

export type RowImport = {
  /** Where the history goes; a dry run has none. */
  readonly desk: Desk | undefined
  readonly aggregate: TicketAggregate
  readonly statusTags: ReadonlySet<string>
  readonly toleranceMs: number
  readonly correlationId: string
  readonly now: () => Instant
  /** Takes an import up again that was completed, before anything new is stored; undefined for one that was not. */
  readonly reopen?: () => Promise<void>
}

/** What a mapping says of the telling of its rows. */
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
 * Makes one row part of its ticket's history. What a row does follows from the rows before it alone, so that a second
 * run plans the very same commands and finds them done.
 */
export async function importRow(row: CaseRow, history: CaseHistory, telling: RowImport): Promise<ImportedRow> {
  if (history.at !== undefined && elapsed(row.at, history.at) > telling.toleranceMs) {
    const reason = `its time ${row.at} lies before that of the case's row before it, ${history.at}`
    return { outcome: refused('time_runs_backwards', 'time', reason), history }
  }
  if (elapsed(telling.now(), row.at) > aheadMs) {
    return { outcome: refused('at_in_the_future', 'time', `its time ${row.at} has not come yet`), history }
  }
  if (history.toldUntil !== undefined) return tellAfterCut(row, history, telling)
  const { desk, reopen } = telling
  if (desk && reopen && isUnknown(history)) {
    return tellFirst(row, history, await readStored(desk, row.ticketId), telling)
  }
  return carryOut(row, history, telling)
}

/** The first row of a case of which it is known what the store holds. */
async function tellFirst(
  row: CaseRow,
  history: CaseHistory,
  stored: StoredHistory,
  telling: RowImport,
): Promise<ImportedRow> {
  const { aggregate } = telling
  if (isEmpty(stored)) {
    return carryOut(row, historyAt(aggregate, stored, { version: stored.from, at: undefined }), telling)
  }
  const through = historyThrough(aggregate, { ...history, stored }, row)
  if (through) return { outcome: again(row, through, telling), history: through }
  return tellAfterCut(row, historyFromOtherFile(aggregate, stored), telling)
}

async function carryOut(row: CaseRow, history: CaseHistory, telling: RowImport): Promise<ImportedRow> {
  if (history.told.has(row.identity)) return { outcome: again(row, history, telling), history }
  const through = historyThrough(telling.aggregate, history, row)
  if (through) return { outcome: again(row, through, telling), history: through }
  const plan = planRow(row, history.state, { ...telling, notBefore: history.at })
  const { desk } = telling
  if (!plan.ok) {
    const stored = desk && isUnknown(history) ? await readStored(desk, row.ticketId) : undefined
    if (stored && !isEmpty(stored)) return tellFirst(row, history, stored, telling)
    return { outcome: refused(plan.refusal.code, plan.refusal.field ?? '', plan.refusal.message), history }
  }
  const { steps, events, at } = plan.value
  if (steps.length === 0) return { outcome: unchanged, history: historyAfter(row, plan.value, history) }
  const tooLate = refusedAsTooLate(row, at, history, telling)
  if (tooLate) return { outcome: tooLate, history }
  if (desk) return send(row, plan.value, history, { ...telling, desk })
  return { outcome: { kind: 'applied', events }, history: historyAfter(row, plan.value, history) }
}

/** A row that is there already: unchanged, unless it means something else now. */
function again(row: CaseRow, history: CaseHistory, telling: RowImport): RowOutcome {
  if (!hadAnotherMeaning(row, history.told)) return unchanged
  const reason = `it was imported with another meaning before; ${nextStep(history.stored, telling)}`
  return refused('imported_differently', '', reason)
}

/** The refusal of a row that would come behind what is there already: no event takes another time than that of its row. */
function refusedAsTooLate(
  row: CaseRow,
  at: Instant,
  { state, stored, version }: CaseHistory,
  telling: RowImport,
): RowOutcome | undefined {
  const goesOn = stored !== undefined && stored.events.length > version
  const isLater = state.status !== 'absent' && at < state.updatedAt
  if (!goesOn && !isLater) return undefined
  if (stored?.workedOn) return refused('version_conflict', 'expectedVersion', goneOn)
  return olderThanHistory(row, stored, telling)
}

function olderThanHistory(row: CaseRow, stored: StoredHistory | undefined, telling: RowImport): RowOutcome {
  const until = stored?.events.at(-1)?.at
  const reason = `its time is ${row.at}, and the ticket's history goes on until ${until} already; ${nextStep(stored, telling)}`
  return refused('older_than_history', 'time', reason)
}

const goneOn = 'the ticket has gone on at this desk since it was imported'

/** What can still be done about a row that the ticket's history does not take. */
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
    ? `to tell it anew, give all files of ${importId} again under --name ${importId}, which is not complete, by a mapping that keeps its name and the columns that it reads; or ${anew}`
    : `to tell it anew, ${anew}`
}

/** All that a row changes is one command: it is stored as a whole or not at all, and known by the row's identity. */
async function send(
  row: CaseRow,
  plan: RowPlan,
  history: CaseHistory,
  telling: RowImport & { readonly desk: Desk },
): Promise<ImportedRow> {
  const { desk, aggregate, correlationId } = telling
  const { ticketId } = row
  const commandId = commandIdOf(row)
  const { steps, at, by, events } = plan
  const sender = { by, at, commandId, correlationId, expectedVersion: history.version }
  const applied: RowOutcome = { kind: 'applied', events }
  await telling.reopen?.()
  let answerLost = false
  const outcome = await retryWhileAway(() => desk.engine.executeTogether('ticket', ticketId, steps, sender), {
    onUnknown: () => void (answerLost = true),
  })
  if (outcome.ok && !outcome.value.repeated) {
    return { outcome: applied, history: historyAfter(row, plan, history) }
  }
  const stored = await readStored(desk, ticketId)
  if (isEmpty(stored) && history.version < stored.from) {
    return carryOut(row, historyAt(aggregate, stored, { version: stored.from, at: undefined }), telling)
  }
  const known = { ...history, stored }
  const through = historyThrough(aggregate, known, row)
  if (through) return { outcome: answerLost ? applied : again(row, through, telling), history: through }
  if (isUnknown(history) && !isEmpty(stored)) {
    return tellAfterCut(row, historyFromOtherFile(aggregate, stored), telling)
  }
  if (outcome.ok) throw new Error(`the store knows the command ${commandId} of ${ticketId}, but no event of it`)
  const { code, field = '', message } = outcome.refusal
  if (code === 'version_conflict' && stored.events.length > history.version) {
    return { outcome: refusedAsTooLate(row, at, known, telling) ?? refused(code, field, goneOn), history: known }
  }
  return { outcome: refused(code, field, message), history: known }
}

/** Whether no row of the case has been told yet, nor the store asked. */
const isUnknown = ({ version, stored }: CaseHistory): boolean => version === 0 && stored === undefined

/** Whether a ticket was never opened, or taken back and not opened since. */
const isEmpty = ({ events, from }: StoredHistory): boolean => events.length === from

function historyAfter(row: CaseRow, { steps, events, state }: RowPlan, before: CaseHistory): CaseHistory {
  return {
    ...before,
    state,
    version: before.version + events.length,
    told: steps.length > 0 ? withImportedRow(before.told, commandIdOf(row)) : before.told,
    at: laterOf(before.at, row.at),
  }
}

/** A row of a case whose beginning came in through another file. */
async function tellAfterCut(row: CaseRow, history: CaseHistory, telling: RowImport): Promise<ImportedRow> {
  const { stored, toldUntil } = history
  if (!stored || toldUntil === undefined) {
    return {
      outcome: refused('ticket_already_open', 'case', 'a ticket of this id was opened at this desk'),
      history: emptyHistory(),
    }
  }
  const found = historyBefore(telling.aggregate, stored, row.identity)
  if (found) return carryOut(row, found, telling)
  if (row.at > toldUntil) {
    const told = await carryOut(row, { ...history, toldUntil: undefined }, telling)
    return told.outcome.kind === 'applied' ? told : { ...told, history }
  }
  if (changesNothing(row, stored, telling)) return { outcome: unchanged, history }
  if (row.at < toldUntil) return { outcome: olderThanHistory(row, stored, telling), history }
  const reason = `it has the time of the last change imported so far, ${toldUntil}, so it may lie before or after it; ${nextStep(stored, telling)}`
  return { outcome: refused('time_ambiguous', 'time', reason), history }
}

/** Whether a row says nothing new where it may lie in a history: between two rows, at its own time. */
function changesNothing(row: CaseRow, stored: StoredHistory, telling: PlanTerms): boolean {
  for (const plan of plansAt(row, row.at, stored, telling)) if (plan.ok && plan.value.steps.length === 0) return true
  return false
}

/** How far a history was folded for the last row that was looked for in it. */
type Reached = { readonly place: number; readonly state: TicketState }

const reached = new WeakMap<StoredHistory, Reached>()

/**
 * What a row does in a history wherever a time may lie in it: behind all that came before, and before all that came after. The times
 * that are asked for one after the other go forward as a rule, and then the history is folded once for all of them.
 */
export function* plansAt(
  row: CaseRow,
  at: Instant,
  stored: StoredHistory,
  terms: PlanTerms,
): Generator<ReturnType<typeof planRow>> {
  const { events, commandIds, from } = stored
  const { initial, evolve } = terms.aggregate
  const known = reached.get(stored)
  const isBehind = known !== undefined && known.place > from && (events[known.place - 1]?.at ?? at) >= at
  let { place, state }: Reached = known && !isBehind ? known : { place: from, state: initial }
  const next = (event: TicketEvent): void => {
    state = evolve(state, event)
    place++
  }
  for (let event = events[place]; event && event.at < at; event = events[place]) next(event)
  reached.set(stored, { place, state })
  for (;;) {
    const event = events[place]
    if (place === from || !event || commandIds[place - 1] !== commandIds[place]) yield planRow(row, state, terms)
    if (!event || event.at > at) return
    next(event)
  }
}

/** A row as it was read, and the terms of its mapping. */
export type ReadAgain = {
  readonly row: CaseRow
  readonly statusTags: ReadonlySet<string>
  readonly toleranceMs: number
}

/** What a correction works with. */
type Correction = {
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
    missing.set(id, new Set([...(missing.get(id) ?? []), ...importedRows(stored).keys()]))
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
    const told = importedRows(stored)
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
