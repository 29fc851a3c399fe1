import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, max, mutate, openEventStream, tokenFor, useApi, zoe } from '../../server/testing/api-under-test.ts'
import { filesInFolder } from '../../server/testing/files-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { files: filesInFolder })

const camille: Bearer = { ...max, id: 'camille' }
const stranger: Bearer = { ...max, id: 'stranger' }

const query = `query ($id: ID!) {
  ticket(id: $id) { id viewerCanCustomerReply customer { userId email } conversation(first: 9) { nodes { body attachments { file { name } } } } }
  node(id: $id) { id }
  tickets(first: 9) { nodes { id } }
}`
const seenBy = (as: Bearer, id: string) => api.dataOf(as, query, { id })
const nothing = { ticket: null, node: null, tickets: { nodes: [] } }

const reply = async (as: Bearer, ticketId: string, body: string) =>
  (await mutate(api, as, 'customerReply', { ticketId, body }, 'ticket { id }')).userErrors

it('shows the tickets of a merged customer to the one who survives, on every road, and no more after a split', async () => {
  const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  const by = { kind: 'customer', id: camille.id } as const
  const customer = { id: camille.id, email: 'camille@example.org' }
  const open = { type: 'open', subject: 'Facture', body: 'Bonjour', customer } as const
  expect(await api.desk.execute('ticket', 'merged', open, { by })).toMatchObject({ ok: true })
  const content = { name: 'a.png', bytes: 3, sha256: 'a'.repeat(64), mediaType: 'image/png', scan: false }
  await api.desk.execute('file', 'f', { type: 'store', owner: 'ticket-merged', ...content }, { by })
  const attachments = [{ fileId: 'f' }]
  const withFile = { type: 'customerReply', messageId: 'm', body: 'Voici', attachments } as const
  expect(await api.desk.execute('ticket', 'merged', withFile, { by })).toMatchObject({ ok: true })
  for (const as of [zoe, stranger]) {
    expect(await seenBy(as, 'merged')).toEqual(nothing)
    expect(await reply(as, 'merged', 'x')).toMatchObject([{ code: 'TICKET_NOT_FOUND' }])
  }

  for (const { id } of [zoe, camille]) await mutate(api, ana, 'registerCustomer', { customerId: id }, '')
  const merge = { customerId: 'Customer~camille', intoCustomerId: `Customer~${zoe.id}` }
  expect(await mutate(api, ana, 'mergeCustomers', merge, '')).toMatchObject({ userErrors: [] })
  const shown = {
    ticket: {
      id: 'merged',
      viewerCanCustomerReply: true,
      customer: { userId: camille.id, email: 'camille@example.org' },
      conversation: { nodes: [{ body: 'Bonjour' }, { body: 'Voici', attachments: [{ file: { name: 'a.png' } }] }] },
    },
    node: { id: 'merged' },
    tickets: { nodes: [{ id: 'merged' }] },
  }
  expect(await seenBy(zoe, 'merged')).toMatchObject(shown)
  expect(await seenBy(camille, 'merged')).toMatchObject(shown)
  expect(await seenBy(stranger, 'merged')).toEqual(nothing)
  const changes = await openEventStream(
    `${address}/graphql`,
    await tokenFor(zoe),
    'subscription { ticketChanged(id: "merged") { event { __typename } } }',
  )
  expect(await reply(zoe, 'merged', 'Merci')).toEqual([])
  expect(await changes.take(1)).toMatchObject([
    { data: { ticketChanged: { event: { __typename: 'CustomerReplied' } } } },
  ])
  expect(await reply(stranger, 'merged', 'x')).toMatchObject([{ code: 'TICKET_NOT_FOUND' }])

  const inbox = await openEventStream(
    `${address}/graphql`,
    await tokenFor(zoe),
    'subscription { inboxReceived { notification { kind ticket { id } } } }',
  )
  const inboxOf = (as: Bearer) => api.dataOf(as, '{ inbox(first: 9) { nodes { id kind ticket { id } } } }')
  const notified = { kind: 'REPLY', ticket: { id: 'merged' } }
  expect(await mutate(api, ana, 'agentReply', { ticketId: 'merged', body: 'Voilà' }, '')).toMatchObject({
    userErrors: [],
  })
  expect(await inbox.take(1)).toMatchObject([{ data: { inboxReceived: { notification: notified } } }])
  for (const as of [zoe, camille]) expect(await inboxOf(as)).toMatchObject({ inbox: { nodes: [notified] } })
  expect(await inboxOf(stranger)).toEqual({ inbox: { nodes: [] } })
  expect(await changes.take(2)).toMatchObject(
    ['AgentReplied', 'TicketStarted'].map((__typename) => ({ data: { ticketChanged: { event: { __typename } } } })),
  )

  await mutate(api, ana, 'splitCustomer', { customerId: camille.id }, '')
  expect(await seenBy(zoe, 'merged')).toEqual(nothing)
  expect(await reply(zoe, 'merged', 'x')).toMatchObject([{ code: 'TICKET_NOT_FOUND' }])
  expect(await reply(camille, 'merged', 'C’est moi')).toEqual([])
  expect(await changes.rest()).toEqual([])
  expect(await inboxOf(zoe)).toEqual({ inbox: { nodes: [] } })
  await inbox.leave()
})

it('gives the tickets of a visitor to the customer who claims them', async () => {
  const visitor = { kind: 'customer', id: 'visitor-7' } as const
  const open = { type: 'open', subject: 'Form', body: 'Rappelez-moi', customer: { id: visitor.id } } as const
  expect(await api.desk.execute('ticket', 'of-the-form', open, { by: visitor })).toMatchObject({ ok: true })
  expect(await seenBy(zoe, 'of-the-form')).toEqual(nothing)
  expect(await api.desk.claimVisitor(visitor.id, { customer: { id: zoe.id } })).toMatchObject({ ok: true })
  await expect
    .poll(() => seenBy(zoe, 'of-the-form'))
    .toMatchObject({
      ticket: { id: 'of-the-form', conversation: { nodes: [{ body: 'Rappelez-moi' }] } },
      node: { id: 'of-the-form' },
      tickets: { nodes: [{ id: 'of-the-form' }] },
    })
  expect(await reply(zoe, 'of-the-form', 'C’est pour moi')).toEqual([])
})
