import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { targetCondition } from '../sla/sla-conditions.ts'
import type { TicketFilter } from './ticket-query.ts'

/** From how many targets on their tickets are met soon enough by walking through a list in its order. */
const many = 1_000

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
): Promise<TicketsWithTargets | undefined> {
  for (const asked of conjunctTargets(filter)) {
    const found = await reader.rows(
      sql<{ ticket_id: string }>`
        select s.ticket_id from ${sql.id(readSchema)}.sla_target s
        where ${targetCondition(asked.target, asked.now)} limit ${many + 1}`,
      'ad hoc',
    )
    if (found.length <= many) {
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

const conjunctTargets = ({ and = [], sla }: TicketFilter): readonly Asked[] => [
  ...(sla ? [sla] : []),
  ...and.flatMap(conjunctTargets),
]
