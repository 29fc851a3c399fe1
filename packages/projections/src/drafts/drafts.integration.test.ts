import { expect, it } from 'vitest'
import type { DraftStatus, Instant } from '@guichet/domain'
import { days, hours, instant, isHoldout, later, suspectCommand } from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import { projectHistory } from '../testing/projected-history.ts'
import { ticketsAvoided } from './queries.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const noon = instant('2026-03-27T12:00:00Z')
const engine = { by: { kind: 'system', id: 'proactive' } } as const
const ana = { by: { kind: 'agent', id: 'ana', name: 'Ana' } } as const
const customer = (id: string) => ({ by: { kind: 'customer', id } }) as const

const suspicion = exampleSuspicion({ since: noon })
const text = { subject: 'An error that comes back', body: 'Since noon.', language: 'en' }

/** Customers whose drafts are not in the holdout: their ids decide it. */
const [ida = '', joe = '', zoe = '', max = ''] = ['ida', 'joe', 'zoe', 'max', 'eva', 'lea', 'tim'].filter(
  (id) => !isHoldout(id, suspicion.fingerprint, 0.05),
)
const settle = { type: 'settle', outcome: 'resolved' } as const

type Desk = ReturnType<typeof emptyDesk>

/** Opens a ticket of a customer, which is resolved at once. */
async function solve(desk: Desk, ticketId: string, id: string, at: Instant): Promise<void> {
  const open = { type: 'open', subject: 'Help', body: 'It is broken.', customer: { id } } as const
  expect(await desk.execute('ticket', ticketId, open, { ...customer(id), at })).toMatchObject({ ok: true })
  expect(await desk.execute('ticket', ticketId, { type: 'resolve' }, { ...ana, at })).toMatchObject({ ok: true })
}

it('lists what became of each draft, counts it by rule, and knows the solved tickets, however history is cut', async () => {
  const desk = emptyDesk()
  const suspect = async (id: string, at: Instant) =>
    desk.engine.execute('draft', id, suspectCommand(suspicion, 'rules', text), { ...engine, at })
  for (const [id, minutes] of [
    [ida, 0],
    [joe, 1],
    [zoe, 2],
  ] as const)
    await suspect(id, later(noon, minutes * 60_000))
  const at = later(noon, 600_000)
  const statusOf = async (id: string): Promise<DraftStatus | undefined> =>
    (await desk.read('draft', id)).state.drafts[0]?.status
  expect([await statusOf(ida), await statusOf(joe), await statusOf(zoe)]).toEqual(['offered', 'offered', 'offered'])
  await desk.execute('draft', ida, { type: 'open', number: 1, ticketId: 'a-ticket' }, { ...customer(ida), at })
  await solve(desk, 'a-ticket', ida, at)
  await desk.engine.execute('draft', ida, { ...settle, ticketId: 'a-ticket' }, { ...engine, at: later(at, 1_000) })
  await desk.execute('draft', joe, { type: 'dismiss', number: 1 }, { ...customer(joe), at })
  await desk.execute('draft', zoe, { type: 'withhold', number: 1 }, { ...ana, at })

  const all = await historyOf(desk)
  const history = await projectHistory([all.slice(0, 4)])
  try {
    history.restart()
    for (const event of all.slice(4)) await history.project([[event]])
    const { drafts } = history.models
    const listed = async (filter: Parameters<typeof drafts.list>[0]) =>
      (await drafts.list(filter, { limit: 10 })).rows.map(({ row }) => [row.customerId, row.draft.status])
    expect(await listed({})).toEqual([
      [zoe, 'withheld'],
      [joe, 'dismissed'],
      [ida, 'opened'],
    ])
    expect(await listed({ status: ['opened', 'dismissed'] })).toEqual([
      [joe, 'dismissed'],
      [ida, 'opened'],
    ])
    expect(await listed({ customerIds: [zoe], areVisible: true })).toEqual([])
    expect(await listed({ customerIds: [zoe, ida], areVisible: true })).toEqual([[ida, 'opened']])
    expect(await drafts.byIds([`1~${ida}`, '1~unknown'])).toMatchObject([
      { id: `1~${ida}`, offeredAt: noon, decidedAt: at, draft: { subject: text.subject, ticket: { isOpen: false } } },
      undefined,
    ])
    expect(await drafts.solvedTickets(suspicion.fingerprint, [], 5)).toEqual(['a-ticket'])
    expect(await drafts.solvedTickets(suspicion.fingerprint, [], 5, [joe])).toEqual([])
    expect(await drafts.solvedTickets(suspicion.fingerprint, [], 5, [joe, ida])).toEqual(['a-ticket'])
    const [repeated, searches] = await drafts.figures({ from: noon })
    const outcomes = {
      suspected: 3,
      offered: 3,
      holdout: 0,
      withheld: 1,
      opened: 1,
      dismissed: 1,
      reported: 0,
      lapsed: 0,
    }
    expect(repeated).toEqual({
      rule: 'repeated',
      ...outcomes,
      acceptance: 1 / 2,
      precision: 1 / 3,
      days: [{ day: '2026-03-27', ...outcomes }],
    })
    expect(searches).toMatchObject({ rule: 'searches', suspected: 0, acceptance: null, precision: null, days: [] })
    const effectAfter = async (count: number) => (await drafts.effect({ from: noon }, later(noon, days(count))))[0]
    const group = { rule: 'repeated', group: 'offered', reported: 0, share: null, medianTimeToReport: null }
    expect(await effectAfter(6)).toEqual({ ...group, cases: 0 })
    expect(await effectAfter(8)).toEqual({ ...group, cases: 3, reported: 1 })
  } finally {
    await history.drop()
  }
})

it('has nothing of a draft that was removed, also where the state has the draft no more', async () => {
  const desk = emptyDesk()
  const fingerprints = Array.from({ length: 100 }, (_, index) => `error_occurred:E_${index}`)
    .filter((fingerprint) => !isHoldout(ida, fingerprint, 0.05))
    .slice(0, 52)
  for (const [index, fingerprint] of fingerprints.entries()) {
    const [at, number, ticketId] = [later(noon, days(index)), index + 1, `ticket-${index + 1}`]
    await desk.engine.execute('draft', ida, suspectCommand({ ...suspicion, fingerprint }, 'rules', text), {
      ...engine,
      at,
    })
    const opening = { type: 'open', number, ticketId, subject: 'Card 4970', body: 'My card is 4970.' } as const
    expect(await desk.execute('draft', ida, opening, { ...customer(ida), at })).toMatchObject({ ok: true })
    await desk.engine.execute('draft', ida, { ...settle, ticketId }, { ...engine, at })
  }
  const at = later(noon, days(60))
  const redact = { type: 'redact', subject: 'A card', body: '' } as const
  for (const number of [1, 52]) await desk.engine.execute('draft', ida, { ...redact, number }, { ...engine, at })
  const { drafts: inState } = (await desk.read('draft', ida)).state
  expect([1, 52].map((number) => inState.some((draft) => draft.number === number))).toEqual([false, true])

  const history = await projectHistory([await historyOf(desk)])
  try {
    const read = await history.models.drafts.byIds([1, 2, 52].map((number) => `${number}~${ida}`))
    expect(read.map((row) => [row?.draft.subject, row?.draft.body])).toEqual([
      ['A card', ''],
      ['Card 4970', 'My card is 4970.'],
      ['A card', ''],
    ])
  } finally {
    await history.drop()
  }
})

it('compares what customers report who were offered a draft and who were not, under all of their ids', async () => {
  const desk = emptyDesk()
  const ids = Array.from({ length: 1_000 }, (_, index) => `customer-${index}`)
  const isHeld = (id: string): boolean => isHoldout(id, suspicion.fingerprint, 0.05)
  const offered = ids.filter((id) => !isHeld(id)).slice(0, 12)
  const holdout = ids.filter(isHeld).slice(0, 12)
  for (const id of [...offered, ...holdout])
    await desk.engine.execute('draft', id, suspectCommand(suspicion, 'rules', text), { ...engine, at: noon })
  const report = async (id: string, at: Instant, ticketId = `of-${id}`): Promise<void> => {
    const open = { type: 'open', subject: 'Help', body: 'It is broken.', customer: { id } } as const
    expect(await desk.execute('ticket', ticketId, open, { ...customer(id), at })).toMatchObject({ ok: true })
  }
  const merge = async (source: string, target: string): Promise<void> => {
    for (const id of [source, target]) await desk.execute('customer', id, { type: 'register', name: id }, ana)
    const sender = { ...ana, commandId: `merge-${source}` }
    expect(await desk.mergeCustomers(source, target, sender)).toMatchObject({ ok: true })
  }

  const [late = '', mergedInto = '', ofVisitor = '', ...opening] = offered
  await report(late, later(noon, days(8)))
  await report('survivor', later(noon, hours(11)))
  await merge(mergedInto, 'survivor')
  for (const [index, id] of [ofVisitor, ...opening].entries()) {
    const at = later(noon, hours(index + 1))
    const ticketId = `from-${id}`
    const opened = await desk.execute('draft', id, { type: 'open', number: 1, ticketId }, { ...customer(id), at })
    expect(opened).toMatchObject({ ok: true })
    await report(id === ofVisitor ? 'known' : id, at, ticketId)
  }
  const [, early = '', survives = '', ...writing] = holdout
  await report(early, later(noon, -hours(1)))
  await report('other-id', later(noon, hours(20)))
  await merge('other-id', survives)
  for (const [index, id] of writing.entries()) await report(id, later(noon, hours(2 * (index + 1))))

  const history = await projectHistory([await historyOf(desk)])
  try {
    const effect = await history.models.drafts.effect({ from: noon }, later(noon, days(8)))
    expect(effect.slice(0, 2)).toEqual([
      { rule: 'repeated', group: 'offered', cases: 12, reported: 11, share: 11 / 12, medianTimeToReport: hours(6) },
      { rule: 'repeated', group: 'holdout', cases: 12, reported: 10, share: 10 / 12, medianTimeToReport: hours(11) },
    ])
    expect(ticketsAvoided(effect.slice(0, 2))).toBeCloseTo(-1)
    expect(ticketsAvoided(effect.slice(2, 4))).toBeNull()
  } finally {
    await history.drop()
  }
})

it.each(['refused', 'closed', 'merged'] as const)('offers no ticket as a solution that was %s', async (outcome) => {
  const desk = emptyDesk()
  for (const [id, ticketId] of [
    [max, 'given-up'],
    [ida, 'solved'],
  ] as const) {
    await desk.engine.execute('draft', id, suspectCommand(suspicion, 'rules', text), { ...engine, at: noon })
    await desk.execute('draft', id, { type: 'open', number: 1, ticketId }, { ...customer(id), at: noon })
    await solve(desk, ticketId, id, noon)
  }
  await desk.engine.execute('draft', max, { ...settle, ticketId: 'given-up', outcome }, { ...engine, at: noon })
  await desk.engine.execute('draft', ida, { ...settle, ticketId: 'solved' }, { ...engine, at: noon })
  const history = await projectHistory([await historyOf(desk)])
  try {
    const { drafts } = history.models
    expect(await drafts.solvedTickets(suspicion.fingerprint, [], 5)).toEqual(['solved'])
    const [figures] = await drafts.figures({})
    const counted = outcome === 'refused' ? 1 : 2
    expect(figures).toMatchObject({ suspected: counted, opened: counted, acceptance: 1, precision: 1 })
  } finally {
    await history.drop()
  }
})

it('knows the solved tickets that ended a draft and others about its trouble, until they are reopened', async () => {
  const desk = emptyDesk()
  const at = (count: number): Instant => later(noon, hours(count))
  await desk.engine.execute('draft', ida, suspectCommand(suspicion, 'rules', text), { ...engine, at: noon })
  await desk.engine.execute('draft', ida, { type: 'report', ticketId: 'reported', openedAt: at(1) }, engine)
  await solve(desk, 'reported', ida, at(1))
  await solve(desk, 'met', joe, at(2))
  await solve(desk, 'of-incident', max, at(4))
  await solve(desk, 'reopened', joe, at(5))
  await desk.execute('ticket', 'reopened', { type: 'reopen' }, { ...ana, at: at(6) })

  const history = await projectHistory([await historyOf(desk)])
  try {
    const { drafts } = history.models
    const others = ['met', 'reopened', 'of-incident', 'of nobody']
    const solved = (limit: number, ids?: readonly string[]) =>
      drafts.solvedTickets(suspicion.fingerprint, others, limit, ids)
    expect(await solved(9)).toEqual(['of-incident', 'met', 'reported'])
    expect(await solved(2)).toEqual(['of-incident', 'met'])
    expect(await solved(9, [joe])).toEqual(['met'])
    expect(await drafts.solvedTickets('error_occurred:E_OTHER', [], 9, [ida])).toEqual([])
  } finally {
    await history.drop()
  }
})

it('knows no ticket as solved that was closed as none after it was resolved, whatever it has to do with drafts', async () => {
  const desk = emptyDesk()
  const at = (count: number): Instant => later(noon, hours(count))
  const suspect = { ...engine, at: noon }
  await desk.engine.execute('draft', joe, suspectCommand(suspicion, 'rules', text), suspect)
  await desk.execute('draft', joe, { type: 'open', number: 1, ticketId: 'of-draft' }, { ...customer(joe), at: noon })
  await solve(desk, 'of-draft', joe, noon)
  await desk.engine.execute('draft', joe, { ...settle, ticketId: 'of-draft' }, { ...engine, at: noon })
  await desk.engine.execute('draft', ida, suspectCommand(suspicion, 'rules', text), suspect)
  await desk.engine.execute('draft', ida, { type: 'report', ticketId: 'reported', openedAt: at(1) }, engine)
  await solve(desk, 'reported', ida, at(1))
  for (const ticketId of ['duplicate', 'invalid', 'merged', 'confirmed', 'other'])
    await solve(desk, ticketId, zoe, at(2))
  const close = async (ticketId: string, command: object) =>
    expect(await desk.execute('ticket', ticketId, command as never, { ...ana, at: at(3) })).toMatchObject({ ok: true })
  await close('of-draft', { type: 'close', reason: 'duplicate' })
  await close('reported', { type: 'markSpam' })
  await close('duplicate', { type: 'close', reason: 'duplicate' })
  await close('invalid', { type: 'close', reason: 'invalid' })
  await close('other', { type: 'close', reason: 'other' })
  const merge = await desk.mergeTickets('merged', 'confirmed', { ...ana, at: at(3), commandId: 'merge' })
  expect(merge).toMatchObject({ ok: true })

  const history = await projectHistory([await historyOf(desk)])
  try {
    const { drafts } = history.models
    const others = ['duplicate', 'invalid', 'merged', 'confirmed', 'other']
    expect(await drafts.solvedTickets(suspicion.fingerprint, others, 9)).toEqual(['confirmed', 'other'])
  } finally {
    await history.drop()
  }
})
