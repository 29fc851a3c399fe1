import { afterAll, beforeAll, expect, it } from 'vitest'
import { ana, gateway, mutate, openTicket, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'
import { filesInFolder } from '../../server/testing/files-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { files: filesInFolder })

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

it('gives each note an id, which later notes leave as it is', async () => {
  const idsOf = async (id: string) => {
    const { customer } = await api.dataOf(ana, `{ customer(id: "${id}") { notes { id body } } }`)
    return (customer as { notes: { id: string }[] }).notes.map(({ id }) => id)
  }
  for (const customerId of ['noted-1', 'noted-2'])
    await mutate(api, ana, 'registerCustomer', { customerId, name: 'Noted' }, shown)
  const note = (customerId: string) => mutate(api, ana, 'addCustomerNote', { customerId, body: 'Calls at noon' }, '')
  await note('noted-1')
  await note('noted-1')
  await note('noted-2')
  const [first, second] = await idsOf('noted-1')
  expect(new Set([first, second, ...(await idsOf('noted-2'))]).size).toBe(3)
  await note('noted-1')
  expect((await idsOf('noted-1')).slice(0, 2)).toEqual([first, second])
})

it('shows the profiles of a list with as many statements as of one customer', async () => {
  const ids = Array.from({ length: 12 }, (_, n) => `many-${n}`)
  for (const customerId of ids) {
    await mutate(api, ana, 'registerCustomer', { customerId, name: 'Many', organisationId: 'many' }, shown)
    await mutate(api, ana, 'openTicket', { subject: 'Help', body: 'Broken', customer: { id: customerId } })
  }
  await mutate(api, sam, 'registerOrganisation', { organisationId: 'many', name: 'Many' }, 'organisation { key }')
  const statements = async (first: number): Promise<number> => {
    const before = api.queryCount()
    const { customers } = await api.dataOf(
      ana,
      `{ customers(first: ${first}, filter: { search: "many" }) { nodes { userId merged organisation { name } figures {
        open openChats pastChats chatsLastThirtyDays promisesOpen promisesKept } } } }`,
    )
    expect((customers as { nodes: object[] }).nodes).toHaveLength(first)
    const [node] = (customers as { nodes: object[] }).nodes
    expect(node).toMatchObject({ organisation: { name: 'Many' }, figures: { open: 1, openChats: 0 } })
    return api.queryCount() - before
  }
  const one = await statements(1)
  expect(await statements(12)).toBe(one)
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

it('sends nothing of a blocked customer, and begins chats in the language of their record', async () => {
  const customerId = zoe.id
  await mutate(api, ana, 'registerCustomer', { customerId }, shown)
  await mutate(api, ana, 'changeCustomer', { customerId, language: 'en' }, shown)
  const ticketId = await openTicket(api, zoe)
  await mutate(api, ana, 'blockCustomer', { customerId, reason: 'abuse' }, shown)
  const open = { subject: 'Help', body: 'Broken' }
  for (const [operation, input, entity] of [
    ['openTicket', open, undefined],
    ['customerReply', { ticketId, body: 'Hello?' }, undefined],
    ['startChat', {}, 'chat { id }'],
    ['createUpload', { ticketId, name: 'a.txt', bytes: 3 }, 'upload { url }'],
  ] as const)
    expect((await mutate(api, zoe, operation, input, entity)).userErrors).toMatchObject([{ code: 'CUSTOMER_BLOCKED' }])
  expect((await mutate(api, ana, 'openTicket', { ...open, customer: { id: customerId } })).userErrors).toEqual([])
  await mutate(api, ana, 'unblockCustomer', { customerId }, shown)
  const started = await mutate(api, zoe, 'startChat', {}, 'chat { language }')
  expect(started).toMatchObject({ userErrors: [], chat: { language: 'en' } })
})

it('says in which language a customer is addressed, and why', async () => {
  const customerId = 'lena'
  const addressed = async (): Promise<unknown> =>
    (await api.dataOf(ana, '{ customer(id: "lena") { language spokenLanguage languageSource } }'))['customer']
  const change = (changes: object) => mutate(api, ana, 'changeCustomer', { customerId, ...changes }, shown)
  await mutate(api, ana, 'registerCustomer', { customerId }, shown)
  expect(await addressed()).toEqual({ language: null, spokenLanguage: null, languageSource: null })
  const by = { kind: 'system', id: 'identity' } as const
  await api.desk.engine.execute('customer', customerId, { type: 'detectLanguage', language: 'en' }, { by })
  await change({ name: 'Lena' })
  expect(await addressed()).toEqual({ language: null, spokenLanguage: 'en', languageSource: 'DETECTED' })
  await change({ country: 'FR' })
  expect(await addressed()).toMatchObject({ spokenLanguage: 'fr', languageSource: 'COUNTRY' })
  await change({ language: 'en' })
  expect(await addressed()).toEqual({ language: 'en', spokenLanguage: 'en', languageSource: 'CORRECTED' })
  const lena = { kind: 'customer', id: customerId } as const
  await api.desk.execute('recipient', customerId, { type: 'chooseLanguage', language: 'fr' }, { by: lena })
  expect(await addressed()).toEqual({ language: 'en', spokenLanguage: 'fr', languageSource: 'STATED' })
})

it('shows none of it to customers', async () => {
  for (const query of ['{ customer(id: "zoe") { name } }', '{ customers(first: 1) { nodes { userId } } }']) {
    const { errors } = await api.ask(zoe, query)
    expect(errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
  }
  expect(await api.dataOf(zoe, '{ node(id: "Customer~zoe") { id } }')).toEqual({ node: null })
})

it('registers the customer of a new identity, and returns the one whom a known identity leads to', async () => {
  const identify = (identity: object, more: object = {}, by = gateway) =>
    mutate(api, by, 'identifyCustomer', { identity, ...more }, `repeated readModelsReached ${shown}`)
  const first = await identify({ email: ' Ida@ACME.example ' }, { customerId: 'ida', commandId: 'mail-1' })
  const ida = { userId: 'ida', emails: [{ address: 'Ida@acme.example', verified: true }] }
  expect(first).toMatchObject({ userErrors: [], readModelsReached: true, customer: ida })
  for (const by of [gateway, ana])
    expect(await identify({ email: 'ida@acme.example' }, { customerId: 'other' }, by)).toMatchObject({ customer: ida })
  expect(await identify({ phone: '+33 1 42 68 53 02' }, { customerId: 'ida' })).toMatchObject({
    customer: { userId: 'ida', phones: [{ number: '+33142685302', verified: true }] },
  })
  for (const [customerId, number, ...forms] of [
    ['bia', '+5541987991234', '\u202a+55 41 8799 1234\u202c', '+55 41 98799-1234', 'tel:+554187991234'],
    ['mia', '+525512345678', '+52 1 55 1234 5678', '+52 55 1234 5678'],
    ['lia', '+5491123456789', '+54 9 11 2345-6789', '+54 11 2345-6789', '+54 11 15 2345-6789'],
  ] as const)
    for (const phone of forms)
      expect(await identify({ phone }, { customerId })).toMatchObject({
        userErrors: [],
        customer: { userId: customerId, phones: [{ number, verified: true }] },
      })
  expect(await identify({ phone: '+54 11 2345-6789' }, { customerId: 'other' })).toMatchObject({
    customer: { userId: 'lia' },
  })
  const crm = { externalId: { system: 'crm', value: 'I-1' } }
  const made = await identify(crm, { commandId: 'crm-1' })
  const { customer } = made as unknown as { readonly customer: { readonly userId: string } }
  expect(made).toMatchObject({ userErrors: [], customer: { name: null } })
  expect(await identify(crm, { commandId: 'crm-1' })).toMatchObject({ userErrors: [], customer })
  expect((await identify({ phone: '12' })).userErrors).toMatchObject([
    { code: 'PHONE_INVALID', field: 'identity.phone' },
  ])
})

it('gives tickets and chats the language of the customer, also where others open them and after a merge', async () => {
  await mutate(api, ana, 'registerCustomer', { customerId: 'lou', language: 'de' }, '')
  await mutate(api, ana, 'registerCustomer', { customerId: 'lou-mobile', country: 'FR' }, '')
  const languages = async (id: string) => {
    const open = { subject: 'Hilfe', body: 'Kaputt', customer: { id } }
    const opened = await mutate(api, ana, 'openTicket', open, 'ticket { language }')
    const started = await mutate(api, gateway, 'startChat', { customer: { id } }, 'chat { id language }')
    const { chat } = started as unknown as { chat: { id: string; language: string } }
    const { ticket } = opened as unknown as { ticket: { language: string } }
    await mutate(api, ana, 'closeChat', { chatId: chat.id, reason: 'SOLVED' }, '')
    return [ticket.language, chat.language]
  }
  expect(await languages('lou-mobile')).toEqual(['fr', 'fr'])
  const merge = { customerId: 'lou-mobile', intoCustomerId: 'lou' }
  expect(await mutate(api, ana, 'mergeCustomers', merge, '')).toMatchObject({ userErrors: [] })
  expect(await languages('lou-mobile')).toEqual(['de', 'de'])
})
