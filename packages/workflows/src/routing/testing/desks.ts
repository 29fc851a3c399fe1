import { randomInt, randomUUID } from 'node:crypto'
import { expect, onTestFailed, vi } from 'vitest'
import type {
  AgentCommandInput,
  Availability,
  Desk,
  EventStore,
  TicketCommandInput,
  TicketEvent,
  TicketState,
} from '@guichet/domain'
import {
  availabilities,
  channels,
  createDesk,
  defaultRoutingTerms,
  guichetEvents,
  inMemoryStore,
  instant,
  priorities,
  readHistory,
} from '@guichet/domain'
import type { Router, RouterOptions } from '../router.ts'
import { createRouter } from '../router.ts'

const by = { kind: 'agent', id: 'lead' } as const
const atOnce = { opened: 50, disturbed: 25 }

/**
 * People who do everything that may happen to a desk while its tickets are routed: by chance, the same for the same
 * seed.
 */
type BusyDesk = {
  /**
   * Agents with up to 15 places each, all available, and `steady` with 15, who is never disturbed: some ticket finds an
   * agent by any seed.
   */
  hire(): Promise<void>
  /** Opens tickets, fifty at a time, with twenty-five other things that happen at the same time. */
  open(tickets: number): Promise<void>
}

/** @param seed of their actions; a failing test prints it. */
export function busyDesk(desk: Desk, agents: number, seed: number = randomInt(2 ** 31)): BusyDesk {
  onTestFailed(() => console.error(`busyDesk(desk, ${agents}, ${seed})`))
  const { random, pick } = chance(seed)
  const agent = (id: string, command: AgentCommandInput) => desk.execute('agent', id, command, { by })
  const ticket = (id: string, command: TicketCommandInput) =>
    desk.execute('ticket', id, command, { by: command.type === 'open' ? carl : by })

  const disturb = async (known: number): Promise<unknown> => {
    const id = `t${random(known)}`
    const one = random(100)
    if (one < 30) return agent(`a${random(agents)}`, { type: 'setAvailability', availability: pick(availabilities) })
    if (one < 70) return ticket(id, { type: pick(['close', 'resolve'] as const) })
    if (one < 80) return ticket(id, { type: 'unassign' })
    if (one < 88) return ticket(id, { type: 'assign', assignee: { id: `a${random(agents)}` } })
    if (one < 95) return ticket(id, { type: 'reopen' })
    return agent(`a${random(agents)}`, { type: 'changeProfile', changes: { capacity: { ticket: random(16) } } })
  }

  return {
    hire: async () => {
      const places = new Map(Array.from({ length: agents }, (_, number) => [`a${number}`, random(16)]))
      for (const [id, ticket] of places.set('steady', 15)) {
        await agent(id, { type: 'register', profile: { name: id, capacity: { ticket } } })
        await agent(id, { type: 'setAvailability', availability: 'available' })
      }
    },
    open: async (tickets) => {
      const question = { type: 'open', subject: 'Mouse', body: 'Gone', customer: { id: 'carl' } } as const
      for (let first = 0; first < tickets; first += atOnce.opened) {
        const some = Array.from({ length: atOnce.opened }, (_, index) =>
          ticket(`t${first + index}`, { ...question, priority: pick(priorities), channel: pick(channels) }),
        )
        const others = Array.from({ length: atOnce.disturbed }, () => disturb(first + atOnce.opened))
        await Promise.all([...some, ...others])
      }
    },
  }
}

/** A store that may hide committed events from readers for a moment. */
type Hiding = EventStore & { lag?(): Promise<{ readonly hiddenEvents: number }> }

/**
 * Resolves when routers know the whole history, of which nothing is hidden, and none of them has anything left to do.
 */
export async function untilAtRest(
  { store }: { readonly store: Hiding },
  routers: readonly Router[],
  timeout: number,
): Promise<void> {
  await vi.waitUntil(
    async () => {
      const head = await store.head()
      const resting = routers.every((router) => {
        const { idle, position } = router.status()
        return idle && head !== undefined && position !== undefined && store.comparePositions(position, head) >= 0
      })
      if (!resting) return false
      const lag = await store.lag?.()
      return !lag?.hiddenEvents && (await store.head()) === head
    },
    { timeout, interval: 50 },
  )
}

/** Random numbers and choices that follow from a seed (mulberry32). */
function chance(seed: number) {
  let state = seed
  const random = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    const again = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((again ^ (again >>> 14)) >>> 0) / 2 ** 32) * below)
  }
  const pick = <T>(list: readonly T[]): T => {
    const one = list[random(list.length)]
    if (one === undefined) throw new Error('nothing to pick from')
    return one
  }
  return { random, pick }
}

/** A lead of the desk, who sends what nobody else has to. */
export const staff = { kind: 'agent', id: 'lead' } as const
/** A customer without a plan. */
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
    const router = createRouter({ desk, terms: () => defaultRoutingTerms, onError, ...more })
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
      { interval: 5 },
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
    (await readHistory(desk.store, 'ticket', id)).map(({ event }) => event.type)

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
