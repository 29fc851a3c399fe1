import type { Instant, SlaState } from '@guichet/domain'
import { sql } from 'kysely'
import { readSchema } from '../reading/reader.ts'
import { targetCondition, termsCondition } from './sla-conditions.ts'
import type { SlaTargetFilter } from './sla-query.ts'

const endedStates = ['ACHIEVED', 'BREACHED', 'CANCELLED'] as const satisfies readonly SlaState[]

/**
 * The targets that are over and that a filter asks for, as lists to be merged: one of those that ended in the same way, with the
 * strands of each agent, or else of each of the terms, that the filter asks for. A page costs what there are of these, however
 * long history is.
 */
export function endedLists(filter: SlaTargetFilter, now: Instant) {
  const { state = endedStates, assigneeId, open: _open, dueAt: _dueAt, ...terms } = filter
  const where = targetCondition({ ...filter, open: false }, now)
  const strands = strandsOf(assigneeId, terms)
  return endedStates
    .filter((each) => state.includes(each))
    .map((each) => {
      const amid = sql`not s.running and s.state = ${sql.lit(each)}`
      if (!strands) return { where: sql`${where} and ${amid}` }
      const ended = sql`unnest(${[each]}::text[]) as ended (state)`
      return {
        where,
        amid,
        strands: {
          from: sql`${strands.from} cross join ${ended}`,
          where: sql`${strands.where} and s.state = ended.state`,
        },
      }
    })
}

function strandsOf(assigneeId: SlaTargetFilter['assigneeId'], terms: Omit<SlaTargetFilter, 'assigneeId'>) {
  if (assigneeId) {
    return {
      from: sql`unnest(${[...new Set(assigneeId)]}::text[]) as agent (id)`,
      where: sql`s.assignee_id = agent.id`,
    }
  }
  if (Object.values(terms).every((each) => each === undefined)) return undefined
  const matching = sql`select m.id from ${sql.id(readSchema)}.sla_terms m where ${termsCondition('m', terms)}`
  return { from: sql`(${matching}) m`, where: sql`s.terms = m.id` }
}
