import { setTimeout as delay } from 'node:timers/promises'
import type { GraphQLField, GraphQLSchema } from 'graphql'
import { isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { firstCarrying, pageCalls, webRtcCalls } from '../../packages/api/src/calls/call-providers.ts'
import type { Operation } from '../../packages/api/src/auth/rights.ts'
import { isCustomer, roles } from '../../packages/api/src/auth/principal.ts'
import { accessTo } from '../../packages/api/src/auth/rights.ts'
import { toConnection } from '../../packages/api/src/graphql/paging.ts'
import { createSchema } from '../../packages/api/src/graphql/schema.ts'
import type { ApiContext } from '../../packages/api/src/graphql/services.ts'
import type { Bearer } from '../../packages/api/src/server/testing/api-under-test.ts'
import { ana, max, startApi, useApi, zoe } from '../../packages/api/src/server/testing/api-under-test.ts'
import type { SourceServer } from '../../packages/api/src/server/testing/live-data-under-test.ts'
import { alertsMessage, openLiveData, serveSource } from '../../packages/api/src/server/testing/live-data-under-test.ts'
import { filesInFolder } from '../../packages/api/src/server/testing/files-under-test.ts'
import type { Extent, WrittenDocument } from './documents.ts'
import { createDocuments } from './documents.ts'
import {
  callsOf,
  conditionsOf,
  filtersOfCustomers,
  inputOf,
  nobodys,
  notShown,
  rootsOf,
  unfilled,
} from './operations.ts'
import type { AnswerTexts, Inspection } from './readers.ts'
import { codesOf, createInspection, overEventStream, overHttp, overWebSocket } from './readers.ts'
import { createSeededActivities } from './seeded-activities.ts'
import type { Belongings, SeededDesk } from './seeded-desk.ts'
import { askers, seedDesk, seedLongHistory } from './seeded-desk.ts'

/** For all operations of a kind together, on a machine that is busy. */
const patience = 900_000

/** Without limits, so that the matrix can query everything. */
const unlimited = {
  bodyBytes: 1e7,
  tokens: 1e6,
  depth: 100,
  aliases: 1e6,
  comparisons: 1e9,
  complexity: 1e15,
  cachedCharacters: 1e7,
  requestsPerMinute: 0,
  visitorRequestsPerMinute: 0,
  chatMessagesPerMinute: 0,
  activitiesPerMinute: 0,
  writtenBytesPerMinute: 0,
  readBytesPerMinute: 0,
  uploadedBytesPerMinute: 0,
  millisecondsPerMinute: 0,
  badTokensPerMinute: 0,
  subscriptions: 100,
  requestMs: 600_000,
}
const secret = 'a secret of the calls in the matrix'
const calls = firstCarrying([
  webRtcCalls({ stun: [], turn: { urls: ['turn:turn.example'], secret } }),
  pageCalls({ url: 'https://meet.example/{room}', secret }),
])
let source: SourceServer
const liveData = async (databaseUrl: string) => {
  source ??= await serveSource((_, response) => void response.end(JSON.stringify({ cards: [cardOfSource] })))
  return openLiveData(databaseUrl, source.url, 60_000)
}
const cardOfSource = {
  cardId: 'a-card',
  title: 'Battery',
  fields: [{ label: 'Temperature', value: '47 °C' }],
  asOf: '2026-03-02T09:00:00.000Z',
}
const { seed: seedActivities, ...proactive } = createSeededActivities()
const api = useApi({ beforeAll, afterAll }, { limits: unlimited, files: filesInFolder, calls, liveData, ...proactive })
const schema = createSchema()
const documents = createDocuments(schema)
let desk: SeededDesk
let inspection: Inspection
let address: string
beforeAll(async () => {
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  desk = await seedDesk(api)
  seedActivities(desk.canaries, Object.keys(desk.of))
  inspection = createInspection(desk.canaries)
  const title = desk.canaries.plant({ name: 'the alert of zoe' })
  const alerts = [{ alertId: 'hot', severity: 'critical', title, since: '2026-03-02T09:00:00.000Z' }]
  const message = alertsMessage('push', { customer: { id: zoe.id }, alerts })
  await api.app.inject({ method: 'POST', url: '/live-data/battery/alerts', ...message })
})
afterAll(() => source.close())

const isOfDesk = (as: Bearer | undefined): boolean => as !== undefined && !isCustomer(as)

/** The error codes that a caller gets for an operation: none if they may use it. */
function codesFor(as: Bearer | undefined, operation: string): readonly string[] {
  if (!as) return ['unauthenticated']
  if (accessTo(operation as Operation, { ...as, expiresAt: 0 }) === 'none') return ['forbidden']
  return operation === 'chatCallSignalled' && isOfDesk(as) && as.id !== ana.id ? ['chat_call_unknown'] : []
}

/** The error codes of a subscription to things of somebody, who may be the caller. */
function codesForThings(as: Bearer | undefined, operation: string, whose: string): readonly string[] {
  const codes = codesFor(as, operation)
  const refused = isCustomer(as) && whose !== as?.id ? unknownTo[operation] : undefined
  return codes.length > 0 || refused === undefined ? codes : [refused]
}

/** Customers do not choose the ids of their tickets, and visitors send files to no ticket. */
const withoutTicket = (as: Bearer | undefined, operation: string): boolean =>
  (as?.role === 'customer' && operation === 'openTicket') ||
  (as?.role === 'visitor' && /^(createUpload|uploadFile)$/.test(operation))

/** Customers query their own, another's and unknown things; the desk queries existing ones. */
const thingsFor = (as: Bearer | undefined): readonly (readonly [string, Belongings])[] => [
  ...Object.entries(desk.of).filter(([owner]) => !isOfDesk(as) || owner === zoe.id),
  ...(isOfDesk(as) ? [] : [['nobody', nobodys] as const]),
]

/** Inspects an answer and returns its faults: what the caller must not see, and other error codes than expected. */
function inspectAnswer(as: Bearer | undefined, road: string, answer: AnswerTexts, codes: readonly string[]): string[] {
  const data = answer.bodies.map((body) => body.data)
  inspection.look(as, road, answer.text, data)
  const faults = [...inspection.faults()]
  if (String(codesOf(answer)) === String(codes)) return faults
  return [...faults, `${road}: ${JSON.stringify(answer.bodies.map(({ errors }) => errors)).slice(0, 500)}`]
}

const callsFor = (as: Bearer | undefined, field: GraphQLField<unknown, unknown>): ReadonlySet<string> =>
  new Set(thingsFor(as).flatMap(([, of]) => callsOf(field, of, desk)))

/** The faults of all answers to each caller. */
type Faults = ReadonlyMap<Bearer | undefined, readonly string[]>

/**
 * Asks the operations of a kind one after another, each for all callers at once: they wait together, and the server prepares each
 * document once. `ask` returns the faults of the answers to one caller.
 */
async function askForAll(
  kind: 'Query' | 'Mutation' | 'Subscription',
  ask: (as: Bearer | undefined, field: GraphQLField<unknown, unknown>) => Promise<readonly string[]>,
): Promise<Faults> {
  const faults = new Map(askers.map((as) => [as, [] as string[]]))
  for (const field of rootsOf(schema, kind)) {
    await Promise.all([...faults].map(async ([as, found]) => void found.push(...(await ask(as, field)))))
  }
  return faults
}

const named = askers.map((as) => [as ? `${as.role} ${as.id}` : 'nobody', as] as const)

describe('reading', () => {
  let ofQueries: Faults
  let ofSubscriptions: Faults
  beforeAll(async () => {
    ofQueries = await askForAll('Query', query)
    ofSubscriptions = await askForAll('Subscription', subscribe)
  }, patience)

  describe.each(named)('to %s', (_, as) => {
    it('queries show only what they may see', () => expect(ofQueries.get(as)).toEqual([]))

    it('subscriptions send everything that they may see, and nothing else', () =>
      expect(ofSubscriptions.get(as)).toEqual([]))
  })
})

async function query(as: Bearer | undefined, field: GraphQLField<unknown, unknown>): Promise<readonly string[]> {
  const faults: string[] = []
  for (const given of callsFor(as, field)) {
    const written = documents.operation(
      'query',
      field,
      given,
      !isOfDesk(as) || field.name === 'ticket' ? 'beyond' : 'full',
    )
    const codes = codesFor(as, field.name)
    faults.push(...inspectAnswer(as, `${field.name}(${given})`, await overHttp(api, as, written), codes))
    if (!as || !isCustomer(as)) continue
    const streamed = await overEventStream({ address, tokenOf: api.tokenOf }, as, written, 1)
    faults.push(...inspectAnswer(as, `${field.name}(${given}) as an event stream`, streamed, codes))
  }
  return faults
}

async function subscribe(as: Bearer | undefined, field: GraphQLField<unknown, unknown>): Promise<readonly string[]> {
  const faults: string[] = []
  for (const [whose, of] of thingsFor(as)) {
    const codes = codesForThings(as, field.name, whose)
    const results = codes.length > 0 ? 1 : await pastOf(field.name, as, of)
    if (results === 0) continue
    if (field.name === 'chatCallSignalled') await signalBothSides(of)
    for (const [kind, over] of roadsFor(as)) {
      const take = async (given: string, extent: Extent, count: number): Promise<AnswerTexts> => {
        const road = `${field.name}(${given}) as ${kind}`
        const answer = await soon(road, over(documents.operation('subscription', field, given, extent), count))
        faults.push(...inspectAnswer(as, road, answer, codes))
        return answer
      }
      const [given = ''] = callsOf(field, of, desk)
      const newest = results > 1 ? newestOf[field.name] : undefined
      const answer = await take(given, newest ? 'withoutLists' : 'full', results)
      if (newest) await take(newest(of, answer), 'full', 1)
    }
  }
  return faults
}

/** The roads of subscriptions: the second needs a token. */
function roadsFor(as: Bearer | undefined) {
  const listening = { address, tokenOf: api.tokenOf }
  const overSocket = (written: WrittenDocument, results: number) =>
    overWebSocket(WebSocket, listening, as, written, results)
  if (!as) return [['a WebSocket', overSocket] as const]
  const overStream = (written: WrittenDocument, results: number) => overEventStream(listening, as, written, results)
  return [['a WebSocket', overSocket] as const, ['an event stream', overStream] as const]
}

/**
 * The arguments with which a subscription sends its newest event again. Every event is sent with a ticket or chat, the current one, whose
 * lists are the same with each: they are selected with the newest event alone.
 */
const newestOf: Readonly<Record<string, (of: Belongings, all: AnswerTexts) => string>> = {
  ticketChanged: ({ ticket }, { bodies }) => {
    const before = bodies.at(-2)?.data?.['ticketChanged'] as { readonly position: string } | undefined
    return `id: "${ticket}", after: "${before?.position}"`
  },
  chatChanged: ({ chat }) => `id: "${chat}", last: 1`,
}

/** What a subscription sends within two minutes; it fails sooner than the hook, and names the operation. */
const soon = <T>(road: string, answer: Promise<T>): Promise<T> =>
  Promise.race([
    answer,
    delay(120_000, undefined, { ref: false }).then(() => Promise.reject(new Error(`${road} did not send enough`))),
  ])

/** The codes with which subscriptions refuse what belongs to another customer. */
const unknownTo: Readonly<Record<string, string>> = {
  ticketChanged: 'ticket_unknown',
  chatChanged: 'chat_unknown',
  chatPlaceChanged: 'chat_unknown',
  chatTypingChanged: 'chat_unknown',
  chatPresenceChanged: 'chat_unknown',
  chatCallSignalled: 'chat_unknown',
}

/** Lets both sides of a call send a signal. */
async function signalBothSides({ chat }: Belongings): Promise<void> {
  const customer = askers.find((as) => as && desk.of[as.id]?.chat === chat) ?? max
  for (const as of [ana, customer]) {
    const input = `{ chatId: "${chat}", callId: "a-call", signalId: "${as.id}", data: "{}" }`
    const query = `mutation { sendChatCallSignal(input: ${input}) { userErrors { code } } }`
    await overHttp(api, as, { query, variables: {} })
  }
}

/** Subscriptions that begin with what there is now, in one result. */
const fromNowOn: ReadonlySet<string> = new Set([
  'chatAvailabilityChanged',
  'chatPlaceChanged',
  'chatTypingChanged',
  'chatPresenceChanged',
  'chatCallSignalled',
  'customerAlertsChanged',
  'draftsChanged',
  'draftsInReviewChanged',
])

/** How many results a subscription sends for events before it. */
async function pastOf(operation: string, as: Bearer | undefined, { ticket, chat }: Belongings): Promise<number> {
  if (!as || fromNowOn.has(operation)) return 1
  if (operation === 'chatsChanged') return 0
  if (operation === 'chatChanged') {
    const query = `{ chat(id: "${chat}") { events(first: 100) { nodes { type } } } }`
    return ((await api.dataOf(as, query)) as { chat: { events: { nodes: unknown[] } } }).chat.events.nodes.length
  }
  const { inbox, ticket: found } = (await api.dataOf(
    as,
    `{ inbox(first: 100) { nodes { kind } } ticket(id: "${ticket}") { timeline(first: 100) { nodes { __typename } } } }`,
  )) as { inbox: { nodes: unknown[] }; ticket: { timeline: { nodes: unknown[] } } | null }
  return operation === 'inboxReceived' ? inbox.nodes.length : (found?.timeline.nodes.length ?? 1)
}

it.each(filtersOfCustomers)('refuses %s filtered by internal fields to customers', async (list, name, open) => {
  const taken: string[] = []
  for (const [field, value] of conditionsOf(schema, name, desk)) {
    const query = `{ ${list}(first: 50, filter: { ${field}: ${value} }) { nodes { id } } }`
    const answer = await overHttp(api, zoe, { query, variables: {} })
    if (codesOf(answer).includes('forbidden')) continue
    taken.push(field)
    expect(inspectAnswer(zoe, `${list} by ${field}`, answer, [])).toEqual([])
  }
  expect(taken.sort()).toEqual([...open].sort())
})

it('shows customers that a chat was closed for another reason, where the desk closed it as spam', async () => {
  const query = `{ chat(id: "ended-of-zoe") { events(first: 100) { nodes { closeReason } } } }`
  const reasonsFor = async (as: Bearer) => {
    const { chat } = (await api.dataOf(as, query)) as { chat: { events: { nodes: { closeReason: string | null }[] } } }
    return chat.events.nodes.flatMap(({ closeReason }) => closeReason ?? [])
  }
  expect(await reasonsFor(zoe)).toEqual(['OTHER', 'SOLVED'])
  expect(await reasonsFor(ana)).toEqual(['SPAM', 'SOLVED'])
})

it('covers every field and every text: each is queried, and shown to somebody', () => {
  const queried = [...documents.queried()]
  expect(queried.filter((field) => !inspection.filled().has(field)).sort()).toEqual([...unfilled].sort())
  const unseen = new Set(
    desk.canaries.unseen().map((name) => name.replace(/ of (zoe|max|visitor-[\da-f-]+|ana|the desk)/, '')),
  )
  expect([...unseen].sort()).toEqual([...notShown].sort())
})

describe('writing', () => {
  let faults: Faults
  beforeAll(async () => {
    faults = await askForAll('Mutation', mutateThings)
  }, patience)

  it.each(named)(
    'mutations return to %s only what they may see, and the same answer for foreign as for unknown things',
    (_, as) => expect(faults.get(as)).toEqual([]),
  )
})

async function mutateThings(as: Bearer | undefined, field: GraphQLField<unknown, unknown>): Promise<readonly string[]> {
  const faults: string[] = []
  const strange: string[] = []
  for (const [whose, of] of thingsFor(as)) {
    const leftOut = withoutTicket(as, field.name) ? ['ticketId'] : []
    const input = inputOf(field, of, desk, `${field.name}-${as?.id}-${whose}`, leftOut)
    const answer = await overHttp(
      api,
      as,
      documents.operation('mutation', field, input, isOfDesk(as) ? 'full' : 'beyond'),
    )
    faults.push(...inspectAnswer(as, `${field.name}(${input})`, answer, codesFor(as, field.name)))
    const names = [of.ticket, of.chat, `customerId: "${of.customer}"`]
    if (names.some((name) => input.includes(name)) && whose !== as?.id) strange.push(comparable(answer))
  }
  if (new Set(strange).size > 1)
    faults.push(`${field.name} distinguishes foreign from unknown things: ${strange.join('\n')}`)
  return faults
}

/** An answer without values that always differ: ids, instants and positions. */
const comparable = ({ bodies }: AnswerTexts): string =>
  JSON.stringify(bodies.map(({ data }) => data))
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replace(/(?<![\w-])\d+-\d+(?![\w-])/g, 'POSITION')
    .replace(/"[\w+/-]{12,}={0,2}"/g, 'ENCODED')
    .replace(/zoe|max|vera|nobody/g, 'SOMEBODY')

it.each(['conversation', 'timeline'] as const)(
  'the %s of a long history, which is cached for all viewers, shows each only what they may see',
  async (part) => {
    const ticket = `long-${part}-of-zoe`
    await seedLongHistory(api, desk.canaries, ticket)
    const messages = 'conversation(first: 100) { nodes { body } }'
    const events = 'timeline(first: 100) { nodes { ... on AgentReplied { body } ... on InternalNoteAdded { body } } }'
    const query = `{ ticket(id: "${ticket}") { ${part === 'conversation' ? messages : events} } }`
    const seen: Record<string, number> = {}
    for (const as of [ana, zoe, max, ana, zoe]) {
      const answer = await overHttp(api, as, { query, variables: {} })
      expect(inspectAnswer(as, `${part} of a long history`, answer, [])).toEqual([])
      seen[as.id] = answer.text.match(/kq\d{5}z/g)?.length ?? 0
    }
    expect(seen).toEqual({ ana: 6, zoe: 3, max: 0 })
  },
)

describe('the matrix itself', () => {
  it('asks in every role', () => {
    expect(new Set(askers.map((as) => as?.role))).toEqual(new Set([...roles, undefined]))
  })

  it('catches a field that shows internal data to customers', async () => {
    const leaking = createSchema()
    const team = fieldsOf(leaking, 'Ticket')['team']
    if (!team) throw new Error('tickets have no team')
    team.resolve = (ticket: { readonly team?: string }) => ticket.team
    expect(await faultsOf(leaking, zoe, 'ticket', 'id: "ticket-of-zoe"')).toContain(
      'customer, by ticket: Ticket.team is answered',
    )
  })

  it('catches a query that shows a customer the ticket of another', async () => {
    const leaking = createSchema()
    const ticket = fieldsOf(leaking, 'Query')['ticket']
    if (!ticket) throw new Error('there is no query of a ticket')
    ticket.resolve = async (_, { id }: { readonly id: string }, { services }) =>
      (await services.readModels.tickets.byIds([id]))[0]
    const faults = await faultsOf(leaking, zoe, 'ticket', 'id: "ticket-of-max"')
    expect(faults).toContain('zoe, by ticket: TicketRenamed.to of max')
  })

  it('catches a list that shows a customer a draft that they were not offered', async () => {
    const leaking = createSchema()
    const drafts = fieldsOf(leaking, 'Viewer')['drafts']
    if (!drafts) throw new Error('viewers have no drafts')
    drafts.resolve = async ({ id }: { readonly id: string }, _, { services }) =>
      toConnection('own-drafts', await services.readModels.drafts.list({ customerIds: [id] }, { limit: 100 }))
    expect(await faultsOf(leaking, zoe, 'viewer', '')).toEqual([
      'zoe, by viewer: the code of the held draft of zoe',
      'zoe, by viewer: the code of the unreviewed draft of zoe',
      'zoe, by viewer: the code of the withheld draft of zoe',
      'zoe, by viewer: the page of the held draft of zoe',
      'zoe, by viewer: the page of the unreviewed draft of zoe',
      'zoe, by viewer: the page of the withheld draft of zoe',
      'zoe, by viewer: the version of the held draft of zoe',
      'zoe, by viewer: the version of the unreviewed draft of zoe',
      'zoe, by viewer: the version of the withheld draft of zoe',
    ])
  })
})

async function faultsOf(
  leaking: GraphQLSchema,
  as: Bearer,
  operation: string,
  given: string,
): Promise<readonly string[]> {
  const other = await startApi(api.databaseUrl, { limits: unlimited, schema: leaking })
  const field = rootsOf(schema, 'Query').find(({ name }) => name === operation)
  if (!field) throw new Error(`no query is called ${operation}`)
  const looking = createInspection(desk.canaries)
  const { text, bodies } = await overHttp(other, as, documents.operation('query', field, given, 'full'))
  await other.close()
  looking.look(as, operation, text, bodies)
  return looking.faults()
}

function fieldsOf(of: GraphQLSchema, name: string): Record<string, GraphQLField<never, ApiContext>> {
  const type = of.getType(name)
  if (!isObjectType(type)) throw new Error(`there is no type ${name}`)
  return type.getFields() as never
}
