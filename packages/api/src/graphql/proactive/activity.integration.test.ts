import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, gateway, ines, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'
import { activitiesInMemory } from '../../server/testing/activities-under-test.ts'

const activities = activitiesInMemory()
const api = useApi({ beforeAll, afterAll }, { activities, limits: { activitiesPerMinute: 100 } })

const document = `mutation ($input: RecordActivitiesInput!) {
  recordActivities(input: $input) { stored refused { index message } userErrors { code } }
}`
let last = 0
const reported = (more: object = {}): object => ({
  id: `activity-${++last}`,
  kind: 'error_occurred',
  at: new Date(Date.now() - 60_000).toISOString(),
  page: 'https://shop.example/pay?card=4242',
  detail: { code: 'E_PAY' },
  ...more,
})
const record = async (as: Bearer, ...batch: readonly object[]) =>
  api.ask(as, document, { input: { sentAt: new Date().toISOString(), activities: batch } })

it('records the activities of customers and visitors as POST /activities does, each by itself', async () => {
  const { data } = await record(zoe, reported({ version: null }), reported({ kind: 'mouse_moved', detail: null }))
  expect(data).toEqual({
    recordActivities: {
      stored: 1,
      refused: [{ index: 1, message: 'kind: the desk has no kind mouse_moved' }],
      userErrors: [],
    },
  })
  expect(activities.of('zoe')).toMatchObject([{ code: 'E_PAY', page: 'https://shop.example/pay' }])
  const refused = [{ index: 0, message: expect.stringMatching(/^id: must be 8 to 64/) }]
  expect((await record(zoe, reported({ id: 'short' }), reported({ customerId: null }))).data).toMatchObject({
    recordActivities: { stored: 1, refused },
  })
  const visitor: Bearer = { id: 'visitor-00000000-0000-4000-8000-000000000009', role: 'visitor' }
  expect((await record(visitor, reported())).data).toMatchObject({ recordActivities: { stored: 1 } })
})

it('takes the id of a customer from services alone, in every form', async () => {
  const { data } = await record(gateway, reported({ customerId: 'Customer~carl' }), reported())
  expect(data).toMatchObject({ recordActivities: { stored: 1, refused: [{ index: 1 }] } })
  expect(activities.of('carl')).toHaveLength(1)
  const codeOf = async (as: Bearer, more: object) => (await record(as, reported(more))).errors[0]?.extensions.code
  expect(await codeOf(zoe, { customerId: 'carl' })).toBe('forbidden')
  expect(await codeOf(ana, {})).toBe('forbidden')
  expect(activities.of('carl')).toHaveLength(1)
})

it('has the quota of a customer', async () => {
  const flood = async () => record({ id: 'flood', role: 'customer' }, ...Array.from({ length: 100 }, () => reported()))
  expect((await flood()).data).toMatchObject({ recordActivities: { stored: 100 } })
  expect((await flood()).errors).toMatchObject([{ extensions: { code: 'quota_exceeded' } }])
})

it('shows activities to their customer, to agents and to auditors, and to no service', async () => {
  const customer: Bearer = { id: 'vic', role: 'customer' }
  await record(customer, reported(), reported({ kind: 'page_view', detail: {} }))
  await mutate(api, ana, 'registerCustomer', { customerId: 'vic', name: 'Vic' }, '')
  const fields = 'nodes { kind code page detail } pageInfo { hasNextPage endCursor }'
  const own = await api.dataOf(customer, `{ viewer { activities(first: 1) { ${fields} } } }`)
  expect(own).toMatchObject({
    viewer: {
      activities: { nodes: [{ kind: 'page_view', code: null, detail: {} }], pageInfo: { hasNextPage: true } },
    },
  })
  const { pageInfo } = (own['viewer'] as { activities: { pageInfo: { endCursor: string } } }).activities
  const next = `{ viewer { activities(first: 1, after: "${pageInfo.endCursor}") { ${fields} } } }`
  expect(await api.dataOf(customer, next)).toMatchObject({
    viewer: { activities: { nodes: [{ kind: 'error_occurred', code: 'E_PAY', detail: { code: 'E_PAY' } }] } },
  })
  const ofCustomer = '{ customer(id: "vic") { activities(first: 5) { nodes { kind } } } }'
  for (const as of [ana, sam, ines])
    expect(await api.dataOf(as, ofCustomer)).toMatchObject({ customer: { activities: { nodes: [{}, {}] } } })
  expect(await api.dataOf(gateway, ofCustomer)).toEqual({ customer: { activities: null } })
  const ofViewer = '{ viewer { activities(first: 5) { nodes { kind } } } }'
  const others: readonly Bearer[] = [
    { id: 'eve', role: 'customer' },
    { id: 'vic', role: 'service' },
    { id: 'vic', role: 'agent' },
  ]
  for (const as of others) expect(await api.dataOf(as, ofViewer)).toEqual({ viewer: { activities: { nodes: [] } } })
})

it('counts activities by kind, page, version, day and trouble, for the desk', async () => {
  activities.answerCounts([
    { value: 'error_occurred:E_PAY', count: 5, people: 2, days: [{ day: '2026-03-02', count: 5 }] },
    { value: '', count: 1, people: undefined, days: [] },
  ])
  const march = 'from: "2026-03-01", to: "2026-03-31"'
  const query = `{ activityCounts(by: TROUBLE, ${march}) { value count people days { day count } } }`
  expect(await api.dataOf(ana, query)).toEqual({
    activityCounts: [
      { value: 'error_occurred:E_PAY', count: 5, people: 2, days: [{ day: '2026-03-02', count: 5 }] },
      { value: null, count: 1, people: null, days: [] },
    ],
  })
  for (const dimension of ['KIND', 'PAGE', 'VERSION', 'DAY'])
    await api.dataOf(ana, `{ activityCounts(by: ${dimension}, ${march}) { value } }`)
  await api.dataOf(ana, '{ activityCounts(to: "2026-03-31") { value } }')
  const asked = { from: '2026-03-01', to: '2026-03-31' }
  expect(activities.counted).toEqual([
    ...['trouble', 'kind', 'page', 'version', 'day'].map((dimension) => [dimension, asked, 100]),
    ['kind', { from: '2026-03-02', to: '2026-03-31' }, 100],
  ])
  const codeOf = async (as: Bearer, period: string) =>
    (await api.ask(as, `{ activityCounts(${period}) { value } }`)).errors[0]?.extensions.code
  expect(await codeOf(ana, 'from: "2026-03-02", to: "2026-03-01"')).toBe('malformed_input')
  expect(await codeOf(zoe, 'by: KIND')).toBe('forbidden')
  expect(activities.counted).toHaveLength(6)
})
