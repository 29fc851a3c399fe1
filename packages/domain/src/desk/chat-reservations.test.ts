import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatEvent } from '../chat/events.ts'
import { evolveChat } from '../chat/state.ts'
import type { ChatState } from '../chat/state.ts'
import type { CustomerEvent } from '../customer/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { EventStore } from '../kernel/event-store.ts'
import { parseStream } from '../kernel/event.ts'
import { alex } from '../testing/examples.ts'
import { complete, deskInMemory, ignoringDeath, processOver } from '../testing/desk.ts'
import { settleChat, settleChats } from './chats.ts'
import { settleVisitors } from './claim-visitor.ts'
import { settleCustomerMerges } from './customers.ts'
import type { Desk } from './processes.ts'

const customers = ['A', 'B', 'C'] as const
/** A visitor, who is claimed by customers. */
const visitor = 'V'
const people = [...customers, visitor] as const
const by = (id: string): Actor => ({ kind: 'customer', id })

type Act = {
  readonly type: 'start' | 'end' | 'reopen' | 'reopenByDesk' | 'settle' | 'merge' | 'split' | 'claim'
  readonly customer: (typeof people)[number]
  readonly other: (typeof people)[number]
  /** The chat, of a few of each customer: so that a start is sent again, also by another process. */
  readonly n: number
  readonly dies: number
}

const chatOf = ({ customer, n }: Pick<Act, 'customer' | 'n'>): string => `${customer}${n}`

async function carryOut(desk: Desk, act: Act): Promise<void> {
  const { type, customer, other } = act
  const id = chatOf(act)
  const sender = { by: by(customer), commandId: `start-${id}` }
  if (type === 'start') await desk.startChat(id, { customer: { id: customer } }, sender)
  if (type === 'reopen') await desk.reopenChat(id, { by: by(customer) })
  if (type === 'reopenByDesk') await desk.reopenChat(id, { by: alex })
  if (type === 'claim' && customer !== visitor) await desk.claimVisitor(visitor, { customer: { id: customer } })
  if (type === 'settle') await settleChat(desk, id)
  if (type === 'merge') await desk.mergeCustomers(customer, other, { by: alex })
  if (type === 'split') await desk.splitCustomer(customer, { by: alex })
  if (type !== 'end') return
  await desk.execute('chat', id, { type: 'end' }, { by: by(customer) })
  await settleChat(desk, id)
}

/**
 * The most chats that one person, under the ids that are merged at that moment, has open after any event. The chats of
 * a visitor are those of the customer once they have moved, and all of them have in the end.
 */
async function mostOpenAtOnce(store: EventStore, haveMoved = false): Promise<number> {
  const chats = new Map<string, ChatState>()
  const mergedInto = new Map<string, string>()
  let most = 0
  for (const { stream, event } of await store.readAll({ limit: 10_000 })) {
    const { category, id } = parseStream(stream)
    if (category === 'chat') chats.set(id, evolveChat(chats.get(id) ?? { status: 'absent' }, event as ChatEvent))
    if (category === 'customer') {
      const { type, ...data } = event as CustomerEvent
      if (type === 'CustomerMerged' && 'into' in data) mergedInto.set(id, data.into)
      if (type === 'CustomerSplitBack') mergedInto.delete(id)
      if (haveMoved && type === 'VisitorIdentified' && 'customer' in data) mergedInto.set(id, data.customer.id)
    }
    const person = (of: string): string => {
      const into = mergedInto.get(of)
      return into === undefined ? of : person(into)
    }
    const open = [...chats.values()].flatMap((chat) =>
      chat.status === 'waiting' || chat.status === 'active' ? [person(chat.customer.id)] : [],
    )
    if (haveMoved) most = 0
    for (const each of open) most = Math.max(most, open.filter((other) => other === each).length)
  }
  return most
}

const settle = (desk: Desk): Promise<void> => complete(desk, settleChats, settleCustomerMerges, settleVisitors)

/** Every customer can begin a chat when none of theirs is open. */
async function checkFree(desk: Desk): Promise<void> {
  for (const customer of customers) {
    for (const owner of people) {
      for (let n = 0; n < 4; n++) {
        const { state } = await desk.read('chat', `${owner}${n}`)
        if (state.status === 'absent') continue
        await desk.execute('chat', `${owner}${n}`, { type: 'end' }, { by: by(state.customer.id) })
      }
    }
    const id = `${customer}3`
    const started = await desk.startChat(id, { customer: { id: customer } }, { by: by(customer) })
    expect(started).toMatchObject({ ok: true, value: { stream: `chat-${id}`, repeated: false } })
  }
}

const acts = (
  types: readonly Act['type'][],
  most: number,
  of: readonly Act['customer'][] = ['A'],
): fc.Arbitrary<readonly Act[]> =>
  fc.array(
    fc.record({
      type: fc.constantFrom(...types),
      customer: fc.constantFrom(...of),
      other: fc.constantFrom(...of),
      n: fc.nat(2),
      dies: fc.oneof({ weight: 2, arbitrary: fc.constant(99) }, { weight: 1, arbitrary: fc.nat(12) }),
    }),
    { minLength: 2, maxLength: most, size: 'max' },
  )

const inAnyOrder = (given: fc.Arbitrary<readonly Act[]>, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), given, given, async (scheduler, first, then) => {
      const { store } = deskInMemory()
      const turn = () => scheduler.schedule(Promise.resolve())
      for (const [round, all] of [first, then].entries()) {
        const working = all.map((act, n) =>
          ignoringDeath(carryOut(processOver(store, `p${round}${n}`, turn, act.dies), act)),
        )
        await scheduler.waitFor(Promise.all(working))
      }
      const desk = deskInMemory({ store, newId: nextId() })
      expect(await mostOpenAtOnce(store)).toBeLessThanOrEqual(1)
      await settle(desk)
      expect(await mostOpenAtOnce(store, true)).toBeLessThanOrEqual(1)
      await checkFree(desk)
      expect(await mostOpenAtOnce(store)).toBeLessThanOrEqual(1)
    }),
    { numRuns },
  )

const nextId = () => {
  let ids = 0
  return () => `later-${++ids}`
}

const runs = Number(process.env['GUICHET_TEST_RUNS'] ?? 150)

describe('a customer has one open chat at most, and can always begin one when they have none', () => {
  it('of many starts at once, also repeated ones, whatever the order of their steps, and whoever dies', async () => {
    await inAnyOrder(acts(['start', 'start', 'end'], 6), runs)
  })

  it('when chats are ended, settled and reopened meanwhile', async () => {
    await inAnyOrder(acts(['start', 'end', 'reopen', 'reopen', 'settle'], 8), runs)
  })

  it('when customers are merged and split meanwhile', async () => {
    await inAnyOrder(acts(['start', 'start', 'end', 'reopen', 'merge', 'merge', 'split'], 9, customers), runs)
  })

  it('when customers claim a visitor, and the desk reopens chats meanwhile', async () => {
    const types = ['start', 'start', 'end', 'reopen', 'reopenByDesk', 'settle', 'claim', 'claim'] as const
    await inAnyOrder(acts(types, 8, ['A', visitor]), runs)
  })

  it('when they are merged, too', async () => {
    const types = ['start', 'start', 'end', 'reopenByDesk', 'claim', 'merge', 'split'] as const
    await inAnyOrder(acts(types, 9, ['A', 'B', visitor]), runs)
  })
})
