import { createDesk, guichetEvents, inMemoryStore, instant } from '@guichet/domain'

const store = inMemoryStore({ catalogue: guichetEvents })
const desk = createDesk({ store, now: () => instant(new Date()), newId: () => crypto.randomUUID() })
const camille = { kind: 'customer', id: 'camille', name: 'Camille Durand' }
const alex = { kind: 'agent', id: 'alex', name: 'Alex Martin' }

const question = { type: 'open', subject: 'Facture introuvable', body: 'Où est ma facture ?', customer: camille }
await desk.execute('ticket', 'T1', question, { by: camille })
const answer = { type: 'agentReply', body: 'Bonjour [Prénom], la voici.', then: 'resolved' }
await desk.execute('ticket', 'T1', answer, { by: alex })
await desk.execute('ticket', 'T1', { type: 'confirm' }, { by: camille })

for (const { version, event } of await store.readStream('ticket-T1')) {
  console.log(version, event.type, 'by', event.by.name, event.body ? `: ${event.body}` : '')
}
