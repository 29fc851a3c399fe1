import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { configurationSchema, instant } from '@guichet/domain'
import { pageCalls } from '../calls/call-providers.ts'
import type { Bearer } from '../server/testing/api-under-test.ts'
import { ana, mutate, openEventStream, sam, tokenFor, useApi, zoe } from '../server/testing/api-under-test.ts'
import { filesInFolder } from '../server/testing/files-under-test.ts'

const calls = pageCalls({ url: 'https://meet.example/{room}', secret: 'a secret of the calls of members' })
const api = useApi({ beforeAll, afterAll }, { files: filesInFolder, calls })

const mia: Bearer = { role: 'customer', id: 'mia' }
const eve: Bearer = { role: 'customer', id: 'eve' }

const ticketFields = `id subject updatedAt version tags customer { userId email } conversation(first: 9) { nodes { id body } }
  timeline(first: 50) { nodes { __typename } } links { to } watchers { userId } viewerCanCustomerReply viewerCanConfirm`
const ticketOf = `query ($id: ID!) { ticket(id: $id) { ${ticketFields} } node(id: $id) { id } tickets(first: 9) { nodes { id } } }`

let address: string
beforeAll(async () => {
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
})

let count = 0
let ticket: string
let chat: string

const share = (sharedWith: string | null) =>
  mutate(api, sam, 'changeOrganisation', { organisationId: 'acme', sharedWith }, 'organisation { sharedWith }')

beforeEach(async () => {
  ticket = `shared-${++count}`
  await mutate(api, sam, 'registerOrganisation', { organisationId: 'acme', name: 'ACME' }, 'organisation { key }')
  for (const { id } of [zoe, mia])
    await mutate(api, ana, 'registerCustomer', { customerId: id, organisationId: 'acme' }, 'customer { userId }')
  await mutate(api, ana, 'changeCustomer', { customerId: mia.id, organisationId: 'acme' }, 'customer { userId }')
  await mutate(api, ana, 'registerCustomer', { customerId: eve.id }, 'customer { userId }')
  await mutate(api, ana, 'openTicket', {
    ticketId: ticket,
    subject: 'Printer',
    body: 'It is broken.',
    customer: { id: zoe.id, email: 'zoe@acme.example' },
  })
  await mutate(api, ana, 'addNote', { ticketId: ticket, body: 'A secret note.' })
  await mutate(api, ana, 'tagTicket', { ticketId: ticket, tag: 'vip' })
  const by = { kind: 'customer', id: zoe.id } as const
  const started = await api.desk.startChat(`chat-${count}`, { customer: { id: zoe.id } }, { by })
  if (!started.ok) throw new Error(started.refusal.message)
  chat = started.value.stream.slice('chat-'.length)
})

const seenBy = async (as: Bearer) => {
  const { data, errors } = await api.ask(as, ticketOf, { id: ticket })
  expect(errors).toEqual([])
  return data as { ticket: Record<string, unknown> | null; node: object | null; tickets: { nodes: { id: string }[] } }
}

const chatsOf = async (as: Bearer): Promise<unknown> => {
  const query = `{ chat(id: "${chat}") { id } chats(first: 9) { nodes { id } } node(id: "Chat~${chat}") { id } }`
  return (await api.ask(as, query)).data
}

describe('tickets and chats of an organisation', () => {
  it('are seen by nobody else unless that is configured', async () => {
    await share(null)
    for (const as of [mia, eve]) {
      expect(await seenBy(as)).toMatchObject({ ticket: null, node: null, tickets: { nodes: [] } })
      expect(await chatsOf(as)).toMatchObject({ chat: null, chats: { nodes: [] }, node: null })
    }
  })

  it('are seen by all members where they are shared with members, as their customer sees them', async () => {
    await share('MEMBERS')
    const [own, shared] = [await seenBy(zoe), await seenBy(mia)]
    expect(own.ticket).toMatchObject({ viewerCanCustomerReply: true, viewerCanConfirm: false, version: null, tags: [] })
    expect(shared).toEqual({
      ...own,
      ticket: {
        ...own.ticket,
        customer: { userId: zoe.id, email: null },
        viewerCanCustomerReply: false,
      },
    })
    expect(JSON.stringify(shared)).not.toMatch(/secret|Note|Tagged/)
    expect(shared.tickets.nodes.map(({ id }) => id)).toContain(ticket)
    expect(await chatsOf(mia)).toMatchObject({ chat: { id: `Chat~${chat}` } })
    const presence = `{ chat(id: "${chat}") { presence { customer { status } } } }`
    expect(await api.dataOf(mia, presence)).toEqual({ chat: { presence: null } })
    expect(await api.dataOf(zoe, presence)).toMatchObject({ chat: { presence: { customer: { status: 'OFFLINE' } } } })
    const ownChats = '{ chats(first: 9, orderBy: WAIT, filter: { mine: true }) { nodes { id } } }'
    expect(await api.dataOf(mia, ownChats)).toEqual({ chats: { nodes: [] } })
    expect(JSON.stringify(await api.dataOf(zoe, ownChats))).toContain(chat)
    expect(await seenBy(eve)).toMatchObject({ ticket: null, tickets: { nodes: [] } })
    const found = `{ tickets(first: 9, filter: { search: "printer", customerId: ["zoe"] }) { nodes { id } } }`
    expect(JSON.stringify(await api.dataOf(mia, found))).toContain(ticket)
    const secret = '{ tickets(first: 9, filter: { search: "secret" }) { nodes { id } } }'
    expect(await api.dataOf(mia, secret)).toEqual({ tickets: { nodes: [] } })
  })

  it('have the transcripts of chats for whoever sees the chat, as their customer gets them', async () => {
    const note = { type: 'send', messageId: 'n', kind: 'note', body: 'A secret note.' } as const
    expect(await api.desk.execute('chat', chat, note, { by: { kind: 'agent', id: ana.id } })).toMatchObject({
      ok: true,
    })
    const transcriptOf = async (as: Bearer, format: string) => {
      const headers = { authorization: `Bearer ${await tokenFor(as)}`, 'accept-language': 'en' }
      const answer = await fetch(`${address}/chats/${chat}/transcript.${format}?audience=desk`, { headers })
      return { status: answer.status, text: await answer.text() }
    }
    const member = { customerId: mia.id, organisationId: 'acme' }
    for (const format of ['txt', 'json']) {
      await share('MEMBERS')
      const own = await transcriptOf(zoe, format)
      expect(own).toMatchObject({ status: 200, text: expect.stringContaining(chat) as string })
      expect(own.text).not.toMatch(/secret/)
      const shared = await transcriptOf(mia, format)
      expect(shared.status).toBe(200)
      expect(shared.text).not.toMatch(/secret|@/)
      expect((await transcriptOf(eve, format)).status).toBe(404)
      await share('MANAGERS')
      expect((await transcriptOf(mia, format)).status).toBe(404)
      await mutate(api, sam, 'addOrganisationManager', member, 'organisation { key }')
      expect((await transcriptOf(mia, format)).status).toBe(200)
      await mutate(api, sam, 'removeOrganisationManager', member, 'organisation { key }')
      await share(null)
      expect(await transcriptOf(mia, format)).toMatchObject({
        status: 404,
        text: expect.stringContaining('chat_unknown') as string,
      })
    }
  })

  it('are seen by the managers alone where they are shared with managers', async () => {
    await share('MANAGERS')
    expect(await seenBy(mia)).toMatchObject({ ticket: null })
    const manager = { organisationId: 'acme', customerId: mia.id }
    const named = await mutate(api, sam, 'addOrganisationManager', manager, 'organisation { managers sharedWith }')
    expect(named).toMatchObject({ organisation: { managers: [mia.id], sharedWith: 'MANAGERS' } })
    expect(await seenBy(mia)).toMatchObject({ ticket: { id: ticket } })
    await mutate(api, sam, 'removeOrganisationManager', manager, 'organisation { managers }')
    expect(await seenBy(mia)).toMatchObject({ ticket: null })
  })

  it('are seen no more by one who leaves, and by one who joins by a domain or a merge at once', async () => {
    await share('MEMBERS')
    const change = (organisationId: string | null) =>
      mutate(api, ana, 'changeCustomer', { customerId: mia.id, organisationId }, 'customer { userId }')
    await change(null)
    expect(await seenBy(mia)).toMatchObject({ ticket: null, tickets: { nodes: [] } })
    const address = { customerId: mia.id, address: 'mia@acme.example', verified: false }
    await mutate(
      api,
      sam,
      'addOrganisationDomain',
      { organisationId: 'acme', domain: 'acme.example' },
      'organisation { key }',
    )
    await mutate(api, ana, 'addCustomerEmail', address, 'customer { userId }')
    expect(await seenBy(mia)).toMatchObject({ ticket: null })
    await mutate(api, ana, 'addCustomerEmail', { ...address, verified: true }, 'customer { userId }')
    expect(await seenBy(mia)).toMatchObject({ ticket: { id: ticket } })
    await mutate(
      api,
      ana,
      'removeCustomerEmail',
      { customerId: mia.id, address: address.address },
      'customer { userId }',
    )
    expect(await seenBy(mia)).toMatchObject({ ticket: null })
    const merge = { customerId: eve.id, intoCustomerId: zoe.id }
    await mutate(api, ana, 'mergeCustomers', merge, 'customer { userId }')
    expect(await seenBy(eve)).toMatchObject({ ticket: { id: ticket } })
    await mutate(api, ana, 'splitCustomer', { customerId: eve.id }, 'customer { userId }')
    expect(await seenBy(eve)).toMatchObject({ ticket: null })
  })

  it('take no command of another member, unless replies are shared, and then no confirmation', async () => {
    await share('MEMBERS')
    const reply = (as: Bearer) => mutate(api, as, 'customerReply', { ticketId: ticket, body: 'Me too.' })
    expect((await reply(mia)).userErrors).toMatchObject([{ code: 'TICKET_NOT_FOUND' }])
    const sent = { chatId: chat, messageId: `m1-${count}`, body: 'Hello' }
    expect((await mutate(api, mia, 'sendChatMessage', sent, 'chat { id }')).userErrors).toMatchObject([
      { code: 'CHAT_NOT_FOUND' },
    ])
    const upload = { ticketId: ticket, name: 'a.txt', bytes: 3 }
    expect((await mutate(api, mia, 'createUpload', upload, 'upload { url }')).userErrors).toMatchObject([
      { code: 'TICKET_NOT_FOUND' },
    ])
  })

  it('are followed until the membership ends', async () => {
    await share('MEMBERS')
    const followed = [
      `subscription { ticketChanged(id: "${ticket}") { event { __typename } } }`,
      `subscription { chatChanged(id: "${chat}") { event { type } } }`,
    ]
    const [changes, messages] = await Promise.all(
      followed.map(async (query) => openEventStream<object>(`${address}/graphql`, await tokenFor(mia), query)),
    )
    await mutate(api, ana, 'addNote', { ticketId: ticket, body: 'Another secret.' })
    await mutate(api, ana, 'agentReply', { ticketId: ticket, body: 'Hello.' })
    await mutate(api, zoe, 'sendChatMessage', { chatId: chat, messageId: `m1-${count}`, body: 'Hello.' }, 'chat { id }')
    expect(await changes?.take(1)).toMatchObject([
      { data: { ticketChanged: { event: { __typename: 'AgentReplied' } } } },
    ])
    expect(await messages?.take(1)).toMatchObject([{ data: { chatChanged: { event: { type: 'CHAT_MESSAGE_SENT' } } } }])
    await share('NOBODY')
    await mutate(api, ana, 'agentReply', { ticketId: ticket, body: 'To Zoé alone.' })
    await mutate(
      api,
      zoe,
      'sendChatMessage',
      { chatId: chat, messageId: `m2-${count}`, body: 'To the desk alone.' },
      'chat { id }',
    )
    expect(JSON.stringify(await changes?.rest())).not.toContain('AgentReplied')
    expect(await messages?.rest()).toEqual([])
  })

  it('are replied to where the configuration says so, but neither confirmed nor chatted in', async () => {
    const configuration = configurationSchema.parse({ customers: { sharedWith: 'members', sharedReplies: true } })
    const apply = { type: 'apply', configuration } as const
    const applied = await api.desk.execute('configuration', 'desk', apply, { by: { kind: 'agent', id: 'ada' } })
    expect(applied).toMatchObject({ ok: true })
    await share(null)
    expect(await seenBy(mia)).toMatchObject({ ticket: { viewerCanCustomerReply: true, viewerCanConfirm: false } })
    const replied = await mutate(api, mia, 'customerReply', { ticketId: ticket, body: 'Me too.' })
    expect(replied).toMatchObject({ userErrors: [], ticket: { ticketId: ticket } })
    expect(JSON.stringify((await seenBy(zoe)).ticket)).toContain('Me too.')
    await mutate(api, ana, 'resolveTicket', { ticketId: ticket })
    const confirmed = await mutate(api, mia, 'confirmTicket', { ticketId: ticket })
    expect(confirmed.userErrors).toMatchObject([{ code: 'TICKET_NOT_FOUND' }])
    expect((await mutate(api, eve, 'customerReply', { ticketId: ticket, body: 'I?' })).userErrors).toMatchObject([
      { code: 'TICKET_NOT_FOUND' },
    ])
    const sent = { chatId: chat, messageId: `m1-${count}`, body: 'Hello' }
    expect((await mutate(api, mia, 'sendChatMessage', sent, 'chat { id }')).userErrors).toMatchObject([
      { code: 'CHAT_NOT_FOUND' },
    ])
  })
})

it('a call is joined by its customer and its agent while it lasts, and never by a colleague or through the past', async () => {
  const lou: Bearer = { role: 'agent', id: 'call-agent', name: 'Lou' }
  const configuration = configurationSchema.parse({ chat: { channels: { web: { videoCalls: true } } } })
  const apply = { type: 'apply', configuration } as const
  await api.desk.execute('configuration', 'desk', apply, { by: { kind: 'agent', id: 'ada' } })
  await share('MEMBERS')
  await mutate(api, sam, 'registerAgent', { agentId: lou.id, name: 'Lou', languages: ['fr', 'en'] }, '')
  await mutate(api, sam, 'setAvailability', { agentId: lou.id, availability: 'AVAILABLE' }, '')
  const call = { chatId: chat, callId: 'video' }
  for (const [as, operation, input] of [
    [lou, 'acceptChat', { chatId: chat }],
    [zoe, 'requestChatCall', { ...call, kind: 'VIDEO' }],
    [lou, 'acceptChatCall', call],
  ] as const) {
    expect(await mutate(api, as, operation, input, 'chat { id }')).toMatchObject({ userErrors: [] })
  }
  const during = instant(new Date())
  const fields = 'calls { callId setup { url } }'
  const setupFor = async (as: Bearer) => {
    const query = `{ chat(id: "${chat}") { ${fields} asOf(at: "${during}") { ${fields} } } node(id: "Chat~${chat}") { ... on Chat { ${fields} } } }`
    const data = await api.dataOf(as, query)
    expect(data).toMatchObject({ chat: { calls: [{ callId: 'video' }] }, node: { calls: [{ callId: 'video' }] } })
    return JSON.stringify(data).match(/https:\/\/meet\.example/g)?.length ?? 0
  }
  expect(await setupFor(zoe)).toBe(3)
  expect(await setupFor(lou)).toBe(3)
  expect(await setupFor(mia)).toBe(0)
  await mutate(api, zoe, 'endChatCall', call, 'chat { id }')
  for (const as of [zoe, lou, mia]) expect(await setupFor(as)).toBe(0)
})
