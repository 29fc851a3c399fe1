import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant, isHoldout, later, minutes, suspectCommand } from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import type { ActivityStore } from '@guichet/workflows'
import { openProactive } from '@guichet/workflows'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, gateway, mutate, openTicket, useApi } from '../../server/testing/api-under-test.ts'

/** Nobody is analysed here, so that nobody is read for it. */
const nobody = {
  identify: async () => undefined,
  ticketsOf: async () => [],
  colleaguesOf: async () => [],
  isCurrent: async () => true,
}
let activities: ActivityStore
/** Noon, and a millisecond later with each look at the clock. */
let clock = instant('2026-03-02T12:00:00.000Z')
const api = useApi(
  { beforeAll, afterAll },
  {
    now: () => (clock = later(clock, 1)),
    storedActivities: async (desk, pool) => {
      const proactive = await openProactive({ desk, pool, people: nobody, personIds: async (_, id) => [id] })
      stop = proactive.stop
      return (activities = proactive.activities)
    },
  },
)
let stop: () => Promise<void>
afterAll(() => stop())

const suspicion = exampleSuspicion({ versions: ['1.4.0'], priority: 'high' })
const text = { subject: 'An error that comes back', body: 'Since this morning.', language: 'en' }
const engine = { by: { kind: 'system', id: 'proactive' } } as const

let people = 0
/** A customer, or a visitor, of whose drafts none is in the holdout: the id decides it. */
function somebody(role: 'customer' | 'visitor' = 'customer'): Bearer {
  for (;;) {
    const number = String(++people).padStart(12, '0')
    const id = role === 'visitor' ? `visitor-00000000-0000-4000-8000-${number}` : `customer-${people}`
    if (!isHoldout(id, suspicion.fingerprint, 0.05)) return { id, role }
  }
}

async function suspect({ id }: Bearer): Promise<void> {
  const outcome = await api.desk.engine.execute('draft', id, suspectCommand(suspicion, 'rules', text), engine)
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  if (outcome.value.position !== undefined) await api.settled(outcome.value.position)
}

const send = async (as: Bearer, operation: string, input: object) =>
  mutate(api, as, operation, { number: 1, ...input }, 'draft { number }')

describe('the draft of a ticket', () => {
  it('suggests solved tickets about the same trouble: customers their own, the desk all', async () => {
    const [before, now] = [somebody(), somebody()]
    for (const each of [before, now]) await suspect(each)
    await send(before, 'openDraft', { commandId: `opened-by-${before.id}` })
    const { state } = await api.desk.read('draft', before.id)
    const ticketId = state.drafts[0]?.ticket?.id ?? ''
    await mutate(api, ana, 'resolveTicket', { ticketId, summary: 'Update the card.' }, '')
    const settle = { type: 'settle', ticketId, outcome: 'resolved' } as const
    const settled = await api.desk.engine.execute('draft', before.id, settle, engine)
    if (settled.ok && settled.value.position !== undefined) await api.settled(settled.value.position)
    const own = '{ viewer { drafts(first: 1) { nodes { similarTickets { id } } } } }'
    for (const each of [before, now])
      expect(await api.dataOf(each, own)).toEqual({ viewer: { drafts: { nodes: [{ similarTickets: [] }] } } })
    const all = `{ drafts(first: 1, filter: { customerId: "${now.id}" }) { nodes { similarTickets { id } } } }`
    expect(JSON.stringify(await api.dataOf(ana, all))).toContain(ticketId)
  })

  const { kind, code } = suspicion
  /** Records that people have had the trouble of the drafts twice, some minutes ago. */
  const meet = async (...people: readonly Bearer[]): Promise<void> => {
    const now = api.desk.now()
    const at = (ago: number) => later(now, -minutes(ago))
    const met = [9, 6].map((ago) => ({ id: `met-${ago}`, kind, code, at: at(ago), detail: { code } }))
    const reports = people.map(({ id }) => ({
      person: { id },
      activities: met.map((each) => ({ ...each, page: undefined, version: undefined })),
    }))
    await activities.record(reports, now)
  }
  const conversation = 'conversation(last: 20) { nodes { kind body } }'
  const similar = `drafts(first: 1) { nodes { similarTickets { id ${conversation} } } }`
  const similarOf = async ({ id }: Bearer): Promise<string> => {
    const filter = `filter: { customerId: "${id}" }`
    return JSON.stringify(await api.dataOf(ana, `{ ${similar.replace('first: 1', `first: 1, ${filter}`)} }`))
  }

  it('suggests a solved ticket of somebody who had the trouble before it, whose answer other customers never read', async () => {
    const [before, now] = [somebody(), somebody()]
    await meet(before, now)
    const ticketId = await openTicket(api, before)
    await mutate(api, ana, 'agentReply', { ticketId, body: 'Update the card of your account.' }, '')
    await mutate(api, ana, 'addNote', { ticketId, body: 'The bank of this one is slow.' }, '')
    await mutate(api, ana, 'resolveTicket', { ticketId }, '')
    for (const each of [before, now]) await suspect(each)
    const own = await api.dataOf(before, `{ viewer { ${similar} } }`)
    expect(JSON.stringify(own)).toContain('Update the card of your account.')
    expect(JSON.stringify(own)).not.toContain('The bank of this one')
    const ofOther = await api.dataOf(now, `{ viewer { ${similar} } }`)
    expect(ofOther).toEqual({ viewer: { drafts: { nodes: [{ similarTickets: [] }] } } })
    const direct = await api.dataOf(now, `{ node(id: "${ticketId}") { ... on Ticket { ${conversation} } } }`)
    expect(JSON.stringify(direct)).not.toContain('Update the card')
    expect(await similarOf(now)).toContain(ticketId)
    expect(await similarOf(now)).toContain('Update the card of your account.')
  })

  it('suggests the solved ticket of a customer who had the trouble as a visitor, before they signed in', async () => {
    const [visitor, before, now] = [somebody('visitor'), somebody(), somebody()]
    await meet(visitor)
    expect(await api.desk.claimVisitor(visitor.id, { customer: { id: before.id } })).toMatchObject({ ok: true })
    const ticketId = await openTicket(api, before)
    await mutate(api, ana, 'agentReply', { ticketId, body: 'Update the card of your account.' }, '')
    await mutate(api, ana, 'resolveTicket', { ticketId }, '')
    for (const each of [before, now]) await suspect(each)
    expect(await similarOf(now)).toContain(ticketId)
    expect(JSON.stringify(await api.dataOf(before, `{ viewer { ${similar} } }`))).toContain(ticketId)
    const ofOther = await api.dataOf(now, `{ viewer { ${similar} } }`)
    expect(ofOther).toEqual({ viewer: { drafts: { nodes: [{ similarTickets: [] }] } } })
  })

  it('suggests to a service what its customer gets', async () => {
    const [before, now, visitor] = [somebody(), somebody(), somebody('visitor')]
    await meet(before, visitor)
    expect(await api.desk.claimVisitor(visitor.id, { customer: { id: now.id } })).toMatchObject({ ok: true })
    const ticketOf = async (customer: Bearer): Promise<string> => {
      const ticketId = await openTicket(api, customer)
      await mutate(api, ana, 'resolveTicket', { ticketId }, '')
      return ticketId
    }
    const [ofOther, own] = [await ticketOf(before), await ticketOf(now)]
    for (const each of [before, now]) await suspect(each)
    const suggested = async (as: Bearer): Promise<string> => {
      const list = `drafts(first: 1, filter: { customerId: "${now.id}" })`
      return JSON.stringify(await api.dataOf(as, `{ ${list} { nodes { similarTickets { id } } } }`))
    }
    expect(await suggested(ana)).toContain(ofOther)
    expect(await suggested(gateway)).toContain(own)
    expect(await suggested(gateway)).not.toContain(ofOther)
  })

  it('suggests five solved tickets, but never its own', async () => {
    const customer = somebody()
    await meet(customer)
    const others: string[] = []
    for (let turn = 0; turn < 5; turn++) others.push(await openTicket(api, customer))
    await suspect(customer)
    await send(customer, 'openDraft', { commandId: `opened-by-${customer.id}` })
    const own = (await api.desk.read('draft', customer.id)).state.drafts[0]?.ticket?.id ?? ''
    for (const ticketId of [...others, own]) await mutate(api, ana, 'resolveTicket', { ticketId }, '')
    const settle = { type: 'settle', ticketId: own, outcome: 'resolved' } as const
    const settled = await api.desk.engine.execute('draft', customer.id, settle, engine)
    if (settled.ok && settled.value.position !== undefined) await api.settled(settled.value.position)
    const { viewer } = await api.dataOf(customer, '{ viewer { drafts(first: 1) { nodes { similarTickets { id } } } } }')
    const [draft] = (viewer as { drafts: { nodes: { similarTickets: { id: string }[] }[] } }).drafts.nodes
    expect(draft?.similarTickets.map(({ id }) => id)).toEqual(others.toReversed())
  })
})
