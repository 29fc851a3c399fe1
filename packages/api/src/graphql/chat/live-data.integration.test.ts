import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ApiUnderTest, Bearer } from '../../server/testing/api-under-test.ts'
import {
  ana,
  mutate,
  nextCommandId,
  openEventStream,
  sam,
  startApi,
  tokenFor,
  useApi,
  zoe,
} from '../../server/testing/api-under-test.ts'
import type { SourceServer } from '../../server/testing/live-data-under-test.ts'
import { alertsMessage, openLiveData, serveSource } from '../../server/testing/live-data-under-test.ts'

type Card = { cardId: string; title: string; fields: { label: string; value: string }[]; asOf: string }
const cardOf = (value: string): Card => ({
  cardId: 'BT_N_003',
  title: 'Batterie BT_N_003',
  fields: [{ label: 'Température', value }],
  asOf: '2026-11-23T14:31:00.000Z',
})

let source: SourceServer
let cards: Card[] | undefined
const asked: { readonly data: { readonly customer: unknown } }[] = []
const startSource = async (): Promise<string> => {
  source ??= await serveSource((request, response) => {
    void text(request).then((body) => {
      asked.push(JSON.parse(body) as (typeof asked)[number])
      response.writeHead(cards ? 200 : 500).end(JSON.stringify({ cards }))
    })
  })
  return source.url
}
const live = async (databaseUrl: string) => openLiveData(databaseUrl, await startSource())
const api = useApi({ beforeAll, afterAll }, { liveData: live })
let address: string
beforeAll(async () => {
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  await mutate(api, sam, 'registerAgent', { agentId: 'ana', name: 'Ana', languages: ['fr'] }, '')
  await mutate(api, sam, 'setAvailability', { agentId: 'ana', availability: 'AVAILABLE' }, '')
})
afterAll(() => source.close())
beforeEach(() => {
  cards = [cardOf('47,2 °C')]
  asked.length = 0
})

let customers = 0
const somebody = (): Bearer => ({ ...zoe, id: `jean-${++customers}` })
const started = async (as: Bearer, input: Record<string, unknown> = {}): Promise<string> => {
  const result = await mutate(api, as, 'startChat', input, 'chat { id }')
  return (result as typeof result & { chat: { id: string } }).chat.id
}
const accepted = async (as: Bearer): Promise<string> => {
  const chatId = await started(as)
  await mutate(api, ana, 'acceptChat', { chatId }, '')
  return chatId
}
const liveData = (as: Bearer, id: string) =>
  api.dataOf(
    as,
    `{ chat(id: "${id}") { liveData { failedSources cards { source cardId title fields { label value } asOf } } } }`,
  )
const alerts = async (as: Bearer, id: string, on: ApiUnderTest = api) =>
  (
    (await on.dataOf(as, `{ chat(id: "${id}") { alerts { alertId severity title source } } }`)) as {
      chat: { alerts: unknown }
    }
  ).chat.alerts
const push = async (message: ReturnType<typeof alertsMessage>, name = 'battery') => {
  const response = await api.app.inject({ method: 'POST', url: `/live-data/${name}/alerts`, ...message })
  const body = response.json<{ applied?: boolean; errors?: { message: string; extensions: { code: string } }[] }>()
  return { status: response.statusCode, applied: body.applied, code: body.errors?.[0]?.extensions.code }
}
const alert = (alertId: string, severity = 'warning') => ({ alertId, severity, title: `Alerte ${alertId}` })

describe('live data of a chat', () => {
  it('have an id for each card of a customer, whatever it shows', async () => {
    const idsOf = async (chatId: string) => {
      const { chat } = await api.dataOf(ana, `{ chat(id: "${chatId}") { liveData { cards { id } } } }`)
      return (chat as { liveData: { cards: { id: string }[] } }).liveData.cards.map(({ id }) => id)
    }
    const [one, other] = [await started(somebody()), await started(somebody())]
    const first = await idsOf(one)
    expect(first).toHaveLength(1)
    expect(await idsOf(one)).toEqual(first)
    expect(await idsOf(other)).not.toEqual(first)
  })

  it('are the cards of the sources, which are asked by the ids of the customer, and null for customers', async () => {
    const customer = somebody()
    const id = await started(customer)
    await mutate(
      api,
      ana,
      'addCustomerExternalId',
      { customerId: customer.id, system: 'crm', id: `4711-${customer.id}` },
      '',
    )
    expect(await liveData(ana, id)).toEqual({
      chat: { liveData: { failedSources: [], cards: [{ ...cardOf('47,2 °C'), source: 'battery' }] } },
    })
    expect(asked).toMatchObject([
      {
        data: {
          customer: { id: customer.id, formerIds: [], externalIds: [{ system: 'crm', id: `4711-${customer.id}` }] },
        },
      },
    ])
    expect(await liveData(customer, id)).toEqual({ chat: { liveData: null } })
  })

  it('name a source that fails, and nothing else of it', async () => {
    cards = undefined
    expect(await liveData(ana, await started(somebody()))).toEqual({
      chat: { liveData: { failedSources: ['battery'], cards: [] } },
    })
  })
})

describe('a card of live data', () => {
  const selection =
    'chat { messages(last: 5) { nodes { messageId kind card { source title fields { label value } } } } }'
  const send = async (chatId: string, input: Record<string, unknown> = {}, as = ana) => {
    const given = { chatId, messageId: 'card-1', source: 'battery', cardId: 'BT_N_003', ...input }
    const result = await mutate(api, as, 'sendLiveDataCard', given, selection)
    const { chat } = result as typeof result & { chat: { messages: { nodes: { card: object | null }[] } } | null }
    return { ...result, cards: chat?.messages.nodes.flatMap(({ card }) => card ?? []) }
  }

  it('is sent with what its source says now, and once, whatever it says at a repeat', async () => {
    const chatId = await accepted(somebody())
    cards = [cardOf('48,9 °C')]
    const shown = [
      { source: 'battery', title: 'Batterie BT_N_003', fields: [{ label: 'Température', value: '48,9 °C' }] },
    ]
    const commandId = nextCommandId()
    expect(await send(chatId, { commandId })).toMatchObject({ userErrors: [], repeated: false, cards: shown })
    cards = [cardOf('50,0 °C')]
    expect(await send(chatId, { commandId })).toMatchObject({ userErrors: [], repeated: true, cards: shown })
    cards = undefined
    expect(await send(chatId)).toMatchObject({ userErrors: [], repeated: true, cards: shown })
  })

  it('is stored once when it is sent twice at once', async () => {
    const chatId = await accepted(somebody())
    const commandId = nextCommandId()
    const sent = await Promise.all([send(chatId, { commandId }), send(chatId, { commandId })])
    expect(sent.flatMap(({ userErrors }) => userErrors)).toEqual([])
    expect(sent[1]?.cards).toHaveLength(1)
  })

  it('is refused when the source has no such card or does not answer, in a foreign chat, and for customers', async () => {
    const customer = somebody()
    const chatId = await accepted(customer)
    expect(await send(chatId, { cardId: 'other' })).toMatchObject({
      userErrors: [{ code: 'LIVE_DATA_CARD_NOT_FOUND', field: 'cardId' }],
    })
    expect(await send(chatId, { source: 'nobody' })).toMatchObject({
      userErrors: [{ code: 'LIVE_DATA_CARD_NOT_FOUND' }],
    })
    cards = undefined
    expect(await send(chatId)).toMatchObject({ userErrors: [{ code: 'LIVE_DATA_UNAVAILABLE', field: 'source' }] })
    expect(await send('none')).toMatchObject({ userErrors: [{ code: 'CHAT_NOT_FOUND' }] })
    await expect(send(chatId, {}, customer)).rejects.toThrow('forbidden')
    await mutate(api, customer, 'endChat', { chatId }, '')
  })
})

describe('alerts that a source pushes', () => {
  it('replace those before them, unless they are older or the same again', async () => {
    const customer = somebody()
    const chatId = await started(customer)
    const at = Date.now()
    const message = (id: string, ms: number, ...given: object[]) =>
      alertsMessage(
        id,
        { customer: { id: customer.id }, alerts: given },
        { timestamp: new Date(at + ms).toISOString() },
      )
    expect(await push(message('w1', 0, alert('a'), alert('b', 'critical')))).toMatchObject({
      status: 200,
      applied: true,
    })
    const both = [
      { ...alert('b', 'CRITICAL'), source: 'battery' },
      { ...alert('a', 'WARNING'), source: 'battery' },
    ]
    expect(await alerts(ana, chatId)).toEqual(both)
    expect(await alerts(customer, chatId)).toEqual([])
    expect(await push(message('w1', 0, alert('a'), alert('b', 'critical')))).toMatchObject({ applied: false })
    expect(await push(message('w0', -1_000))).toMatchObject({ applied: false })
    expect(await alerts(ana, chatId)).toEqual(both)
    expect(await push(message('w2', 1_000))).toMatchObject({ applied: true })
    expect(await alerts(ana, chatId)).toEqual([])
    expect(await push(message('w1', 0, alert('a')))).toMatchObject({ applied: false })
  })

  it('reach a subscriber at another server process, also for a customer who was merged', async () => {
    const [former, customer] = [somebody(), somebody()]
    for (const { id } of [former, customer]) await mutate(api, ana, 'registerCustomer', { customerId: id }, '')
    await mutate(api, ana, 'mergeCustomers', { customerId: former.id, intoCustomerId: customer.id }, '')
    const other = await startApi(api.databaseUrl, { liveData: live })
    try {
      const at = await other.app.listen({ port: 0, host: '127.0.0.1' })
      const query = `subscription { customerAlertsChanged(customerId: "Customer~${former.id}") { alerts { alertId } } }`
      const stream = await openEventStream(`${at}/graphql`, await tokenFor(ana), query)
      expect(await stream.take(1)).toEqual([{ data: { customerAlertsChanged: { alerts: [] } } }])
      await push(alertsMessage('w1', { customer: { id: former.id }, alerts: [alert('a')] }))
      expect(await stream.take(1)).toEqual([{ data: { customerAlertsChanged: { alerts: [{ alertId: 'a' }] } } }])
      const soon = new Date(Date.now() + 1_500).toISOString()
      await push(
        alertsMessage('w2', { customer: { id: customer.id }, alerts: [alert('b', 'critical')], expiresAt: soon }),
      )
      expect(await stream.take(2)).toEqual([
        { data: { customerAlertsChanged: { alerts: [{ alertId: 'b' }, { alertId: 'a' }] } } },
        { data: { customerAlertsChanged: { alerts: [{ alertId: 'a' }] } } },
      ])
      await stream.leave()
    } finally {
      await other.close()
    }
  })

  it('are for the desk alone', async () => {
    const stream = await openEventStream(
      `${address}/graphql`,
      await tokenFor(zoe),
      'subscription { customerAlertsChanged(customerId: "zoe") { alerts { alertId } } }',
    )
    expect((await stream.rest())[0]?.errors?.[0]?.extensions).toMatchObject({ code: 'forbidden' })
  })

  it('are nodes, with one id for the same alert of a customer, also of one who was merged', async () => {
    const [customer, former] = [somebody(), somebody()]
    for (const { id } of [customer, former]) await mutate(api, ana, 'registerCustomer', { customerId: id }, '')
    for (const [n, { id }] of [customer, former].entries()) {
      expect(await push(alertsMessage(`n${n}`, { customer: { id }, alerts: [alert('same')] }))).toMatchObject({
        applied: true,
      })
    }
    await mutate(api, ana, 'mergeCustomers', { customerId: former.id, intoCustomerId: customer.id }, '')
    const chatId = await started(customer)
    const { chat } = (await api.dataOf(ana, `{ chat(id: "${chatId}") { alerts { id } } }`)) as {
      readonly chat: { readonly alerts: readonly { readonly id: string }[] }
    }
    const ids = chat.alerts.map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on CustomerAlert { alertId } } }'
    expect(await api.dataOf(ana, query, { ids })).toEqual({ nodes: ids.map((id) => ({ id, alertId: 'same' })) })
    expect(await api.dataOf(zoe, query, { ids })).toEqual({ nodes: [null, null] })
  })

  it('find a customer by the id in another system', async () => {
    const customer = somebody()
    await mutate(api, ana, 'registerCustomer', { customerId: customer.id }, '')
    await mutate(api, ana, 'addCustomerExternalId', { customerId: customer.id, system: 'crm', id: 'c-1' }, '')
    const to = (id: string) => ({ customer: { externalId: { system: 'crm', id } }, alerts: [alert('a')] })
    expect(await push(alertsMessage('w1', to('c-1')))).toMatchObject({ applied: true })
    expect(await alerts(ana, await started(customer))).toMatchObject([{ alertId: 'a' }])
    expect(await push(alertsMessage('w2', to('c-2')))).toMatchObject({ status: 404, code: 'customer_unknown' })
  })

  it('are named in the welcome', async () => {
    const welcomes = [
      {
        applies: { alerts: 'critical' },
        texts: { fr: 'J’ai détecté {{customer.criticalAlerts}} alerte(s) critique(s).' },
      },
      { texts: { fr: 'Bonjour !' } },
    ]
    const configuration = {
      sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
      chat: { welcomes },
    }
    await mutate(api, { id: 'ada', role: 'admin' }, 'applyConfiguration', { document: configuration }, '')
    const greeting = async (as: Bearer) => {
      const id = await started(as)
      const query = `{ chat(id: "${id}") { messages(first: 1) { nodes { body } } } }`
      return ((await api.dataOf(ana, query)) as { chat: { messages: { nodes: unknown[] } } }).chat.messages.nodes
    }
    const customer = somebody()
    await push(alertsMessage('w1', { customer: { id: customer.id }, alerts: [alert('a', 'critical'), alert('b')] }))
    expect(await greeting(customer)).toEqual([{ body: 'J’ai détecté 1 alerte(s) critique(s).' }])
    expect(await greeting(somebody())).toEqual([{ body: 'Bonjour !' }])
  })

  // Each message is signed when it is sent: a signature is valid for minutes.
  const data = { customer: { id: 'jean' }, alerts: [alert('a')] }
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
  const long = Array.from({ length: 21 }, (_, n) => alert(`a${n}`))
  const later = (ms: number) => new Date(Date.now() + ms).toISOString()
  it.each([
    [
      'no signature',
      () => ({ headers: { 'content-type': 'application/json' }, payload: '{}' }),
      401,
      'signature_invalid',
    ],
    ['another secret', () => alertsMessage('w1', data, { secret: other }), 401, 'signature_invalid'],
    [
      'an old signature',
      () => alertsMessage('w1', data, { at: new Date(Date.now() - 600_000) }),
      401,
      'signature_invalid',
    ],
    ['another body', () => ({ ...alertsMessage('w1', data), payload: '{}' }), 401, 'signature_invalid'],
    [
      'an unreadable body',
      () => alertsMessage('w1', { customer: { id: 'jean' }, alerts: 'none' }),
      400,
      'malformed_input',
    ],
    ['21 alerts', () => alertsMessage('w1', { ...data, alerts: long }), 400, 'malformed_input'],
    [
      'one alert twice',
      () => alertsMessage('w1', { ...data, alerts: [alert('a'), alert('a')] }),
      400,
      'malformed_input',
    ],
    ['the future', () => alertsMessage('w1', data, { timestamp: later(600_000) }), 400, 'malformed_input'],
    ['a late expiry', () => alertsMessage('w1', { ...data, expiresAt: later(8 * 86_400_000) }), 400, 'malformed_input'],
    ['100 KB', () => alertsMessage('w1', { ...data, more: 'x'.repeat(100_000) }), 413, 'payload_too_large'],
  ])('are refused with %s', async (_, message, status, code) => {
    expect(await push(message())).toMatchObject({ status, code })
  })

  it('are refused from a source that is not configured', async () => {
    expect(await push(alertsMessage('w1', data), 'nobody')).toMatchObject({ status: 401, code: 'signature_invalid' })
  })
})
