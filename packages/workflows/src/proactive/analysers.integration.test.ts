import type { ServerResponse } from 'node:http'
import type { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Activity, Desk, DraftEvent, Instant } from '@guichet/domain'
import { configurationSchema, instant, later, minutes, readHistory, suspectCommand } from '@guichet/domain'
import { deskInMemory, exampleSuspicion } from '@guichet/domain/testing'
import { openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { closeCompletionServices, completion, completionService } from '../testing/completion-service.ts'
import { patternModels } from '../testing/pattern-models.ts'
import { until } from '../testing/until.ts'
import type { PersonReader } from './person-context.ts'
import type { Proactive, ProactiveOptions } from './proactive.ts'
import { openProactive } from './proactive.ts'

const ana = { kind: 'agent', id: 'ana' } as const

const reader: PersonReader = {
  identify: async (id) => ({ id, ids: [id], plan: undefined, language: 'en', timeZone: 'UTC' }),
  ticketsOf: async () => [],
  colleaguesOf: async () => [],
  isCurrent: async () => true,
}

const now = (): Instant => instant(new Date())
const choosing = (choice: number) => completion(JSON.stringify({ problemDetected: true, choice, confidence: 0.7 }))

describe('analysers beside the rules', () => {
  let database: TestDatabase
  let pool: Pool
  let desk: Desk
  const opened: Proactive[] = []
  const failures: string[] = []

  beforeEach(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 6 })
    desk = deskInMemory({ now })
    const configuration = configurationSchema.parse({ proactive: { holdout: 0 } })
    const applied = await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: ana })
    expect(applied).toMatchObject({ ok: true })
  })
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.stop()
    failures.length = 0
    closeCompletionServices()
    await pool.end()
    await database.drop()
  })

  const open = async (options: Pick<ProactiveOptions, 'model' | 'readModels' | 'graceMs'>): Promise<Proactive> => {
    const onError = (error: unknown, context: string): void => void failures.push(`${context}: ${String(error)}`)
    const proactive = await openProactive({
      desk,
      pool,
      people: reader,
      personIds: async (_, id) => [id],
      pollMs: 100,
      onError,
      ...options,
    })
    opened.push(proactive)
    await proactive.start()
    return proactive
  }
  const report = async ({ activities }: Proactive, personId: string, code = 'E_PAY'): Promise<void> => {
    const failed = [1, 2, 3].map((number): Activity => ({
      id: `activity-${number}`,
      kind: 'error_occurred',
      code,
      at: later(now(), -minutes(number * 2)),
      page: '/pay',
      version: '2.1',
      detail: { code },
    }))
    await activities.record([{ person: { id: personId }, activities: failed }], now())
  }
  const fail = async (proactive: Proactive, personId: string, code?: string): Promise<void> => {
    await report(proactive, personId, code)
    await until(
      async () => (await pool.query('select from guichet_activity.analysis where due_at is not null')).rowCount,
      (count) => count === 0,
    )
  }
  const eventsOf = async (personId: string): Promise<readonly DraftEvent[]> =>
    (await readHistory(desk.store, 'draft', personId)).map(({ event }) => event)

  it('the choice of a model is kept with the finding, and logged', async () => {
    const { url } = await completionService(choosing(1))
    const proactive = await open({ model: { url, model: 'small-one', budget: 10 } })
    await fail(proactive, 'zoe')
    expect(await eventsOf('zoe')).toMatchObject([
      { type: 'TroubleSuspected', analyser: 'model', analyserVersion: 'small-one', suspicion: { confidence: 0.7 } },
      { type: 'DraftOffered' },
    ])
    const [request] = await proactive.modelLog.latest(10)
    expect(request).toMatchObject({ outcome: 'trouble', question: { choices: [{ number: 1, code: 'E_PAY' }] } })
    expect(JSON.stringify(request)).not.toContain('zoe')
  })

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['stalls', () => undefined, 'failed'],
    ['answers nonsense', completion('Have you tried turning it off?'), 'useless'],
    ['invents trouble', choosing(7), 'useless'],
    ['invents an article', completion('{"problemDetected":true,"article":"a-1","confidence":1}'), 'useless'],
  ])('the rules decide, once, when a model %s', async (_, answer, outcome) => {
    const { url, requests } = await completionService(answer)
    const proactive = await open({ model: { url, model: 'small-one', timeoutMs: 100 } })
    await fail(proactive, 'zoe')
    expect(await eventsOf('zoe')).toMatchObject([
      { type: 'TroubleSuspected', analyser: 'rules' },
      { type: 'DraftOffered' },
    ])
    expect(await proactive.modelLog.latest(10)).toMatchObject([{ outcome }])
    expect(failures).toEqual([expect.stringContaining('the analyser model; the next one decides instead')])
    await fail(proactive, 'max')
    expect(requests).toHaveLength(2)
    expect(await eventsOf('zoe')).toHaveLength(2)
  })

  it('a model that stalls does not hold up a stop: its analysis is given back, and is no failure', async () => {
    const { url, requests } = await completionService(() => undefined)
    const proactive = await open({ model: { url, model: 'small-one', timeoutMs: 600_000 }, graceMs: 0 })
    await report(proactive, 'zoe')
    await until(
      () => requests.length,
      (count) => count === 1,
    )
    await Promise.all(opened.splice(0).map((each) => each.stop()))
    const { rows } = await pool.query(
      'select lease, leased_until, attempts, error, due_at <= now() as due from guichet_activity.analysis',
    )
    expect(rows).toEqual([{ lease: null, leased_until: null, attempts: 0, error: null, due: true }])
    expect(await proactive.modelLog.latest(10)).toMatchObject([{ outcome: 'failed' }])
    expect([failures, await eventsOf('zoe')]).toEqual([[], []])
  })

  it('a model is asked as often as its budget of the day says, by all processes together', async () => {
    const { url, requests } = await completionService(choosing(1))
    const model = { url, model: 'small-one', budget: 1 }
    const [one, other] = [await open({ model }), await open({ model })]
    await fail(one, 'zoe')
    await fail(other, 'max')
    await fail(one, 'lea')
    const analysers = (await Promise.all(['zoe', 'max', 'lea'].map(eventsOf))).map(([event]) =>
      event?.type === 'TroubleSuspected' ? event.analyser : undefined,
    )
    expect(analysers).toEqual(['model', 'rules', 'rules'])
    expect(requests).toHaveLength(1)
    expect(failures).toEqual([])
  })

  it('what was learned from opened and dismissed drafts decides, once it beats the rules', async () => {
    const people = Array.from({ length: 120 }, (_, index) => `p${index}`)
    for (const [index, personId] of people.entries()) await decideDraft(desk, personId, index % 2 === 0)
    const proactive = await open({ readModels: patternModels(desk, people) })
    const { patterns } = proactive
    const { signal } = new AbortController()
    expect(await patterns?.evaluate(signal)).toEqual({
      patterns: 120,
      followed: 60,
      rules: { suspected: 120, precision: 0.5, recall: 1 },
      learned: { suspected: 60, precision: 1, recall: 1 },
      categoryAccuracy: 1,
      isBetter: true,
    })
    await fail(proactive, 'max', 'E_CHAT')
    expect(await eventsOf('max')).toMatchObject([{ analyser: 'rules' }, {}])

    await patterns?.learn(signal)
    await patterns?.load()
    await fail(proactive, 'zoe', 'E_CHAT')
    await fail(proactive, 'lea', 'E_PAY')
    expect(await eventsOf('zoe')).toEqual([])
    expect(await eventsOf('lea')).toMatchObject([
      { type: 'TroubleSuspected', analyser: 'learned', analyserVersion: expect.any(String) as string },
      { type: 'DraftOffered' },
    ])
    expect(failures).toEqual([])
  })
})

/** A draft of the history: payments become tickets, and chats do not. */
async function decideDraft(desk: Desk, personId: string, isPayment: boolean): Promise<void> {
  const suspicion = exampleSuspicion({
    code: isPayment ? 'E_PAY' : 'E_CHAT',
    count: 3,
    since: later(now(), -minutes(10)),
    reasons: [{ reason: 'repeated', count: 3, expected: 0.05 }],
  })
  const text = { subject: 'An error that comes back', body: 'Three times.', language: 'en' }
  const system = { by: { kind: 'system', id: 'proactive' } } as const
  await desk.engine.execute('draft', personId, suspectCommand(suspicion, 'rules', text), system)
  const customer = { by: { kind: 'customer', id: personId } } as const
  const ticketId = `t-${personId}`
  const decided = isPayment
    ? await desk.execute('draft', personId, { type: 'open', number: 1, ticketId }, customer)
    : await desk.execute('draft', personId, { type: 'dismiss', number: 1 }, customer)
  expect(decided).toMatchObject({ ok: true })
  if (!isPayment) return
  const ticket = { ...text, type: 'open', customer: { id: personId }, category: 'billing/payment' } as const
  expect(await desk.execute('ticket', ticketId, ticket, { by: ana })).toMatchObject({ ok: true })
}
