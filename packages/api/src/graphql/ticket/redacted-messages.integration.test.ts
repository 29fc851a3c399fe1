import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { instant, removeFormerSubjects } from '@guichet/domain'
import { replayTicket } from '@guichet/desk/replay'
import { ana, mutate, openEventStream, openTicket, tokenFor, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const history = `{ conversation(first: 9) { nodes { body redactedAt } } timeline(first: 50) { nodes { __typename
  ... on TicketOpened { body } ... on CustomerReplied { body } ... on TicketMessageRedacted { messageId body reason } } } }`

it('shows nobody what was removed from a message: not now, not as of before, in no search and no replay', async () => {
  const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  const ticketId = await openTicket(api, zoe)
  const reply = { ticketId, messageId: 'card', body: 'Carte xylophone 4970' }
  await mutate(api, zoe, 'customerReply', reply)
  const before = instant(new Date())
  const found = async () => {
    const query = '{ tickets(first: 9, filter: { search: "xylophone" }) { nodes { id } } }'
    return Promise.all([zoe, ana].map((as) => api.dataOf(as, query)))
  }
  for (const each of await found()) expect(each).toEqual({ tickets: { nodes: [{ id: ticketId }] } })

  expect((await mutate(api, zoe, 'addNote', { ticketId, body: 'x' }).catch(String)) as unknown).toContain('forbidden')
  const { data } = await api.ask(ana, `{ ticket(id: "${ticketId}") { conversation(last: 1) { nodes { key } } } }`)
  const key = (data as { ticket: { conversation: { nodes: { key: string }[] } } }).ticket.conversation.nodes[0]?.key
  const redaction = { ticketId, messageId: key, reason: 'a card' }
  expect((await mutate(api, ana, 'redactMessage', redaction)).userErrors).toEqual([])
  expect((await mutate(api, ana, 'redactMessage', { ...redaction, messageId: 'none' })).userErrors).toMatchObject([
    { code: 'MESSAGE_NOT_FOUND', field: 'messageId' },
  ])

  for (const each of await found()) expect(each).toEqual({ tickets: { nodes: [] } })
  for (const as of [zoe, ana]) {
    const now = await api.dataOf(as, `{ ticket(id: "${ticketId}") ${history} }`)
    const past = await api.dataOf(as, `{ ticket(id: "${ticketId}") { asOf(at: "${before}") ${history} } }`)
    expect(JSON.stringify([now, past])).not.toContain('xylophone')
    expect(now).toMatchObject({
      ticket: {
        conversation: { nodes: [{ redactedAt: null }, { body: '', redactedAt: expect.any(String) as string }] },
      },
    })
    expect(JSON.stringify(now)).toContain('"__typename":"TicketMessageRedacted"')
    expect(JSON.stringify(now).includes('a card')).toBe(as === ana)
  }
  expect(JSON.stringify(await replayTicket(api.desk, ticketId))).not.toContain('xylophone')
  const changes = await openEventStream<object>(
    `${address}/graphql`,
    await tokenFor(zoe),
    `subscription { ticketChanged(id: "${ticketId}", after: "0-0") { event { __typename ... on CustomerReplied { body } } } }`,
  )
  expect(JSON.stringify(await changes.take(3))).not.toContain('xylophone')
  await changes.leave()
})

it('takes the subject along, and what quotes it, from everywhere', async () => {
  const ticketId = await openTicket(api, zoe, { subject: 'Vibraphone 4970', body: 'Vibraphone 4970, merci' })
  const opened = await api.dataOf(ana, `{ ticket(id: "${ticketId}") { conversation(first: 1) { nodes { key } } } }`)
  const messageId = (opened as { ticket: { conversation: { nodes: { key: string }[] } } }).ticket.conversation.nodes[0]
    ?.key
  const quote = 'Votre demande : Vibraphone 4970.'
  expect((await mutate(api, ana, 'agentReply', { ticketId, body: quote })).userErrors).toEqual([])
  expect((await mutate(api, ana, 'renameTicket', { ticketId, subject: 'Marimba 4970' })).userErrors).toEqual([])
  const before = instant(new Date())
  const removal = { ticketId, messageId, subject: 'Un paiement' }
  expect((await mutate(api, ana, 'redactMessage', removal)).userErrors).toEqual([])
  await removeFormerSubjects(api.desk, ticketId)
  const position = (await api.desk.store.readStream(`ticket-${ticketId}`)).at(-1)?.position
  if (position === undefined) throw new Error('the ticket has no history')
  await api.settled(position)

  const everything = `subject conversation(first: 9) { nodes { body } } timeline(first: 50) { nodes { __typename
    ... on TicketOpened { subject body } ... on AgentReplied { body } ... on TicketRenamed { fromSubject toSubject }
    ... on TicketMessageRedacted { newSubject } } }`
  const shownTo = async (as: typeof ana) =>
    JSON.stringify(
      await api.dataOf(as, `{ ticket(id: "${ticketId}") { ${everything} asOf(at: "${before}") { ${everything} } } }`),
    )
  for (const as of [zoe, ana]) {
    expect(await shownTo(as)).not.toMatch(/vibraphone|marimba/i)
    expect(await shownTo(as)).toContain('Votre demande : Un paiement.')
    for (const word of ['vibraphone', 'marimba']) {
      const query = `{ tickets(first: 9, filter: { search: "${word}" }) { nodes { id } } }`
      expect(await api.dataOf(as, query)).toEqual({ tickets: { nodes: [] } })
    }
    expect(
      await api.dataOf(as, '{ tickets(first: 9, filter: { search: "paiement" }) { nodes { id subject } } }'),
    ).toEqual({ tickets: { nodes: [{ id: ticketId, subject: 'Un paiement' }] } })
  }
  const changes = await openEventStream<object>(
    `${api.app.listeningOrigin}/graphql`,
    await tokenFor(ana),
    `subscription { ticketChanged(id: "${ticketId}", after: "0-0") { event { __typename ... on TicketOpened { subject body }
      ... on AgentReplied { body } ... on TicketRenamed { fromSubject toSubject } } } }`,
  )
  expect(JSON.stringify(await changes.take(4))).not.toMatch(/vibraphone|marimba/i)
  await changes.leave()
})

it('shows no removed subject of a ticket that was split off where it was split, and takes none with a note', async () => {
  const source = await openTicket(api, zoe)
  await mutate(api, zoe, 'customerReply', { ticketId: source, messageId: 'card', body: 'Et ma carte ?' })
  const { data } = await api.ask(ana, `{ ticket(id: "${source}") { conversation(last: 1) { nodes { key } } } }`)
  const messageId = (data as { ticket: { conversation: { nodes: { key: string }[] } } }).ticket.conversation.nodes[0]
    ?.key
  const split = { source, messageId, subject: 'Célesta 4970' }
  expect((await mutate(api, ana, 'splitTicket', split)).userErrors).toEqual([])
  const shownSplit = () =>
    api.dataOf(
      ana,
      `{ ticket(id: "${source}") { timeline(last: 9) { nodes { __typename
    ... on TicketSplit { into subject } } } } }`,
    )
  const splitIn = async () => {
    const { ticket } = (await shownSplit()) as {
      ticket: { timeline: { nodes: { into?: string; subject?: string }[] } }
    }
    return ticket.timeline.nodes.find((each) => each.into !== undefined)
  }
  const into = String((await splitIn())?.into)
  expect(await splitIn()).toMatchObject({ subject: 'Célesta 4970' })

  expect((await mutate(api, ana, 'addNote', { ticketId: into, messageId: 'note', body: 'x' })).userErrors).toEqual([])
  const removal = { ticketId: into, subject: 'Un paiement' }
  expect((await mutate(api, ana, 'redactMessage', { ...removal, messageId: 'note' })).userErrors).toMatchObject([
    { code: 'MESSAGE_INTERNAL', field: 'subject' },
  ])
  const { state } = await api.desk.read('ticket', into)
  const first = state.status === 'absent' ? '' : state.firstMessageId
  expect((await mutate(api, ana, 'redactMessage', { ...removal, messageId: first })).userErrors).toEqual([])
  expect(await splitIn()).toMatchObject({ into, subject: 'Un paiement' })
  expect(JSON.stringify(await replayTicket(api.desk, source))).not.toContain('Célesta')
  const changes = await openEventStream<object>(
    `${api.app.listeningOrigin}/graphql`,
    await tokenFor(ana),
    `subscription { ticketChanged(id: "${source}", after: "0-0") { event { __typename ... on TicketSplit { subject } } } }`,
  )
  const changed = JSON.stringify(await changes.take(3))
  expect(changed).not.toContain('Célesta')
  expect(changed).toContain('Un paiement')
  await changes.leave()
})

it('reads the ticket for a change only where content of the event may have been removed', async () => {
  const origin = api.app.listeningOrigin
  /** The reads of a ticket for a subscription to its third event. */
  const readsFor = async (operation: string, inputOf: (ticketId: string, messageId: string) => object) => {
    const ticketId = await openTicket(api, zoe)
    const { position } = await mutate(api, zoe, 'customerReply', { ticketId, body: 'Et ma carte ?' })
    const { data } = await api.ask(ana, `{ ticket(id: "${ticketId}") { conversation(last: 1) { nodes { key } } } }`)
    const [message] = (data as { ticket: { conversation: { nodes: { key: string }[] } } }).ticket.conversation.nodes
    const { userErrors } = await mutate(api, ana, operation, { ...inputOf(ticketId, message?.key ?? '') })
    expect(userErrors).toEqual([])
    const read = vi.spyOn(api.store, 'readStream')
    const query = `subscription { ticketChanged(id: "${ticketId}", after: "${position}") { event { __typename } } }`
    const changes = await openEventStream<object>(`${origin}/graphql`, await tokenFor(ana), query)
    const [change] = await changes.take(1)
    const reads = read.mock.calls.filter(([stream]) => stream === `ticket-${ticketId}`).length
    read.mockRestore()
    await changes.leave()
    return { reads, change }
  }
  const event = (type: string) => ({ data: { ticketChanged: { event: { __typename: type } } } })
  const tagged = await readsFor('tagTicket', (ticketId) => ({ ticketId, tag: 'urgent' }))
  const noted = await readsFor('addNote', (ticketId) => ({ ticketId, body: 'À voir' }))
  const split = await readsFor('splitTicket', (source, messageId) => ({ source, messageId, subject: 'La carte' }))
  expect([tagged, noted, split].map(({ change }) => change)).toEqual(
    ['TicketTagged', 'InternalNoteAdded', 'TicketSplit'].map(event),
  )
  expect([noted, split].map(({ reads }) => reads - tagged.reads)).toEqual([1, 0])
})
