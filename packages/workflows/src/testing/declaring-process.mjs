// A process that dies while it declares an incident: it reports when a given number of its commands have been executed, and waits
// until it is killed.
import { createDesk, declareIncident, guichetEvents, instant } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'

const [connectionString, id, commands] = process.argv.slice(2)
const store = await postgresStore({ connectionString, catalogue: guichetEvents })
const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })

let left = Number(commands)
const executing =
  (entry) =>
  async (...command) => {
    const outcome = await entry.execute(...command)
    left -= 1
    if (left > 0) return outcome
    process.stdout.write('carried out\n')
    return new Promise(() => undefined)
  }

setInterval(() => undefined, 60_000)
const declaration = { title: 'Nothing can be reached', customer: { id: 'customer-1' } }
await declareIncident(
  deskAround(desk, (entry) => ({ execute: executing(entry) })),
  id,
  declaration,
  {
    by: { kind: 'agent', id: 'agent-1' },
    commandId: `declare-${id}`,
  },
)
