// A process that dies between a command and its acknowledgement: it says that the command was carried out, and goes no
// further until somebody kills it.
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { embeddedClock } from '@guichet/workflows'
import { randomUUID } from 'node:crypto'

const [connectionString, leaseMs] = process.argv.slice(2)
const store = await postgresStore({ connectionString, catalogue: guichetEvents })
const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })

const execute = async (...command) => {
  await desk.execute(...command)
  process.stdout.write('carried out\n')
  return new Promise(() => undefined)
}

const options = { connectionString, leaseMs: Number(leaseMs), pollMs: 50, concurrency: 1, atOnce: 1 }
const clock = await embeddedClock({ desk: { ...desk, execute }, ...options })
await clock.start()
