import type {
  AgentCommandInput,
  Availability,
  Desk,
  TicketCommandInput,
  TicketEvent,
  TicketState,
} from '@guichet/domain'
import { createDesk, defaultRoutingTerms, guichetEvents, inMemoryStore, instant } from '@guichet/domain'
import { randomUUID } from 'node:crypto'
import { expect, vi } from 'vitest'
import type { Router, RouterOptions } from '../router.ts'
import { createRouter } from '../router.ts'

export const staff = { kind: 'agent', id: 'lead' } as const
export const carl = { kind: 'customer', id: 'carl' } as const

type Hooks = { beforeEach(run: () => void): void; afterEach(run: () => Promise<void>): void }

/** A desk in memory for each test, with routers that are stopped after it. */
export function useRoutedDesk({ beforeEach, afterEach }: Hooks) {
  let desk: Desk
  let routers: Router[]

  beforeEach(() => {
    const store = inMemoryStore({ catalogue: guichetEvents })
    desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    routers = []
  })
  afterEach(async () => {
    await Promise.all(routers.map((router) => router.stop()))
  })

  const start = async (more: Partial<RouterOptions> = {}): Promise<Router> => {
    const onError = (error: unknown): void => expect.fail(String(error))
    const router = createRouter({ desk, terms: () => defaultRoutingTerms, name: 'one', onError, ...more })
    routers.push(router)
    await router.start()
    return router
  }
  const settled = async (): Promise<void> => {
    await vi.waitUntil(
      async () => {
        const head = await desk.store.head()
        return routers.every(({ status }) => {
          const { idle, position } = status()
          return idle && (head === undefined || (position && desk.store.comparePositions(position, head) >= 0))
        })
      },
      { timeout: 15_000, interval: 5 },
    )
  }
  const agent = async (id: string, command: AgentCommandInput): Promise<void> => {
    const outcome = await desk.execute('agent', id, command, { by: staff })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }
  const hire = async (id: string, places = 30, availability: Availability = 'available'): Promise<void> => {
    await agent(id, { type: 'register', profile: { name: id, capacity: { ticket: places } } })
    await agent(id, { type: 'setAvailability', availability })
  }
  const ticket = async (id: string, command: TicketCommandInput): Promise<void> => {
    const outcome = await desk.execute('ticket', id, command, { by: command.type === 'open' ? carl : staff })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }
  const open = (id: string, more: Partial<Extract<TicketCommandInput, { type: 'open' }>> = {}): Promise<void> =>
    ticket(id, { type: 'open', subject: 'Mouse', body: 'Gone', customer: { id: 'carl' }, ...more })
  const stateOf = async (id: string): Promise<Exclude<TicketState, { status: 'absent' }>> => {
    const { state } = await desk.read('ticket', id)
    if (state.status === 'absent') throw new Error('no such ticket')
    return state
  }
  const claimsOf = async (id: string): Promise<string[]> => {
    const { state } = await desk.read('agent', id)
    return state.status === 'absent' ? [] : Object.keys(state.claims)
  }
  const events = async (id: string): Promise<TicketEvent['type'][]> =>
    (await desk.store.readStream(`ticket-${id}`)).map(({ event }) => event.type as TicketEvent['type'])

  return {
    get desk() {
      return desk
    },
    get routers() {
      return routers
    },
    start,
    settled,
    agent,
    hire,
    ticket,
    open,
    stateOf,
    claimsOf,
    events,
  }
}
