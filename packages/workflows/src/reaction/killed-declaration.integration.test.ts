import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Desk, DomainEvent, StreamName } from '@guichet/domain'
import { createDesk, declareIncident, guichetEvents, instant } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { killedOnceHeard, useProgram } from '../testing/processes.ts'
import { deskReactions } from './desk-reactions.ts'
import { reactions } from './reactions.ts'

const declaringProcess = new URL('../testing/declaring-process.mjs', import.meta.url)

describe('a process killed while it declares an incident', () => {
  const program = useProgram({ beforeAll, afterAll }, declaringProcess)
  let database: TestDatabase
  let store: PostgresStore
  let desk: Desk

  beforeAll(async () => {
    database = await createTestDatabase()
    store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  })
  afterAll(async () => {
    await store.close()
    await database.drop()
  })

  /** Lets a process execute a number of commands of a declaration, and kills it before the next. */
  const killAfter = async (commands: number, id: string): Promise<void> => {
    await killedOnceHeard(program(), [database.url, id, String(commands)])
  }
  const typesOn = async (stream: StreamName): Promise<readonly DomainEvent['type'][]> =>
    (await store.readStream(stream)).map(({ event }) => event.type)

  it.each([
    { name: 'before its ticket is opened', commands: 1, tickets: [] },
    { name: 'before its ticket is handed up', commands: 2, tickets: ['TicketOpened'] },
    { name: 'before its ticket is linked', commands: 3, tickets: ['TicketOpened', 'TicketEscalated'] },
  ])(
    '$name leaves the incident to other processes, which page once and open one ticket',
    async ({ commands, tickets }) => {
      const id = `killed-after-${commands}`
      await killAfter(commands, id)
      expect(await typesOn(`incident-${id}`)).toEqual(['IncidentDeclared', 'OnCallPaged'])
      expect(await typesOn(`ticket-${id}`)).toEqual(tickets)

      const opening = deskReactions.filter(({ name }) => name === 'open_incident_tickets')
      const options = { desk, connectionString: database.url, leaseMs: 400, reactions: opening }
      const others = await Promise.all([reactions(options), reactions(options)])
      try {
        for (const other of others) await other.start()
        const linked = async () => (await typesOn(`incident-${id}`)).includes('IncidentTicketLinked')
        await vi.waitUntil(linked, { interval: 20 })
      } finally {
        for (const other of others) await other.stop()
      }
      const again = { by: { kind: 'agent', id: 'agent-1' }, commandId: `declare-${id}` } as const
      const declaration = { title: 'Nothing can be reached', customer: { id: 'customer-1' } }
      expect(await declareIncident(desk, id, declaration, again)).toMatchObject({ ok: true })
      expect(await typesOn(`incident-${id}`)).toEqual(['IncidentDeclared', 'OnCallPaged', 'IncidentTicketLinked'])
      expect(await typesOn(`ticket-${id}`)).toEqual(['TicketOpened', 'TicketEscalated'])
    },
  )
})
