import type { Desk, Instant, TicketAggregate, TicketEvent, TicketState } from '@guichet/domain'
import { elapsed, importCorrelation, minutes } from '@guichet/domain'
import { retryWhileAway } from '../../sending/retry-while-away.ts'
import type { Mapping } from '../mapping.ts'
import type { CaseRow, RowFault } from '../read-row.ts'
import type { RowCode } from '../row-codes.ts'
import type { CaseHistory, StoredHistory } from './case-history.ts'
import {
  commandIdOf,
  hadAnotherMeaning,
  historyAt,
  historyBefore,
  historyThrough,
  historyToldElsewhere,
  laterOf,
  readStored,
  untold,
  withTold,
} from './case-history.ts'
import type { PlanTerms, RowPlan } from './plan-row.ts'
import { planRow } from './plan-row.ts'

/** What became of a row. */
export type RowOutcome =
  | { readonly kind: 'applied'; readonly events: readonly TicketEvent[] }
  | { readonly kind: 'unchanged' }
  | ({ readonly kind: 'refused' } & RowFault)

export type Told = { readonly outcome: RowOutcome; readonly history: CaseHistory }

export type Telling = {
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
export function termsOf(mapping: Mapping): Pick<Telling, 'statusTags' | 'toleranceMs'> {
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
export async function tellRow(row: CaseRow, history: CaseHistory, telling: Telling): Promise<Told> {
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
async function tellFirst(row: CaseRow, history: CaseHistory, stored: StoredHistory, telling: Telling): Promise<Told> {
  const { aggregate } = telling
  if (isEmpty(stored)) {
    return carryOut(row, historyAt(aggregate, stored, { version: stored.from, at: undefined }), telling)
  }
  const through = historyThrough(aggregate, { ...history, stored }, row)
  if (through) return { outcome: again(row, through, telling), history: through }
  return tellAfterCut(row, historyToldElsewhere(aggregate, stored), telling)
}

async function carryOut(row: CaseRow, history: CaseHistory, telling: Telling): Promise<Told> {
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
function again(row: CaseRow, history: CaseHistory, telling: Telling): RowOutcome {
  if (!hadAnotherMeaning(row, history.told)) return unchanged
  const reason = `it was imported with another meaning before; ${nextStep(history.stored, telling)}`
  return refused('imported_differently', '', reason)
}

/** The refusal of a row that would come behind what is there already: no event takes another time than that of its row. */
function refusedAsTooLate(
  row: CaseRow,
  at: Instant,
  { state, stored, version }: CaseHistory,
  telling: Telling,
): RowOutcome | undefined {
  const goesOn = stored !== undefined && stored.events.length > version
  const isLater = state.status !== 'absent' && at < state.updatedAt
  if (!goesOn && !isLater) return undefined
  if (stored?.workedOn) return refused('version_conflict', 'expectedVersion', goneOn)
  return olderThanHistory(row, stored, telling)
}

function olderThanHistory(row: CaseRow, stored: StoredHistory | undefined, telling: Telling): RowOutcome {
  const until = stored?.events.at(-1)?.at
  const reason = `its time is ${row.at}, and the ticket's history goes on until ${until} already; ${nextStep(stored, telling)}`
  return refused('older_than_history', 'time', reason)
}

const goneOn = 'the ticket has gone on at this desk since it was imported'

/** What can still be done about a row that the ticket's history does not take. */
function nextStep(stored: StoredHistory | undefined, { correlationId, reopen }: Telling): string {
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
  telling: Telling & { readonly desk: Desk },
): Promise<Told> {
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
    return tellAfterCut(row, historyToldElsewhere(aggregate, stored), telling)
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
    told: steps.length > 0 ? withTold(before.told, commandIdOf(row)) : before.told,
    at: laterOf(before.at, row.at),
  }
}

/** A row of a case whose beginning came in through another file. */
async function tellAfterCut(row: CaseRow, history: CaseHistory, telling: Telling): Promise<Told> {
  const { stored, toldUntil } = history
  if (!stored || toldUntil === undefined) {
    return {
      outcome: refused('ticket_already_open', 'case', 'a ticket of this id was opened at this desk'),
      history: untold(),
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
