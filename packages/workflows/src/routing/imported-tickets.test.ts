import type { TicketCommandInput } from '@guichet/domain'
import {
  createDesk,
  defaultRoutingTerms,
  guichetEvents,
  importCorrelation,
  inMemoryStore,
  instant,
} from '@guichet/domain'
import { randomUUID } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { createRouter } from './index.ts'

const staff = { kind: 'agent', id: 'lead' } as const
const carl = { kind: 'customer', id: 'carl' } as const
const system = { kind: 'system', id: 'import' } as const
const correlationId = importCorrelation('old')

it.each([{ type: 'complete', rows: 1, applied: 1, unchanged: 0, refused: 0 }, { type: 'abandon' }] as const)(
  'imported tickets are left alone until their import has ended by $type, then those that are open are offered',
  async (ending) => {
    const store = inMemoryStore({ catalogue: guichetEvents })
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    const imported = (id: string, command: TicketCommandInput) =>
      desk.execute('ticket', id, command, { by: command.type === 'open' ? carl : staff, correlationId })
    const stateOf = async (id: string) => {
      const { state } = await desk.read('ticket', id)
      return state.status === 'absent' ? undefined : state
    }
    const claims = async () => {
      const { state } = await desk.read('agent', 'ann')
      return state.status === 'absent' ? [] : Object.keys(state.claims).toSorted()
    }
    await desk.execute('agent', 'ann', { type: 'register', profile: { name: 'Ann' } }, { by: staff })
    await desk.execute('agent', 'ann', { type: 'setAvailability', availability: 'available' }, { by: staff })
    await desk.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'm' }, { by: system })
    for (const id of ['open', 'resolved', 'theirs'])
      await imported(id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'carl' } })
    await imported('resolved', { type: 'agentReply', body: 'z', then: 'resolved' })
    await imported('theirs', { type: 'assign', assignee: { id: 'ann' } })

    const router = createRouter({ desk, terms: () => defaultRoutingTerms, name: 'one' })
    const settled = () =>
      vi.waitUntil(
        async () => {
          const { idle, position } = router.status()
          return idle && position === (await store.head())
        },
        { timeout: 5_000, interval: 5 },
      )
    try {
      await router.start()
      await settled()
      expect(router.status()).toMatchObject({ waiting: 0, unsettled: 0 })
      expect(await claims()).toEqual([])
      await desk.execute('import', 'old', ending, { by: system })
      await settled()
      expect((await stateOf('open'))?.assignee?.id).toBe('ann')
      expect((await stateOf('resolved'))?.assignee).toBeUndefined()
      expect(await claims()).toEqual(['ticket-open', 'ticket-theirs'])
    } finally {
      await router.stop()
    }
  },
)
