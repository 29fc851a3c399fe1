import type { Desk, TicketAggregate } from '@guichet/domain'
import { elapsed } from '@guichet/domain'
import { persistently } from '../../sending/persistently.ts'
import type { CaseRow, RowFault } from '../read-row.ts'
import type { CaseHistory } from './case-history.ts'
import { historyBefore, historyToldElsewhere, readStored, untold } from './case-history.ts'
import type { PlannedStep, RowPlan } from './plan-row.ts'
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
}

const unchanged: RowOutcome = { kind: 'unchanged' }
const refused = (code: string, field: string, reason: string): RowOutcome => ({ kind: 'refused', code, field, reason })

/**
 * Makes one row part of its ticket's history. What a row does follows from the rows before it alone, so that a second
 * run plans the very same commands and finds them done.
 */
export async function tellRow(row: CaseRow, history: CaseHistory, telling: Telling): Promise<Told> {
  if (history.at !== undefined && elapsed(row.at, history.at) > telling.toleranceMs) {
    const reason = `its time ${row.at} lies before that of the case's row before it, ${history.at}`
    return { outcome: refused('time_runs_backwards', 'time', reason), history }
  }
  if (history.toldUntil !== undefined) return tellAfterCut(row, history, telling)
  return carryOut(row, history, telling)
}

async function carryOut(row: CaseRow, history: CaseHistory, telling: Telling): Promise<Told> {
  if (history.told.has(row.identity)) return { outcome: unchanged, history }
  const plan = planRow(row, history.state, { ...telling, notBefore: history.at })
  if (!plan.ok) return { outcome: refused(plan.refusal.code, plan.refusal.field ?? '', plan.refusal.message), history }
  const told = (version: number, stored = history.stored): CaseHistory => ({
    ...history,
    state: plan.value.state,
    version,
    told: version > history.version ? history.told.add(row.identity) : history.told,
    at: history.at === undefined || row.at > history.at ? row.at : history.at,
    stored,
  })
  const { desk } = telling
  if (plan.value.steps.length === 0) return { outcome: unchanged, history: told(history.version) }
  if (!desk) {
    const events = plan.value.steps.reduce((sum, step) => sum + step.events.length, 0)
    return { outcome: { kind: 'applied', events }, history: told(history.version + events) }
  }
  return send(row, plan.value, history, { ...telling, desk }, told)
}

async function send(
  row: CaseRow,
  { steps }: RowPlan,
  history: CaseHistory,
  telling: Telling & { readonly desk: Desk },
  told: (version: number, stored: CaseHistory['stored']) => CaseHistory,
): Promise<Told> {
  const { desk } = telling
  let { version, stored } = history
  let events = 0
  for (const step of steps) {
    if (stored?.done.has(step.commandId)) {
      version += step.events.length
      continue
    }
    const outcome = await persistently(() => desk.execute('ticket', row.ticketId, step.command, sender(step, version)))
    if (!outcome.ok) {
      const now = await readStored(desk, row.ticketId)
      if (history.version === 0 && stored === undefined && now.events.length > 0) {
        return tellAfterCut(row, historyToldElsewhere(telling.aggregate, now), telling)
      }
      const { code, field = '', message } = outcome.refusal
      const reason = code === 'version_conflict' ? 'the ticket has gone on at this desk since it was imported' : message
      return { outcome: refused(code, field, reason), history: { ...history, stored: now } }
    }
    if (outcome.value.repeated) stored = await readStored(desk, row.ticketId)
    version += step.events.length
    events += outcome.value.events.length
  }
  return { outcome: events > 0 ? { kind: 'applied', events } : unchanged, history: told(version, stored) }

  function sender({ by, at, commandId }: PlannedStep, expectedVersion: number) {
    return { by, at, commandId, correlationId: telling.correlationId, expectedVersion }
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
