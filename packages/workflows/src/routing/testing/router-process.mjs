// A process that routes where no other does, and reports each step that it has executed. With the type of a command as its
// third argument it stops after the first of those commands, until it is killed.
import { createDesk, defaultRoutingTerms, guichetEvents, instant } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { postgresStore } from '@guichet/eventstore'
import { leasedRouter } from '@guichet/workflows'
import { randomUUID } from 'node:crypto'

const [connectionString, leaseMs, stopsAfter] = process.argv.slice(2)
const store = await postgresStore({ connectionString, catalogue: guichetEvents })
const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })

const executing = (entry) => async (category, id, command, sender) => {
  const outcome = await entry.execute(category, id, command, sender)
  if (outcome.ok && outcome.value.events.length > 0) process.stdout.write(`${command.type}\n`)
  return command.type === stopsAfter ? new Promise(() => undefined) : outcome
}

const router = await leasedRouter({
  desk: deskAround(desk, (entry) => ({ execute: executing(entry) })),
  terms: () => defaultRoutingTerms,
  connectionString,
  leaseMs: Number(leaseMs),
})
await router.start()
