import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Activity, Instant } from '@guichet/domain'
import { importActor, later, minutes, proactiveActor, suspectCommand } from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import { now, startEngine } from '../engine/engine.ts'
import { readEnvironment } from '../environment/environment.ts'
import { useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
const ana = { by: { kind: 'agent', id: 'ana' } } as const
const at = now()
const patience = { timeout: 30_000, interval: 50 }
const visitor = 'visitor-00000000-0000-4000-8000-000000000001'

const activity = (id: string, fields: Partial<Activity> = {}): Activity => ({
  id,
  kind: 'error_occurred',
  code: 'E_PAY',
  at,
  page: '/pay',
  version: '1.4.0',
  detail: { code: 'E_PAY' },
  ...fields,
})

async function recordRequest(askedAt: Instant): Promise<void> {
  const client = new pg.Client({ connectionString: cli.databaseUrl })
  await client.connect()
  await client.query(
    `insert into guichet_activity.model_request (asked_at, model, question, answer, outcome)
     values ($1, 'small-one', $2, '{"problemDetected":false}', 'none')`,
    [askedAt, { choices: [], evidence: [{ fingerprint: 'error_occurred:E_PAY', count: 3 }], tickets: 0 }],
  )
  await client.end()
}

beforeAll(async () => {
  const environment = readEnvironment({ DATABASE_URL: cli.databaseUrl, GUICHET_HOME: cli.folder })
  const { desk, proactive, stop } = await startEngine(environment, { serves: false, log: pino({ level: 'silent' }) })
  for (const id of ['zoe', 'z2']) await desk.execute('customer', id, { type: 'register' }, ana)
  expect(await desk.mergeCustomers('z2', 'zoe', ana)).toMatchObject({ ok: true })
  expect(await desk.claimVisitor(visitor, { customer: { id: 'z2' } })).toMatchObject({ ok: true })
  const text = { subject: 'An error that comes back', body: 'Four times.', language: 'en' }
  const command = suspectCommand(exampleSuspicion(), 'rules', text)
  expect(await desk.engine.execute('draft', 'zoe', command, { by: proactiveActor })).toMatchObject({ ok: true })
  const view = activity('view', { kind: 'page_view', code: '', at: later(at, -minutes(1)), detail: {} })
  await proactive.activities.record(
    [
      { person: { id: 'zoe', browser: 'Firefox 140' }, activities: [view, activity('error')] },
      { person: { id: 'z2' }, activities: [activity('error', { at: later(at, -minutes(2)) })] },
      { person: { id: visitor }, activities: [activity('error', { at: later(at, -minutes(3)) })] },
      { person: { id: 'max' }, activities: [activity('error')] },
    ],
    at,
  )
  await stop()
})

describe('guichet activities', () => {
  it('shows the trouble that customers have most often, and how many analyses wait', async () => {
    const { code, out, err } = await cli.run('activities')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const [analyses, headings, ...troubles] = out.split('\n')
    expect(analyses).toBe('analyses: 0 due, 0 failing')
    expect(headings).toMatch(/^trouble +times +people by day$/)
    expect(troubles).toEqual([expect.stringMatching(/^error_occurred:E_PAY +4 +4$/)])
    expect(JSON.parse((await cli.run('activities', '--json')).out)).toMatchObject({
      troubles: [{ value: 'error_occurred:E_PAY', count: 4, people: 4 }],
      analyses: { due: 0, failing: 0 },
    })
  })

  it('shows the latest activities of a customer, of those who were merged into them, and of visitors who have signed in since', async () => {
    const { out } = await cli.run('activities', '--customer', 'zoe')
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^at +kind +code +page +version +browser$/),
      expect.stringMatching(/^\S+Z +error_occurred +E_PAY +\/pay +1\.4\.0 +Firefox 140$/),
      expect.stringMatching(/^\S+Z +page_view +\/pay +1\.4\.0 +Firefox 140$/),
      expect.stringMatching(/^\S+Z +error_occurred +E_PAY +\/pay +1\.4\.0$/),
      expect.stringMatching(/^\S+Z +error_occurred +E_PAY +\/pay +1\.4\.0$/),
    ])
    const { out: latest } = await cli.run('activities', '--customer', 'zoe', '--limit', '1', '--json')
    expect(JSON.parse(latest)).toMatchObject([{ id: 'error', personId: 'zoe', code: 'E_PAY', at }])
    expect(await cli.run('activities', '--customer', 'eve')).toEqual({ code: 0, out: 'no activities', err: '' })
  })

  it('shows what a model was asked, and what it answered', async () => {
    expect(await cli.run('activities', 'model-log')).toEqual({ code: 0, out: 'no model was asked', err: '' })
    await recordRequest(at)
    const [headings, ...requests] = (await cli.run('activities', 'model-log')).out.split('\n')
    expect(headings).toMatch(/^at +model +outcome +asked about +answer$/)
    expect(requests).toEqual([
      expect.stringMatching(/^\S+Z +small-one +none +error_occurred:E_PAY 3 +\{"problemDetected":false\}$/),
    ])
    const { out } = await cli.run('activities', 'model-log', '--json')
    expect(JSON.parse(out)).toMatchObject([{ askedAt: at, model: 'small-one', outcome: 'none' }])
  })

  it('says that the history is too short to learn from', async () => {
    expect(await cli.run('activities', 'evaluate')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('error too_few_examples: the history is too short to learn from') as string,
    })
  })

  it('erases a customer with all who were merged into them, visitors who have signed in since too, and nobody else', async () => {
    expect(await cli.run('activities', 'erase', 'zoe')).toEqual({
      code: 0,
      out: '4 activities of zoe are erased',
      err: '',
    })
    const left = async (customer: string) => (await cli.run('activities', '--customer', customer, '--json')).out
    for (const each of ['zoe', 'z2', visitor]) expect(await left(each)).toBe('[]')
    expect(JSON.parse(await left('max'))).toMatchObject([{ id: 'error' }])
    const { out } = await cli.run('activities', 'erase', 'zoe', '--json')
    expect(JSON.parse(out)).toEqual({ customer: 'zoe', erased: 0, ratings: 0, translations: 0 })
    expect((await cli.run('activities', 'erase', 'nobody')).out).toBe('there are no activities of nobody')
  })
})

describe('the reactions of the engine', () => {
  const claimed = 'visitor-00000000-0000-4000-8000-000000000002'

  it('end the draft of a visitor, and erase their activities, with the customer who has claimed them', async () => {
    const environment = readEnvironment({ DATABASE_URL: cli.databaseUrl, GUICHET_HOME: cli.folder })
    const engine = await startEngine(environment, { serves: false, log: pino({ level: 'silent' }) })
    const { desk, proactive, startClocks, stop } = engine
    try {
      await startClocks()
      await desk.execute('customer', 'tom', { type: 'register' }, ana)
      const text = { subject: 'An error that comes back', body: 'Four times.', language: 'en' }
      const command = suspectCommand(exampleSuspicion(), 'rules', text)
      await desk.engine.execute('draft', claimed, command, { by: proactiveActor })
      await proactive.activities.record([{ person: { id: claimed }, activities: [activity('error')] }], at)
      expect(await desk.claimVisitor(claimed, { customer: { id: 'tom' } })).toMatchObject({ ok: true })
      const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'tom' } } as const
      expect(await desk.execute('ticket', 'of-tom', opening, ana)).toMatchObject({ ok: true })
      const statusOf = async () => (await desk.read('draft', claimed)).state.drafts[0]?.status
      await vi.waitUntil(async () => (await statusOf()) === 'reported', patience)
      const left = async () => (await proactive.activities.pageOf([claimed], { limit: 1 })).rows.length
      expect(await left()).toBe(1)
      const withdrawal = { type: 'withdrawImport', importId: 'i' } as const
      expect(await desk.engine.execute('customer', 'tom', withdrawal, { by: importActor })).toMatchObject({ ok: true })
      await vi.waitUntil(async () => (await left()) === 0, patience)
    } finally {
      await stop()
    }
  })
})

describe('guichet replay of drafts', () => {
  it('tells what was suspected of a customer, and why', async () => {
    const { code, out, err } = await cli.run('replay', 'draft-zoe')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.split('\n')[0]).toBe('drafts of zoe')
    expect(out).toContain('suspected trouble, draft 1: error_occurred:E_PAY, 4 times since 2026-03-02T09:00:00.000Z')
    const replay: unknown = JSON.parse((await cli.run('replay', 'draft-zoe', '--json')).out)
    expect(replay).toMatchObject({ customerId: 'zoe', state: { count: 1 } })
    expect(replay).toHaveProperty('entries.0.type', 'TroubleSuspected')
  })

  it('says that a customer has had none', async () => {
    expect(await cli.run('replay', 'draft-eve')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('error ticket_not_found: no draft was made for customer eve') as string,
    })
  })
})
