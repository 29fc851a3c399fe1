import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { untilDraft } from '../activities/drafts.ts'
import type { ReportingLoad } from '../activities/product.ts'
import { openProduct } from '../activities/product.ts'
import type { Bench, Figure } from '../bench.ts'
import { figure, skipped } from '../bench.ts'
import { percentile } from '../ground.ts'
import type { Ask } from '../guichet-process.ts'
import { agentToken, openClients, startServer, untilReady } from '../guichet-process.ts'
import { postmasterOf, timeOfAll, timeOfOne, untilQuiet } from '../processor.ts'
import { clients, workOf } from './graphql.ts'

const rates = { activities: 2_000, replies: 50, troubled: 5 } as const
const targets = { taken: 0.99 * rates.activities, processor: 30, draft: 2_000, replyTimes: 2 } as const

const agents = 100
const tickets = 200

/** One activity of so many is an error, on average. */
const usualErrors = 101

/**
 * What the helper for browsers sends every two seconds for a customer who does two things a second, which the aim is
 * asked of; as much as it sends at once at most, unless something waits; and a beacon with one activity.
 */
const usualLoad: ReportingLoad = { name: 'activities-4', sender: 'page', batch: 4, errorOneIn: usualErrors }
const helperLoads: readonly ReportingLoad[] = [
  { name: 'activities-1', sender: 'beacon', batch: 1, errorOneIn: usualErrors },
  usualLoad,
  { name: 'activities-20', sender: 'page', batch: 20, errorOneIn: usualErrors },
]

/** A bad day, on which a third are errors; and a service that reports for a hundred customers in a request. */
const otherLoads: readonly ReportingLoad[] = [
  { name: 'activities-critical', sender: 'page', batch: 4, errorOneIn: 3 },
  { name: 'activities-service', sender: 'service', batch: 100, errorOneIn: usualErrors },
]

/**
 * Measures activities that are reported over HTTP to a separate server with its worker process: the processor time of a
 * row by what a request holds, the time of ordinary replies beside 2,000 activities a second and without them, and the
 * time from the third failure of a customer until the draft reaches them. The quotas are the usual ones. Requires a
 * system with `/proc`.
 */
export async function activities({ ground, effort }: Bench): Promise<readonly Figure[]> {
  if (!existsSync('/proc/self/stat'))
    return [skipped('activities-4-processor', 'µs', targets.processor, 'there is no /proc on this system')]
  const seconds = 30 * effort.seconds
  const databaseUrl = await ground.database()
  const environment = { GUICHET_TRUST_PROXY: 'loopback' }
  const { server, secret } = startServer(join(ground.folder, 'activities'), databaseUrl, environment)
  const client = new pg.Client({ connectionString: databaseUrl })
  try {
    const url = await untilReady(server)
    await client.connect()
    const tokens = await Promise.all(Array.from({ length: agents }, () => agentToken(secret)))
    const desk = await openClients(url, tokens, clients)
    const reply = await openReplies(desk.ask)
    const product = await openProduct(url, secret)
    const report = await product.reporterOf({ ...usualLoad, name: 'activities' })
    const perSecond = rates.activities / usualLoad.batch
    const warmUp = Math.min(5, seconds)
    await Promise.all([atRate(rates.replies, warmUp, reply), atRate(perSecond, warmUp, report)])

    const alone = await atRate(rates.replies, seconds, reply)
    const costOf = await createRowCost(client, server.child.pid ?? 0, seconds / 2, product.reporterOf)
    const helpers = await inTurn(helperLoads, costOf.measure)
    const begun = performance.now()
    let ended = begun
    const [taken, beside, drafted] = await Promise.all([
      atRate(perSecond, seconds, report).finally(() => (ended = performance.now())),
      atRate(rates.replies, seconds, reply),
      allAtRate(rates.troubled, seconds, (number) => untilDraft(url, secret, product.post, number)),
    ])
    const others = await inTurn(otherLoads, costOf.measure)
    const missing = product.acknowledged() - (await storedActivities(client))
    await Promise.all([desk.close(), product.close()])

    const usual = percentile(alone, 0.95)
    const arrived = drafted.filter(Number.isFinite)
    return [
      figure('activities', 'activities/s', (taken.length * usualLoad.batch * 1_000) / (ended - begun), {
        target: targets.taken,
      }),
      figure('activities-taken-p95', 'ms', percentile(taken, 0.95)),
      figure('activities-miscounted', 'rows', Math.abs(missing), { target: 0 }),
      figure('activities-reply-alone-p95', 'ms', usual),
      figure('activities-reply-p95', 'ms', percentile(beside, 0.95), { target: targets.replyTimes * usual }),
      figure('activities-draft-p50', 'ms', percentile(arrived, 0.5)),
      figure('activities-draft-p99', 'ms', percentile(arrived, 0.99), { target: targets.draft }),
      figure('activities-drafts-lost', 'drafts', drafted.length - arrived.length, { target: 0 }),
      figure('activities-idle', '% of a core', costOf.idle),
      ...helpers.flat(),
      ...others.flat(),
    ]
  } finally {
    await client.end()
    server.child.kill('SIGTERM')
    await server.exited
  }
}

/** Begins work at a fixed rate. Resolves with what each has returned when all of it has ended. */
async function allAtRate<T>(
  perSecond: number,
  seconds: number,
  work: (number: number, due: number) => Promise<T>,
): Promise<readonly T[]> {
  const started = performance.now()
  const underWay: Promise<T>[] = []
  for (let number = 0; number < perSecond * seconds; number++) {
    const due = started + (number * 1_000) / perSecond
    if (due > performance.now()) await delay(due - performance.now())
    const outcome = work(number, due)
    outcome.catch(() => undefined)
    underWay.push(outcome)
  }
  return Promise.all(underWay)
}

/** Begins work at a fixed rate. Resolves with how long after it was due each had ended, in milliseconds. */
const atRate = (
  perSecond: number,
  seconds: number,
  work: (number: number) => Promise<unknown>,
): Promise<readonly number[]> =>
  allAtRate(perSecond, seconds, async (number, due) => {
    await work(number)
    return performance.now() - due
  })

async function inTurn<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (const value of values) results.push(await work(value))
  return results
}

/** Opens tickets, to which agents reply in turns. */
async function openReplies(ask: Ask): Promise<(number: number) => Promise<unknown>> {
  const work = workOf(ask)
  for (let opened = 0; opened < tickets; opened += clients)
    await Promise.all(Array.from({ length: clients }, work.openOne))
  return (number) => work.replyTo(work.tickets[number % work.tickets.length] ?? '')
}

async function storedActivities(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ readonly count: number }>(
    'select count(*)::float8 as count from guichet_activity.activity',
  )
  return rows[0]?.count ?? 0
}

const parts = ['server', 'postgres', 'worker'] as const

type Spent = Readonly<Record<(typeof parts)[number] | 'at', number>>

/**
 * Measures how busy the idle desk is, for as long as a load lasts. `measure` then measures a load: the processor time
 * of a row, also of the work that follows it, in microseconds, without that of the idle desk meanwhile.
 */
async function createRowCost(
  client: pg.Client,
  server: number,
  seconds: number,
  reporterOf: (load: ReportingLoad) => Promise<() => Promise<void>>,
): Promise<{ readonly idle: number; measure(load: ReportingLoad): Promise<readonly Figure[]> }> {
  const postmaster = await postmasterOf(client)
  const read = async (): Promise<Spent> => {
    const own = await timeOfOne(server)
    const [all, postgres] = [await timeOfAll(server), await timeOfAll(postmaster)]
    return { at: performance.now(), server: own, worker: all - own, postgres }
  }
  /** Microseconds of a part in a millisecond. */
  const rateOf = (part: (typeof parts)[number], before: Spent, after: Spent): number =>
    (after[part] - before[part]) / (after.at - before.at)

  await untilQuiet(server)
  const before = await read()
  await delay(seconds * 1_000)
  const after = await read()
  const idle = parts.reduce((sum, part) => sum + rateOf(part, before, after), 0)

  const measure = async (load: ReportingLoad): Promise<readonly Figure[]> => {
    const { name, batch } = load
    const report = await reporterOf(load)
    await atRate(rates.activities / batch, 1, report)
    await untilQuiet(server)
    const begun = await read()
    const taken = await atRate(rates.activities / batch, seconds, report)
    await untilQuiet(server)
    const ended = await read()
    const costs = parts.map((part) => {
      const busy = rateOf(part, begun, ended) - rateOf(part, before, after)
      return { part, each: (busy * (ended.at - begun.at)) / (taken.length * batch) }
    })
    const all = costs.reduce((sum, { each }) => sum + each, 0)
    return [
      figure(`${name}-processor`, 'µs', all, { ...(load === usualLoad && { target: targets.processor }) }),
      ...costs.map(({ part, each }) => figure(`${name}-${part}`, 'µs', each)),
      figure(`${name}-p95`, 'ms', percentile(taken, 0.95)),
    ]
  }
  // A thousand microseconds in a millisecond are a whole core.
  return { idle: idle / 10, measure }
}
