import { afterAll, beforeAll, expect, it } from 'vitest'
import { ana, mutate, sam, useApi, zoe } from '../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const shown = 'customer { id userId name emails { address verified } phones { number verified } fields { name value } }'
const registerZoe = (commandId: string) =>
  mutate(
    api,
    ana,
    'registerCustomer',
    {
      commandId,
      customerId: 'zoe',
      name: 'Zoé Dupont',
      country: 'FR',
      emails: [{ address: ' Zoe@ACME.example ', verified: true }],
      phones: [{ number: '01 23 45 67 89', verified: true }],
      externalIds: [{ system: 'crm', id: 'C-77' }],
    },
    shown,
  )

it('registers a customer with addresses and numbers in their normal form, and finds them by any of them', async () => {
  expect(await registerZoe('r1')).toMatchObject({
    userErrors: [],
    customer: {
      id: 'Customer~zoe',
      emails: [{ address: 'Zoe@acme.example', verified: true }],
      phones: [{ number: '+33123456789', verified: true }],
    },
  })
  expect(await registerZoe('r1')).toMatchObject({ userErrors: [], customer: { userId: 'zoe' } })
  for (const identity of [
    { email: 'zoe@acme.example' },
    { phone: '+33 1 23 45 67 89' },
    { externalId: { system: 'crm', value: 'C-77' } },
  ]) {
    const query = 'query ($identity: CustomerIdentityInput!) { customerByIdentity(identity: $identity) { userId } }'
    expect(await api.dataOf(ana, query, { identity })).toEqual({ customerByIdentity: { userId: 'zoe' } })
  }
  for (const search of ['dupont', 'zoe@acme', '01 23 45', 'c-77']) {
    const query = 'query ($search: String) { customers(first: 5, filter: { search: $search }) { nodes { userId } } }'
    expect(await api.dataOf(ana, query, { search })).toEqual({ customers: { nodes: [{ userId: 'zoe' }] } })
  }
})

it('refuses what is no address and no number, and what another customer has', async () => {
  const errorsOf = async (operation: string, input: object) =>
    (await mutate(api, ana, operation, { customerId: 'eve', ...input }, shown)).userErrors.map(({ code, field }) => [
      code,
      field,
    ])
  expect(await errorsOf('registerCustomer', { emails: [{ address: 'eve' }] })).toEqual([
    ['EMAIL_INVALID', 'emails.0.address'],
  ])
  expect(await errorsOf('registerCustomer', { phones: [{ number: '12' }] })).toEqual([
    ['PHONE_INVALID', 'phones.0.number'],
  ])
  expect(await errorsOf('registerCustomer', { name: 'Ève' })).toEqual([])
  expect(await errorsOf('addCustomerEmail', { address: 'ZOE@acme.example', verified: true })).toEqual([
    ['IDENTITY_TAKEN', 'address'],
  ])
  expect(await errorsOf('addCustomerPhone', { number: '01 23 45 67 89' })).toEqual([['PHONE_INVALID', 'number']])
  expect(await errorsOf('changeCustomer', { fields: [{ name: 'seats', value: '3' }] })).toEqual([
    ['FIELD_UNKNOWN', 'fields.seats'],
  ])
  expect(await errorsOf('changeCustomer', { customerId: 'nobody', name: 'x' })).toEqual([['CUSTOMER_NOT_FOUND', null]])
})

it('shows the profile of a customer with those who were merged into them, until they are split back', async () => {
  for (const [ticketId, id] of [
    ['t1', 'zoe'],
    ['t2', 'zoe-mobile'],
  ] as const)
    await mutate(api, ana, 'openTicket', { ticketId, subject: 'Help', body: 'Broken', customer: { id } })
  await mutate(api, ana, 'registerCustomer', { customerId: 'zoe-mobile' }, shown)
  await mutate(api, ana, 'registerCustomer', { customerId: 'zoe' }, shown)
  const merge = { customerId: 'Customer~zoe-mobile', intoCustomerId: 'Customer~zoe' }
  expect(await mutate(api, ana, 'mergeCustomers', merge, shown)).toMatchObject({
    userErrors: [],
    customer: { userId: 'zoe' },
  })
  const query = `{ customer(id: "zoe") { merged figures { open past lastThirtyDays promisesMissed }
    tickets(first: 5) { nodes { id customer { userId } } } } }`
  const { customer } = await api.dataOf(ana, query)
  expect(customer).toMatchObject({ merged: ['zoe-mobile'], figures: { open: 2, past: 0, lastThirtyDays: 2 } })
  expect((customer as { tickets: { nodes: { id: string }[] } }).tickets.nodes.map(({ id }) => id).sort()).toEqual([
    't1',
    't2',
  ])
  expect(await mutate(api, ana, 'splitCustomer', { customerId: 'zoe-mobile' }, shown)).toMatchObject({ userErrors: [] })
  expect(await api.dataOf(ana, '{ customer(id: "zoe") { merged } }')).toEqual({ customer: { merged: [] } })
})

it('keeps organisations, whose members have a verified address at one of their domains', async () => {
  const organisation = 'organisation { id name domains }'
  const register = { organisationId: 'acme', name: 'ACME', size: 250, customerSince: '2024-02-29' }
  await mutate(api, sam, 'registerOrganisation', register, organisation)
  await registerZoe('r2')
  const domain = { organisationId: 'acme', domain: 'ACME.example' }
  expect(await mutate(api, sam, 'addOrganisationDomain', domain, organisation)).toMatchObject({
    userErrors: [],
    organisation: {
      id: 'Organisation~acme',
      domains: ['acme.example'],
    },
  })
  const query =
    '{ customer(id: "zoe") { organisation { name } } customers(first: 5, filter: { organisationId: "Organisation~acme" }) { nodes { userId } } organisations(first: 5, search: "acm") { nodes { key } } }'
  expect(await api.dataOf(ana, query)).toEqual({
    customer: { organisation: { name: 'ACME' } },
    customers: { nodes: [{ userId: 'zoe' }] },
    organisations: { nodes: [{ key: 'acme' }] },
  })
})

it('shows none of it to customers', async () => {
  for (const query of ['{ customer(id: "zoe") { name } }', '{ customers(first: 1) { nodes { userId } } }']) {
    const { errors } = await api.ask(zoe, query)
    expect(errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
  }
  expect(await api.dataOf(zoe, '{ node(id: "Customer~zoe") { id } }')).toEqual({ node: null })
})
