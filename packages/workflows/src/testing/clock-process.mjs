// A process that dies between a command and its acknowledgement: it reports that the command was executed, and waits until it
// is killed.
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { postgresStore } from '@guichet/eventstore'
import { embeddedClock } from '@guichet/workflows'
import { randomUUID } from 'node:crypto'

const [connectionString, leaseMs] = process.argv.slice(2)
const store = await postgresStore({ connectionString, catalogue: guichetEvents })
const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })

const executing =
  (entry) =>
  async (...command) => {
    await entry.execute(...command)
    process.stdout.write('carried out\n')
    return new Promise(() => undefined)
  }

const options = { connectionString, leaseMs: Number(leaseMs), pollMs: 50, concurrency: 1, atOnce: 1 }
const clock = await embeddedClock({ desk: deskAround(desk, (entry) => ({ execute: executing(entry) })), ...options })
await clock.start()
