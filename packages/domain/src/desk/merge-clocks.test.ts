import { describe, expect, it } from 'vitest'
import type { Instant } from '../kernel/time.ts'
import { days, hours } from '../kernel/time.ts'
import { deskInMemory } from '../testing/desk.ts'
import { after, alex, camille, sacha } from '../testing/examples.ts'
import { levels, policyOf } from '../testing/target-story.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import { completeMerge } from './merge-tickets.ts'
import type { Desk } from './processes.ts'

const policy = policyOf(levels({ name: 'all', firstResponse: '8h', nextResponse: '4h' }))

const open: TicketCommandInput = { type: 'open', subject: 'x', body: 'x', customer: { id: 'camille' } }
const reply: TicketCommandInput = { type: 'agentReply', body: 'Voilà' }
const asks: TicketCommandInput = { type: 'customerReply', body: 'Et ?' }

type CommandAt = readonly [string, TicketCommandInput, number]

/** A desk after commands, each at its hour; those of customers are Camille's. */
const deskAfter = (...steps: CommandAt[]): Promise<Desk> => deskUnder(policy, steps)
async function deskUnder(terms: typeof policy, steps: readonly CommandAt[]): Promise<Desk> {
  const desk = deskInMemory({ policy: terms })
  for (const [id, command, hour] of steps) {
    const by = command.type === 'open' || command.type === 'customerReply' ? camille : alex
    expect(await desk.execute('ticket', id, command, { by, at: after(hours(hour)) })).toMatchObject({ ok: true })
  }
  return desk
}
const deadlines = async (desk: Desk, id: string): Promise<Readonly<Record<string, Instant>>> =>
  Object.fromEntries((await desk.clockState(`ticket-${id}`)).deadlines.map(({ kind, dueAt }) => [kind, dueAt]))
const merge = (desk: Desk, at: number, commandId = 'merge') =>
  desk.mergeTickets('B', 'A', { by: alex, at: after(hours(at)), commandId })

describe('a ticket into which a waiting question is merged', () => {
  it('no longer waits for the customer', async () => {
    const desk = await deskAfter(['A', open, 0], ['A', { ...reply, then: 'waiting_customer' }, 1], ['B', open, 48])
    expect(await merge(desk, 49)).toMatchObject({ ok: true })
    expect((await desk.read('ticket', 'A')).state).toMatchObject({ status: 'in_progress', absorbed: ['B'] })
    expect(await deadlines(desk, 'A')).toMatchObject({ next_response_warning: after(hours(51)) })
  })

  it('has a next response for it that counts since it was asked', async () => {
    const desk = await deskAfter(['A', open, 0], ['A', reply, 1], ['B', open, 2])
    await merge(desk, 3)
    expect(await deadlines(desk, 'A')).toMatchObject({ next_response_warning: after(hours(5)) })
  })

  it('has no deadline before the merge', async () => {
    const desk = await deskAfter(['A', open, 0], ['A', reply, 1], ['B', open, 2])
    await merge(desk, 7)
    expect(await deadlines(desk, 'A')).toMatchObject({ next_response_warning: after(hours(7)) })
  })

  it('counts from the older question, if one already waits', async () => {
    const desk = await deskAfter(['A', open, 0], ['A', reply, 1], ['A', asks, 3], ['B', open, 2])
    await merge(desk, 4)
    expect(await deadlines(desk, 'A')).toMatchObject({ next_response_warning: after(hours(5)) })
    const other = await deskAfter(['A', open, 0], ['A', reply, 1], ['A', asks, 2], ['B', open, 3])
    await merge(other, 4)
    expect(await deadlines(other, 'A')).toMatchObject({ next_response_warning: after(hours(5)) })
  })

  it('counts its first response from the older opening if it was never answered', async () => {
    const desk = await deskAfter(['A', open, 2], ['B', open, 0])
    await merge(desk, 3)
    expect(await deadlines(desk, 'A')).toEqual({ first_response_warning: after(hours(6)) })
  })

  it('ignores a source that has been answered, resolved, or waits for the customer', async () => {
    const ends: TicketCommandInput[] = [reply, { type: 'resolve' }, { type: 'waitForCustomer' }]
    for (const end of ends) {
      const desk = await deskAfter(['A', open, 0], ['A', reply, 1], ['B', open, 2], ['B', end, 2.5])
      await merge(desk, 3)
      expect(await deadlines(desk, 'A')).not.toHaveProperty('next_response_warning')
    }
  })

  it('stays resolved, because the resolution answers what was asked before it', async () => {
    const desk = await deskAfter(['A', open, 0], ['B', open, 0.5], ['A', { type: 'resolve' }, 1])
    await merge(desk, 3)
    expect((await desk.read('ticket', 'A')).state).toMatchObject({ status: 'resolved', unreadSince: undefined })
    expect(Object.keys(await deadlines(desk, 'A'))).toEqual(['close_resolved'])
  })

  it('stays resolved when what was asked after the resolution has been answered', async () => {
    const desk = await deskAfter(['A', open, 0], ['A', { type: 'resolve' }, 1], ['B', open, 2], ['B', reply, 2.5])
    await merge(desk, 3)
    expect((await desk.read('ticket', 'A')).state).toMatchObject({ status: 'resolved' })
  })

  it('is reopened by what was asked after its resolution, as by a reply', async () => {
    const desk = await deskAfter(['A', open, 0], ['A', reply, 0.5], ['A', { type: 'resolve' }, 1], ['B', open, 2])
    await merge(desk, 3)
    const asked = { status: 'in_progress', reopenings: 1, unreadSince: after(hours(2)), routing: { forced: false } }
    expect((await desk.read('ticket', 'A')).state).toMatchObject(asked)
    expect(await deadlines(desk, 'A')).toMatchObject({ next_response_warning: after(hours(5)) })
    expect(await deadlines(desk, 'A')).not.toHaveProperty('close_resolved')
  })

  it('waits since the last question if the first was asked before its resolution', async () => {
    const desk = await deskAfter(
      ['A', open, 0],
      ['A', reply, 0.2],
      ['B', open, 0.5],
      ['A', { type: 'resolve' }, 1],
      ['B', asks, 2],
      ['B', asks, 3],
    )
    await merge(desk, 4)
    const { state } = await desk.read('ticket', 'A')
    expect(state).toMatchObject({ status: 'in_progress', clocks: { waiting: [{ since: after(hours(3)) }] } })
  })

  it('is reopened when it was closed while the merge was under way, and not when it was merged itself', async () => {
    const desk = await deskAfter(['A', open, 0], ['A', { type: 'resolve' }, 1], ['B', open, 2])
    const sender = { by: alex, commandId: 'merge', at: after(hours(3)) }
    await desk.execute('ticket', 'A', { type: 'absorb', source: 'B', sourceCustomerId: 'camille' }, sender)
    await desk.execute('ticket', 'A', { type: 'confirm' }, { by: camille, at: after(hours(4)) })
    expect(await completeMerge(desk, 'B', 'A', { ...sender, at: after(hours(5)) })).toMatchObject({ ok: true })
    expect((await desk.read('ticket', 'A')).state).toMatchObject({ status: 'in_progress', absorbed: ['B'] })
  })

  it.each([
    { who: 'the agent who has it', by: alex, unreadSince: undefined },
    { who: 'a colleague', by: sacha, unreadSince: after(hours(48)) },
  ])('is unread for its agent unless they have merged it: $who', async ({ by, unreadSince }) => {
    for (const then of ['waiting_customer', 'resolved', undefined] as const) {
      const desk = await deskAfter(
        ['A', open, 0],
        ['A', { type: 'assign', assignee: { id: alex.id } }, 0],
        ['A', { ...reply, ...(then && { then }) }, 1],
        ['B', open, 48],
        ['B', { type: 'addWatcher', watcher: { id: 'zoe' } }, 48],
      )
      await desk.mergeTickets('B', 'A', { by, at: after(hours(49)), commandId: 'merge' })
      expect((await desk.read('ticket', 'A')).state).toMatchObject({ status: 'in_progress', unreadSince })
    }
  })

  it.each([
    { how: 'a merge', ends: true },
    { how: 'a merge that its source declines', ends: false },
  ])('leaves unread what was written while $how was under way, whoever began it', async ({ ends }) => {
    for (const by of [alex, sacha]) {
      const desk = await deskAfter(
        ['A', open, 0],
        ['A', { type: 'assign', assignee: { id: alex.id } }, 0],
        ['A', reply, 1],
        ['B', open, 0],
        ['B', { type: 'addWatcher', watcher: { id: 'zoe' } }, 0],
        ['B', { type: 'link', to: 'C', relation: 'related' }, 0],
        ['B', ends ? reply : { type: 'close' }, 1],
      )
      const sender = { by, commandId: 'merge', at: after(hours(2)) }
      await desk.execute('ticket', 'A', { type: 'absorb', source: 'B', sourceCustomerId: 'camille' }, sender)
      await desk.execute('ticket', 'A', asks, { by: camille, at: after(hours(3)) })
      expect(await completeMerge(desk, 'B', 'A', { ...sender, at: after(hours(4)) })).toMatchObject({ ok: ends })
      const { state } = await desk.read('ticket', 'A')
      const idle = { unreadSince: after(hours(3)), lastAgentActivityAt: after(hours(2)) }
      expect(state).toMatchObject({ ...idle, absorbing: [], watchers: ends ? [{ id: 'zoe' }] : [] })
    }
  })

  it('receives the question once, however often the merge is repeated and whoever completes it', async () => {
    const desk = await deskAfter(['A', open, 0], ['A', reply, 1], ['B', open, 2])
    const sender = { by: alex, commandId: 'merge', at: after(hours(3)) }
    const absorb = { type: 'absorb', source: 'B', sourceCustomerId: 'camille' } as const
    await desk.execute('ticket', 'A', absorb, sender)
    await desk.execute('ticket', 'B', asks, { by: camille, at: after(hours(3.5)) })
    expect(await completeMerge(desk, 'B', 'A', { ...sender, at: after(hours(4)) })).toMatchObject({ ok: true })
    const { version } = await desk.read('ticket', 'A')
    expect(await merge(desk, 5)).toMatchObject({ ok: true, value: { repeated: true } })
    expect(await completeMerge(desk, 'B', 'A', { ...sender, at: after(days(2)) })).toMatchObject({ ok: true })
    expect((await desk.read('ticket', 'A')).version).toBe(version)
  })

  it('still has the question when it is merged into another one', async () => {
    const desk = await deskAfter(['A', open, 0], ['A', reply, 1], ['B', open, 2], ['C', open, 0], ['C', reply, 1])
    await merge(desk, 3)
    await desk.mergeTickets('A', 'C', { by: alex, at: after(hours(4)), commandId: 'on' })
    expect(await deadlines(desk, 'C')).toMatchObject({ next_response_warning: after(hours(5)) })
  })
})

describe('an update to the customer', () => {
  const promised = policyOf(levels({ name: 'all', update: '4h' }))

  it('is given up with the merged ticket, and runs on on the target', async () => {
    const desk = await deskUnder(promised, [
      ['A', open, 0],
      ['A', reply, 1],
      ['B', open, 2],
    ])
    await merge(desk, 3)
    expect(await deadlines(desk, 'B')).toEqual({})
    expect(await deadlines(desk, 'A')).toMatchObject({ update_warning: after(hours(4)) })
  })

  it('resumes when the merge ends a wait for the customer', async () => {
    const waits = { ...reply, then: 'waiting_customer' } as const
    const desk = await deskUnder(promised, [
      ['A', open, 0],
      ['A', waits, 1],
      ['B', open, 47],
    ])
    expect(await deadlines(desk, 'A')).not.toHaveProperty('update_warning')
    await merge(desk, 49)
    expect(await deadlines(desk, 'A')).toMatchObject({ update_warning: after(hours(52)) })
  })
})
