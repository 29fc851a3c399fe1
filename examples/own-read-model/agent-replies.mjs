import { sql } from 'kysely'

/** How many replies each agent has written. */
export const agentReplies = {
  name: 'agent_replies',
  version: 1,
  tables: ['agent_replies'],
  createTables: async (tx) => {
    await sql`create table agent_replies (agent_id text primary key, replies integer not null)`.execute(tx)
  },
  createIndexes: async (tx) => {
    await sql`create index on agent_replies (replies desc)`.execute(tx)
  },
  project: async (events, { tx }) => {
    const counts = {}
    for (const { event } of events)
      if (event.type === 'AgentReplied') counts[event.by.id] = (counts[event.by.id] ?? 0) + 1
    await sql`
      insert into agent_replies
      select key, value::integer from json_each_text(${JSON.stringify(counts)}::json)
      on conflict (agent_id) do update set replies = agent_replies.replies + excluded.replies`.execute(tx)
  },
}
