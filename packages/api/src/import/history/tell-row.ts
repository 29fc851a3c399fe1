import type { Desk, Instant, TicketAggregate } from '@guichet/domain'
import { elapsed, minutes } from '@guichet/domain'
import { persistently } from '../../sending/persistently.ts'
import type { CaseRow, RowFault } from '../read-row.ts'
import type { RowCode } from '../row-codes.ts'
import type { CaseHistory } from './case-history.ts'
import { historyBefore, historyThrough, historyToldElsewhere, laterOf, readStored, untold } from './case-history.ts'
import type { RowPlan } from './plan-row.ts'
import { planRow } from './plan-row.ts'

/** What became of a row. */
export type RowOutcome =
  | { readonly kind: 'applied'; readonly events: number }
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
  return carryOut(row, history, telling)
}

async function carryOut(row: CaseRow, history: CaseHistory, telling: Telling): Promise<Told> {
  if (history.told.has(row.identity)) return { outcome: unchanged, history }
  const through = historyThrough(telling.aggregate, history, row)
  if (through) return { outcome: unchanged, history: through }
  const plan = planRow(row, history.state, { ...telling, notBefore: history.at })
  if (!plan.ok) return { outcome: refused(plan.refusal.code, plan.refusal.field ?? '', plan.refusal.message), history }
  const { steps, events } = plan.value
  const { desk } = telling
  if (desk && steps.length > 0) return send(row, plan.value, history, { ...telling, desk })
  const outcome = steps.length > 0 ? { kind: 'applied' as const, events } : unchanged
  return { outcome, history: historyAfter(row, plan.value, history) }
}

/** All that a row changes is one command: it is stored as a whole or not at all, and known by the row's identity. */
async function send(
  row: CaseRow,
  plan: RowPlan,
  history: CaseHistory,
  telling: Telling & { readonly desk: Desk },
): Promise<Told> {
  const { desk, aggregate, correlationId } = telling
  const { ticketId, identity: commandId } = row
  const { steps, at, by, events } = plan
  const sender = { by, at, commandId, correlationId, expectedVersion: history.version }
  const applied: RowOutcome = { kind: 'applied', events }
  let answerLost = false
  const outcome = await persistently(() => desk.engine.executeTogether('ticket', ticketId, steps, sender), {
    onUnknown: () => void (answerLost = true),
  })
  if (outcome.ok && !outcome.value.repeated) {
    return { outcome: applied, history: historyAfter(row, plan, history) }
  }
  const stored = await readStored(desk, ticketId)
  const through = historyThrough(aggregate, { ...history, stored }, row)
  if (through) return { outcome: answerLost ? applied : unchanged, history: through }
  if (history.version === 0 && history.stored === undefined && stored.events.length > 0) {
    return tellAfterCut(row, historyToldElsewhere(aggregate, stored), telling)
  }
  if (outcome.ok) throw new Error(`the store knows the command ${commandId} of ${ticketId}, but no event of it`)
  const { code, field = '', message } = outcome.refusal
  const reason = code === 'version_conflict' ? 'the ticket has gone on at this desk since it was imported' : message
  return { outcome: refused(code, field, reason), history: { ...history, stored } }
}

function historyAfter(row: CaseRow, { steps, events, state }: RowPlan, before: CaseHistory): CaseHistory {
  return {
    ...before,
    state,
    version: before.version + events,
    told: steps.length > 0 ? before.told.add(row.identity) : before.told,
    at: laterOf(before.at, row.at),
  }
}

/** A row of a case whose beginning came in through another file: what lies before the end of that is told already. */
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
  if (row.at < toldUntil) return { outcome: unchanged, history }
  if (row.at > toldUntil) return carryOut(row, { ...history, toldUntil: undefined }, telling)
  const plan = planRow(row, history.state, telling)
  if (plan.ok && plan.value.steps.length === 0) return { outcome: unchanged, history }
  const reason = `it has the time of the last change imported so far, ${toldUntil}, so it may lie before or after it`
  return { outcome: refused('time_ambiguous', 'time', reason), history }
}
