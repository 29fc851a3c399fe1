// A process that delivers until it is killed: `embedded`, or `temporal` with the server of TEMPORAL_ADDRESS.
import { createDesk, guichetEvents, inMemoryStore, instant } from '@guichet/domain'
import { embeddedDelivery, webhookTransport } from '@guichet/workflows'
import { randomUUID } from 'node:crypto'

const [kind, connectionString, url, secret, leaseMs] = process.argv.slice(2)
const transport = webhookTransport({ url, secrets: [secret] })
const options = { connectionString, transports: { push: transport }, pollMs: 50, leaseMs: Number(leaseMs) }

if (kind === 'embedded') {
  const engine = await embeddedDelivery(options)
  await engine.start()
} else {
  const { temporalClock, temporalDelivery } = await import('@guichet/workflows/temporal')
  const store = inMemoryStore({ catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const clock = await temporalClock({ desk, connectionString })
  const engine = await temporalDelivery(options)
  await clock.start()
  await engine.start()
}
