import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant, TicketState, TicketStatus } from '@guichet/domain'
import {
  configurationSchema,
  evolveTicket,
  isShownToCustomers,
  priorities,
  slaStates,
  slaTargets,
  ticketStatuses,
} from '@guichet/domain'
import type { Page, Slice, TimeRange } from '../reading/reader.ts'
import { createReader } from '../reading/reader.ts'
import type { SlaTargetFilter, SlaTargetRow } from '../sla/sla-query.ts'
import { ticketEventsIn } from '../streams/stream-folding.ts'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { Visibility } from '../visibility.ts'
import { ticketQueries } from './queries.ts'
import type { TicketFilter, TicketOrder, TicketRow } from './ticket-query.ts'
import { ticketRow } from './ticket-query.ts'

const by = { kind: 'agent', id: 'agent-1', name: 'Anne' } as const
const at = (minute: number): Instant => new Date(Date.UTC(2026, 2, 2, 9, minute)).toISOString() as Instant
const tags = ['vip', 'réseau', 'refund']
const agents = ['agent-1', 'agent-2', 'agent-3']
const centres: Readonly<Record<string, string>> = { 'agent-1': 'paris', 'agent-2': 'toronto' }
const categories = ['billing', 'billing/refund', 'billing-old', 'login']

const now = at(36)
const promising = configurationSchema.parse({
  teams: [{ name: 'supervisors' }, { name: 'dev' }],
  plans: ['gold'],
  categories: [{ name: 'billing', subcategories: [{ name: 'refund' }] }, { name: 'billing-old' }, { name: 'login' }],
  sla: {
    policies: [
      { name: 'high', applies: { priorities: ['high', 'urgent'] }, firstResponse: '25m', resolution: '1h' },
      { name: 'normal', applies: { priorities: ['normal'] }, resolution: '30m' },
      { name: 'rest', update: '300d' },
    ],
  },
})

/** Forty tickets with many ties: three per minute, few agents, few customers. Those of low priority have no targets. */
async function desk() {
  const desk = emptyDesk()
  await desk.execute('configuration', 'desk', { type: 'apply', configuration: promising }, { by, at: at(0) })
  for (const [id, centre] of Object.entries(centres)) {
    await desk.execute('agent', id, { type: 'register', profile: { name: id, centre } }, { by, at: at(0) })
  }
  for (let n = 0; n < 40; n++) {
    const id = `t-${String((n * 7) % 40)}`
    const sender = { by, at: at(Math.floor(n / 3)) }
    const priority = priorities[n % 4] ?? 'normal'
    const customer = { id: `c-${n % 3}` }
    await desk.execute('ticket', id, { type: 'open', subject: `Sujet ${n}`, body: 'x', customer, priority }, sender)
    if (n % 2) await desk.execute('ticket', id, { type: 'tag', tag: tags[n % 3] ?? 'vip' }, sender)
    if (n % 3)
      await desk.execute('ticket', id, { type: 'assign', assignee: { id: agents[n % 3] ?? 'agent-1' } }, sender)
    const category = categories[n % 5]
    if (category) await desk.execute('ticket', id, { type: 'categorize', category }, sender)
    if (n % 6 === 0) await desk.execute('ticket', id, { type: 'escalate', team: 'dev', reason: 'bug' }, sender)
    if (n % 9 === 1) await desk.execute('ticket', id, { type: 'escalate', level: 2, reason: 'hard' }, sender)
    if (n % 7 === 1) await desk.execute('ticket', id, { type: 'changePlan', plan: 'gold' }, sender)
    if (n % 4 === 1) await desk.execute('ticket', id, { type: 'agentReply', body: 'y', then: 'resolved' }, sender)
    if (n % 4 === 2) await desk.execute('ticket', id, { type: 'waitForCustomer' }, { by, at: at(30) })
    if (n % 8 === 3) await desk.execute('ticket', id, { type: 'close' }, sender)
    const writes = { by: { kind: 'customer', ...customer }, at: at(31 + (n % 2)) } as const
    if (n % 5 === 3) await desk.execute('ticket', id, { type: 'customerReply', body: 'Et ?' }, writes)
    if (n % 10 === 4) await desk.execute('ticket', id, { type: 'agentReply', body: 'Oui' }, { by, at: at(33) })
    if (n % 8 === 6) await desk.execute('ticket', id, { type: 'chase' }, { by, at: at(34) })
    if (n % 7 === 0) await desk.execute('ticket', id, { type: 'addNote', body: 'z' }, { by, at: at(35 - (n % 5)) })
  }
  return desk
}

let history: ProjectedHistory
let rows: TicketRow[]
let targets: ReadonlyMap<string, readonly SlaTargetRow[]>

beforeAll(async () => {
  const events = await historyOf(await desk())
  history = await projectHistory([events])
  const states = new Map<string, { version: number; state: TicketState; seen: Instant }>()
  for (const { id, envelope } of ticketEventsIn(events)) {
    const state = evolveTicket(states.get(id)?.state ?? { status: 'absent' }, envelope.event)
    const seen = isShownToCustomers(envelope) ? envelope.event.at : states.get(id)?.seen
    states.set(id, { version: envelope.version, state, seen: seen ?? at(0) })
  }
  rows = [...states].flatMap(([id, { version, state, seen }], index) =>
    state.status === 'absent' ? [] : [{ ...ticketRow(id, version, state, seen), number: index + 1 }],
  )
  targets = await history.models.sla.ofTickets([...states.keys()], now)
  const seen = new Set([...targets.values()].flatMap((each) => each.map(({ state }) => state)))
  expect([...seen].sort()).toEqual(['ACHIEVED', 'BREACHED', 'CANCELLED', 'PAUSED', 'PENDING'])
})
afterAll(() => history.drop())

const among = <T>(values: readonly T[] | undefined, value: T): boolean => !values || values.includes(value)

/** The filter's documentation, implemented in memory. */
function matches(filter: TicketFilter, row: TicketRow): boolean {
  return (
    (filter.and ?? []).every((each) => matches(each, row)) &&
    (!filter.or || filter.or.some((each) => matches(each, row))) &&
    (!filter.not || !matches(filter.not, row)) &&
    among(filter.status, row.status) &&
    among(filter.priority, row.priority) &&
    row.id.startsWith(filter.idPrefix ?? '') &&
    among(filter.assigneeId, row.assignee?.id ?? null) &&
    (!filter.tag || filter.tag.some((tag) => row.tags.includes(tag))) &&
    (!filter.category || filter.category.some((path) => isIn(path, row.category))) &&
    among(filter.plan, row.plan ?? null) &&
    among(filter.team, row.team ?? null) &&
    among(filter.level, row.level) &&
    among(filter.centre, centres[row.assignee?.id ?? ''] ?? null) &&
    among(filter.customerId, row.customer.id) &&
    (!filter.sla || targetsOf(row).some((each) => isAsked(filter.sla?.target ?? {}, each))) &&
    (filter.unread === undefined || filter.unread === (row.unreadSince !== undefined)) &&
    instants.every((each) => isDuring(row[each], filter[each]))
  )
}

const instants = [
  'openedAt',
  'updatedAt',
  'lastReplyAt',
  'lastCustomerReplyAt',
  'lastAgentReplyAt',
  'waitingSince',
  'customerWaitingSince',
  'unreadSince',
  'idleSince',
  'resolvedAt',
] as const satisfies readonly TicketOrder['by'][]

const isDuring = (at: Instant | undefined, range: TimeRange | undefined): boolean =>
  !range || (at !== undefined && at >= (range.from ?? '') && at < (range.to ?? '9'))

const isIn = (path: string | null, category: string | undefined): boolean =>
  path === null ? category === undefined : `${category}/`.startsWith(`${path}/`)

const targetsOf = ({ id }: TicketRow): readonly SlaTargetRow[] => targets.get(id) ?? []

const isAsked = ({ target, state, open, level, dueAt }: SlaTargetFilter, row: SlaTargetRow): boolean =>
  among(target, row.target) &&
  among(state, row.state) &&
  among(level, row.level) &&
  (open === undefined || row.open === open) &&
  (!dueAt || (row.dueAt !== undefined && row.dueAt >= (dueAt.from ?? '') && row.dueAt < (dueAt.to ?? '9')))

/** The target that is due next; 8 if its clock is paused, 9 and the opening if there is none. */
function nextDue(row: TicketRow): string {
  const dues = targetsOf(row).flatMap(({ open, dueAt }) => (open ? [dueAt ?? '8'] : []))
  return dues.sort()[0] ?? `9${row.openedAt}`
}

/** The tickets as a reader sees them: internal work does not change `updatedAt` for customers. */
const seenBy = (visibility: Visibility): TicketRow[] =>
  visibility === 'all' ? rows : rows.map((row) => ({ ...row, updatedAt: row.publicUpdatedAt }))

function sorted(filter: TicketFilter, { by, direction }: TicketOrder, visibility: Visibility): string[] {
  const key = (row: TicketRow): string => {
    if (by === 'priority') return String(priorities.indexOf(row.priority))
    if (by === 'due') return nextDue(row)
    return row[by === 'relevance' ? 'updatedAt' : by] ?? ''
  }
  const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)
  const inOrder = (found: readonly TicketRow[], keyOf: (row: TicketRow) => string): string[] => {
    const ids = found.toSorted((a, b) => compare(keyOf(a), keyOf(b)) || compare(a.id, b.id)).map(({ id }) => id)
    return direction === 'asc' ? ids : ids.reverse()
  }
  const found = seenBy(visibility).filter((row) => matches(filter, row))
  const without = found.filter((row) => by !== 'due' && key(row) === '')
  return [
    ...inOrder(
      found.filter((row) => !without.includes(row)),
      key,
    ),
    ...inOrder(without, ({ openedAt }) => openedAt),
  ]
}

const some = <T>(values: readonly T[]) => fc.option(fc.subarray([...values]), { nil: undefined })
const range = fc.option(
  fc.record({
    from: fc.option(fc.nat(40).map(at), { nil: undefined }),
    to: fc.option(fc.nat(40).map(at), { nil: undefined }),
  }),
  { nil: undefined },
)
const ranges = Object.fromEntries(instants.map((each) => [each, range])) as Record<
  (typeof instants)[number],
  typeof range
>
const { filter } = fc.letrec<{ filter: TicketFilter; leaf: TicketFilter }>((tie) => ({
  leaf: fc.record(
    {
      status: some(ticketStatuses),
      priority: some(priorities),
      assigneeId: some([null, ...agents]),
      idPrefix: fc.constantFrom(undefined, 't-1', 't-39', 't', 'u'),
      tag: some(tags),
      category: some([...categories, 'bill', 'other', null]),
      plan: some(['gold', null]),
      team: some(['dev', null]),
      level: some([1, 2, 3] as const),
      centre: some(['paris', 'toronto', null]),
      customerId: some(['c-0', 'c-1', 'nobody']),
      ...ranges,
      unread: fc.boolean(),
      sla: fc.record({
        target: fc.record(
          {
            target: some(slaTargets),
            state: some(slaStates),
            open: fc.boolean(),
            level: some([1, 2] as const),
            dueAt: fc.record({ from: fc.nat(60).map(at), to: fc.nat(99).map(at) }, { requiredKeys: [] }),
          },
          { requiredKeys: [] },
        ),
        now: fc.constant(now),
      }),
    },
    { requiredKeys: [] },
  ),
  filter: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'filter' },
    tie('leaf'),
    fc.record(
      {
        and: fc.array(tie('filter'), { maxLength: 2, depthIdentifier: 'filter' }),
        or: fc.array(tie('filter'), { maxLength: 3, depthIdentifier: 'filter' }),
        not: tie('filter'),
        status: some(ticketStatuses),
      },
      { requiredKeys: [] },
    ),
  ),
}))
const order: fc.Arbitrary<TicketOrder> = fc.record({
  by: fc.constantFrom(...instants, 'priority', 'relevance', 'due'),
  direction: fc.constantFrom('asc', 'desc'),
})

/** Reads page after page until there are no more, and checks `hasPrevious` and `hasNext` of each. */
async function walk(read: (page: Page) => Promise<Slice<TicketRow>>, limit: number, backward: boolean) {
  const found: string[] = []
  let page: Page = { limit, backward }
  for (;;) {
    const slice = await read(page)
    const ids = slice.rows.map(({ row }) => row.id)
    expect(backward ? slice.hasNext : slice.hasPrevious).toBe(found.length > 0)
    if (backward) found.unshift(...ids)
    else found.push(...ids)
    const keyset = (backward ? slice.rows[0] : slice.rows.at(-1))?.keyset
    if (!(backward ? slice.hasPrevious : slice.hasNext) || !keyset) return found
    page = backward ? { limit, backward, before: keyset } : { limit, after: keyset }
  }
}

describe('the list of tickets', () => {
  it('lists each ticket that matches a filter once, in order, from either end', async () => {
    await fc.assert(
      fc.asyncProperty(
        filter,
        order,
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        fc.constantFrom<Visibility>('all', 'public'),
        async (filter, order, limit, backward, visibility) => {
          const read = (page: Page) => history.models.tickets.list(filter, order, page, visibility)
          expect(await walk(read, limit, backward)).toEqual(sorted(filter, order, visibility))
        },
      ),
      { numRuns: 250 },
    )
  })

  it('lists the same when many tickets have targets', async () => {
    const tickets = ticketQueries(createReader(history.pool), { few: 2, walk: 4 })
    const sla = { target: { open: true }, now }
    await fc.assert(
      fc.asyncProperty(
        filter,
        order,
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (asked, by, limit, backward) => {
          const filter = { and: [asked, { sla }] }
          const read = (page: Page) => tickets.list(filter, by, page, 'all')
          expect(await walk(read, limit, backward)).toEqual(sorted(filter, by, 'all'))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('counts the tickets of a filter, up to a bound, except by the words of a search', async () => {
    const tickets = ticketQueries(createReader(history.pool), { few: 2, walk: 4 })
    await fc.assert(
      fc.asyncProperty(filter, fc.integer({ min: 1, max: 50 }), async (asked, most) => {
        const matching = sorted(asked, { by: 'openedAt', direction: 'asc' }, 'all').length
        expect(await tickets.count(asked, most, 'all')).toBe(Math.min(matching, most))
        expect(await history.models.tickets.count(asked, most, 'all')).toBe(Math.min(matching, most))
      }),
      { numRuns: 100 },
    )
    expect(await tickets.count({ not: { search: 'sujet' } }, 50, 'all')).toBeUndefined()
  })

  it('knows tickets of every kind that a work list asks for', () => {
    for (const each of instants) expect(new Set(rows.map((row) => row[each])).size, each).toBeGreaterThan(1)
    expect(
      rows.filter(({ status, waitingSince }) => status === 'waiting_customer' && waitingSince === at(30)),
    ).not.toEqual([])
  })

  it('cuts a page between two places', async () => {
    const order: TicketOrder = { by: 'openedAt', direction: 'desc' }
    const all = await history.models.tickets.list({}, order, { limit: 100 }, 'all')
    const bounds = { after: all.rows[4]?.keyset, before: all.rows[9]?.keyset }
    const between = await history.models.tickets.list({}, order, { limit: 10, ...bounds }, 'all')
    expect(between.rows).toEqual(all.rows.slice(5, 9))
    expect(between).toMatchObject({ hasPrevious: true, hasNext: true })
  })

  it('refuses a place of another order', async () => {
    const page = { limit: 5, after: { value: '0/3', id: 't-1' } }
    await expect(history.models.tickets.list({}, { by: 'openedAt', direction: 'asc' }, page, 'all')).rejects.toThrow(
      RangeError,
    )
  })

  it('counts tickets by status without reading them', async () => {
    const counted = Object.fromEntries(
      ticketStatuses.map((status): [TicketStatus, number] => [
        status,
        rows.filter((row) => row.status === status).length,
      ]),
    )
    expect(await history.models.tickets.counters()).toEqual({ ...counted, total: 40 })
  })

  it('finds tickets by id in the requested order', async () => {
    const found = await history.models.tickets.byIds(['t-3', 'unknown', 't-1'])
    expect(found).toEqual([rows.find(({ id }) => id === 't-3'), undefined, rows.find(({ id }) => id === 't-1')])
  })

  it('numbers tickets in the order in which they were opened, and finds them by number', async () => {
    const order = [...Array(40).keys()].map((n) => [n + 1, `t-${(n * 7) % 40}`] as const)
    expect(await history.models.tickets.idsByNumber([...order.map(([number]) => number), 41, 0, -1])).toEqual(
      new Map(order),
    )
  })

  it.each([
    ['#3', { by: 'updatedAt', direction: 'desc' }, 't-14'],
    ['3', { by: 'relevance', direction: 'desc' }, 't-14'],
    [' #40 ', { by: 'openedAt', direction: 'asc' }, 't-33'],
  ] as const)(
    'finds the ticket with the number that %j searches for first, and others with that word',
    async (search, order, first) => {
      const read = (page: Page) => history.models.tickets.list({ search }, order, page, 'all')
      const found = await walk(read, 2, false)
      expect(found[0]).toBe(first)
      expect(new Set(found).size).toBe(found.length)
      expect(await walk(read, 3, true)).toEqual(found)
      const word = rows.find(({ subject }) => subject === `Sujet ${search.replaceAll(/\D/g, '')}`)?.id
      expect(found.includes(word ?? first)).toBe(true)
    },
  )

  it.each([
    ['Ticket #12', 't-37', 't-12', 't-4'],
    ['#12 Sujet', 't-37', 't-12', 't-4'],
    ['[#12] sujet', 't-37'],
    ['Sujet (#40)', 't-33'],
    ['sujet #3, #40', 't-33', 't-14'],
  ] as const)(
    'finds for %j the tickets of its numbers first, then those with the other words',
    async (search, ...ids) => {
      for (const by of ['relevance', 'updatedAt', 'priority', 'due'] as const) {
        const read = (page: Page) => history.models.tickets.list({ search }, { by, direction: 'desc' }, page, 'all')
        const found = await walk(read, 7, false)
        expect(found.slice(0, by === 'relevance' ? ids.length : 1)).toEqual(by === 'relevance' ? ids : ids.slice(0, 1))
        expect(found.toSorted()).toEqual(/sujet/i.test(search) ? rows.map(({ id }) => id).toSorted() : ids.toSorted())
        expect(await walk(read, 3, true)).toEqual(found)
      }
      const order = { by: 'relevance', direction: 'asc' } as const
      const reversed = await walk((page: Page) => history.models.tickets.list({ search }, order, page, 'all'), 7, false)
      expect(reversed).toHaveLength(/sujet/i.test(search) ? 40 : ids.length)
    },
  )

  it.each(['sujet A#12', 'sujet #012', 'sujet #12a', 'sujet ##12', 'sujet #1234567890', 'sujet 12'])(
    'takes no part of %j as a number of a ticket',
    async (search) => {
      const order = { by: 'relevance', direction: 'desc' } as const
      const { rows: found } = await history.models.tickets.list({ search }, order, { limit: 50 }, 'all')
      expect(found.map(({ row }) => row.id)).not.toContain('t-37')
    },
  )

  it('finds a ticket by its number only if it matches the rest of the filter', async () => {
    const numbered = (filter: TicketFilter) =>
      history.models.tickets.list(filter, { by: 'openedAt', direction: 'asc' }, { limit: 9 }, 'public')
    const customer = rows[2]?.customer.id ?? ''
    const ids = async (filter: TicketFilter) => (await numbered(filter)).rows.map(({ row }) => row.id)
    expect(await ids({ and: [{ search: '#3' }, { customerId: [customer] }] })).toContain('t-14')
    expect(await ids({ and: [{ search: '#3' }, { customerId: ['c-9'] }] })).toEqual([])
  })
})
