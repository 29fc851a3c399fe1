import type { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Activity, Desk, EventEnvelope, Instant, TeamAlertEvent } from '@guichet/domain'
import {
  configurationSchema,
  days,
  hours,
  importActor,
  importCorrelation,
  instant,
  isHoldout,
  later,
  minutes,
  parseStream,
  proactiveActor,
  proactiveTag,
  suspectCommand,
} from '@guichet/domain'
import { deskAround, deskInMemory, Died, exampleSuspicion } from '@guichet/domain/testing'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { deliverySchema, recordingDeliveries } from '../delivery/deliveries.ts'
import type { DeliveryContent } from '../delivery/delivery.ts'
import { deskReactions } from '../reaction/desk-reactions.ts'
import type { Reactions } from '../reaction/reactions.ts'
import { reactions } from '../reaction/reactions.ts'
import { until } from '../testing/until.ts'
import { analysesIn } from './analyses.ts'
import { modelLogIn } from './model-log.ts'
import type { PersonReader } from './person-context.ts'
import type { Proactive, ProactiveOptions } from './proactive.ts'
import { openProactive } from './proactive.ts'

const zoe = { kind: 'customer', id: 'zoe' } as const
const ana = { kind: 'agent', id: 'ana' } as const

/** The clock of the desk stands still at noon: no day ends during a test. */
const noon = instant('2025-03-03T12:00:00Z')

const people: PersonReader = {
  identify: async (id) => ({ id, ids: [id], plan: undefined, language: 'en', timeZone: 'UTC' }),
  ticketsOf: async () => [],
  colleaguesOf: async () => [],
  isCurrent: async () => true,
}

const suspicion = exampleSuspicion({ since: later(noon, -hours(30)) })

describe('before the customer asks', () => {
  let database: TestDatabase
  let pool: Pool
  let desk: Desk
  const parts: Proactive[] = []
  const running: Reactions[] = []
  const stopAll = async (): Promise<void> => {
    for (const each of parts.splice(0)) await each.stop()
  }

  beforeEach(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 6 })
    await migrateSchema(pool, deliverySchema)
    desk = deskInMemory({ now: () => noon })
    const configuration = configurationSchema.parse({ proactive: { holdout: 0, widespread: 3 } })
    const applied = await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: ana })
    expect(applied).toMatchObject({ ok: true })
  })
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop()
    await stopAll()
    await pool.end()
    await database.drop()
  })

  const personIds: ProactiveOptions['personIds'] = async (_, id) => [id]
  const open = async (options: Partial<ProactiveOptions> = {}): Promise<Proactive> => {
    const record = recordingDeliveries(pool)
    const often = { pollMs: 100, fallsEveryMs: 50, incidentsEveryMs: 50 }
    const opened = await openProactive({ desk, pool, people, personIds, record, ...often, ...options })
    parts.push(opened)
    return opened
  }
  const react = async (proactive: Proactive): Promise<void> => {
    const drafts = deskReactions.filter(({ name }) => name === 'open_draft_tickets')
    const all = [...drafts, ...proactive.reactions]
    const started = await reactions({ desk, connectionString: database.url, reactions: all, leaseMs: 400 })
    running.push(started)
    await started.start()
  }

  /** An error, some minutes ago. */
  const failure = (number: number, code: string): Activity => ({
    id: `activity-${code}-${number}`,
    kind: 'error_occurred',
    code,
    at: later(noon, -minutes(number * 2)),
    page: '/pay',
    version: '2.1',
    detail: { code },
  })
  const report = ({ activities }: Proactive, personId: string, activity: Activity): Promise<void> =>
    activities.record([{ person: { id: personId }, activities: [activity] }], noon)
  const fail = async (proactive: Proactive, personId: string, code = 'E_PAYMENT', times = 4): Promise<void> => {
    for (let number = 1; number <= times; number++) await report(proactive, personId, failure(number, code))
  }
  /** The desk has had activities on three days before, so that it has learned what is usual. */
  const learn = async ({ activities }: Proactive): Promise<void> => {
    for (const daysAgo of [1, 2, 3]) {
      const at = later(noon, -days(daysAgo))
      const view = { ...failure(0, ''), id: `view-of-day-${daysAgo}`, kind: 'page_view', at, detail: {} }
      await activities.record([{ person: { id: 'ivy' }, activities: [view] }], at)
    }
  }
  const typesOf = async (personId: string): Promise<readonly string[]> =>
    (await desk.store.readStream(`draft-${personId}`)).map(({ event }) => event.type)
  const untilDraft = (personId: string) =>
    until(
      () => typesOf(personId),
      (types) => types.includes('DraftOffered'),
    )
  const untilIdle = async (proactive: Proactive): Promise<void> => {
    await until(
      async () => (await pool.query('select from guichet_activity.analysis where due_at is not null')).rowCount,
      (count) => count === 0,
    )
    expect((await proactive.status()).failing).toBe(0)
  }
  const untilIncidents = (proactive: Proactive, count = 1) =>
    until(
      () => proactive.incidents.since('2025-01-01', 50),
      ({ length }) => length === count,
    )
  /** What the desk was alerted to beside suspected trouble. */
  const teamAlerts = async (): Promise<readonly string[]> => {
    const all = (await desk.store.readAll({ limit: 1_000 })) as readonly EventEnvelope<TeamAlertEvent>[]
    return all.filter(({ stream }) => parseStream(stream).category === 'teamAlert').map(({ event }) => event.type)
  }
  const alerts = async (): Promise<readonly string[]> => {
    const { rows } = await pool.query<{ kind: string }>('select kind from guichet_workflows.delivery')
    return rows.map(({ kind }) => kind)
  }
  const suspect = async (personId: string, at: Instant, correlationId?: string): Promise<void> => {
    const text = { subject: 'An error that comes back', body: 'Three times.', language: 'en' }
    const sender = { by: proactiveActor, at, ...(correlationId !== undefined && { correlationId }) }
    const outcome = await desk.engine.execute('draft', personId, suspectCommand(suspicion, 'rules', text), sender)
    expect(outcome).toMatchObject({ ok: true })
  }
  const contents = async (): Promise<readonly DeliveryContent[]> => {
    const { rows } = await pool.query<{ content: DeliveryContent }>('select content from guichet_workflows.delivery')
    return rows.map(({ content }) => content)
  }

  it('a draft is offered after activities that another process has recorded, before the next look', async () => {
    const [recording, analysing] = [await open(), await open({ pollMs: 600_000 })]
    await analysing.start()
    await fail(recording, 'zoe')
    await untilDraft('zoe')
    expect((await desk.read('draft', 'zoe')).state.drafts).toMatchObject([
      { status: 'offered', suspicion: { fingerprint: 'error_occurred:E_PAYMENT' }, language: 'en' },
    ])
  })

  it('a person is analysed by one process at a time', async () => {
    const begun: string[] = []
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const slow: PersonReader = {
      ...people,
      identify: async (personId) => {
        begun.push(personId)
        if (personId === 'zoe') await released
        return people.identify(personId)
      },
    }
    const options = { people: slow, concurrency: 1, leaseMs: 600_000 }
    const [one, other] = [await open(options), await open(options)]
    try {
      await fail(one, 'zoe')
      await one.start()
      await until(
        () => begun.length,
        (count) => count === 1,
      )
      await other.start()
      for (const personId of ['max', 'lea']) {
        await fail(other, personId, `E_${personId}`)
        await untilDraft(personId)
      }
      expect(begun.filter((personId) => personId === 'zoe')).toHaveLength(1)
    } finally {
      release()
    }
    await untilDraft('zoe')
    await untilIdle(one)
    expect(await typesOf('zoe')).toEqual(['TroubleSuspected', 'DraftOffered'])
  })

  it('the analysis that a dead process has claimed is repeated by another one after the lease', async () => {
    const proactive = await open()
    await fail(proactive, 'zoe')
    expect(await analysesIn(pool).claim(1, 200)).toMatchObject([{ personId: 'zoe', attempts: 1 }])
    await proactive.start()
    await untilDraft('zoe')
    await untilIdle(proactive)
    expect(await typesOf('zoe')).toEqual(['TroubleSuspected', 'DraftOffered'])
  })

  it('the desk is alerted to a likely incident once when processes die before and after they record that', async () => {
    let calls = 0
    const dying = deskAround(desk, (entry) => ({
      execute: async (...command) => {
        const call = ++calls
        if (call === 1) throw new Died()
        const outcome = await entry.execute(...command)
        if (call === 2) throw new Died()
        return outcome
      },
    }))
    const proactive = await open({ desk: dying })
    await learn(proactive)
    for (const personId of ['max', 'eve', 'tom']) await fail(proactive, personId)
    await proactive.start()
    expect(await untilIncidents(proactive)).toMatchObject([{ fingerprint: 'error_occurred:E_PAYMENT' }])
    expect(calls).toBe(3)
    expect(await teamAlerts()).toEqual(['IncidentSuspected'])
  })

  it('analyses that fail are counted, and reported once until one succeeds', async () => {
    const failures: string[] = []
    let isAway = true
    const failing: PersonReader = {
      ...people,
      identify: (personId) => (isAway ? Promise.reject(new Error('no disk')) : people.identify(personId)),
    }
    const onError = (error: unknown, context: string): void => void failures.push(`${context}: ${String(error)}`)
    const proactive = await open({ people: failing, onError })
    await fail(proactive, 'zoe')
    await fail(proactive, 'max', 'E_MAX')
    await proactive.start()
    await until(
      () => proactive.status(),
      (status) => status.failing === 2,
    )
    const line = 'analysing the activities of a person; it is tried again: Error: no disk'
    expect(failures).toEqual([line])
    isAway = false
    await untilIdle(proactive)
    isAway = true
    await report(proactive, 'zoe', failure(5, 'E_PAYMENT'))
    await until(
      () => failures.length,
      (count) => count === 2,
    )
    expect(failures).toEqual([line, line])
  })

  it('a draft becomes a ticket, and is settled and reopened with it', async () => {
    const proactive = await open()
    await proactive.start()
    await react(proactive)
    await fail(proactive, 'zoe')
    await untilDraft('zoe')
    const opened = await desk.execute('draft', 'zoe', { type: 'open', number: 1, ticketId: 't1' }, { by: zoe })
    expect(opened).toMatchObject({ ok: true })
    const ticket = await until(
      async () => (await desk.read('ticket', 't1')).state,
      ({ status }) => status === 'new',
    )
    expect(ticket).toMatchObject({ tags: [proactiveTag], customer: { id: 'zoe' } })
    await desk.execute('ticket', 't1', { type: 'resolve' }, { by: ana })
    await until(
      () => typesOf('zoe'),
      (types) => types.at(-1) === 'DraftSettled',
    )
    await desk.execute('ticket', 't1', { type: 'customerReply', body: 'Still broken' }, { by: zoe })
    await until(
      () => typesOf('zoe'),
      (types) => types.at(-1) === 'DraftReopened',
    )
  })

  it('the desk is alerted to the trouble of one customer', async () => {
    const proactive = await open()
    await proactive.start()
    await react(proactive)
    await fail(proactive, 'zoe')
    await until(alerts, (kinds) => kinds.length > 0)
    expect(await alerts()).toEqual(['trouble_suspected'])
    const title: unknown = expect.stringMatching(/Avant la demande|Before the request/)
    expect(await contents()).toMatchObject([{ title, draft: { customerId: 'zoe', number: 1 } }])
  })

  it('the desk is not alerted to what was suspected more than a day ago, nor to what was imported', async () => {
    await suspect('old', later(noon, -hours(25)))
    await suspect('imported', noon, importCorrelation('old-desk'))
    await suspect('recent', later(noon, -hours(23)))
    await react(await open())
    await until(alerts, (kinds) => kinds.length > 0)
    expect(await contents()).toMatchObject([{ draft: { customerId: 'recent', number: 1 } }])
  })

  it('the desk is alerted to trouble that a review has withheld before, and to none in the holdout', async () => {
    const configuration = configurationSchema.parse({ proactive: { holdout: 0.5 } })
    const applied = await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: ana })
    expect(applied).toMatchObject({ ok: true })
    const ids = Array.from({ length: 50 }, (_, index) => `customer-${index}`)
    const isHeld = (id: string): boolean => isHoldout(id, suspicion.fingerprint, 0.5)
    const [held = '', reviewed = ''] = [ids.find(isHeld), ids.find((id) => !isHeld(id))]
    for (const id of [held, reviewed]) await suspect(id, noon)
    const withheld = await desk.execute('draft', reviewed, { type: 'withhold', number: 1 }, { by: ana })
    expect(withheld).toMatchObject({ ok: true })
    expect(await typesOf(held)).toEqual(['TroubleSuspected', 'DraftWithheld'])
    expect(await typesOf(reviewed)).toEqual(['TroubleSuspected', 'DraftOffered', 'DraftWithheld'])
    await react(await open())
    await until(alerts, (kinds) => kinds.length > 0)
    expect(await contents()).toMatchObject([{ draft: { customerId: reviewed, number: 1 } }])
  })

  it('the desk is alerted to a score of health that falls, once', async () => {
    const falls = [{ of: 'customers', id: 'zoe', weekBefore: 100, now: 70 }] as const
    const moments: Instant[] = []
    const proactive = await open({
      readFalls: async (moment) => {
        moments.push(moment)
        return falls
      },
    })
    await proactive.start()
    await until(
      () => moments.length,
      (times) => times >= 3,
    )
    expect(moments.slice(0, 3)).toEqual([noon, noon, noon])
    expect(await teamAlerts()).toEqual(['HealthFell'])
    await react(proactive)
    await until(alerts, (kinds) => kinds.length > 0)
    expect(await alerts()).toEqual(['health_fell'])
    const title: unknown = expect.stringMatching(/Avant la demande|Before the request/)
    expect(await contents()).toMatchObject([{ title, fall: { customerId: 'zoe', score: 70, weekBefore: 100 } }])
  })

  it('the desk is alerted without a webhook, too', async () => {
    const falls = [{ of: 'organisations', id: 'acme', weekBefore: 100, now: 70 }] as const
    const proactive = await open({ record: undefined, readFalls: async () => falls })
    await learn(proactive)
    for (const personId of ['max', 'eve', 'tom']) await fail(proactive, personId)
    await proactive.start()
    const types = await until(teamAlerts, ({ length }) => length === 2)
    expect([...types].sort()).toEqual(['HealthFell', 'IncidentSuspected'])
  })

  it('the trouble of many is one likely incident, and suspects none of them', async () => {
    const proactive = await open()
    await learn(proactive)
    const customers = ['max', 'eve', 'tom', 'lea']
    for (const personId of customers) await fail(proactive, personId)
    await proactive.start()
    await untilIdle(proactive)
    const incidents = await untilIncidents(proactive)
    expect(incidents).toMatchObject([{ fingerprint: 'error_occurred:E_PAYMENT', lately: 4 }])
    const of = (day: Instant) => proactive.incidents.of(['error_occurred:E_PAYMENT', 'none'], day.slice(0, 10))
    expect(await of(later(noon, -days(1)))).toEqual(incidents)
    expect(await of(later(noon, days(1)))).toEqual([])
    expect(await teamAlerts()).toEqual(['IncidentSuspected'])
    expect((await Promise.all(customers.map(typesOf))).flat()).toEqual([])
  })

  it('what each of many has met once is a likely incident too, and visitors are none of them', async () => {
    const [one, other] = [await open(), await open()]
    await learn(one)
    for (const personId of ['max', 'eve', 'visitor-00000000-0000-4000-8000-000000000001'])
      await fail(one, personId, 'E_CHAT', 1)
    for (const personId of ['max', 'eve', 'tom']) await fail(one, personId, 'E_PAYMENT', 1)
    await Promise.all([one.start(), other.start()])
    expect(await untilIncidents(one)).toMatchObject([
      { fingerprint: 'error_occurred:E_PAYMENT', lately: 3, since: later(noon, -minutes(2)), pages: ['/pay'] },
    ])
    expect(await teamAlerts()).toEqual(['IncidentSuspected'])
  })

  it('the desk is alerted to twenty likely incidents a day, and the last alert says that it is', async () => {
    const first = await open()
    await learn(first)
    await pool.query(
      `insert into guichet_activity.likely_incident (fingerprint, day, first_day, updated_at, incident)
       select 'error_occurred:E_' || n, $1::date, $1::date, $2::timestamptz, '{}'::json from generate_series(1, 19) n`,
      [noon.slice(0, 10), noon],
    )
    const customers = ['max', 'eve', 'tom']
    for (const personId of customers) await fail(first, personId)
    await first.start()
    await untilIncidents(first, 20)
    await stopAll()
    const next = await open()
    for (const personId of customers) await fail(next, personId, 'E_CHAT', 6)
    await next.start()
    await untilIncidents(next, 21)
    expect(await teamAlerts()).toEqual(['IncidentSuspected'])
    await react(next)
    await until(alerts, (kinds) => kinds.length > 0)
    expect(await contents()).toMatchObject([
      {
        trouble: { fingerprint: 'error_occurred:E_PAYMENT' },
        message: expect.stringMatching(/dernière alerte|last such alert/) as string,
      },
    ])
  })

  it('nothing is left of a person who was erased, and nothing is suspected of them', async () => {
    const proactive = await open()
    await fail(proactive, 'zoe')
    await proactive.activities.erase(['zoe'])
    await proactive.start()
    await fail(proactive, 'max')
    await untilDraft('max')
    await untilIdle(proactive)
    expect(await typesOf('zoe')).toEqual([])
    expect((await proactive.activities.pageOf(['zoe'], { limit: 10 })).rows).toEqual([])
  })

  it('nothing is suspected of a person who is erased while they are analysed', async () => {
    let isErased = false
    const erasing: PersonReader = {
      ...people,
      ticketsOf: async (person, at) => {
        await proactive.activities.erase([person.id])
        isErased = true
        return people.ticketsOf(person, at)
      },
    }
    const proactive = await open({ people: erasing })
    await fail(proactive, 'zoe')
    await proactive.start()
    await until(
      () => isErased,
      (is) => is,
    )
    await stopAll()
    expect(await typesOf('zoe')).toEqual([])
  })

  it('nothing is left of a customer whose import was taken back, and everything of the others', async () => {
    const proactive = await open()
    const imported = { by: importActor, correlationId: importCorrelation('old-desk') }
    for (const personId of ['zoe', 'max']) {
      await fail(proactive, personId)
      await desk.engine.execute('customer', personId, { type: 'register' }, imported)
    }
    await react(proactive)
    const withdrawal = { type: 'withdrawImport', importId: 'old-desk' } as const
    expect(await desk.engine.execute('customer', 'zoe', withdrawal, imported)).toMatchObject({ ok: true })
    const storedOf = async (personId: string) => (await proactive.activities.pageOf([personId], { limit: 10 })).rows
    await until(
      () => storedOf('zoe'),
      ({ length }) => length === 0,
    )
    expect(await storedOf('max')).toHaveLength(4)
  })

  it('the days that are older than activities are stored are dropped, and what a model was asked then', async () => {
    const proactive = await open()
    const log = modelLogIn(pool)
    for (const [id, daysAgo] of [
      ['old', 31],
      ['young', 30],
    ] as const) {
      const at = later(noon, -days(daysAgo))
      const activities = [{ ...failure(1, 'E_PAYMENT'), id, at }]
      await proactive.activities.record([{ person: { id: 'zoe' }, activities }], at)
      await log.begin({ askedAt: at, model: id, question: { choices: [], evidence: [], tickets: 0 } })
    }
    const stored = async () =>
      (await proactive.activities.pageOf(['zoe'], { limit: 10 })).rows.map(({ row: { id } }) => id)
    expect(await stored()).toEqual(['young', 'old'])
    await proactive.start()
    await until(stored, ({ length }) => length < 2)
    expect(await stored()).toEqual(['young'])
    expect((await proactive.modelLog.latest(10)).map(({ model }) => model)).toEqual(['young'])
    const period = { from: '2025-01-01', to: '2025-03-03' }
    expect(await proactive.activities.countsBy('day', period, 10)).toMatchObject([{ value: '2025-02-01', count: 1 }])
  })
})
