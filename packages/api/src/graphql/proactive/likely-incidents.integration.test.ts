import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Suspicion } from '@guichet/domain'
import { instant, isHoldout, suspectCommand, troubleIncidentId } from '@guichet/domain'
import type { RecordedIncident } from '@guichet/workflows'
import { ana, gateway, mutate, sam, useApi } from '../../server/testing/api-under-test.ts'

const incident: RecordedIncident = {
  fingerprint: 'error_occurred:E_PAY',
  kind: 'error_occurred',
  code: 'E_PAY',
  since: instant('2026-03-02T09:00:00Z'),
  pages: ['/pay'],
  versions: ['1.4.0'],
  lately: 42,
  usual: 1.5,
  day: '2026-03-02',
  firstDay: '2026-03-01',
  updatedAt: instant('2026-03-02T10:00:00Z'),
}
const asked: string[] = []
/** How often the customers of the incident were asked for, and how many of them at most. */
const askedForCustomers: number[] = []
let reporters: readonly string[] = ['latest', 'earlier~2']
const api = useApi(
  { beforeAll, afterAll },
  {
    now: () => instant('2026-03-03T00:30:00Z'),
    likelyIncidents: {
      since: async (day) => {
        asked.push(day)
        return [incident]
      },
      of: async (fingerprints, day) => (fingerprints.includes(incident.fingerprint) ? [{ ...incident, day }] : []),
      customersOf: async ({ fingerprint }, limit) => {
        askedForCustomers.push(limit)
        return fingerprint === incident.fingerprint ? reporters : []
      },
    },
  },
)

/** The fields of a declaration, which `declareIncident` takes as they are. */
const declarationFields = 'declaration(language: "en") { incidentId title description customers { id } }'

it('lists likely incidents for the desk, with what each is declared as, once', async () => {
  const fields = `fingerprint code day people usual pages versions ${declarationFields}`
  const { likelyIncidents } = await api.dataOf(ana, `{ likelyIncidents(from: "2026-03-01") { ${fields} } }`)
  const { fingerprint, code, day, usual, pages, versions } = incident
  const title = 'Trouble of many customers: error_occurred:E_PAY'
  expect(likelyIncidents).toMatchObject([
    { fingerprint, code, day, people: 42, usual, pages, versions, declaration: { title } },
  ])
  expect(asked.at(-1)).toBe('2026-03-01')
  expect(askedForCustomers).toEqual([1_000])
  const [{ declaration }] = likelyIncidents as [{ readonly declaration: { readonly incidentId: string } }]
  const entity = 'incident { key title customers { customer { userId } } ticket { customer { userId } } }'
  const linkQuery = '{ likelyIncidents { firstDay incident { key status } } }'
  const { firstDay } = incident
  expect(await api.dataOf(ana, linkQuery)).toEqual({ likelyIncidents: [{ firstDay, incident: null }] })
  const declare = (as: typeof ana) => mutate(api, as, 'declareIncident', { ...declaration }, entity)
  const customers = ['latest', 'earlier~2'].map((userId) => ({ customer: { userId } }))
  expect(await declare(ana)).toMatchObject({
    userErrors: [],
    incident: { key: declaration.incidentId, title, customers, ticket: { customer: { userId: 'latest' } } },
  })
  expect(await declare(sam)).toMatchObject({ userErrors: [{ code: 'INCIDENT_ALREADY_DECLARED' }] })
  expect(await api.dataOf(gateway, linkQuery)).toEqual({
    likelyIncidents: [{ firstDay, incident: { key: declaration.incidentId, status: 'DECLARED' } }],
  })
})

it('names the customers who have it to people of the desk who ask for them, and to no service', async () => {
  const before = askedForCustomers.length
  await api.dataOf(ana, '{ likelyIncidents { declaration { incidentId title } } }')
  const query = '{ likelyIncidents { declaration { customers { id } } } }'
  expect(await api.dataOf(gateway, query)).toEqual({ likelyIncidents: [{ declaration: { customers: null } }] })
  expect(askedForCustomers).toHaveLength(before)
  const customers = [{ id: 'Person~latest' }, { id: 'Person~earlier~2' }]
  expect(await api.dataOf(ana, query)).toEqual({ likelyIncidents: [{ declaration: { customers } }] })
})

it('names a customer who was merged once, as the one who survives', async () => {
  for (const customerId of ['before', 'now']) await mutate(api, ana, 'registerCustomer', { customerId }, '')
  await mutate(api, ana, 'mergeCustomers', { customerId: 'before', intoCustomerId: 'now' }, '')
  const reportersBefore = reporters
  reporters = ['before', 'earlier~2', 'now']
  const query = '{ likelyIncidents { declaration { customers { userId } } } }'
  const customers = [{ userId: 'now' }, { userId: 'earlier~2' }]
  expect(await api.dataOf(ana, query)).toEqual({ likelyIncidents: [{ declaration: { customers } }] })
  reporters = reportersBefore
})

it('looks back to yesterday, and shows customers nothing', async () => {
  await api.dataOf(ana, '{ likelyIncidents { day } }')
  expect(asked.at(-1)).toBe('2026-03-02')
  const customer = { id: 'customer-1', role: 'customer' } as const
  const { errors } = await api.ask(customer, '{ likelyIncidents { day } }')
  expect(errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
})

it('is shown at a draft about the same trouble, and to its customer once an incident affects them', async () => {
  const { fingerprint, kind, code, since, pages, versions } = incident
  const id = ['zoe', 'max', 'eve', 'tom'].find((each) => !isHoldout(each, fingerprint, 0.05)) ?? 'zoe'
  const suspicion: Suspicion = {
    rule: 'repeated',
    fingerprint,
    kind,
    code,
    since,
    pages,
    versions,
    count: 4,
    priority: 'high',
    confidence: 0.95,
    reasons: [{ reason: 'repeated', count: 4 }],
    evidence: [{ fingerprint, count: 4 }],
  }
  const text = { subject: 'An error that comes back', body: 'Since this morning.', language: 'en' }
  const engine = { by: { kind: 'system', id: 'proactive' } } as const
  const outcome = await api.desk.engine.execute('draft', id, suspectCommand(suspicion, 'rules', text), engine)
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  if (outcome.value.position !== undefined) await api.settled(outcome.value.position)
  const drafts = 'drafts(first: 1) { nodes { number likelyIncident { fingerprint people } } }'
  expect(await api.dataOf(ana, `{ ${drafts} }`)).toEqual({
    drafts: { nodes: [{ number: 1, likelyIncident: { fingerprint, people: 42 } }] },
  })
  expect(await api.dataOf({ id, role: 'customer' }, `{ viewer { ${drafts} } }`)).toEqual({
    viewer: { drafts: { nodes: [{ number: 1, likelyIncident: null }] } },
  })

  const incidentId = troubleIncidentId(incident)
  const title = 'Trouble of many customers: error_occurred:E_PAY'
  await mutate(api, ana, 'declareIncident', { incidentId, title, customers: [{ id: 'latest' }] }, '')
  const withIncident = 'drafts(first: 1) { nodes { incident { title isResolved } } }'
  const readAsCustomer = () => api.dataOf({ id, role: 'customer' }, `{ viewer { ${withIncident} } }`)
  const nodesOf = (isResolved: boolean) => ({ nodes: [{ incident: { title, isResolved } }] })
  expect(await api.dataOf(ana, `{ ${withIncident} }`)).toEqual({ drafts: nodesOf(false) })
  expect(await readAsCustomer()).toEqual({ viewer: { drafts: { nodes: [{ incident: null }] } } })
  await mutate(api, ana, 'addAffectedCustomers', { incidentId, customers: [{ id }] }, '')
  expect(await readAsCustomer()).toEqual({ viewer: { drafts: nodesOf(false) } })
  await mutate(api, ana, 'resolveIncident', { incidentId, summary: 'A certificate was renewed.' }, '')
  expect(await readAsCustomer()).toEqual({ viewer: { drafts: nodesOf(true) } })
})
