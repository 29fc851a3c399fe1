import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, max, mutate, useApi, zoe } from '../../server/testing/api-under-test.ts'
import { filesInFolder } from '../../server/testing/files-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { files: filesInFolder })

const camille: Bearer = { ...max, id: 'camille' }
const stranger: Bearer = { ...max, id: 'stranger' }
const actorOf = ({ id }: Bearer) => ({ kind: 'customer', id }) as const

const open = async (id: string, of: Bearer) => {
  const opening = {
    type: 'open',
    messageId: 'first',
    subject: id,
    body: `${id} asks`,
    customer: { id: of.id },
  } as const
  expect(await api.desk.execute('ticket', id, opening, { by: actorOf(of) })).toMatchObject({ ok: true })
}
const attach = async (ticketId: string, fileId: string, of: Bearer) => {
  const content = { name: 'a.png', bytes: 3, sha256: 'a'.repeat(64), mediaType: 'image/png', scan: false }
  const by = actorOf(of)
  await api.desk.execute('file', fileId, { type: 'store', owner: `ticket-${ticketId}`, ...content }, { by })
  const attachments = [{ fileId }]
  const attached = { type: 'customerReply', messageId: 'with', body: 'Voici', attachments } as const
  expect(await api.desk.execute('ticket', ticketId, attached, { by })).toMatchObject({ ok: true })
}

beforeAll(async () => {
  await open('of-camille', camille)
  await attach('of-camille', 'f-camille', camille)
  await open('of-zoe', zoe)
  await attach('of-zoe', 'f-zoe', zoe)
  for (const { id } of [zoe, camille]) await mutate(api, ana, 'registerCustomer', { customerId: id }, '')
})

const merge = (source: string, target: string) => mutate(api, ana, 'mergeTickets', { source, target }, 'ticket { id }')
const shown = `conversation(first: 9) { nodes { body attachments { file { key } } } }`

it('means the person by a customer in a filter, and merges the tickets of both ids of one', async () => {
  const listed = async (list: 'tickets' | 'chats', filter: string) =>
    Object.values(await api.dataOf(ana, `{ ${list}(first: 9, filter: { ${filter} }) { nodes { id } } }`)).flatMap(
      (found) => (found as { readonly nodes: readonly { readonly id: string }[] }).nodes.map(({ id }) => id),
    )
  expect(await merge('of-zoe', 'of-camille')).toMatchObject({ userErrors: [{ code: 'MERGE_ACROSS_CUSTOMERS' }] })
  expect(await listed('tickets', `customerId: ["${zoe.id}"]`)).toEqual(['of-zoe'])
  await mutate(api, ana, 'mergeCustomers', { customerId: camille.id, intoCustomerId: zoe.id }, '')
  for (const id of [zoe.id, camille.id, `Customer~${camille.id}`]) {
    expect((await listed('tickets', `customerId: ["${id}"]`)).toSorted()).toEqual(['of-camille', 'of-zoe'])
    expect((await listed('tickets', `or: [{ customerId: ["${id}"] }]`)).toSorted()).toEqual(['of-camille', 'of-zoe'])
    expect(await listed('tickets', `not: { customerId: ["${id}"] }`)).toEqual([])
  }
  expect(await listed('tickets', `customerId: ["stranger"]`)).toEqual([])
  const own = await api.dataOf(camille, '{ tickets(first: 9) { nodes { id } } }')
  expect(own).toEqual({ tickets: { nodes: [{ id: 'of-camille' }] } })

  expect((await merge('of-zoe', 'of-camille')).userErrors).toEqual([])
  for (const as of [ana, zoe, camille])
    expect(await api.dataOf(as, `{ ticket(id: "of-camille") { ${shown} } }`)).toEqual({
      ticket: {
        conversation: {
          nodes: [
            { body: 'of-camille asks', attachments: [] },
            { body: 'Voici', attachments: [{ file: { key: 'f-camille' } }] },
            { body: 'of-zoe asks', attachments: [] },
            { body: 'Voici', attachments: [{ file: { key: 'f-zoe' } }] },
          ],
        },
      },
    })
  expect(await api.dataOf(stranger, '{ file(id: "f-zoe") { key } ticket(id: "of-camille") { id } }')).toEqual({
    file: null,
    ticket: null,
  })
})

it('lets a merged account go on with the chat of the one who survives', async () => {
  const start = (as: Bearer) => mutate(api, as, 'startChat', {}, 'chat { id messages(first: 9) { nodes { body } } }')
  const { chat } = (await start(zoe)) as unknown as { readonly chat: { readonly id: string } }
  const chatId = chat.id
  const sent = { chatId, messageId: 'm1', body: 'Bonjour' }
  expect((await mutate(api, zoe, 'sendChatMessage', sent, 'chat { id }')).userErrors).toEqual([])
  expect(await start(camille)).toMatchObject({
    userErrors: [],
    chat: { id: chatId, messages: { nodes: [{ body: 'Bonjour' }] } },
  })
  const answer = { chatId, messageId: 'm2', body: 'Encore moi' }
  expect((await mutate(api, camille, 'sendChatMessage', answer, 'chat { id }')).userErrors).toEqual([])
  const query = `{ chat(id: "${chatId}") { messages(first: 9) { nodes { body } } } }`
  const messages = { nodes: [{ body: 'Bonjour' }, { body: 'Encore moi' }] }
  for (const as of [ana, zoe, camille]) expect(await api.dataOf(as, query)).toEqual({ chat: { messages } })
  expect(await api.dataOf(stranger, query)).toEqual({ chat: null })
  const listed = `{ chats(first: 9, filter: { customerId: ["${camille.id}"] }) { nodes { id } } }`
  expect(await api.dataOf(ana, listed)).toEqual({ chats: { nodes: [{ id: chatId }] } })
})

it('removes from the record of a merged customer what is removed from the one who survives', async () => {
  const email = 'camille@old.example'
  const phone = '+33 6 12 34 56 78'
  for (const id of ['camille-1', 'camille-2']) await mutate(api, ana, 'registerCustomer', { customerId: id }, '')
  const known = { customerId: 'camille-2' }
  await mutate(api, ana, 'addCustomerEmail', { ...known, address: email, verified: true }, '')
  await mutate(api, ana, 'addCustomerPhone', { ...known, number: phone, verified: true }, '')
  await mutate(api, ana, 'addCustomerExternalId', { ...known, system: 'crm', id: '7' }, '')
  await mutate(api, ana, 'mergeCustomers', { customerId: 'camille-2', intoCustomerId: 'camille-1' }, '')
  const shownRecord = 'readModelsReached customer { id }'
  const survivor = { customerId: 'camille-1' }
  for (const [operation, removed] of [
    ['removeCustomerEmail', { address: email }],
    ['removeCustomerPhone', { number: phone }],
    ['removeCustomerExternalId', { system: 'crm', id: '7' }],
  ] as const)
    expect(await mutate(api, ana, operation, { ...survivor, ...removed }, shownRecord)).toMatchObject({
      userErrors: [],
      readModelsReached: true,
      customer: { id: 'Customer~camille-1' },
    })
  expect((await api.desk.read('customer', 'camille-2')).state).toMatchObject({
    emails: [],
    phones: [],
    externalIds: [],
  })
  for (const identity of [{ email }, { phone }, { externalId: { system: 'crm', value: '7' } }]) {
    const query = 'query ($identity: CustomerIdentityInput!) { customerByIdentity(identity: $identity) { id } }'
    expect(await api.dataOf(ana, query, { identity })).toEqual({ customerByIdentity: null })
  }
})

it('shows the files of a message on the ticket that it was split off as, while one of the two shows them', async () => {
  await open('split', max)
  await attach('split', 'f-split', max)
  const split = { source: 'split', messageId: 'with', subject: 'Autre' }
  const made = await mutate(api, ana, 'splitTicket', split, `ticket { id ${shown} }`)
  const id = (made as unknown as { readonly ticket: { readonly id: string } }).ticket.id
  const nodes = [{ body: 'Voici', attachments: [{ file: { key: 'f-split' } }] }]
  expect(made).toMatchObject({ userErrors: [], ticket: { conversation: { nodes } } })
  const query = `query ($id: ID!) { ticket(id: $id) { ${shown} } file(id: "f-split") { key } }`
  for (const as of [ana, max])
    expect(await api.dataOf(as, query, { id })).toEqual({
      ticket: { conversation: { nodes } },
      file: { key: 'f-split' },
    })
  const removal = { ticketId: 'split', messageId: 'with' }
  expect((await mutate(api, ana, 'redactMessage', removal, 'ticket { id }')).userErrors).toEqual([])
  for (const as of [ana, max]) expect(await api.dataOf(as, query, { id })).toMatchObject({ file: { key: 'f-split' } })
  expect(await api.dataOf(stranger, query, { id })).toEqual({ ticket: null, file: null })
})
