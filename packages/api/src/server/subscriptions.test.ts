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
    most,
    () => {},
    () => true,
    createQuotas(
      {
        writtenBytesPerMinute: 0,
        uploadedBytesPerMinute: 0,
        chatMessagesPerMinute: 0,
        readBytesPerMinute: 0,
        millisecondsPerMinute: 0,
      },
      () => undefined,
    ),
  )
  const start = (query = 'subscription { s }') =>
    subscribe({
      schema,
      document: parse(query),
      contextValue: { principal: { role: 'customer', id: 'carl' }, requestId: 'r', budget },
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
      1,
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
