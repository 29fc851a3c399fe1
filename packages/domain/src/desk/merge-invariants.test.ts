import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStream } from '../kernel/event.ts'
import { deskInMemory, deskInTurns, Died } from '../testing/desk.ts'
import { alex, camille } from '../testing/examples.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import type { TicketEvent } from '../ticket/events.ts'
import type { Ticket } from '../ticket/state.ts'
import { completeMerge, mergeTickets } from './merge-tickets.ts'
import type { Desk } from './processes.ts'

const tickets = ['A', 'B', 'C', 'D', 'E']
const ticket = fc.constantFrom(...tickets)

/** A merge that somebody requests; its process dies before the step numbered `dies`. Some are requested twice. */
const asked = fc.record({
  source: ticket,
  target: ticket,
  id: fc.constantFrom('m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'),
  dies: fc.oneof(fc.constant(99), fc.nat(6)),
})
/** A ring through the first tickets, and any others. */
const asking = fc
  .tuple(fc.integer({ min: 2, max: tickets.length }), fc.array(asked, { maxLength: 6 }), fc.nat(6))
  .map(([length, others, dies]) => [
    ...tickets.slice(0, length).map((source, n) => ({
      source,
      target: tickets[(n + 1) % length] ?? 'A',
      id: `ring${n}`,
      dies: n === 0 ? dies : 99,
    })),
    ...others,
  ])
const disturbance = fc.record({ id: ticket, type: fc.constantFrom('close' as const, 'reopen' as const) })

const mailTo = (id: string) => ({ type: 'customerReply', messageId: `mail-${id}`, body: 'Bonjour' }) as const

/** The reaction: it completes every merge that has been begun. */
async function complete(desk: Desk): Promise<void> {
  for (const { event, stream, commandId } of await desk.store.readAll({ limit: 10_000 })) {
    const { type, by, ...data } = event as TicketEvent
    if (type !== 'TicketAbsorbed' || !('source' in data)) continue
    const { id: target } = parseStream(stream)
    const { state } = await desk.read('ticket', target)
    if (state.status === 'absent' || !state.absorbing.includes(data.source)) continue
    await completeMerge(desk, data.source, target, { by, commandId })
  }
}

type MergeRequest = { readonly source: string; readonly target: string; readonly id: string; readonly dies: number }
type Disturbance = { readonly id: string; readonly type: 'close' | 'reopen' }
type Tickets = Readonly<Record<string, Ticket>>
/** The final tickets, and how many events the second delivery of their mails led to. */
type End = { readonly tickets: Tickets; readonly moved: number }

/** The tickets when all requests have been answered or have died, and all merges have been completed. */
async function ended(
  asks: readonly MergeRequest[],
  disturbances: readonly Disturbance[],
  scheduler: fc.Scheduler,
): Promise<End> {
  const desk = deskInMemory()
  let ids = 0
  const other = deskInMemory({ store: desk.store, newId: () => `other${++ids}` })
  for (const id of tickets) {
    const open: TicketCommandInput = { type: 'open', subject: id, body: 'x', customer: { id: 'camille' } }
    await desk.execute('ticket', id, open, { by: camille })
    await desk.execute('ticket', id, mailTo(id), { by: camille, commandId: 'first delivery' })
  }
  const turn = () => scheduler.schedule(Promise.resolve())
  const merges = asks.map(async ({ source, target, id, dies }, n) => {
    const process = deskInTurns(n % 2 ? other : desk, turn, dies)
    const sender = { by: alex, commandId: id }
    await mergeTickets(process, source, target, sender).catch((error: unknown) => expect(error).toBeInstanceOf(Died))
  })
  const disturbing = disturbances.map(({ id, type }, n) =>
    deskInTurns(desk, turn).execute('ticket', id, { type }, { by: alex, commandId: `d${n}` }),
  )
  await scheduler.waitFor(Promise.all([...merges, ...disturbing, complete(deskInTurns(other, turn))]))
  await complete(desk)
  const settled = (await desk.store.readAll({ limit: 10_000 })).length
  for (const id of tickets) await desk.execute('ticket', id, mailTo(id), { by: camille, commandId: 'second delivery' })
  const moved = (await desk.store.readAll({ limit: 10_000 })).length - settled
  const states = await Promise.all(tickets.map(async (id) => [id, (await desk.read('ticket', id)).state] as const))
  return { tickets: Object.fromEntries(states) as Tickets, moved }
}

/** The ticket that a merged ticket ends in; undefined when there is none. */
function survivor(end: Tickets, id: string): string | undefined {
  let at = id
  for (const _ of tickets) {
    const into = end[at]?.mergedInto
    if (into === undefined) return at
    at = into
  }
  return undefined
}

const invariants: Readonly<Record<string, (end: End) => void>> = {
  M1: ({ tickets: end }) => {
    for (const id of tickets) expect(survivor(end, id)).toBeDefined()
  },
  M2: ({ tickets: end }) => {
    for (const [id, { absorbed, absorbing }] of Object.entries(end)) {
      const merged = tickets.filter((source) => end[source]?.mergedInto === id)
      expect(absorbed.toSorted()).toEqual(merged)
      expect(absorbing).toEqual([])
    }
  },
  M3: ({ moved }) => {
    expect(moved).toBe(0)
  },
}

const document = readFileSync(new URL('../../../../docs/lifecycle.md', import.meta.url), 'utf8')

describe('concurrent merges, with crashes and completed by any process, keep', () => {
  it.each(Object.entries(invariants))('%s', async (_number, holds) => {
    await fc.assert(
      fc.asyncProperty(asking, fc.array(disturbance, { maxLength: 4 }), fc.scheduler(), async (asks, disturbances, s) =>
        holds(await ended(asks, disturbances, s)),
      ),
      { numRuns: 150 },
    )
  })

  it('every invariant that docs/lifecycle.md numbers, and no other', () => {
    const numbered = [...document.matchAll(/^- \*\*(M\d+)\*\*/gm)].map(([, number]) => number)
    expect(numbered).toEqual(Object.keys(invariants))
  })
})

describe('sequential merges', () => {
  it('may form any chain and any tree', async () => {
    const desk = deskInMemory()
    for (const id of tickets) {
      const open: TicketCommandInput = { type: 'open', subject: id, body: 'x', customer: { id: 'camille' } }
      await desk.execute('ticket', id, open, { by: camille })
    }
    for (const [source, target] of [
      ['A', 'B'],
      ['B', 'C'],
      ['D', 'C'],
      ['C', 'E'],
    ] as const) {
      expect(await desk.mergeTickets(source, target, { by: alex })).toMatchObject({ ok: true })
    }
    expect((await desk.read('ticket', 'E')).state).toMatchObject({ status: 'new', absorbed: ['C'] })
  })
})
