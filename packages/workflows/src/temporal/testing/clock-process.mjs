// A worker that dies between a command and its acknowledgement: it reports that the command was executed, and waits until it
// is killed. The interval of the comparison of clocks with deadlines may be given, in milliseconds.
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { postgresStore } from '@guichet/eventstore'
import { temporalClock } from '@guichet/workflows/temporal'
import { randomUUID } from 'node:crypto'

const [connectionString, reconcileMs] = process.argv.slice(2)
const store = await postgresStore({ connectionString, catalogue: guichetEvents })
const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })

const executing =
  (entry) =>
  async (...command) => {
    const outcome = await entry.execute(...command)
    process.stdout.write(outcome.ok ? 'carried out\n' : `refused ${outcome.refusal.code}\n`)
    return new Promise(() => undefined)
  }

const clock = await temporalClock({
  desk: deskAround(desk, (entry) => ({ execute: executing(entry) })),
  connectionString,
  pollMs: 50,
  concurrency: 1,
  ...(reconcileMs !== undefined && { reconcileMs: Number(reconcileMs) }),
})
await clock.start()
