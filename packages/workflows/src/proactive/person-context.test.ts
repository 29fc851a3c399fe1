import { describe, expect, it } from 'vitest'
import type { Desk } from '@guichet/domain'
import { days, hours, later, StreamDeleted } from '@guichet/domain'
import { deskAround, deskInMemory, monday } from '@guichet/domain/testing'
import type { ReadModels, TicketRow } from '@guichet/projections'
import { ticketRow } from '@guichet/projections'
import type { PersonReader } from './person-context.ts'
import { personReader } from './person-context.ts'

const ana = { kind: 'agent', id: 'ana' } as const
const visitor = 'visitor-3f2504e0-4f89-41d3-9a0c-0305e82c3301'
const nothing = { rows: [], hasNext: false, hasPrevious: false }
const keyset = { value: '', id: '' }

type Ticket = Pick<TicketRow, 'id' | 'openedAt' | 'status' | 'mergedInto'>

const readerOf = (
  desk: Desk,
  merged: readonly string[] = [],
  own: readonly Ticket[] = [],
  others: readonly Ticket[] = [],
): PersonReader =>
  personReader(
    desk,
    {
      customers: {
        withMerged: async (id) => [id, ...merged],
        organisationOf: async () => undefined,
        membersOf: async () => [],
      },
      tickets: {
        list: async () => ({ ...nothing, rows: own.map((row) => ({ row: row as TicketRow, keyset })) }),
        byIds: async (ids) => ids.map((id) => others.find((ticket) => ticket.id === id) as TicketRow | undefined),
      },
    },
    async () => true,
  )

describe('a person who is analysed', () => {
  it('is the customer who survives their merges, with what is recorded of that one', async () => {
    const desk = deskInMemory()
    const register = { type: 'register', plan: 'premium', language: 'en' } as const
    await desk.execute('customer', 'zoe', register, { by: ana })
    await desk.execute('customer', 'z2', { type: 'register' }, { by: ana })
    expect(await desk.mergeCustomers('z2', 'zoe', { by: ana })).toMatchObject({ ok: true })
    const zoe = { id: 'zoe', ids: ['zoe', 'z2'], plan: 'premium', language: 'en', timeZone: undefined }
    expect(await readerOf(desk, ['z2']).identify('zoe')).toEqual(zoe)
    expect(await readerOf(desk, ['z2']).identify('z2')).toEqual(zoe)
  })

  it('has the plan of their organisation where they have none, as their tickets do', async () => {
    const desk = deskInMemory()
    await desk.execute('organisation', 'acme', { type: 'register', name: 'Acme', plan: 'gold' }, { by: ana })
    await desk.execute('customer', 'zoe', { type: 'register', organisationId: 'acme' }, { by: ana })
    await desk.execute('customer', 'max', { type: 'register', organisationId: 'acme', plan: 'silver' }, { by: ana })
    const planOf = async (id: string) => (await readerOf(desk).identify(id))?.plan
    expect([await planOf('zoe'), await planOf('max'), await planOf('eve')]).toEqual(['gold', 'silver', undefined])
    const deleted = deskAround(desk, (entry) => ({
      readRecent: async (...given) => {
        if (given[0] === 'organisation') throw new StreamDeleted('organisation-acme')
        return entry.readRecent(...given)
      },
    }))
    expect(await readerOf(deleted).identify('zoe')).toMatchObject({ id: 'zoe', plan: undefined })
  })

  it('keeps the id under which they came while the read model is behind', async () => {
    const desk = deskInMemory()
    await desk.execute('customer', 'zoe', { type: 'register' }, { by: ana })
    expect(await desk.claimVisitor(visitor, { customer: { id: 'zoe' } })).toMatchObject({ ok: true })
    expect(await readerOf(desk).identify(visitor)).toMatchObject({ id: 'zoe', ids: ['zoe', visitor] })
  })

  it('is somebody of whom nothing is recorded, and nobody once their record is deleted', async () => {
    const desk = deskInMemory()
    expect(await readerOf(desk).identify('max')).toMatchObject({ id: 'max', ids: ['max'], plan: undefined })
    const deleted = deskAround(desk, () => ({ readRecent: () => Promise.reject(new StreamDeleted('customer-max')) }))
    expect(await readerOf(deleted).identify('max')).toBeUndefined()
  })

  it('is nobody while they are blocked', async () => {
    const desk = deskInMemory()
    await desk.execute('customer', 'zoe', { type: 'register' }, { by: ana })
    expect(await desk.execute('customer', 'zoe', { type: 'block', reason: 'spam' }, { by: ana })).toMatchObject({
      ok: true,
    })
    expect(await readerOf(desk).identify('zoe')).toBeUndefined()
  })

  it('has no tickets and no colleagues where the desk has none', async () => {
    const max = { id: 'max', ids: ['max'] }
    const reader = readerOf(deskInMemory())
    expect([await reader.ticketsOf(max, monday), await reader.colleaguesOf(max)]).toEqual([[], []])
  })

  it('has an open ticket where one was merged into another that is open, over any number of merges', async () => {
    const ticket = (id: string, status: Ticket['status'], mergedInto?: string): Ticket => ({
      id,
      openedAt: later(monday, -hours(3)),
      status,
      mergedInto,
    })
    const own = [
      ticket('t1', 'closed', 't4'),
      ticket('t2', 'closed', 't5'),
      ticket('t3', 'closed'),
      ticket('t6', 'new'),
      ticket('t7', 'closed', 'unknown'),
    ]
    const others = [ticket('t4', 'closed', 't8'), ticket('t5', 'resolved'), ticket('t8', 'in_progress')]
    const tickets = await readerOf(deskInMemory(), [], own, others).ticketsOf({ id: 'max' }, monday)
    expect(tickets.map(({ isOpen }) => isOpen)).toEqual([true, false, false, true, false])
    expect(new Set(tickets.map(({ openedAt }) => openedAt))).toEqual(new Set([later(monday, -hours(3))]))
  })

  it('has the tickets of thirty days, open or not, and the other members of their organisation', async () => {
    const desk = deskInMemory()
    const zoe = { kind: 'customer', id: 'zoe' } as const
    for (const id of ['new', 'resolved', 'closed'])
      await desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'zoe' } }, { by: zoe })
    await desk.execute('ticket', 'resolved', { type: 'resolve' }, { by: ana })
    await desk.execute('ticket', 'closed', { type: 'markSpam' }, { by: ana })
    const ticket = async (id: string) => {
      const { state, version } = await desk.read('ticket', id)
      if (state.status === 'absent') throw new Error(`there is no ticket ${id}`)
      return ticketRow(id, version, state, state.updatedAt)
    }
    const drafted = { ...(await ticket('new')), id: 'drafted', draft: { customerId: 'zoe', number: 1 } }
    const opened = [await ticket('new'), await ticket('resolved'), await ticket('closed'), drafted]
    const asked: unknown[] = []
    const customers: Pick<ReadModels['customers'], 'withMerged' | 'organisationOf' | 'membersOf'> = {
      withMerged: async (id) => [id],
      organisationOf: async (id) => (id === 'zoe' ? 'acme' : undefined),
      membersOf: async (organisationId) => {
        asked.push(organisationId)
        return ['zoe', 'z2', 'max']
      },
    }
    const tickets: Pick<ReadModels['tickets'], 'list' | 'byIds'> = {
      list: async (filter) => {
        asked.push(filter)
        return { ...nothing, rows: opened.map((row) => ({ row, keyset })) }
      },
      byIds: async () => [],
    }
    const reader = personReader(desk, { customers, tickets }, async () => true)
    expect(await reader.ticketsOf({ id: 'zoe' }, monday)).toEqual([
      { id: 'new', openedAt: monday, isOpen: true, isFromDraft: false },
      { id: 'resolved', openedAt: monday, isOpen: false, isFromDraft: false },
      { id: 'closed', openedAt: monday, isOpen: false, isFromDraft: false },
      { id: 'drafted', openedAt: monday, isOpen: true, isFromDraft: true },
    ])
    expect(await reader.colleaguesOf({ id: 'zoe', ids: ['zoe', 'z2'] })).toEqual(['max'])
    const since = later(monday, -days(30))
    const open = ['new', 'in_progress', 'waiting_customer']
    expect(asked).toEqual([{ person: ['zoe'], or: [{ openedAt: { from: since } }, { status: open }] }, 'acme'])
  })
})
