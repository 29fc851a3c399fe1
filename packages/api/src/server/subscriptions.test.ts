import { buildSchema, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createQuotas } from './quotas.ts'
import { createSubscribe } from './subscriptions.ts'

const most = 3
const budget = { release: () => {}, close: () => {}, waitedMs: () => 0 }

/** Returns a subscription whose start takes a moment, and fails on demand. */
function subscriptions() {
  const schema = buildSchema('type Query { a: Int } type Subscription { s(fails: Boolean): Int }')
  const field = schema.getSubscriptionType()?.getFields()['s']
  if (!field) throw new Error('the schema has the field s')
  field.subscribe = async (_: unknown, { fails }: { fails?: boolean }) => {
    await Promise.resolve()
    if (fails) throw new Error('no')
    return (async function* () {
      yield { s: 1 }
      await new Promise(() => {})
    })()
  }
  const subscribe = createSubscribe(
    { subscriptions: most, webSocketsOfAddress: 5, requestsPerMinute: 1 },
    () => {},
    () => true,
    createQuotas(
      {
        writtenBytesPerMinute: 0,
        uploadedBytesPerMinute: 0,
        chatMessagesPerMinute: 0,
        activitiesPerMinute: 0,
        readBytesPerMinute: 0,
        millisecondsPerMinute: 0,
      },
      () => undefined,
    ),
  )
  const start = (query = 'subscription { s }', more: object = {}) =>
    subscribe({
      schema,
      document: parse(query),
      contextValue: { principal: { role: 'customer', id: 'carl' }, requestId: 'r', budget, ...more },
    })
  return { start, many: (count: number) => Promise.all(Array.from({ length: count }, () => start())) }
}

type Started = Awaited<ReturnType<ReturnType<typeof subscriptions>['start']>>
const running = (outcomes: readonly Started[]) =>
  outcomes.flatMap((outcome) => (Symbol.asyncIterator in outcome ? [outcome] : []))

describe('the limit of subscriptions', () => {
  it('holds when many start at once', async () => {
    const outcomes = await subscriptions().many(50)
    expect(running(outcomes)).toHaveLength(most)
    expect(outcomes.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'too_many_subscriptions' } }] })
  })

  it('is ten times as high for agents, and fifty times for services', async () => {
    const { start } = subscriptions()
    for (const [role, times] of [
      ['agent', 10],
      ['service', 50],
    ] as const) {
      const as = { principal: { role, id: role } }
      const all = await Promise.all(Array.from({ length: times * most + 1 }, () => start(undefined, as)))
      expect(running(all)).toHaveLength(times * most)
    }
  })

  it('counts the event streams of an address, whoever opens them, until they end', async () => {
    const { start } = subscriptions()
    const from = (address: string, n: number) =>
      start(undefined, { principal: { role: 'visitor', id: `visitor-${n}` }, address })
    const all = await Promise.all(Array.from({ length: 6 }, (_, n) => from('10.0.0.1', n)))
    expect(running(all)).toHaveLength(5)
    expect(all.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'rate_limited' } }] })
    expect(running([await from('10.0.0.2', 7)])).toHaveLength(1)
    await running(all)[0]?.return()
    expect(running([await from('10.0.0.1', 8)])).toHaveLength(1)
  })

  it('does not count those that could not start', async () => {
    const { start, many } = subscriptions()
    for (let n = 0; n < 10; n++) expect(await start('subscription { s(fails: true) }')).toHaveProperty('errors')
    expect(running(await many(10))).toHaveLength(most)
  })

  it('does not count those that have ended, each ending once', async () => {
    const { many } = subscriptions()
    const [first] = running(await many(most))
    await first?.return()
    await first?.return()
    expect(running(await many(10))).toHaveLength(1)
  })
})

describe('the time of a subscription', () => {
  it('counts while results are computed, not while it waits, and ends it when used up', async () => {
    let now = 0
    let returned = false
    const schema = buildSchema('type Query { a: Int } type Subscription { s: Int }')
    const field = schema.getSubscriptionType()?.getFields()['s']
    if (!field) throw new Error('the schema has the field s')
    field.subscribe = async function* () {
      try {
        for (;;) {
          now += 1_000
          yield { s: 1 }
        }
      } finally {
        returned = true
      }
    }
    field.resolve = async () => {
      await Promise.resolve()
      now += 10
      return 1
    }
    const limits = {
      writtenBytesPerMinute: 0,
      chatMessagesPerMinute: 0,
      activitiesPerMinute: 0,
      uploadedBytesPerMinute: 0,
      readBytesPerMinute: 0,
      millisecondsPerMinute: 25,
    }
    const quotas = createQuotas(
      limits,
      () => undefined,
      () => now,
    )
    const subscribe = createSubscribe(
      { subscriptions: 1, webSocketsOfAddress: 0, requestsPerMinute: 1 },
      () => {},
      () => true,
      quotas,
    )
    const started = await subscribe({
      schema,
      document: parse('subscription { s }'),
      contextValue: { principal: { role: 'customer', id: 'carl' }, requestId: 'r', budget },
    })
    if (!(Symbol.asyncIterator in started)) throw new Error('it has not begun')
    const results = []
    for await (const result of started) results.push(result)
    expect(results).toMatchObject([
      { data: { s: 1 } },
      { data: { s: 1 } },
      { data: { s: 1 } },
      { errors: [{ extensions: { code: 'quota_exceeded' } }] },
    ])
    expect(returned).toBe(true)
  })
})
