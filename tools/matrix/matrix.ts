import type { GraphQLField, GraphQLSchema } from 'graphql'
import { firstCarrying, pageCalls, webRtcCalls } from '../../packages/api/src/calls/call-providers.ts'
import { isCustomer } from '../../packages/api/src/auth/principal.ts'
import type { Operation } from '../../packages/api/src/auth/rights.ts'
import { accessTo } from '../../packages/api/src/auth/rights.ts'
import { createSchema } from '../../packages/api/src/graphql/schema.ts'
import type { ApiUnderTest, Bearer } from '../../packages/api/src/server/testing/api-under-test.ts'
import { ana, useApi, zoe } from '../../packages/api/src/server/testing/api-under-test.ts'
import type { SourceServer } from '../../packages/api/src/server/testing/live-data-under-test.ts'
import { alertsMessage, openLiveData, serveSource } from '../../packages/api/src/server/testing/live-data-under-test.ts'
import { filesInFolder } from '../../packages/api/src/server/testing/files-under-test.ts'
import { createDocuments } from './documents.ts'
import { callsOf, nobodys, rootsOf } from './operations.ts'
import type { AnswerTexts, Inspection } from './readers.ts'
import { codesOf, createInspection } from './readers.ts'
import { createSeededActivities } from './seeded-activities.ts'
import type { Belongings, SeededDesk } from './seeded-desk.ts'
import { askers, seedDesk } from './seeded-desk.ts'

/** No limits, so that the matrix can query everything. */
export const unlimited = {
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
const cardOfSource = {
  cardId: 'a-card',
  title: 'Battery',
  fields: [{ label: 'Temperature', value: '47 °C' }],
  asOf: '2026-03-02T09:00:00.000Z',
}

/** The faults of all answers to each caller. */
export type Faults = ReadonlyMap<Bearer | undefined, readonly string[]>

/** All callers, each with its name. */
export const callers = askers.map((as) => [as ? `${as.role} ${as.id}` : 'nobody', as] as const)

/** Whether a caller belongs to the desk. */
export const isOfDesk = (as: Bearer | undefined): boolean => as !== undefined && !isCustomer(as)

/** The error codes that a caller gets for an operation: none if they may use it. */
export function codesFor(as: Bearer | undefined, operation: string): readonly string[] {
  if (!as) return ['unauthenticated']
  if (accessTo(operation as Operation, { ...as, expiresAt: 0 }) === 'none') return ['forbidden']
  return operation === 'chatCallSignalled' && isOfDesk(as) && as.id !== ana.id ? ['chat_call_unknown'] : []
}

/** An API over a seeded desk, in which each text is planted for its readers, and what inspects its answers. */
export type Matrix = {
  readonly api: ApiUnderTest
  readonly desk: SeededDesk
  readonly inspection: Inspection
  /** Where the API listens. */
  readonly address: string
  readonly schema: GraphQLSchema
  readonly documents: ReturnType<typeof createDocuments>
  /** What a caller asks for: customers their own, another's and unknown things; the desk existing ones. */
  thingsFor(as: Bearer | undefined): readonly (readonly [string, Belongings])[]
  /** The arguments with which a caller asks a field. */
  callsFor(as: Bearer | undefined, field: GraphQLField<unknown, unknown>): ReadonlySet<string>
  /** Inspects an answer and returns its faults: what the caller must not see, and other error codes than expected. */
  inspectAnswer(as: Bearer | undefined, road: string, answer: AnswerTexts, codes: readonly string[]): string[]
}

type Hooks = Readonly<Record<'beforeAll' | 'afterAll', (run: () => Promise<void>) => void>>

/** Seeds a desk of its own for a file of tests. */
export function useMatrix({ beforeAll, afterAll }: Hooks): Matrix {
  const schema = createSchema()
  let source: SourceServer | undefined
  const liveData = async (databaseUrl: string) => {
    source ??= await serveSource((_, response) => void response.end(JSON.stringify({ cards: [cardOfSource] })))
    return openLiveData(databaseUrl, source.url, 60_000)
  }
  const { seed: seedActivities, ...proactive } = createSeededActivities()
  const options = { limits: unlimited, files: filesInFolder, calls, liveData, ...proactive }
  const api = useApi({ beforeAll, afterAll }, options)
  let seeded: Pick<Matrix, 'desk' | 'inspection' | 'address'> | undefined
  beforeAll(async () => {
    const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const desk = await seedDesk(api)
    seedActivities(desk.canaries, Object.keys(desk.of))
    const inspection = createInspection(desk.canaries)
    const title = desk.canaries.plant({ name: 'the alert of zoe' })
    const alerts = [{ alertId: 'hot', severity: 'critical', title, since: '2026-03-02T09:00:00.000Z' }]
    const message = alertsMessage('push', { customer: { id: zoe.id }, alerts })
    await api.app.inject({ method: 'POST', url: '/live-data/battery/alerts', ...message })
    seeded = { desk, inspection, address }
  })
  afterAll(async () => source?.close())
  const whole = (): NonNullable<typeof seeded> => {
    if (!seeded) throw new Error('the desk is seeded before the first test: ask for it in beforeAll or later')
    return seeded
  }
  const thingsFor: Matrix['thingsFor'] = (as) => [
    ...Object.entries(whole().desk.of).filter(([owner]) => !isOfDesk(as) || owner === zoe.id),
    ...(isOfDesk(as) ? [] : [['nobody', nobodys] as const]),
  ]
  return {
    api,
    schema,
    documents: createDocuments(schema),
    get desk() {
      return whole().desk
    },
    get inspection() {
      return whole().inspection
    },
    get address() {
      return whole().address
    },
    thingsFor,
    callsFor: (as, field) => new Set(thingsFor(as).flatMap(([, of]) => callsOf(field, of, whole().desk))),
    inspectAnswer: (as, road, answer, codes) => {
      const { inspection } = whole()
      const data = answer.bodies.map((body) => body.data)
      inspection.look(as, road, answer.text, data)
      const faults = [...inspection.faults()]
      if (String(codesOf(answer)) === String(codes)) return faults
      return [...faults, `${road}: ${JSON.stringify(answer.bodies.map(({ errors }) => errors)).slice(0, 500)}`]
    },
  }
}

/**
 * Asks the operations of a kind one after another, each for all callers at once: they wait together, and the server prepares each
 * document once. `ask` returns the faults of the answers to one caller.
 */
export async function askForAll(
  schema: GraphQLSchema,
  kind: 'Query' | 'Mutation' | 'Subscription',
  ask: (as: Bearer | undefined, field: GraphQLField<unknown, unknown>) => Promise<readonly string[]>,
): Promise<Faults> {
  const faults = new Map(askers.map((as) => [as, [] as string[]]))
  for (const field of rootsOf(schema, kind)) {
    await Promise.all([...faults].map(async ([as, found]) => void found.push(...(await ask(as, field)))))
  }
  return faults
}
