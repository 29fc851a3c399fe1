import pg from 'pg'
import { eventually } from '../process/guichet.ts'

/** A connection over which a test looks at what is there while others write; a look is one query of one number. */
export type Look = (text: string) => Promise<number>

/** What a look into a database finds. */
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

/** Waits until a condition holds in a database, looking again and again over one connection; at most a minute. */
export const eventuallyIn = (url: string, condition: (look: Look) => Promise<boolean>): Promise<void> =>
  lookInto(url, (look) => eventually(() => condition(look)))

/** How many events are stored; 0 before there is a store. */
export async function countEvents(look: Look): Promise<number> {
  const stored = await look(`to_regclass('guichet.events')::oid::bigint::integer`)
  return stored === 0 ? 0 : look('select count(*) from guichet.events')
}

/** How many overdue tickets the clock has chased or closed, be it once or more often. */
export const countFired = (look: Look): Promise<number> =>
  look(`select count(distinct stream) from guichet.events
    where stream like 'ticket-overdue-%' and actor_id = 'clock' and type in ('ChaseSent', 'TicketClosed')`)

/** How many events all read models together have taken in. */
export const countProjected = (look: Look): Promise<number> =>
  look(`select sum(events) from guichet_projections.generations where role = 'serving'`)

/** How many events the slowest read model lacks. */
export const countBehind = (look: Look): Promise<number> =>
  look(`(select count(*) from guichet.events)
    - (select min(events) from guichet_projections.generations where role = 'serving')`)
