import { setTimeout as delay } from 'node:timers/promises'
import type { GraphQLField, GraphQLSchema } from 'graphql'
import { isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { isCustomer, roles } from '../../packages/api/src/auth/principal.ts'
import { toConnection } from '../../packages/api/src/graphql/paging.ts'
import { createSchema } from '../../packages/api/src/graphql/schema.ts'
import type { ApiContext } from '../../packages/api/src/graphql/services.ts'
import type { Bearer } from '../../packages/api/src/server/testing/api-under-test.ts'
import { ana, max, startApi, zoe } from '../../packages/api/src/server/testing/api-under-test.ts'
import type { Extent, WrittenDocument } from './documents.ts'
import type { Faults } from './matrix.ts'
import { askForAll, codesFor, isOfDesk, callers, unlimited, useMatrix } from './matrix.ts'
import { callsOf, conditionsOf, filtersOfCustomers, notShown, rootsOf, unfilled } from './operations.ts'
import type { AnswerTexts } from './readers.ts'
import { codesOf, createInspection, overEventStream, overHttp, overWebSocket } from './readers.ts'
import type { Belongings } from './seeded-desk.ts'
import { askers, seedLongHistory } from './seeded-desk.ts'

/** For all operations of a kind together, on a machine that is busy. */
const patience = 900_000

const matrix = useMatrix({ beforeAll, afterAll })
const { api, schema, documents, inspectAnswer } = matrix

/** The error codes of a subscription to things of somebody, who may be the caller. */
function codesForThings(as: Bearer | undefined, operation: string, whose: string): readonly string[] {
  const codes = codesFor(as, operation)
  const refused = isCustomer(as) && whose !== as?.id ? unknownTo[operation] : undefined
  return codes.length > 0 || refused === undefined ? codes : [refused]
}

describe('reading', () => {
  let ofQueries: Faults
  let ofSubscriptions: Faults
  beforeAll(async () => {
    ofQueries = await askForAll(schema, 'Query', query)
    ofSubscriptions = await askForAll(schema, 'Subscription', subscribe)
  }, patience)

  describe.each(callers)('to %s', (_, as) => {
    it('queries show only what they may see', () => expect(ofQueries.get(as)).toEqual([]))

    it('subscriptions send everything that they may see, and nothing else', () =>
      expect(ofSubscriptions.get(as)).toEqual([]))
  })
})

async function query(as: Bearer | undefined, field: GraphQLField<unknown, unknown>): Promise<readonly string[]> {
  const faults: string[] = []
  for (const given of matrix.callsFor(as, field)) {
    const written = documents.operation(
      'query',
      field,
      given,
      !isOfDesk(as) || field.name === 'ticket' ? 'beyond' : 'full',
    )
    const codes = codesFor(as, field.name)
    faults.push(...inspectAnswer(as, `${field.name}(${given})`, await overHttp(api, as, written), codes))
    if (!as || !isCustomer(as)) continue
    const streamed = await overEventStream({ address: matrix.address, tokenOf: api.tokenOf }, as, written, 1)
    faults.push(...inspectAnswer(as, `${field.name}(${given}) as an event stream`, streamed, codes))
  }
  return faults
}

async function subscribe(as: Bearer | undefined, field: GraphQLField<unknown, unknown>): Promise<readonly string[]> {
  const faults: string[] = []
  for (const [whose, of] of matrix.thingsFor(as)) {
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
      const [given = ''] = callsOf(field, of, matrix.desk)
      const newest = results > 1 ? newestOf[field.name] : undefined
      const answer = await take(given, newest ? 'withoutLists' : 'full', results)
      if (newest) await take(newest(of, answer), 'full', 1)
    }
  }
  return faults
}

/** The roads of subscriptions: the second needs a token. */
function roadsFor(as: Bearer | undefined) {
  const listening = { address: matrix.address, tokenOf: api.tokenOf }
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
  const customer = askers.find((as) => as && matrix.desk.of[as.id]?.chat === chat) ?? max
  for (const as of [ana, customer]) {
    const input = `{ chatId: "${chat}", callId: "a-call", signalId: "${as.id}", data: "{}" }`
    const query = `mutation { sendChatCallSignal(input: ${input}) { userErrors { code } } }`
    await overHttp(api, as, { query, variables: {} })
  }
}

/** Subscriptions that begin with what there is now, in one result. */
const fromNowOn: ReadonlySet<string> = new Set([
  'articleEditorsChanged',
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
  for (const [field, value] of conditionsOf(schema, name, matrix.desk)) {
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
  expect(queried.filter((field) => !matrix.inspection.filled().has(field)).sort()).toEqual([...unfilled].sort())
  const unseen = new Set(
    matrix.desk.canaries.unseen().map((name) => name.replace(/ of (zoe|max|visitor-[\da-f-]+|ana|the desk)/, '')),
  )
  expect([...unseen].sort()).toEqual([...notShown].sort())
})

it.each(['conversation', 'timeline'] as const)(
  'the %s of a long history, which is cached for all viewers, shows each only what they may see',
  async (part) => {
    const ticket = `long-${part}-of-zoe`
    await seedLongHistory(api, matrix.desk.canaries, ticket)
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
  const looking = createInspection(matrix.desk.canaries)
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
