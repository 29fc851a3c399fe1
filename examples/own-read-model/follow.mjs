import { readEnvironment, startEngine } from '@guichet/cli'
import { openPool } from '@guichet/eventstore'
import { createProjectionRunner } from '@guichet/projections'
import { once } from 'node:events'
import { pino } from 'pino'
import { agentReplies } from './agent-replies.mjs'

const engine = await startEngine(readEnvironment(process.env), { serves: false, log: pino({ level: 'error' }) })
const pool = openPool({ connectionString: engine.database.url }) // reconnects after a lost connection
const runner = createProjectionRunner({ store: engine.store, pool, projections: [agentReplies] })
await runner.start()
await runner.caughtUp()

const { rows } = await pool.query(
  'select agent_id, sum(replies) as replies from guichet_read.agent_replies group by agent_id order by 2 desc, 1 limit 3',
)
for (const { agent_id, replies } of rows) console.log(`${agent_id} has replied ${replies} times`)

if (!process.argv.includes('--once')) await once(process, 'SIGINT')
await runner.stop()
await pool.end()
await engine.stop()
