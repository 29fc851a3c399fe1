import { parseStream } from '@guichet/domain'
import { forgetsWithdrawn } from '@guichet/projections'
import { sql } from 'kysely'

const replies = {
  name: 'agent_replies',
  version: 1,
  tables: ['agent_replies'],
  createTables: async (tx) => {
    await sql`
      create table agent_replies (
        ticket_id text, agent_id text, replies integer not null, primary key (ticket_id, agent_id)
      )`.execute(tx)
  },
  createIndexes: async (tx) => {
    await sql`create index on agent_replies (agent_id)`.execute(tx)
  },
  project: async (events, { tx }) => {
    const counts = new Map()
    for (const { event, stream } of events) {
      if (event.type !== 'AgentReplied') continue
      const key = JSON.stringify([parseStream(stream).id, event.by.id])
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    await sql`
      insert into agent_replies
      select key::json ->> 0, key::json ->> 1, value::integer
      from json_each_text(${JSON.stringify(Object.fromEntries(counts))}::json)
      on conflict (ticket_id, agent_id) do update set replies = agent_replies.replies + excluded.replies`.execute(tx)
  },
}

/**
 * How many replies each agent has written on each ticket. Tickets that are withdrawn with their import do not count.
 */
export const agentReplies = forgetsWithdrawn(replies, async (ticketIds, { tx }) => {
  await sql`delete from agent_replies where ticket_id = any(${[...ticketIds]}::text[])`.execute(tx)
})
