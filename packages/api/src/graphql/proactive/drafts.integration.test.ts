import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema, days, instant, isHoldout, later, suspectCommand } from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import {
  ana,
  gateway,
  ines,
  mutate,
  openEventStream,
  openTicket,
  sam,
  tokenFor,
  useApi,
} from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
let url: string
beforeAll(async () => {
  url = `${await api.app.listen({ port: 0, host: '127.0.0.1' })}/graphql`
})

const suspicion = exampleSuspicion({ versions: ['1.4.0'], priority: 'high' })
const text = { subject: 'An error that comes back', body: 'Since this morning.', language: 'en' }

let people = 0
/** A customer of whose drafts none is in the holdout: the id decides it. */
function somebody(role: 'customer' | 'visitor' = 'customer', token: Pick<Bearer, 'email' | 'plan'> = {}): Bearer {
  for (;;) {
    const number = String(++people).padStart(12, '0')
    const id = role === 'visitor' ? `visitor-00000000-0000-4000-8000-${number}` : `customer-${people}`
    if (!isHoldout(id, suspicion.fingerprint, 0.05)) return { id, role, ...token }
  }
}

/** A customer whose draft is in the holdout. */
function somebodyInHoldout(): Bearer {
  for (;;) {
    const id = `customer-${++people}`
    if (isHoldout(id, suspicion.fingerprint, 0.05)) return { id, role: 'customer' }
  }
}

const engine = { by: { kind: 'system', id: 'proactive' } } as const

/** Suspects trouble of a customer, as the analysis does; resolves when every read model shows it. */
async function suspect({ id }: Bearer): Promise<void> {
  const outcome = await api.desk.engine.execute('draft', id, suspectCommand(suspicion, 'rules', text), engine)
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  if (outcome.value.position !== undefined) await api.settled(outcome.value.position)
}

async function review(isReviewed: boolean): Promise<void> {
  const configuration = configurationSchema.parse({
    teams: [{ name: 'supervisors' }],
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    proactive: { review: isReviewed },
  })
  const by = { kind: 'agent', id: 'ada' } as const
  const outcome = await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
  if (!outcome.ok) throw new Error(outcome.refusal.message)
}

type Listed = {
  readonly nodes: readonly { readonly id: string; readonly number: number; readonly status: string }[]
}
const ownDrafts = async (as: Bearer): Promise<Listed['nodes']> => {
  const { viewer } = await api.dataOf(as, '{ viewer { drafts(first: 10) { nodes { id number status } } } }')
  return (viewer as { readonly drafts: Listed }).drafts.nodes
}
const draftsOf = async ({ id }: Bearer, filter = ''): Promise<Listed['nodes']> => {
  const query = `{ drafts(first: 10, filter: { customerId: "${id}" ${filter} }) { nodes { id number status } } }`
  return ((await api.dataOf(ana, query))['drafts'] as Listed).nodes
}
const codesOf = ({ userErrors }: Awaited<ReturnType<typeof mutate>>) => userErrors.map(({ code }) => code)
const send = async (as: Bearer, operation: string, input: object = {}) =>
  mutate(api, as, operation, { number: 1, ...input }, 'draft { number status subject body ticket { subject tags } }')

describe('a draft', () => {
  it('is offered to its customer, with its reasons in their language, and to nobody else', async () => {
    const [customer, other] = [somebody(), somebody()]
    await suspect(customer)
    const fields = 'id number status subject body(language: "en") confidence reasons rule customerId evidence { count }'
    const { viewer } = await api.dataOf(customer, `{ viewer { drafts(first: 1) { nodes { ${fields} } } } }`)
    const { nodes } = (viewer as { readonly drafts: { readonly nodes: readonly { readonly id: string }[] } }).drafts
    const shownToAll = { number: 1, status: 'OFFERED', subject: 'Une erreur qui revient', confidence: 0.95 }
    const body: unknown = expect.stringContaining('I have had an error 4 times')
    expect(nodes).toMatchObject([{ ...shownToAll, body, rule: null, customerId: customer.id, evidence: [] }])
    const inFrench = await api.dataOf(customer, '{ viewer { drafts(first: 1) { nodes { reasons(language: "fr") } } } }')
    expect(JSON.stringify(inFrench)).toContain('Le même problème s’est produit 4 fois')
    expect(await ownDrafts(other)).toEqual([])
    for (const role of ['agent', 'service'] as const) expect(await ownDrafts({ id: customer.id, role })).toEqual([])
    const node = (as: Bearer) => api.dataOf(as, 'query ($id: ID!) { node(id: $id) { id } }', { id: nodes[0]?.id })
    expect(await node(customer)).toEqual({ node: { id: `Draft~1~${customer.id}` } })
    expect(await node(other)).toEqual({ node: null })
    expect(await node(ana)).toEqual({ node: { id: `Draft~1~${customer.id}` } })
    const { errors } = await api.ask(customer, '{ drafts(first: 1) { nodes { id } } }')
    expect(errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
  })

  it('is opened as its customer has changed it, once, as a ticket that leads the desk to its analysis', async () => {
    const customer = somebody('customer', { email: 'zoe@example.org', plan: 'gold' })
    await suspect(customer)
    const input = { commandId: 'open-it', subject: 'I cannot pay', number: 1, language: 'en' }
    const opened = await send(customer, 'openDraft', input)
    const body: unknown = expect.stringContaining('I have had an error 4 times')
    const changed = { status: 'OPENED', subject: 'I cannot pay', body }
    expect(opened).toMatchObject({ userErrors: [], draft: changed })
    expect(await send(customer, 'openDraft', input)).toMatchObject({ userErrors: [], repeated: true })
    expect(codesOf(await send(customer, 'openDraft'))).toEqual(['DRAFT_DECIDED'])
    expect(codesOf(await send(customer, 'dismissDraft'))).toEqual(['DRAFT_DECIDED'])
    await openTicket(api, customer)
    const listed = async (as: Bearer, proactive: boolean, fields: string) => {
      const filter = as === ana ? `proactive: ${proactive}, customerId: "${customer.id}"` : `proactive: ${proactive}`
      return api.ask(as, `{ tickets(first: 9, filter: { ${filter} }) { nodes { ${fields} } } }`)
    }
    const fields = 'subject priority plan language customer { email } draft { number rule evidence { count } }'
    const ticket = { subject: 'I cannot pay', priority: 'HIGH', plan: 'gold', language: 'en' }
    const draft = { number: 1, rule: 'REPEATED', evidence: [{ count: 4 }] }
    expect((await listed(ana, true, fields)).data).toEqual({
      tickets: { nodes: [{ ...ticket, customer: { email: 'zoe@example.org' }, draft }] },
    })
    expect((await listed(ana, false, 'subject draft { number }')).data).toEqual({
      tickets: { nodes: [{ subject: 'Mot de passe', draft: null }] },
    })
    expect((await listed(customer, true, 'subject')).errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
    const own = '{ viewer { drafts(first: 1) { nodes { status ticket { subject draft { number } } } } } }'
    expect(await api.dataOf(customer, own)).toEqual({
      viewer: { drafts: { nodes: [{ status: 'OPENED', ticket: { subject: 'I cannot pay', draft: null } }] } },
    })
  })

  it('shows nobody what was removed from its ticket', async () => {
    const customer = somebody()
    await suspect(customer)
    const sent = { subject: 'Card 4970', body: 'My card is 4970.' }
    expect(await send(customer, 'openDraft', sent)).toMatchObject({ userErrors: [], draft: sent })
    const left = { subject: 'A card', body: '' }
    const redacted = await api.desk.engine.execute('draft', customer.id, { type: 'redact', number: 1, ...left }, engine)
    if (!redacted.ok) throw new Error(redacted.refusal.message)
    if (redacted.value.position !== undefined) await api.settled(redacted.value.position)
    const own = await api.dataOf(customer, '{ viewer { drafts(first: 1) { nodes { subject body } } } }')
    expect(own).toEqual({ viewer: { drafts: { nodes: [left] } } })
    const fields = 'subject body ticket { draft { subject body } }'
    const query = `{ drafts(first: 1, filter: { customerId: "${customer.id}" }) { nodes { ${fields} } } }`
    expect(await api.dataOf(ana, query)).toEqual({ drafts: { nodes: [{ ...left, ticket: { draft: left } }] } })
  })

  it('is opened by a visitor who says how they are answered', async () => {
    const visitor = somebody('visitor')
    await suspect(visitor)
    expect((await send(visitor, 'openDraft')).userErrors).toMatchObject([{ code: 'INVALID_COMMAND', field: 'email' }])
    expect(codesOf(await send(visitor, 'openDraft', { email: 'nobody' }))).toEqual(['EMAIL_INVALID'])
    expect(codesOf(await send(visitor, 'openDraft', { phone: '12' }))).toEqual(['PHONE_INVALID'])
    const contact = { email: 'Zoe@Example.org', phone: '+33 1 42 68 53 07' }
    expect(await send(visitor, 'openDraft', contact)).toMatchObject({ userErrors: [], draft: { status: 'OPENED' } })
    const fields = 'nodes { customer { email } conversation(first: 9) { nodes { body } } }'
    const query = `{ tickets(first: 9, filter: { customerId: "${visitor.id}" }) { ${fields} } }`
    const answered = JSON.stringify(await api.dataOf(ana, query))
    expect(answered).toMatch(/zoe@example\.org/i)
    expect(answered).toContain('{"body":"+33142685307"}')
  })

  it('is listed for and decided by the customer whom its own was merged into', async () => {
    const [before, now] = [somebody(), somebody()]
    for (const { id } of [before, now]) await mutate(api, ana, 'registerCustomer', { customerId: id, name: 'Zoé' }, '')
    await suspect(before)
    await suspect(now)
    const merge = { customerId: before.id, intoCustomerId: now.id }
    expect(await mutate(api, ana, 'mergeCustomers', merge, '')).toMatchObject({ userErrors: [] })
    expect((await ownDrafts(now)).map(({ number }) => number)).toEqual([1, 1])
    expect(await draftsOf(now)).toHaveLength(2)
    const changes = await openEventStream(
      url,
      await tokenFor(now),
      'subscription { draftsChanged { drafts { customerId } } }',
    )
    const both = [{ customerId: before.id }, { customerId: now.id }]
    expect(await changes.take(1)).toMatchObject([{ data: { draftsChanged: { drafts: both } } }])
    const dismissed = await send(now, 'dismissDraft', { customerId: before.id })
    expect(dismissed).toMatchObject({ userErrors: [], draft: { status: 'DISMISSED' } })
    expect(await changes.take(1)).toMatchObject([{ data: { draftsChanged: { drafts: [{ customerId: now.id }] } } }])
    await changes.leave()
    const node = await api.dataOf(now, `{ node(id: "Draft~1~${before.id}") { id } }`)
    expect(node).toMatchObject({ node: { id: `Draft~1~${before.id}` } })
  })

  it('is listed for the customer who has claimed its visitor', async () => {
    const visitor = somebody('visitor')
    const customer = somebody()
    await suspect(visitor)
    expect(await api.desk.claimVisitor(visitor.id, { customer: { id: customer.id } })).toMatchObject({ ok: true })
    const [claimed] = (await api.store.readStream(`customer-${visitor.id}`)).slice(-1)
    if (claimed) await api.settled(claimed.position)
    expect(await ownDrafts(customer)).toMatchObject([{ number: 1, status: 'OFFERED' }])
    const input = { customerId: visitor.id, number: 1 }
    expect(codesOf(await mutate(api, customer, 'dismissDraft', input, ''))).toEqual([])
    expect(await ownDrafts(customer)).toMatchObject([{ status: 'DISMISSED' }])
  })

  it('is listed for and decided by an account that is still signed in under an id that was merged', async () => {
    const [account, survivor, stranger] = [somebody(), somebody(), somebody()]
    for (const { id } of [account, survivor])
      await mutate(api, ana, 'registerCustomer', { customerId: id, name: 'Zoé' }, '')
    const merge = { customerId: account.id, intoCustomerId: survivor.id }
    expect(await mutate(api, ana, 'mergeCustomers', merge, '')).toMatchObject({ userErrors: [] })
    await suspect(survivor)
    expect(await ownDrafts(account)).toMatchObject([{ status: 'OFFERED' }])
    expect(await ownDrafts(stranger)).toEqual([])
    const node = (as: Bearer) => api.dataOf(as, `{ node(id: "Draft~1~${survivor.id}") { id } }`)
    expect(await node(account)).toMatchObject({ node: { id: `Draft~1~${survivor.id}` } })
    expect(await node(stranger)).toEqual({ node: null })
    const following = 'subscription { draftsChanged { drafts { customerId } } }'
    const changes = await openEventStream(url, await tokenFor(account), following)
    const offered = [{ customerId: survivor.id }]
    expect(await changes.take(1)).toMatchObject([{ data: { draftsChanged: { drafts: offered } } }])
    await changes.leave()
    const dismissed = await send(account, 'dismissDraft', { customerId: survivor.id })
    expect(dismissed).toMatchObject({ userErrors: [], draft: { status: 'DISMISSED' } })
  })

  it('is switched off and on for all customers who are one', async () => {
    const [before, now] = [somebody(), somebody()]
    for (const { id } of [before, now]) await mutate(api, ana, 'registerCustomer', { customerId: id, name: 'Zoé' }, '')
    await suspect(before)
    await mutate(api, ana, 'switchDraftsOff', { customerId: now.id }, 'draftsSwitchedOff')
    const merge = { customerId: before.id, intoCustomerId: now.id }
    expect(await mutate(api, ana, 'mergeCustomers', merge, '')).toMatchObject({ userErrors: [] })
    const isOff = () => api.dataOf(now, '{ viewer { draftsSwitchedOff } }')
    expect(await isOff()).toMatchObject({ viewer: { draftsSwitchedOff: true } })
    const switched = (operation: string) => mutate(api, now, operation, {}, 'draftsSwitchedOff')
    expect(await switched('switchDraftsOff')).toMatchObject({ draftsSwitchedOff: true })
    expect((await ownDrafts(now)).map(({ status }) => status)).toEqual(['LAPSED'])
    expect(await switched('switchDraftsOn')).toMatchObject({ draftsSwitchedOff: false })
    expect(await isOff()).toMatchObject({ viewer: { draftsSwitchedOff: false } })
  })

  it('is switched off and on for visitors whom the customer has claimed, and for no others', async () => {
    const [visitor, other, customer] = [somebody('visitor'), somebody('visitor'), somebody()]
    for (const each of [visitor, other]) await suspect(each)
    const claim = async (each: Bearer, by: Bearer): Promise<void> => {
      expect(await api.desk.claimVisitor(each.id, { customer: { id: by.id } })).toMatchObject({ ok: true })
      const [claimed] = (await api.store.readStream(`customer-${each.id}`)).slice(-1)
      if (claimed) await api.settled(claimed.position)
    }
    await claim(visitor, customer)
    await claim(other, somebody())
    const statuses = async ({ id }: Bearer) =>
      (await api.desk.read('draft', id)).state.drafts.map((each) => each.status)
    const switched = (operation: string, as = customer) => mutate(api, as, operation, {}, 'draftsSwitchedOff')
    expect(await switched('switchDraftsOff')).toMatchObject({ userErrors: [], draftsSwitchedOff: true })
    expect([await statuses(visitor), await statuses(other)]).toEqual([['lapsed'], ['offered']])
    expect(await switched('switchDraftsOn')).toMatchObject({ userErrors: [], draftsSwitchedOff: false })
    const isOff = () => api.dataOf(customer, '{ viewer { draftsSwitchedOff } }')
    expect(await isOff()).toMatchObject({ viewer: { draftsSwitchedOff: false } })
  })

  it('is switched on again by the customer who has switched it off as a visitor', async () => {
    const [visitor, customer] = [somebody('visitor'), somebody()]
    const switched = (as: Bearer, operation: string) => mutate(api, as, operation, {}, 'draftsSwitchedOff')
    expect(await switched(visitor, 'switchDraftsOff')).toMatchObject({ userErrors: [] })
    expect(await api.desk.claimVisitor(visitor.id, { customer: { id: customer.id } })).toMatchObject({ ok: true })
    const [claimed] = (await api.store.readStream(`customer-${visitor.id}`)).slice(-1)
    if (claimed) await api.settled(claimed.position)
    const isOff = () => api.dataOf(customer, '{ viewer { draftsSwitchedOff } }')
    expect(await isOff()).toMatchObject({ viewer: { draftsSwitchedOff: true } })
    await suspect(customer)
    const following = 'subscription { draftsChanged { drafts { customerId } } }'
    const changes = await openEventStream(url, await tokenFor(customer), following)
    expect(await changes.take(1)).toMatchObject([{ data: { draftsChanged: { drafts: [] } } }])
    await changes.leave()
    expect(await switched(customer, 'switchDraftsOn')).toMatchObject({ userErrors: [] })
    expect(await isOff()).toMatchObject({ viewer: { draftsSwitchedOff: false } })
  })

  it('is dismissed by a visitor as by a customer', async () => {
    const visitor = somebody('visitor')
    await suspect(visitor)
    expect(await send(visitor, 'dismissDraft')).toMatchObject({ userErrors: [], draft: { status: 'DISMISSED' } })
    expect((await ownDrafts(visitor)).map(({ status }) => status)).toEqual(['DISMISSED'])
  })

  it('is opened and dismissed for its customer by a service alone, which names them', async () => {
    const customer = somebody()
    await suspect(customer)
    expect(codesOf(await send(gateway, 'openDraft'))).toEqual(['INVALID_COMMAND'])
    expect(codesOf(await send(somebody(), 'openDraft', { customerId: customer.id }))).toEqual(['NOT_THE_CUSTOMER'])
    for (const as of [ana, sam, ines]) {
      const document = 'mutation ($input: OpenDraftInput!) { openDraft(input: $input) { repeated } }'
      const input = { commandId: 'x', customerId: customer.id, number: 1 }
      expect((await api.ask(as, document, { input })).errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
    }
    const opened = await send(gateway, 'openDraft', { customerId: `Customer~${customer.id}` })
    const asRead = { subject: 'Une erreur qui revient' }
    const ticket = { ...asRead, tags: ['proactive'] }
    expect(opened).toMatchObject({ userErrors: [], draft: { status: 'OPENED', ...asRead, ticket } })
  })

  it('does not exist where there is none, and for a customer who is not offered it', async () => {
    const customer = somebody()
    expect(codesOf(await send(customer, 'openDraft', { number: 7 }))).toEqual(['DRAFT_NOT_FOUND'])
    expect(codesOf(await send(customer, 'dismissDraft'))).toEqual(['DRAFT_NOT_FOUND'])
    expect((await send(customer, 'openDraft', { customerId: '' })).userErrors).toMatchObject([
      { code: 'INVALID_COMMAND', field: 'customerId' },
    ])
  })
})

describe('drafts', () => {
  it('are switched off and on by their customer, and by the desk as far as they have not', async () => {
    const customer = somebody()
    await suspect(customer)
    const off = '{ viewer { draftsSwitchedOff } }'
    const entity = 'draftsSwitchedOff'
    expect(await mutate(api, customer, 'switchDraftsOff', {}, entity)).toMatchObject({ draftsSwitchedOff: true })
    expect(await api.dataOf(customer, off)).toEqual({ viewer: { draftsSwitchedOff: true } })
    const namesake = { id: customer.id, role: 'service' } as const
    expect(await api.dataOf(namesake, off)).toEqual({ viewer: { draftsSwitchedOff: false } })
    expect((await ownDrafts(customer)).map(({ status }) => status)).toEqual(['LAPSED'])
    const named = { customerId: customer.id }
    expect(codesOf(await mutate(api, ana, 'switchDraftsOn', named, entity))).toEqual(['NOT_FOR_THIS_ACTOR'])
    const document = 'mutation ($input: SwitchDraftsOnInput!) { switchDraftsOn(input: $input) { repeated } }'
    const input = { commandId: 'switch-on', ...named }
    expect((await api.ask(gateway, document, { input })).errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
    expect(await mutate(api, customer, 'switchDraftsOn', {}, entity)).toMatchObject({ draftsSwitchedOff: false })
    expect(await mutate(api, gateway, 'switchDraftsOff', named, entity)).toMatchObject({ draftsSwitchedOff: true })
    expect(await mutate(api, ana, 'switchDraftsOn', named, entity)).toMatchObject({ draftsSwitchedOff: false })
    expect(codesOf(await mutate(api, ana, 'switchDraftsOff', {}, entity))).toEqual(['INVALID_COMMAND'])
    const others = await mutate(api, somebody(), 'switchDraftsOff', named, entity)
    expect(codesOf(others)).toEqual(['NOT_THE_CUSTOMER'])
  })

  it('are counted by rule, for the desk', async () => {
    const figures = 'rule suspected opened acceptance precision ticketsAvoided'
    const reportSince = (from: string) => `{ draftReport(from: "${from}") { ${figures} } }`
    const now = instant(new Date())
    const query = reportSince(later(now, -days(399)))
    const { draftReport } = await api.dataOf(ana, query)
    const [repeated, searches] = draftReport as readonly { readonly suspected: number; readonly opened: number }[]
    expect(repeated?.suspected).toBeGreaterThan(2)
    expect(repeated?.opened).toBeGreaterThan(1)
    expect(searches).toEqual({
      rule: 'SEARCHES',
      suspected: 0,
      opened: 0,
      acceptance: null,
      precision: null,
      ticketsAvoided: null,
    })
    expect((await api.ask(somebody(), query)).errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
    const tooLong = await api.ask(ana, reportSince(later(now, -days(401))))
    expect(tooLong.errors).toMatchObject([{ extensions: { code: 'malformed_input' } }])
  })

  it('have an effect that is not said before there are enough of them', async () => {
    const { draftReport } = await api.dataOf(ana, '{ draftReport { rule effect { group cases share } } }')
    const groups = ['OFFERED', 'HOLDOUT'].map((group) => ({ group, cases: 0, share: null }))
    expect(draftReport).toMatchObject([{ rule: 'REPEATED', effect: groups }, { effect: groups }, { effect: groups }])
  })

  it('are sent to their customer when they are offered, and when they are not any more', async () => {
    const customer = somebody()
    type Change = { readonly draftsChanged: { readonly drafts: readonly { readonly subject: string }[] } }
    const changes = await openEventStream<Change>(
      url,
      await tokenFor(customer),
      'subscription { draftsChanged { drafts { number subject similarTickets { id } } } }',
    )
    const next = async () => (await changes.take(1))[0]?.data?.draftsChanged.drafts
    expect(await next()).toEqual([])
    await suspect(customer)
    expect(await next()).toMatchObject([{ number: 1, subject: 'Une erreur qui revient' }])
    await send(customer, 'dismissDraft')
    expect(await next()).toEqual([])
    await changes.leave()
  })
})

describe('a draft that is held for its review', () => {
  beforeAll(() => review(true))
  afterAll(() => review(false))

  it('is seen by the desk, and by its customer once a supervisor approves it', async () => {
    const customer = somebody()
    type Change = { readonly draftsInReviewChanged: { readonly drafts: readonly { readonly customerId: string }[] } }
    const changes = await openEventStream<Change>(
      url,
      await tokenFor(sam),
      'subscription { draftsInReviewChanged { drafts { customerId } } }',
    )
    const held = async () =>
      (await changes.take(1))[0]?.data?.draftsInReviewChanged.drafts.map((each) => each.customerId)
    expect(await held()).not.toContain(customer.id)
    await suspect(customer)
    expect(await held()).toContain(customer.id)
    expect(await ownDrafts(customer)).toEqual([])
    expect(codesOf(await send(customer, 'openDraft'))).toEqual(['DRAFT_NOT_FOUND'])
    expect(await draftsOf(customer, 'status: [IN_REVIEW]')).toMatchObject([{ status: 'IN_REVIEW' }])
    const document = 'mutation ($input: ApproveDraftInput!) { approveDraft(input: $input) { repeated } }'
    const input = { commandId: 'approve', customerId: customer.id, number: 1 }
    for (const as of [ana, gateway, ines, customer])
      expect((await api.ask(as, document, { input })).errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
    expect(await send(sam, 'approveDraft', input)).toMatchObject({ userErrors: [], draft: { status: 'OFFERED' } })
    expect((await ownDrafts(customer)).map(({ status }) => status)).toEqual(['OFFERED'])
    expect(await held()).not.toContain(customer.id)
    await changes.leave()
  })

  it('is withheld for ever by a supervisor', async () => {
    const customer = somebody()
    await suspect(customer)
    const named = { customerId: customer.id }
    const withheld = await send(sam, 'withholdDraft', { ...named, reason: 'A test account.' })
    expect(withheld).toMatchObject({ userErrors: [], draft: { status: 'WITHHELD' } })
    expect(codesOf(await send(sam, 'approveDraft', named))).toEqual(['DRAFT_DECIDED'])
    expect(await ownDrafts(customer)).toEqual([])
    const node = `{ node(id: "Draft~1~${customer.id}") { id } }`
    expect(await api.dataOf(customer, node)).toEqual({ node: null })
    expect(await api.dataOf(ana, node)).toEqual({ node: { id: `Draft~1~${customer.id}` } })
  })

  it('says to the desk whether a review has withheld it, or it is in the holdout', async () => {
    const [customer, holdout] = [somebody(), somebodyInHoldout()]
    for (const each of [customer, holdout]) await suspect(each)
    const first = async ({ id }: Bearer) => {
      const query = `{ drafts(first: 1, filter: { customerId: "${id}" }) { nodes { status withheldCause } } }`
      const { drafts } = await api.dataOf(ana, query)
      return (drafts as { readonly nodes: readonly unknown[] }).nodes[0]
    }
    expect(await first(customer)).toEqual({ status: 'IN_REVIEW', withheldCause: null })
    await send(sam, 'withholdDraft', { customerId: customer.id })
    expect(await first(customer)).toEqual({ status: 'WITHHELD', withheldCause: 'REVIEW' })
    expect(await first(holdout)).toEqual({ status: 'WITHHELD', withheldCause: 'HOLDOUT' })
    expect(await ownDrafts(holdout)).toEqual([])
  })

  it('does not exist for its customer either when it has lapsed before its review', async () => {
    const customer = somebody()
    await suspect(customer)
    await mutate(api, customer, 'switchDraftsOff', {}, 'draftsSwitchedOff')
    expect(await draftsOf(customer)).toMatchObject([{ status: 'LAPSED' }])
    expect(await ownDrafts(customer)).toEqual([])
    for (const operation of ['openDraft', 'dismissDraft']) {
      const answer = await send(customer, operation)
      expect(answer).toMatchObject({ userErrors: [{ code: 'DRAFT_NOT_FOUND' }], draft: null })
    }
    expect(await api.dataOf(customer, `{ node(id: "Draft~1~${customer.id}") { id } }`)).toEqual({ node: null })
  })
})
