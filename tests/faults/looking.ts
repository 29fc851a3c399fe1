import pg from 'pg'
import { eventually } from '../process/guichet.ts'

/** A connection for a test's own queries while others write; each query returns one number. */
export type Look = (text: string) => Promise<number>

/** The result of such a query. */
export async function lookInto<T>(url: string, at: (look: Look) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await at(async (text) => {
      const { rows } = await client.query<{ found: number | null }>(`select (${text})::integer as found`)
      return rows[0]?.found ?? 0
    })
  } finally {
    await client.end()
  }
}

/** Polls a database over one connection until a condition holds; at most two minutes. */
export const eventuallyIn = (url: string, condition: (look: Look) => Promise<boolean>): Promise<void> =>
  lookInto(url, async (look) => {
    let last = 'nothing'
    const noting: Look = async (text) => {
      const found = await look(text)
      last = `${found} by ${text}`
      return found
    }
    await eventually(
      () => condition(noting),
      () => last,
    )
  })

/** The number of stored events; 0 before there is a store. */
export async function countEvents(look: Look): Promise<number> {
  const stored = await look(`to_regclass('guichet.events')::oid::bigint::integer`)
  return stored === 0 ? 0 : look('select count(*) from guichet.events')
}

/** The number of overdue tickets that the clock has chased or closed, once or more often. */
export const countFired = (look: Look): Promise<number> =>
  look(`select count(distinct stream) from guichet.events
    where stream like 'ticket-overdue-%' and actor_id = 'clock' and type in ('ChaseSent', 'TicketClosed')`)

/** The number of events that all read models together have processed. */
export const countProjected = (look: Look): Promise<number> =>
  look(`select sum(events) from guichet_projections.generations where role = 'serving'`)

/** The number of events that the slowest read model lacks. */
export const countBehind = (look: Look): Promise<number> =>
  look(`(select count(*) from guichet.events)
    - (select min(events) from guichet_projections.generations where role = 'serving')`)

/**
 * The number of read models and reactions that have not processed the last event: at 0 a desk is at rest, unless a deadline falls due,
 * for what a reaction appends is the last event then. An event that another transaction still holds back counts: head() would pass it over.
 */
export const countBusy = (look: Look): Promise<number> =>
  look(`select count(*)
    from (select position from guichet_projections.generations where role = 'serving'
      union all select position from guichet_workflows.reactions) follower
    where position <> (
      select transaction_id || '-' || position from guichet.events order by transaction_id desc, position desc limit 1)`)

/** The number of tickets in the queue of which the router has not said yet why they wait. */
export const countUndecided = (look: Look): Promise<number> =>
  look(`select count(*) from guichet_read.work_item
    where waiting and item->'routing'->'queued' is null and item->'routing'->'offer' is null`)

/** The number of customers of tickets whom no reaction has registered yet. */
export const countUnregistered = (look: Look): Promise<number> =>
  look(`select count(distinct customer)
    from (select data->'customer'->>'id' as customer from guichet.events where type = 'TicketOpened') opened
    where not exists (select from guichet.events where stream = 'customer-' || customer)`)
