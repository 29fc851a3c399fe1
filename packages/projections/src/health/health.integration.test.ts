import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Desk, HealthSettings, HealthSignal, HealthTerm, Instant, TicketCommandInput } from '@guichet/domain'
import {
  chatActor,
  clockActor,
  configurationSchema,
  days,
  healthSettingsOf,
  healthTrend,
  hours,
  instant,
  isHoldout,
  later,
  minutes,
  organisationSize,
  suspectCommand,
  ticketDeadlines,
} from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import { inBatches } from '../testing/harness.ts'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const monday = instant('2026-03-02T09:00:00Z')
const on = (day: number): Instant => later(monday, days(day))
const ana = { by: { kind: 'agent', id: 'ana', name: 'Ana' } } as const
const engine = { by: { kind: 'system', id: 'proactive' } } as const
const settings = healthSettingsOf(undefined)

const suspicion = exampleSuspicion()
const text = { subject: 'An error that comes back', body: 'Since noon.', language: 'en' }

/** Customers whose drafts are not in the holdout: their ids decide it. */
const [zoe = '', max = '', eve = ''] = ['zoe', 'max', 'eve', 'ida', 'joe', 'lea'].filter(
  (id) => !isHoldout(id, suspicion.fingerprint, 0.05),
)

async function deskWith(...customerIds: readonly string[]): Promise<Desk> {
  const desk = emptyDesk()
  const policies = [{ name: 'all', firstResponse: '4h', resolution: '20d' }]
  const configuration = configurationSchema.parse({ sla: { policies } })
  const at = on(-1)
  await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { ...ana, at })
  await desk.execute('organisation', 'acme', { type: 'register', name: 'ACME' }, { ...ana, at })
  for (const id of customerIds) {
    const register = { type: 'register', name: id, organisationId: 'acme' } as const
    await desk.execute('customer', id, register, { ...ana, at })
  }
  return desk
}

const open = (desk: Desk, id: string, customerId: string, at: Instant) =>
  desk.execute(
    'ticket',
    id,
    { type: 'open', subject: 'Help', body: 'It is broken.', customer: { id: customerId } },
    { by: { kind: 'customer', id: customerId }, at },
  )

async function act(desk: Desk, id: string, command: TicketCommandInput, at: Instant): Promise<void> {
  await desk.execute('ticket', id, command, { ...ana, at })
}

/** Fires what has fallen due: some of it causes more. */
async function fireDue(desk: Desk, id: string, at: Instant): Promise<void> {
  for (let times = 1; times <= 5; times++) {
    const { state } = await desk.read('ticket', id)
    const [due] = ticketDeadlines(state, desk.timeline)
    if (!due || due.dueAt > at) return
    await desk.execute('ticket', id, { type: 'fire', ...due }, { by: clockActor, at })
  }
}

const suspect = (desk: Desk, customerId: string, at: Instant) =>
  desk.engine.execute('draft', customerId, suspectCommand(suspicion, 'rules', text), { ...engine, at })

async function projected(desk: Desk, run: (history: ProjectedHistory) => Promise<void>): Promise<void> {
  const history = await projectHistory([])
  try {
    for (const event of await historyOf(desk)) {
      await history.project([[event]])
      history.restart()
    }
    await run(history)
  } finally {
    await history.drop()
  }
}

it('takes points for what has happened to a customer, and gives them back as it passes', async () => {
  const desk = await deskWith(zoe, max)
  await open(desk, 'late', zoe, on(0))
  await fireDue(desk, 'late', on(0.5))
  await act(desk, 'late', { type: 'agentReply', body: 'We look at it.', then: 'resolved' }, on(3))
  await act(desk, 'late', { type: 'reopen' }, on(4))
  await act(desk, 'late', { type: 'resolve' }, on(4))
  await open(desk, 'spam', zoe, on(5))
  await act(desk, 'spam', { type: 'markSpam' }, on(6))
  await suspect(desk, zoe, on(10))
  await projected(desk, async ({ models: { health } }) => {
    const at = async (day: number) => {
      const { score, reasons } = await health.ofCustomer(zoe, on(day), settings)
      return [score, ...reasons.map(({ term, count }) => `${count} ${term}`)]
    }
    expect(await at(0)).toEqual([95, '1 tickets'])
    expect(await at(2)).toEqual([82, '1 tickets', '1 breaches', '1 waits'])
    expect(await at(4.5)).toEqual([84, '1 tickets', '1 breaches', '1 reopenings'])
    expect(await at(5.5)).toEqual([72, '2 tickets', '2 breaches', '1 reopenings'])
    expect(await at(11)).toEqual([79, '1 tickets', '1 breaches', '1 reopenings', '1 suspicions'])
    expect(await at(33)).toEqual([90, '1 reopenings', '1 suspicions'])
    expect(await at(60)).toEqual([100])
    expect(await health.ofCustomer(zoe, on(11), settings)).toMatchObject({ sevenDaysAgo: 84, thirtyDaysAgo: 100 })
    const { reasons } = await health.ofCustomer(zoe, on(11), settings)
    expect(reasons.map(({ evidence }) => evidence)).toEqual([['late'], ['late'], ['late'], [`1~${zoe}`]])
    expect(await health.ofCustomer(max, on(11), settings)).toMatchObject({ score: 100, reasons: [] })
  })
})

it('counts nothing of a ticket that is none of its customer’s, until it is one again', async () => {
  const desk = await deskWith(zoe, max, eve)
  await open(desk, 'late', zoe, on(0))
  await fireDue(desk, 'late', on(0.5))
  await act(desk, 'late', { type: 'agentReply', body: 'We look at it.', then: 'resolved' }, on(3))
  await act(desk, 'late', { type: 'reopen' }, on(4))
  await act(desk, 'late', { type: 'close', reason: 'duplicate' }, on(5))
  await act(desk, 'late', { type: 'reopen' }, on(6))
  await open(desk, 'resolved', max, on(0))
  await act(desk, 'resolved', { type: 'agentReply', body: 'Buy now.', then: 'resolved' }, on(0.1))
  await act(desk, 'resolved', { type: 'markSpam' }, on(1))
  for (const id of ['one', 'same']) await open(desk, id, eve, on(0))
  expect(await desk.mergeTickets('same', 'one', { ...ana, at: on(1), commandId: 'merge' })).toMatchObject({ ok: true })
  await projected(desk, async ({ models: { health } }) => {
    const at = async (id: string, day: number) =>
      (await health.ofCustomer(id, on(day), settings)).reasons.map(({ term, count }) => `${count} ${term}`)
    expect(await at(zoe, 4.5)).toEqual(['1 tickets', '1 breaches', '1 reopenings'])
    expect(await at(max, 0.5)).toEqual(['1 tickets'])
    expect(await at(max, 2)).toEqual([])
    expect(await at(eve, 0.5)).toEqual(['2 tickets', '2 breaches'])
    expect(await at(eve, 2)).toEqual(['1 tickets', '1 breaches', '1 waits'])
    expect(await at(zoe, 6.5)).toEqual(['1 tickets', '1 breaches', '2 reopenings'])
  })
})

it('ends what a ticket has met with the ticket itself, when it is left out', async () => {
  const desk = await deskWith(zoe)
  await open(desk, 'late', zoe, on(0))
  await fireDue(desk, 'late', on(0.5))
  await act(desk, 'late', { type: 'resolve' }, on(1))
  await act(desk, 'late', { type: 'reopen' }, on(2))
  await act(desk, 'late', { type: 'markSpam' }, on(3))
  await projected(desk, async ({ models: { health } }) => {
    const scoreAt = async (day: number) => (await health.ofCustomer(zoe, on(day), settings)).score
    expect([await scoreAt(2.5), await scoreAt(3)]).toEqual([77, 100])
  })
})

it('names twenty cases at most, the latest', async () => {
  const desk = await deskWith(zoe)
  const ids = Array.from({ length: 22 }, (_, index) => `ticket-${index}`)
  for (const [index, id] of ids.entries()) await open(desk, id, zoe, later(on(0), minutes(index)))
  await projected(desk, async ({ models: { health } }) => {
    const [reason] = (await health.ofOrganisation('acme', on(0.5), settings)).reasons
    expect(reason).toMatchObject({ term: 'tickets', count: 22, evidence: ids.slice(2).toReversed() })
  })
})

it('ends suspected trouble that has become a ticket, or that is none', async () => {
  const desk = await deskWith(zoe, max, eve)
  for (const id of [zoe, max, eve]) await suspect(desk, id, on(0))
  const customer = (id: string) => ({ by: { kind: 'customer', id } as const, at: on(1) })
  await desk.execute('draft', zoe, { type: 'open', number: 1, ticketId: 'a-ticket' }, customer(zoe))
  await desk.execute('draft', max, { type: 'dismiss', number: 1 }, customer(max))
  await projected(desk, async ({ models: { health } }) => {
    const scores = async (day: number) =>
      Promise.all([zoe, max, eve].map(async (id) => (await health.ofCustomer(id, on(day), settings)).score))
    expect(await scores(0.5)).toEqual([95, 95, 95])
    expect(await scores(2)).toEqual([100, 100, 95])
  })
})

it('counts suspected trouble again when the desk refuses the ticket of its draft', async () => {
  const desk = await deskWith(zoe)
  await suspect(desk, zoe, on(0))
  const block = await desk.execute('customer', zoe, { type: 'block', reason: 'abuse' }, { ...ana, at: on(0.5) })
  expect(block).toMatchObject({ ok: true })
  const sender = { by: { kind: 'customer', id: zoe } as const, at: on(1), commandId: 'open-1' }
  expect(await desk.openDraft(zoe, { number: 1, ticketId: 'refused' }, sender)).toMatchObject({ ok: false })
  const { drafts } = (await desk.read('draft', zoe)).state
  expect(drafts).toMatchObject([{ status: 'opened', ticket: { isOpen: false, outcome: 'refused' } }])
  await projected(desk, async ({ models: { health } }) => {
    expect(await health.ofCustomer(zoe, on(2), settings)).toMatchObject({
      score: 95,
      reasons: [{ term: 'suspicions' }],
    })
  })
})

it('counts the low rating of a visitor for the customer whom they turn out to be', async () => {
  const desk = await deskWith(zoe)
  const visitor = { by: { kind: 'customer', id: 'visitor-1' } } as const
  expect(await desk.startChat('chat', { customer: { id: 'visitor-1' } }, visitor)).toMatchObject({ ok: true })
  expect(await desk.execute('chat', 'chat', { type: 'end' }, visitor)).toMatchObject({ ok: true })
  expect(await desk.execute('chat', 'chat', { type: 'rate', rating: 1 }, visitor)).toMatchObject({ ok: true })
  const identify = { type: 'identify', visitorId: 'visitor-1', customer: { id: zoe } } as const
  expect(await desk.engine.execute('chat', 'chat', identify, { by: chatActor })).toMatchObject({ ok: true })
  await projected(desk, async ({ models: { health }, rows }) => {
    expect((await rows())['health_signal']).toMatchObject([{ term: 'ratings', customer_id: zoe, rating: 1 }])
    const at = later(desk.now(), hours(1))
    expect((await health.ofCustomer(zoe, at, settings)).reasons).toMatchObject([
      { term: 'ratings', count: 1, evidence: ['chat'] },
    ])
    const unfeeling = { ...settings, terms: { ...settings.terms, ratings: { points: 0, limit: 1 } } }
    expect((await health.ofCustomer(zoe, at, unfeeling)).score).toBe(100)
  })
})

it('counts the trouble of a visitor for the customer whom they turn out to be', async () => {
  const desk = await deskWith(zoe)
  const ids = ['visitor-1', 'visitor-2', 'visitor-3', 'visitor-4']
  const visitorId = ids.find((id) => !isHoldout(id, suspicion.fingerprint, 0.05)) ?? ''
  await suspect(desk, visitorId, on(0))
  expect(await desk.claimVisitor(visitorId, { customer: { id: zoe } })).toMatchObject({ ok: true })
  await projected(desk, async ({ models: { health } }) => {
    const { reasons } = await health.ofCustomer(zoe, on(1), settings)
    expect(reasons).toMatchObject([{ term: 'suspicions', count: 1, evidence: [`1~${visitorId}`] }])
    const measure = { at: on(1), settings: { ...settings, atRisk: 99 } }
    const { rows } = await health.atRisk({ of: 'customers' }, measure, { limit: 9 })
    expect(rows.map(({ row }) => row.id)).toEqual([zoe])
  })
})

it('counts no trouble whose draft is in the holdout', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `customer-${index}`)
  const customerId = ids.find((id) => isHoldout(id, suspicion.fingerprint, 0.05))
  if (customerId === undefined) throw new Error('none of the customers is in the holdout')
  const desk = await deskWith(customerId, zoe)
  for (const each of [customerId, zoe]) await suspect(desk, each, on(0))
  await projected(desk, async ({ models: { health } }) => {
    expect(await health.ofCustomer(customerId, on(1), settings)).toMatchObject({ score: 100, reasons: [] })
    const measure = { at: on(1), settings: { ...settings, atRisk: 99 } }
    const { rows } = await health.atRisk({ of: 'customers' }, measure, { limit: 9 })
    expect(rows.map(({ row }) => row.id)).toEqual([zoe])
  })
})

type Act = { readonly customer: number; readonly ticket: number; readonly kind: number; readonly pause: number }

const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.record({
    customer: fc.nat(2),
    ticket: fc.nat(3),
    kind: fc.nat(11),
    pause: fc.integer({ min: 0, max: 72 }),
  }),
  { minLength: 10, maxLength: 40 },
)

async function carryOut(all: readonly Act[]): Promise<{ readonly desk: Desk; readonly end: Instant }> {
  const desk = await deskWith(zoe, max, eve)
  let at = monday
  for (const [index, { customer, ticket, kind, pause }] of all.entries()) {
    at = later(at, hours(pause))
    const customerId = [zoe, max, eve][customer] ?? zoe
    const id = `${customerId}-${ticket}`
    const theirs = { by: { kind: 'customer', id: customerId } as const, at }
    const each = [
      () => open(desk, id, customerId, at),
      () => open(desk, id, customerId, at),
      () => desk.execute('ticket', id, { type: 'customerReply', body: 'And now?' }, theirs),
      () => act(desk, id, { type: 'agentReply', body: 'We look at it.' }, at),
      () => act(desk, id, { type: 'resolve' }, at),
      () => act(desk, id, { type: 'markSpam' }, at),
      () => fireDue(desk, id, at),
      () => suspect(desk, customerId, at),
      () => desk.execute('draft', customerId, { type: 'dismiss', number: 1 }, theirs),
      () => act(desk, id, { type: 'reopen' }, at),
      () => act(desk, id, { type: 'close', reason: 'duplicate' }, at),
      () => desk.mergeTickets(id, `${customerId}-${(ticket + 1) % 4}`, { ...ana, at, commandId: `merge-${index}` }),
    ]
    await each[kind]?.()
  }
  return { desk, end: at }
}

/** The tickets that are spam, duplicates, or merged into others. */
async function leftOutOf(desk: Desk): Promise<ReadonlySet<string>> {
  const ids = [zoe, max, eve].flatMap((customerId) => [0, 1, 2, 3].map((ticket) => `${customerId}-${ticket}`))
  const leftOut = new Set<string>()
  for (const id of ids) {
    const { state } = await desk.read('ticket', id)
    if (state.status !== 'closed') continue
    if (['spam', 'duplicate', 'merged'].includes(state.closed?.reason ?? '')) leftOut.add(id)
  }
  return leftOut
}

type StoredSignal = {
  readonly term: HealthTerm
  readonly source: string
  readonly customer_id: string
  readonly at: string
  readonly until: string | null
  readonly rating: number | null
}

/** The stored cases, as the domain has them. */
const storedIn = async (history: ProjectedHistory): Promise<readonly StoredSignal[]> =>
  (await history.rows())['health_signal'] as readonly StoredSignal[]

const toSignal = ({ term, source, at, until, rating }: StoredSignal): HealthSignal => ({
  term,
  source,
  at: instant(new Date(at)),
  until: until === null ? undefined : instant(new Date(until)),
  rating: rating ?? undefined,
})

const anySettings: fc.Arbitrary<HealthSettings> = fc
  .record({ points: fc.integer({ min: 1, max: 16 }), limit: fc.integer({ min: 1, max: 4 }), atRisk: fc.nat(99) })
  .map(({ points, limit, atRisk }) => {
    const terms = Object.fromEntries(Object.keys(settings.terms).map((term) => [term, { points, limit }]))
    const health = { terms, atRisk, alertStep: 5, membersPerCustomer: 2, within: days(20) }
    return configurationSchema.parse({ proactive: { health } }).proactive.health
  })

it('has the rows of a history however it is cut', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(acts, sizes, async (all, cuts) => {
      const events = await historyOf((await carryOut(all)).desk)
      const [whole, cut] = [await projectHistory([events]), await projectHistory([])]
      try {
        for (const batch of inBatches(events, cuts)) {
          await cut.project([batch])
          if (batch.length % 2 === 0) cut.restart()
        }
        expect(await storedIn(cut)).toEqual(await storedIn(whole))
      } finally {
        await whole.drop()
        await cut.drop()
      }
    }),
    { numRuns: 8, endOnFailure: true },
  )
})

it('counts what happened on tickets exactly as long as they are their customers’', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (all) => {
      const { desk } = await carryOut(all)
      const leftOut = await leftOutOf(desk)
      const history = await projectHistory([await historyOf(desk)])
      try {
        const terms: readonly HealthTerm[] = ['tickets', 'breaches', 'reopenings']
        for (const { term, source, until } of await storedIn(history))
          if (terms.includes(term)) expect(`${source} ${until === null}`).toBe(`${source} ${!leftOut.has(source)}`)
      } finally {
        await history.drop()
      }
    }),
    { numRuns: 8, endOnFailure: true },
  )
})

it('measures, lists, counts and finds falls by the scores that the domain gives', async () => {
  await fc.assert(
    fc.asyncProperty(acts, anySettings, fc.nat(40), fc.boolean(), async (all, measured, wait, isMerged) => {
      const { desk, end } = await carryOut(all)
      if (isMerged) await desk.mergeCustomers(eve, zoe, { ...ana, commandId: 'm' })
      const history = await projectHistory([await historyOf(desk)])
      try {
        const { health } = history.models
        const at = later(end, days(wait))
        const measure = { at, settings: measured }
        const customers = isMerged ? [zoe, max] : [zoe, max, eve]
        const stored = await storedIn(history)
        const signalsOf = (id: string): readonly HealthSignal[] =>
          stored.filter(({ customer_id }) => (isMerged && customer_id === eve ? zoe : customer_id) === id).map(toSignal)
        const trends = customers.map((id) => ({ id, ...healthTrend(signalsOf(id), at, measured) }))
        const size = organisationSize(customers.length, measured)
        const acme = { id: 'acme', ...healthTrend(stored.map(toSignal), at, measured, size) }
        for (const { id, ...trend } of trends) expect(await health.ofCustomer(id, at, measured)).toEqual(trend)
        expect({ id: 'acme', ...(await health.ofOrganisation('acme', at, measured)) }).toEqual(acme)

        const atRisk = (each: typeof trends) =>
          each
            .map(({ id, score }) => ({ id, score }))
            .filter(({ score }) => score <= measured.atRisk)
            .sort((one, other) => one.score - other.score || (one.id < other.id ? -1 : 1))
        const listed = async (filter: Parameters<typeof health.atRisk>[0]) =>
          (await health.atRisk(filter, measure, { limit: 10 })).rows.map(({ row }) => row)
        const expected = atRisk(trends)
        expect(await listed({ of: 'customers' })).toEqual(expected)
        expect(await listed({ of: 'customers', organisationId: 'acme' })).toEqual(expected)
        expect(await listed({ of: 'customers', organisationId: 'other' })).toEqual([])
        expect(await listed({ of: 'organisations' })).toEqual(atRisk([acme]))
        expect(await health.countsAtRisk([on(-9), at], measured)).toEqual([
          { at: on(-9), customers: 0, organisations: 0 },
          { at, customers: expected.length, organisations: atRisk([acme]).length },
        ])

        const sorted = trends.toSorted((one, other) => (one.id < other.id ? -1 : 1))
        const scored = [...sorted.map((each) => ({ of: 'customers', ...each })), { of: 'organisations', ...acme }].map(
          ({ of, id, score: now, sevenDaysAgo: weekBefore }) => ({ of, id, weekBefore, now }),
        )
        const fallen = scored.filter(({ weekBefore, now }) => weekBefore - now >= measured.alertStep)
        expect(await health.falls(at, measured, [])).toEqual(fallen)
        const others = [
          { of: 'customers', id: zoe },
          { of: 'organisations', id: 'acme' },
        ] as const
        const isAsked = (id: string): boolean => others.some((each) => each.id === id)
        const shown = scored.filter((each) => fallen.includes(each) || isAsked(each.id))
        const isLower = ({ weekBefore, now }: { readonly weekBefore: number; readonly now: number }): boolean =>
          weekBefore < 100 || now < 100
        expect((await health.falls(at, measured, others)).filter(isLower)).toEqual(shown.filter(isLower))
      } finally {
        await history.drop()
      }
    }),
    { numRuns: 12, endOnFailure: true },
  )
})

it('lists who is at risk page by page', async () => {
  const desk = await deskWith(zoe, max, eve)
  for (const [id, count] of Object.entries({ [zoe]: 3, [max]: 5, [eve]: 1 }))
    for (const index of Array.from({ length: count }).keys()) await open(desk, `${id}-${index}`, id, on(0))
  const history = await projectHistory([await historyOf(desk)])
  try {
    const measure = { at: on(0.1), settings: { ...settings, atRisk: 99 } }
    const read = (page: { readonly limit: number; readonly after?: { readonly value: string; readonly id: string } }) =>
      history.models.health.atRisk({ of: 'customers' }, measure, page)
    const first = await read({ limit: 2 })
    expect(first).toMatchObject({ hasNext: true, rows: [{ row: { id: max, score: 75 } }, { row: { id: zoe } }] })
    const after = first.rows.at(-1)?.keyset
    if (!after) throw new Error('the first page has two rows')
    expect(await read({ limit: 2, after })).toMatchObject({ hasNext: false, rows: [{ row: { id: eve, score: 95 } }] })
  } finally {
    await history.drop()
  }
})
