import { randomUUID } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { createDesk, defaultRoutingTerms, guichetEvents, inMemoryStore, instant } from '@guichet/domain'
import { createRouter } from './router.ts'
import { carl, staff } from './testing/desks.ts'

it('a router claims places from its initial knowledge of agents, without reading their streams', async () => {
  const stored = inMemoryStore({ catalogue: guichetEvents })
  const deskOn = (store: EventStore) => createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const desk = deskOn(stored)
  const profile = { name: 'Ann', capacity: { ticket: 3 } }
  await desk.execute('agent', 'ann', { type: 'register', profile }, { by: staff })
  await desk.execute('agent', 'ann', { type: 'setAvailability', availability: 'available' }, { by: staff })
  const { version, state } = await desk.read('agent', 'ann')
  const question = { type: 'open', subject: 'Mouse', body: 'Gone', customer: { id: 'carl' } } as const
  await desk.execute('ticket', 't', question, { by: carl })

  const read: string[] = []
  const watched = deskOn({
    ...stored,
    readStream: (stream, from) => {
      read.push(stream)
      return stored.readStream(stream, from)
    },
  })
  const begin = async () => {
    const agents = [{ id: 'ann', version, state: structuredClone(state) }]
    return { after: undefined, agents, endedImports: [], tickets: [] }
  }
  const router = createRouter({ desk: watched, terms: () => defaultRoutingTerms, begin })
  try {
    await router.start()
    await vi.waitUntil(
      async () => {
        const ticket = await desk.read('ticket', 't')
        return ticket.state.status !== 'absent' && ticket.state.assignee?.id === 'ann'
      },
      { interval: 5 },
    )
  } finally {
    await router.stop()
  }
  expect((await desk.read('agent', 'ann')).state).toMatchObject({ claims: { 'ticket-t': {} } })
  expect(read.filter((stream) => stream === 'agent-ann')).toEqual([])
})
