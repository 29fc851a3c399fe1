import { describe, expect, it } from 'vitest'
import { importCorrelation } from './history-import.ts'
import type { Actor } from './kernel/actor.ts'
import { importActor } from './kernel/actor.ts'
import type { Desk } from './desk/processes.ts'
import { hours } from './kernel/time.ts'
import type { TicketPolicy } from './ticket/policy.ts'
import { defaultTicketPolicy } from './ticket/policy.ts'
import { deskInMemory } from './testing/desk.ts'
import { after, alex, camille } from './testing/examples.ts'
import { levels, policyOf } from './testing/target-story.ts'

const opening = { type: 'open', subject: 'Help', body: 'It is broken.', customer: { id: camille.id } } as const
const contract = levels(
  { name: 'acme', applies: { organisations: ['acme'] }, firstResponse: '1h' },
  { name: 'gold', applies: { plans: ['gold'] }, firstResponse: '2h' },
  { name: 'all', firstResponse: '8h' },
)

/** A desk with an organisation on the plan gold, to which the domain acme.example belongs. */
async function deskOf(policy: TicketPolicy = defaultTicketPolicy): Promise<Desk> {
  const desk = deskInMemory({ policy })
  for (const id of ['acme', 'other'])
    await desk.execute('organisation', id, { type: 'register', name: id, plan: 'gold' }, { by: alex })
  await desk.execute('organisation', 'acme', { type: 'addDomain', domain: 'acme.example' }, { by: alex })
  return desk
}

const member = (organisationId: string, plan?: string) =>
  ({ type: 'register', organisationId, ...(plan !== undefined && { plan }) }) as const
const email = (verified: boolean) => ({
  type: 'register' as const,
  emails: [{ address: 'camille@acme.example', verified }],
})

const opened = async (desk: Desk, open: object = {}, by: Actor = camille, id = 't1') => {
  const outcome = await desk.execute('ticket', id, { ...opening, ...open }, { by })
  if (!outcome.ok) return outcome.refusal.code
  const [event] = outcome.value.events
  return event?.type === 'TicketOpened' ? [event.plan, event.organisationId] : event
}

describe('a ticket is opened with', () => {
  it.each([
    ['the plan of the organisation, where the customer has none', member('other'), {}, ['gold', 'other']],
    ['the customer’s own plan before that', member('other', 'silver'), {}, ['silver', 'other']],
    ['the plan that the opening names before both', member('other', 'silver'), { plan: 'best' }, ['best', 'other']],
    ['the organisation of a verified address', email(true), {}, ['gold', 'acme']],
    ['neither for an address that is not verified', email(false), {}, [undefined, undefined]],
    ['neither for an organisation that is not there', member('nowhere'), {}, [undefined, 'nowhere']],
  ])('%s', async (_, record, open, expected) => {
    const desk = await deskOf()
    await desk.execute('customer', camille.id, record, { by: alex })
    expect(await opened(desk, open)).toEqual(expected)
    expect(await opened(desk, { ...open, account: { plan: 'mine' } }, alex, 't2')).toEqual(expected)
  })

  it('those of the customer who survives a merge, as they are then', async () => {
    const desk = await deskOf()
    await desk.execute('customer', camille.id, email(false), { by: alex })
    await desk.execute('customer', 'survivor', member('other'), { by: alex })
    await desk.mergeCustomers(camille.id, 'survivor', { by: alex })
    expect(await opened(desk)).toEqual(['gold', 'other'])
    await desk.execute('organisation', 'other', { type: 'change', changes: { plan: 'silver' } }, { by: alex })
    expect((await desk.read('ticket', 't1')).state).toMatchObject({ plan: 'gold', organisationId: 'other' })
    expect(await opened(desk, {}, camille, 't2')).toEqual(['silver', 'other'])
  })

  it('what its history says where it is imported, and what it was split off from', async () => {
    const desk = await deskOf()
    await desk.execute('customer', camille.id, member('other'), { by: alex })
    const sender = { by: importActor, correlationId: importCorrelation('i1') }
    const imported = await desk.engine.execute('ticket', 'old', { ...opening, plan: 'best' }, sender)
    expect(imported).toMatchObject({ ok: true, value: { state: { plan: 'best' } } })
    await opened(desk)
    const reply = { type: 'customerReply', messageId: 'm2', body: 'And my invoice?' } as const
    await desk.execute('ticket', 't1', reply, { by: camille, at: after(hours(1)) })
    await desk.execute('customer', camille.id, { type: 'change', changes: { organisationId: null } }, { by: alex })
    const split = { source: 't1', messageId: 'm2', subject: 'Invoice' }
    const outcome = await desk.splitTicket(split, { by: alex, at: after(hours(2)) })
    expect(outcome).toMatchObject({ ok: true, value: { state: { plan: 'gold', organisationId: 'other' } } })
  })
})

it('an SLA row of an organisation comes before those of plans, for its members alone', async () => {
  const dueFor = async (record: object) => {
    const desk = await deskOf(policyOf(contract))
    await desk.execute('customer', camille.id, { type: 'register', ...record }, { by: alex })
    await desk.execute('ticket', 't1', opening, { by: camille })
    const { deadlines } = await desk.clockState('ticket-t1')
    return deadlines.find(({ kind }) => kind === 'first_response_warning')?.dueAt
  }
  expect(await dueFor({ organisationId: 'acme' })).toBe(after(hours(0.75)))
  expect(await dueFor({ organisationId: 'other' })).toBe(after(hours(1.5)))
  expect(await dueFor({})).toBe(after(hours(6)))
})

it('a chat begins with the plan of the organisation', async () => {
  const desk = await deskOf()
  await desk.execute('customer', camille.id, member('other'), { by: alex })
  const outcome = await desk.startChat('c1', { customer: { id: camille.id } }, { by: camille })
  expect(outcome).toMatchObject({ ok: true, value: { state: { plan: 'gold' } } })
})

describe('a blocked customer', () => {
  it('opens, replies and attaches nothing, and agents may for them', async () => {
    const desk = await deskOf()
    await opened(desk)
    await desk.execute('customer', camille.id, { type: 'register' }, { by: alex })
    await desk.execute('customer', camille.id, { type: 'block', reason: 'spam' }, { by: alex })
    const service = { kind: 'system', id: 'mail-gateway' } as const
    const reply = { type: 'customerReply', messageId: 'm2', body: 'Hello?' } as const
    const attach = { type: 'attach', attachmentId: 'a1', name: 'a.txt', mediaType: 'text/plain', bytes: 1 } as const
    expect(await opened(desk, {}, camille, 't2')).toBe('customer_blocked')
    expect(await opened(desk, {}, service, 't2')).toBe('customer_blocked')
    for (const command of [reply, attach])
      expect(await desk.execute('ticket', 't1', command, { by: camille })).toMatchObject({
        refusal: { code: 'customer_blocked' },
      })
    expect(await desk.startChat('c1', { customer: { id: camille.id } }, { by: camille })).toMatchObject({
      refusal: { code: 'customer_blocked' },
    })
    expect(await opened(desk, {}, alex, 't2')).toEqual([undefined, undefined])
    await desk.execute('customer', camille.id, { type: 'unblock' }, { by: alex })
    expect(await desk.execute('ticket', 't1', reply, { by: camille })).toMatchObject({ ok: true })
  })

  it('cannot say what the desk knows of them', async () => {
    const desk = await deskOf()
    expect(await opened(desk, { account: { plan: 'best' } })).toBe('not_for_this_actor')
  })
})
