import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { AddedText, TicketMerge } from './texts.ts'

/** The columns of a text that are the same on each ticket that has it. */
const shared = sql`version, message_id, public, words, heading, body`

/** The ids of the ticket that a ticket was merged into, of the one that that was merged into, and so on. */
export const survivorsOf = (ticketId: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
  with recursive survivor (id) as (
    select h.merged_into from ticket_heading h where h.ticket_id = ${ticketId} and h.merged_into is not null
    union
    select h.merged_into from ticket_heading h join survivor s on h.ticket_id = s.id where h.merged_into is not null
  ) select id from survivor
)`

/** Gives the texts of merged tickets to those that they were merged into, one merge after the other. */
export async function writeMerges(tx: Transaction<unknown>, merges: readonly TicketMerge[]): Promise<void> {
  for (const { source, target } of merges) {
    await sql`
      insert into ticket_text (ticket_id, origin, ${shared})
      select ${target}, origin, ${shared} from ticket_text where ticket_id = ${source}
      on conflict do nothing`.execute(tx)
    await sql`update ticket_heading set merged_into = ${target} where ticket_id = ${source}`.execute(tx)
  }
}

/** Gives texts that were added to merged tickets, which are notes, to those that they were merged into. */
export async function passOn(tx: Transaction<unknown>, added: readonly AddedText[]): Promise<void> {
  const notes = added.filter((text) => !text.public)
  if (notes.length === 0) return
  await sql`
    insert into ticket_text (ticket_id, origin, ${shared})
    select s.id, t.origin, t.version, t.message_id, t.public, t.words, t.heading, t.body
    from json_to_recordset(${JSON.stringify(notes.map(({ ticket_id, version }) => ({ ticket_id, version })))}::json)
      as r (ticket_id text, version integer)
    join ticket_heading h on h.ticket_id = r.ticket_id and h.merged_into is not null
    join ticket_text t on t.ticket_id = r.ticket_id and t.origin = r.ticket_id and t.version = r.version
    cross join lateral ${survivorsOf(sql`r.ticket_id`)} s`.execute(tx)
}

/** Separates tickets from withdrawn ones that they were merged into. A merged ticket itself is never withdrawn. */
export async function forgetSurvivors(tx: Transaction<unknown>, ids: readonly string[]): Promise<void> {
  await sql`update ticket_heading set merged_into = null where merged_into = any(${[...ids]}::text[])`.execute(tx)
}
