import { describe, expect, it } from 'vitest'
import { deny, refusal } from '../kernel/refusal.ts'
import { deskAround, deskInMemory } from '../testing/desk.ts'
import { alex, camille } from '../testing/examples.ts'
import type { Ticket } from '../ticket/state.ts'
import { ticketLimits } from '../ticket/vocabulary.ts'
import { completeMerge } from './merge-tickets.ts'
import type { Desk } from './processes.ts'

async function deskWith(...tickets: string[]): Promise<Desk> {
  const desk = deskInMemory()
  for (const id of tickets) await open(desk, id, 'camille')
  return desk
}
const open = (desk: Desk, id: string, customerId: string) =>
  desk.execute('ticket', id, { type: 'open', subject: id, body: 'x', customer: { id: customerId } }, { by: camille })
const stateOf = async (desk: Desk, id: string) => (await desk.read('ticket', id)).state as Ticket
const absorb = (desk: Desk, target: string, source: string, commandId: string) =>
  desk.execute('ticket', target, { type: 'absorb', source, sourceCustomerId: 'camille' }, { by: alex, commandId })

describe('a merge', () => {
  it('closes the source without a message and leaves the target open', async () => {
    const desk = await deskWith('A', 'B')
    expect(await desk.mergeTickets('A', 'B', { by: alex })).toMatchObject({ ok: true })
    expect(await stateOf(desk, 'A')).toMatchObject({ status: 'closed', mergedInto: 'B', closed: { reason: 'merged' } })
    expect(await stateOf(desk, 'B')).toMatchObject({ status: 'new', absorbed: ['A'] })
  })

  it('takes place once, however often it is requested', async () => {
    const desk = await deskWith('A', 'B')
    await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })
    const length = (await desk.store.readAll({ limit: 100 })).length
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject({ ok: true })
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'n' })).toMatchObject({ ok: true })
    expect((await desk.store.readAll({ limit: 100 })).length).toBe(length)
  })

  it('is completed by any process that notices it', async () => {
    const desk = await deskWith('A', 'B')
    await absorb(desk, 'B', 'A', 'm')
    await completeMerge(desk, 'A', 'B', { by: alex, commandId: 'm' })
    expect(await stateOf(desk, 'A')).toMatchObject({ mergedInto: 'B' })
  })

  it.each([
    ['is closed', 'ticket_closed', (desk: Desk) => desk.execute('ticket', 'A', { type: 'close' }, { by: alex })],
    ['has been merged', 'ticket_merged', (desk: Desk) => desk.mergeTickets('A', 'C', { by: alex })],
    ['takes in another ticket', 'merge_pending', (desk: Desk) => absorb(desk, 'A', 'C', 'other')],
    ['takes in the target', 'merge_crossed', (desk: Desk) => absorb(desk, 'A', 'B', 'other')],
  ])('writes nothing when the source %s: %s', async (_source, code, before) => {
    const desk = await deskWith('A', 'B', 'C')
    await before(desk)
    const head = await desk.store.head()
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject({ refusal: { code } })
    expect(await desk.store.head()).toBe(head)
  })

  it('that was refused before it began takes place once nothing prevents it', async () => {
    const desk = await deskWith('A', 'B')
    await desk.execute('ticket', 'A', { type: 'close' }, { by: alex })
    await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })
    await desk.execute('ticket', 'A', { type: 'reopen' }, { by: alex })
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject({ ok: true })
    expect(await stateOf(desk, 'B')).toMatchObject({ absorbed: ['A'] })
  })

  it('is reverted when the source is closed after the first step', async () => {
    const desk = await deskWith('A', 'B')
    await absorb(desk, 'B', 'A', 'm')
    await desk.execute('ticket', 'A', { type: 'close' }, { by: alex })
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject({
      refusal: { code: 'ticket_closed' },
    })
    expect(await stateOf(desk, 'B')).toMatchObject({ absorbed: [], absorbing: [] })
  })

  it('that was reverted is refused again under its command id, and takes place under another', async () => {
    const desk = await deskWith('A', 'B')
    await absorb(desk, 'B', 'A', 'm')
    await desk.execute('ticket', 'A', { type: 'close' }, { by: alex })
    const closed = { ok: false, refusal: { code: 'ticket_closed' } }
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject(closed)
    await desk.execute('ticket', 'A', { type: 'reopen' }, { by: alex })
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject(closed)
    await completeMerge(desk, 'A', 'B', { by: alex, commandId: 'm' })
    expect(await stateOf(desk, 'A')).toMatchObject({ status: 'in_progress', mergedInto: undefined })
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'n' })).toMatchObject({ ok: true })
    expect(await stateOf(desk, 'B')).toMatchObject({ absorbed: ['A'] })
  })

  it('returns a position at which all of it is done', async () => {
    const desk = await deskWith('A', 'B')
    const merged = await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })
    const head = await desk.store.head()
    expect(merged).toMatchObject({ ok: true, value: { stream: 'ticket-A', version: 3, position: head } })
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject({
      ok: true,
      value: { position: head, repeated: true },
    })
  })

  it('is not reverted for a transient refusal', async () => {
    const desk = await deskWith('A', 'B')
    const busy = deskAround(desk, (entry) => ({
      execute: async (category, id, command, sender) =>
        command.type === 'mergeInto'
          ? deny(refusal('too_many_conflicts'))
          : entry.execute(category, id, command, sender),
    }))
    await absorb(desk, 'B', 'A', 'm')
    expect(await completeMerge(busy, 'A', 'B', { by: alex, commandId: 'm' })).toMatchObject({ ok: false })
    expect(await stateOf(desk, 'B')).toMatchObject({ absorbing: ['A'] })
    expect(await completeMerge(desk, 'A', 'B', { by: alex, commandId: 'm' })).toMatchObject({ ok: true })
    expect(await stateOf(desk, 'B')).toMatchObject({ absorbing: [], absorbed: ['A'] })
  })

  it('waits for the merges under way of the ticket that is to be merged', async () => {
    const desk = await deskWith('A', 'B', 'C')
    await absorb(desk, 'B', 'A', 'm')
    const pending = { ok: false, refusal: { code: 'merge_pending' } }
    expect(await desk.mergeTickets('B', 'C', { by: alex })).toMatchObject(pending)
    expect(await desk.mergeTickets('A', 'B', { by: alex })).toMatchObject(pending)
    expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject({ ok: true })
    expect(await desk.mergeTickets('B', 'C', { by: alex })).toMatchObject({ ok: true })
  })

  it('is refused with itself, across customers, and with a missing ticket', async () => {
    const desk = await deskWith('A')
    await open(desk, 'D', 'dominique')
    const refused = (code: string, field: string) => ({ ok: false, refusal: { code, field } })
    expect(await desk.mergeTickets('A', 'A', { by: alex })).toMatchObject(refused('merge_with_itself', 'target'))
    expect(await desk.mergeTickets('A', 'D', { by: alex })).toMatchObject(refused('merge_across_customers', 'target'))
    expect(await desk.mergeTickets('Z', 'A', { by: alex })).toMatchObject(refused('ticket_not_found', 'source'))
    expect(await desk.mergeTickets('A', 'Z', { by: alex })).toMatchObject({ refusal: { code: 'ticket_not_found' } })
  })

  it('takes place where customers were merged into one, whichever of them has which ticket', async () => {
    const customers = ['camille', 'dominique', 'zoe']
    for (const source of customers)
      for (const target of customers) {
        const desk = deskInMemory()
        for (const id of customers) await desk.execute('customer', id, { type: 'register' }, { by: alex })
        await open(desk, 'A', source)
        await open(desk, 'B', target)
        if (source !== target)
          expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject({
            refusal: { code: 'merge_across_customers' },
          })
        for (const id of ['camille', 'dominique'])
          expect(await desk.mergeCustomers(id, 'zoe', { by: alex })).toMatchObject({ ok: true })
        expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject({ ok: true })
        expect(await stateOf(desk, 'B')).toMatchObject({ absorbed: ['A'], customer: { id: target } })
        const { length } = await desk.store.readAll({ limit: 100 })
        await desk.splitCustomer('camille', { by: alex })
        const after = (await desk.store.readAll({ limit: 100 })).length
        expect(after).toBeGreaterThan(length)
        expect(await desk.mergeTickets('A', 'B', { by: alex, commandId: 'm' })).toMatchObject({ ok: true })
        expect((await desk.store.readAll({ limit: 100 })).length).toBe(after)
      }
  })

  it('checks the version of the source, after checking for a repeat', async () => {
    const desk = await deskWith('A', 'B')
    await desk.execute('ticket', 'A', { type: 'start' }, { by: alex })
    const seen = (expectedVersion: number) => ({ by: alex, commandId: 'm', expectedVersion })
    expect(await desk.mergeTickets('A', 'B', seen(1))).toMatchObject({
      refusal: { code: 'version_conflict', field: 'expectedVersion' },
    })
    expect(await stateOf(desk, 'B')).toMatchObject({ absorbing: [], absorbed: [] })
    expect(await desk.mergeTickets('A', 'B', seen(2))).toMatchObject({ ok: true })
    expect(await desk.mergeTickets('A', 'B', seen(2))).toMatchObject({ ok: true })
  })

  it('is refused with ids that no ticket can have', async () => {
    const desk = await deskWith('A')
    const malformed = (field: string) => ({ refusal: { code: 'invalid_command', field } })
    expect(await desk.mergeTickets('\0', 'A', { by: alex })).toMatchObject(malformed('source'))
    expect(await desk.mergeTickets('A', '', { by: alex })).toMatchObject(malformed('target'))
  })

  it('may have a command id of any length', async () => {
    const desk = await deskWith('A', 'B')
    const sender = { by: alex, commandId: 'x'.repeat(200) }
    expect(await desk.mergeTickets('A', 'B', sender)).toMatchObject({ ok: true })
    expect(await stateOf(desk, 'A')).toMatchObject({ mergedInto: 'B' })
  })
})

describe('what a merged ticket brings along', () => {
  const watch = (desk: Desk, id: string, ...watchers: string[]) =>
    Promise.all(
      watchers.map((watcher) =>
        desk.execute('ticket', id, { type: 'addWatcher', watcher: { id: watcher, name: watcher } }, { by: alex }),
      ),
    )
  const link = (desk: Desk, id: string, to: string, relation: 'related' | 'blocks') =>
    desk.execute('ticket', id, { type: 'link', to, relation }, { by: alex })

  it('is its watchers and links, each once, and none of the survivor to itself', async () => {
    const desk = await deskWith('A', 'B', 'C')
    await watch(desk, 'A', 'paul', 'zoe')
    await watch(desk, 'B', 'zoe', 'max')
    await link(desk, 'A', 'B', 'related')
    await link(desk, 'A', 'C', 'blocks')
    await link(desk, 'A', 'C', 'related')
    await link(desk, 'B', 'C', 'related')
    await desk.mergeTickets('A', 'B', { by: alex })
    const { watchers, links } = await stateOf(desk, 'B')
    expect(watchers.map(({ id }) => id)).toEqual(['zoe', 'max', 'paul'])
    expect(watchers[2]).toEqual({ id: 'paul', name: 'paul' })
    expect(links).toEqual([
      { to: 'C', relation: 'related' },
      { to: 'C', relation: 'blocks' },
    ])
  })

  it('is the same whoever completes the merge, and comes once', async () => {
    const desk = await deskWith('A', 'B', 'C')
    await watch(desk, 'A', 'paul')
    await link(desk, 'A', 'C', 'blocks')
    await absorb(desk, 'B', 'A', 'm')
    const other = deskInMemory({ store: desk.store, newId: () => 'other' })
    const sender = { by: alex, commandId: 'm' }
    const done = await Promise.all([completeMerge(other, 'A', 'B', sender), completeMerge(desk, 'A', 'B', sender)])
    expect(done).toMatchObject([{ ok: true }, { ok: true }])
    const { length } = await desk.store.readAll({ limit: 100 })
    expect(await desk.mergeTickets('A', 'B', sender)).toMatchObject({ ok: true })
    expect((await desk.store.readAll({ limit: 100 })).length).toBe(length)
    expect(await stateOf(desk, 'B')).toMatchObject({ watchers: [{ id: 'paul' }], links: [{ to: 'C' }] })
  })

  it('comes along over several merges', async () => {
    const desk = await deskWith('A', 'B', 'C')
    await watch(desk, 'A', 'paul')
    await desk.mergeTickets('A', 'B', { by: alex })
    await desk.mergeTickets('B', 'C', { by: alex })
    expect(await stateOf(desk, 'C')).toMatchObject({ watchers: [{ id: 'paul' }] })
  })

  it('is left out where the survivor has no room for more watchers and links', async () => {
    const desk = await deskWith('A', 'B')
    for (let n = 0; n < ticketLimits.watchers; n++) {
      await watch(desk, 'A', `a${n}`)
      if (n < ticketLimits.watchers - 2) await watch(desk, 'B', `b${n}`)
    }
    for (let n = 0; n < ticketLimits.links; n++) {
      await link(desk, 'A', `a${n}`, 'related')
      if (n < ticketLimits.links - 1) await link(desk, 'B', `b${n}`, 'related')
    }
    expect(await desk.mergeTickets('A', 'B', { by: alex })).toMatchObject({ ok: true })
    const { watchers, links } = await stateOf(desk, 'B')
    expect(watchers.slice(-3).map(({ id }) => id)).toEqual([`b${ticketLimits.watchers - 3}`, 'a0', 'a1'])
    expect(links.slice(-2).map(({ to }) => to)).toEqual([`b${ticketLimits.links - 2}`, 'a0'])
  })
})

describe('two crossed merges', () => {
  const toB = { by: alex, commandId: 'to-b' }
  const toA = { by: alex, commandId: 'to-a' }

  it.each([
    ['the refused one first', ['A', 'B'], ['B', 'A']],
    ['the surviving one first', ['B', 'A'], ['A', 'B']],
  ] as const)('leave the smaller id alive: %s', async (_order, first, second) => {
    const desk = await deskWith('A', 'B')
    await absorb(desk, 'B', 'A', 'to-b')
    await absorb(desk, 'A', 'B', 'to-a')
    for (const [source, target] of [first, second]) {
      await completeMerge(desk, source, target, target === 'B' ? toB : toA)
    }
    expect(await stateOf(desk, 'A')).toMatchObject({ status: 'new', mergedInto: undefined, absorbed: ['B'] })
    expect(await stateOf(desk, 'B')).toMatchObject({ status: 'closed', mergedInto: 'A', absorbed: [] })
  })

  it('leave exactly one alive when they run at once', async () => {
    const desk = await deskWith('A', 'B')
    await Promise.all([desk.mergeTickets('A', 'B', toB), desk.mergeTickets('B', 'A', toA)])
    const merged = [await stateOf(desk, 'A'), await stateOf(desk, 'B')].filter(({ mergedInto }) => mergedInto)
    expect(merged).toHaveLength(1)
  })
})

describe('a reply to a merged ticket', () => {
  it('goes to the ticket it was merged into, over several merges', async () => {
    const desk = await deskWith('A', 'B', 'C')
    await desk.mergeTickets('A', 'B', { by: alex })
    await desk.mergeTickets('B', 'C', { by: alex })
    const reply = await desk.execute(
      'ticket',
      'A',
      { type: 'customerReply', body: 'Alors ?' },
      { by: camille, commandId: 'r' },
    )
    expect(reply).toMatchObject({ ok: true, value: { stream: 'ticket-C', events: [{ type: 'CustomerReplied' }] } })
    const again = await desk.execute(
      'ticket',
      'A',
      { type: 'customerReply', body: 'Alors ?' },
      { by: camille, commandId: 'r' },
    )
    expect(again).toMatchObject({ ok: true, value: { stream: 'ticket-C', repeated: true } })
  })

  it('that the merged ticket has stored already changes nothing, wherever it would go', async () => {
    const desk = await deskWith('A', 'B')
    const mail = (n: number) => ({ type: 'customerReply', messageId: `mail-${n}`, body: `${n}` }) as const
    const deliver = (commandId: string, ...mails: number[]) =>
      desk.executeTogether(
        'ticket',
        'A',
        mails.map((n) => ({ command: mail(n) })),
        { by: camille, commandId },
      )
    await deliver('first', 1)
    await desk.mergeTickets('A', 'B', { by: alex })
    await desk.execute('ticket', 'B', { type: 'resolve' }, { by: alex })
    expect(await deliver('second', 1)).toMatchObject({ ok: true, value: { stream: 'ticket-A', events: [] } })
    expect(await stateOf(desk, 'B')).toMatchObject({ status: 'resolved' })
    expect(await deliver('third', 1, 2, 1, 3)).toMatchObject({
      ok: true,
      value: {
        stream: 'ticket-B',
        events: [{ messageId: 'mail-2' }, { type: 'TicketReopened' }, { messageId: 'mail-3' }],
      },
    })
    const other = { command: { type: 'customerReply', messageId: 'mail-1', body: 'something else' } } as const
    expect(await desk.executeTogether('ticket', 'A', [{ command: mail(4) }, other], { by: camille })).toMatchObject({
      refusal: { code: 'message_id_reused', step: 1 },
    })
  })

  it('follows any number of merges', async () => {
    const tickets = Array.from({ length: 13 }, (_, n) => `T${n}`)
    const desk = await deskWith(...tickets)
    for (const [n, target] of tickets.slice(1).entries()) await desk.mergeTickets(`T${n}`, target, { by: alex })
    expect(
      await desk.execute('ticket', 'T0', { type: 'customerReply', body: 'Alors ?' }, { by: camille }),
    ).toMatchObject({ ok: true, value: { stream: 'ticket-T12' } })
  })

  it('goes there whatever version of the merged ticket the sender has seen', async () => {
    const desk = await deskWith('A', 'B')
    await desk.mergeTickets('A', 'B', { by: alex })
    const { version } = await desk.read('ticket', 'A')
    const sender = { by: camille, expectedVersion: version }
    expect(await desk.execute('ticket', 'A', { type: 'customerReply', body: 'x' }, sender)).toMatchObject({ ok: true })
  })

  it('is refused with the ticket that any other command must be sent to', async () => {
    const desk = await deskWith('A', 'B')
    await desk.mergeTickets('A', 'B', { by: alex })
    expect(await desk.execute('ticket', 'A', { type: 'reopen' }, { by: alex })).toMatchObject({
      ok: false,
      refusal: { code: 'ticket_merged', movedTo: 'B' },
    })
  })
})
