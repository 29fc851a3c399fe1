import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { AgentCommandInput, Desk, TicketCommandInput } from '@guichet/domain'
import { createBoard, defaultRoutingTerms } from '@guichet/domain'
import { alex, camille, deskInMemory, deskInTurns, Died, monday } from '@guichet/domain/testing'
import { completeOffer, offerTicket, settleClaims } from './offers.ts'
import { chooseOnBoard, createRouter } from './router.ts'
import { checkHistory } from './testing/check-history.ts'

const agents = ['ann', 'bob', 'eve']
const tickets = ['A', 'B', 'C', 'D', 'E']
const terms = () => defaultRoutingTerms

type Disturbance =
  | { readonly ticket: string; readonly command: TicketCommandInput }
  | { readonly agent: string; readonly command: AgentCommandInput }

const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  fc.record({
    ticket: fc.constantFrom(...tickets),
    command: fc.oneof(
      fc.constantFrom<TicketCommandInput[]>(
        { type: 'close' },
        { type: 'resolve' },
        { type: 'unassign' },
        { type: 'reopen' },
        { type: 'waitForCustomer' },
        { type: 'customerReply', body: 'Still' },
      ),
      fc.constantFrom(...agents).map((id): TicketCommandInput => ({ type: 'assign', assignee: { id } })),
    ),
  }),
  fc.record({
    agent: fc.constantFrom(...agents),
    command: fc.constantFrom<AgentCommandInput[]>(
      { type: 'setAvailability', availability: 'available' },
      { type: 'setAvailability', availability: 'offline' },
      { type: 'changeProfile', changes: { capacity: { ticket: 2 } } },
      { type: 'retire' },
      { type: 'register', profile: { name: 'Back', capacity: { ticket: 1 } } },
    ),
  }),
)

/** The actions of a router in one look at the desk, on its knowledge at the beginning. */
async function lookOnce(desk: Desk, scheduler: fc.Scheduler, dies: number): Promise<void> {
  const board = createBoard()
  for (const envelope of await desk.store.readAll({ limit: 10_000 })) board.apply(envelope)
  const steps = { desk: deskInTurns(desk, () => scheduler.schedule(Promise.resolve()), dies), board }
  for (const id of board.unsettled()) await settleClaims(steps, id)
  for (const id of board.offered()) {
    const item = board.ticket(id)
    const offer = item?.routing.offer
    if (!item || !offer) continue
    await completeOffer(steps, id, {
      round: offer.round,
      agentId: offer.agent.id,
      version: item.offeredAt,
      origin: item,
    })
  }
  const choose = chooseOnBoard(board, terms)(monday)
  for (const item of [...board.arrived, ...board.queued]) {
    const choice = choose(item)
    if (choice.kind === 'chosen') await offerTicket(steps, item, choice, terms())
  }
}

/** The desk after concurrent routers, with all that people do meanwhile, and a last undisturbed router. */
async function ended(
  dying: readonly number[],
  disturbances: readonly Disturbance[],
  scheduler: fc.Scheduler,
): Promise<Desk> {
  const desk = deskInMemory()
  let ids = 0
  const other = deskInMemory({ store: desk.store, newId: () => `other${++ids}` })
  for (const id of agents) {
    const profile = { name: id, capacity: { ticket: 1, phone: 1 } }
    await desk.execute('agent', id, { type: 'register', profile }, { by: alex })
    await desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by: alex })
  }
  for (const id of tickets) {
    const open: TicketCommandInput = {
      type: 'open',
      subject: id,
      body: 'x',
      customer: { id: 'camille' },
      channel: id > 'B' ? 'phone' : 'web',
    }
    await desk.execute('ticket', id, open, { by: camille })
  }
  const looks = dying.map((dies, n) =>
    lookOnce(n % 2 ? other : desk, scheduler, dies).catch((error: unknown) => expect(error).toBeInstanceOf(Died)),
  )
  const people = deskInTurns(other, () => scheduler.schedule(Promise.resolve()))
  const disturbing = disturbances.map((each) =>
    'ticket' in each
      ? people.execute('ticket', each.ticket, each.command, {
          by: each.command.type === 'customerReply' ? camille : alex,
        })
      : people.execute('agent', each.agent, each.command, { by: alex }),
  )
  await scheduler.waitFor(Promise.all([...looks, ...disturbing]))
  const errors: unknown[] = []
  const last = createRouter({ desk, terms, onError: (error) => void errors.push(error) })
  await last.start()
  await vi.waitUntil(
    async () => {
      const { idle, position } = last.status()
      return idle && position !== undefined && position === (await desk.store.head())
    },
    { interval: 1 },
  )
  await last.stop()
  expect(errors).toEqual([])
  return desk
}

describe('concurrent routers, with crashes, while people work', () => {
  it('exceed no agent’s capacity, lose nothing and offer nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant(999), fc.nat(12)), { minLength: 1, maxLength: 4 }),
        fc.array(disturbance, { maxLength: 10 }),
        fc.scheduler(),
        async (dying, disturbances, scheduler) => {
          const desk = await ended(dying, disturbances, scheduler)
          expect((await checkHistory(desk.store)).faults).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
  })
})
