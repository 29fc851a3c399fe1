import { randomUUID } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import type { TicketCommandInput } from '@guichet/domain'
import {
  createDesk,
  defaultRoutingTerms,
  guichetEvents,
  importActor,
  importCorrelation,
  inMemoryStore,
  instant,
} from '@guichet/domain'
import type { Beginning, Router } from './router.ts'
import { createRouter } from './router.ts'

const staff = { kind: 'agent', id: 'lead' } as const
const carl = { kind: 'customer', id: 'carl' } as const
const system = { kind: 'system', id: 'import' } as const
const correlationId = importCorrelation('old')

const endings = [{ type: 'complete', rows: 1, applied: 1, unchanged: 0, refused: 0 }, { type: 'abandon' }] as const

/** A desk at which Ann is available, and an import has begun. */
async function importingDesk() {
  const store = inMemoryStore({ catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID }).engine
  await desk.execute('agent', 'ann', { type: 'register', profile: { name: 'Ann' } }, { by: staff })
  await desk.execute('agent', 'ann', { type: 'setAvailability', availability: 'available' }, { by: staff })
  await desk.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'm' }, { by: system })
  const imported = (id: string, command: TicketCommandInput) =>
    desk.execute('ticket', id, command, { by: command.type === 'open' ? carl : staff, correlationId })
  const stateOf = async (id: string) => {
    const { state } = await desk.read('ticket', id)
    return state.status === 'absent' ? undefined : state
  }
  const settled = (router: Router) =>
    vi.waitUntil(
      async () => {
        const { idle, position } = router.status()
        return idle && position === (await store.head())
      },
      { interval: 5 },
    )
  return { desk, store, imported, stateOf, settled }
}

const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'carl' } } as const

it.each(endings)(
  'imported tickets are left alone until their import has ended by $type, then those that are open are offered',
  async (ending) => {
    const { desk, imported, stateOf, settled } = await importingDesk()
    const claims = async () => {
      const { state } = await desk.read('agent', 'ann')
      return state.status === 'absent' ? [] : Object.keys(state.claims).toSorted()
    }
    for (const id of ['open', 'resolved', 'theirs']) await imported(id, opening)
    await imported('resolved', { type: 'agentReply', body: 'z', then: 'resolved' })
    await imported('theirs', { type: 'assign', assignee: { id: 'ann' } })

    const router = createRouter({ desk, terms: () => defaultRoutingTerms })
    try {
      await router.start()
      await settled(router)
      expect(router.status()).toMatchObject({ waiting: 0, unsettled: 0 })
      expect(await claims()).toEqual([])
      await desk.execute('import', 'old', ending, { by: system })
      await settled(router)
      expect((await stateOf('open'))?.assignee?.id).toBe('ann')
      expect((await stateOf('resolved'))?.assignee).toBeUndefined()
      expect(await claims()).toEqual(['ticket-open', 'ticket-theirs'])
    } finally {
      await router.stop()
    }
  },
)

it.each(endings)(
  'what an import brings in late is offered by a router that began after its end by $type',
  async (ending) => {
    const { desk, store, imported, stateOf, settled } = await importingDesk()
    await desk.execute('import', 'old', ending, { by: system })
    const { state, version } = await desk.read('agent', 'ann')
    const beginning: Beginning = {
      after: await store.head(),
      agents: [{ id: 'ann', version, state }],
      tickets: [],
      endedImports: ['old'],
    }
    const router = createRouter({
      desk,
      terms: () => defaultRoutingTerms,
      begin: () => Promise.resolve(beginning),
    })
    try {
      await router.start()
      await imported('late', opening)
      await settled(router)
      expect((await stateOf('late'))?.assignee?.id).toBe('ann')
    } finally {
      await router.stop()
    }
  },
)

it('a ticket that was withdrawn and imported again is offered to the agent who had it before', async () => {
  const { desk, imported, stateOf, settled } = await importingDesk()
  const sent = { by: importActor, correlationId }
  const router = createRouter({ desk, terms: () => defaultRoutingTerms })
  try {
    await router.start()
    for (const time of ['first', 'again']) {
      await desk.execute('import', 'old', { type: 'start', source: `${time}.csv`, mapping: 'm' }, sent)
      await imported('open', opening)
      if (time === 'again') await imported('open', { type: 'changePriority', priority: 'high' })
      await desk.execute('import', 'old', endings[0], sent)
      await settled(router)
      const ticket = await stateOf('open')
      expect([time, ticket?.assignee?.id, ticket?.routing.rounds]).toEqual([time, 'ann', 1])
      if (time === 'again') break
      await desk.execute('import', 'old', { type: 'startWithdrawal' }, sent)
      await desk.execute('ticket', 'open', { type: 'withdrawImport', importId: 'old' }, sent)
      await desk.execute('import', 'old', { type: 'completeWithdrawal', tickets: 1, kept: 0 }, sent)
      await settled(router)
    }
  } finally {
    await router.stop()
  }
})
