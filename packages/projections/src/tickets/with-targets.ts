import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { Listed } from '../reading/slice.ts'
import { targetCondition } from '../sla/sla-conditions.ts'
import type { TicketFilter } from './ticket-query.ts'

/**
 * How many targets at most are looked up before their tickets; and through how many tickets a list is walked in its order for those with
 * targets, before all of them are gathered instead.
 */
export const targetLimits = { few: 1_000, walk: 500 } as const
export type TargetLimits = { readonly few: number; readonly walk: number }

/** What a filter asks of targets: conditions that every ticket of its list meets. */
type Asked = NonNullable<TicketFilter['sla']>

/** The few tickets that can be in a list at all, by the conditions that were looked up for it. */
export type TicketsWithTargets = { readonly ids: readonly string[]; readonly met: ReadonlySet<Asked> }

/**
 * Looks up which tickets have a target that a filter asks for, where they are few: a list in another order than that of the targets would be
 * walked through to its end to find them. Undefined where they are many, or the filter does not ask.
 */
export async function ticketsWithTargets(
  reader: Reader,
  filter: TicketFilter,
  { few }: TargetLimits,
): Promise<TicketsWithTargets | undefined> {
  for (const asked of conjunctTargets(filter)) {
    const found = await reader.rows(
      sql<{ ticket_id: string }>`
        select s.ticket_id from ${sql.id(readSchema)}.sla_target s
        where ${targetCondition(asked.target, asked.now)} limit ${few + 1}`,
      'ad hoc',
    )
    if (found.length <= few) {
      return { ids: [...new Set(found.map(({ ticket_id }) => ticket_id))], met: new Set([asked]) }
    }
  }
  return undefined
}

/** The tickets `t` that a list is cut out of: those few, read first, or all. */
export function ticketsOf(few: TicketsWithTargets | undefined): RawBuilder<unknown> {
  const all = sql`${sql.id(readSchema)}.ticket`
  return few ? sql`(select * from ${all} where id = any(${[...few.ids]}::text[]) offset 0) t` : sql`${all} t`
}

/** Whether every ticket of a filter's list must have a target that it asks for. */
export const asksForTargets = (filter: TicketFilter): boolean => conjunctTargets(filter).length > 0

/**
 * A list of the ids of all tickets that a condition holds for, gathered before it is sorted: as long as it takes to join tickets and targets
 * once, wherever those that qualify come in the order.
 */
export function gathered({ where, ordering }: Pick<Listed, 'where' | 'ordering'>): Listed {
  const all = sql`${sql.id(readSchema)}.ticket t`
  return {
    columns: sql`g.id`,
    from: sql`(select t.id, ${ordering.expression} as key from ${all} where ${where} offset 0) g`,
    where: sql`true`,
    ordering: { ...ordering, expression: sql`g.key`, id: sql`g.id` },
  }
}

const conjunctTargets = ({ and = [], sla }: TicketFilter): readonly Asked[] => [
  ...(sla ? [sla] : []),
  ...and.flatMap(conjunctTargets),
]
