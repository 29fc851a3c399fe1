import { beforeAll, describe, expect, it } from 'vitest'
import type { AgentEvent, Desk, EventEnvelope, Instant, Notification, TicketEvent, TicketState } from '@guichet/domain'
import {
  createDesk,
  days,
  guichetEvents,
  inMemoryStore,
  later,
  notificationsFor,
  slaTargets,
  ticketAggregate,
} from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { unconfigured } from '@guichet/desk/configuration'
import type { SimulationPlan } from './case.ts'
import { agents } from './roster.ts'
import { simulate } from './simulate.ts'

const start = '2026-01-05T00:00:00.000Z' as Instant
const end = later(start, days(21))
const plan: SimulationPlan = { tickets: 90, seed: 'seven', start, end }

const newDesk = (): Desk =>
  createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now: () => end,
    newId: () => crypto.randomUUID(),
    policy: unconfigured,
  })
const historyOf = async (desk: Desk) =>
  (await desk.store.readAll({ limit: 100_000 })).map(({ event, stream, version, id }) => ({
    event,
    stream,
    version,
    id,
  }))
const byStream = (history: Awaited<ReturnType<typeof historyOf>>) =>
  history.toSorted((a, b) => (a.stream === b.stream ? a.version - b.version : a.stream < b.stream ? -1 : 1))

/** Simulates once, for the tests that only read the result. */
const simulated = async (more: Partial<SimulationPlan> = {}) => {
  const desk = newDesk()
  return { desk, summary: await simulate(desk, { ...plan, ...more }) }
}

describe('a simulation', () => {
  let small: Awaited<ReturnType<typeof simulated>>
  let large: Awaited<ReturnType<typeof simulated>>
  beforeAll(async () => {
    small = await simulated()
    large = await simulated({ tickets: 600 })
  })

  it('creates the same history for the same seed, and another for another', async () => {
    const again = await simulated()
    const otherwise = await simulated({ seed: 'eight' })
    const [first, second, other] = await Promise.all([small, again, otherwise].map(({ desk }) => historyOf(desk)))
    expect(byStream(first ?? [])).toEqual(byStream(second ?? []))
    expect(byStream(first ?? [])).not.toEqual(byStream(other ?? []))
  })

  it('opens the requested number of tickets, and has no events outside of its time', async () => {
    const { desk, summary } = small
    const { tickets, events } = summary
    const history = await historyOf(desk)
    expect(tickets).toBe(90)
    expect(events).toBe(history.filter(({ stream }) => !stream.startsWith('import-')).length)
    expect(history.filter(({ event }) => event.type === 'TicketOpened')).toHaveLength(90)
    expect(history.every(({ event }) => event.at >= start && event.at <= end)).toBe(true)
  })

  it('shows everything a desk lives through', async () => {
    const { desk } = large
    const history = await historyOf(desk)
    const types = new Set(history.map(({ event }) => event.type))
    for (const type of ['ChaseSent', 'StagnationDetected', 'TicketReopened', 'TicketMerged', 'TicketEscalated']) {
      expect(types).toContain(type)
    }
    const ended = (type: 'TargetMet' | 'TargetBreached') =>
      new Set(history.flatMap(({ event }) => (event.type === type && 'target' in event ? [event.target] : [])))
    expect(ended('TargetMet')).toEqual(new Set(slaTargets))
    expect(ended('TargetBreached')).toEqual(new Set(slaTargets))
    const reasons = new Set(history.map(({ event }) => ('reason' in event ? event.reason : undefined)))
    for (const reason of ['no_reply', 'solved', 'confirmed', 'spam', 'merged']) expect(reasons).toContain(reason)
    const languages = new Set(history.flatMap(({ event }) => ('language' in event ? [event.language] : [])))
    expect([...languages].sort()).toEqual(['en', 'es', 'fr'])
  })

  it('has agents of three levels and centres, who are all there at its end', async () => {
    const { desk } = small
    const states = await Promise.all(agents.map(async ({ id }) => (await desk.read('agent', id)).state))
    const known = states.flatMap((state) => (state.status === 'absent' ? [] : [state]))
    expect(known).toHaveLength(agents.length)
    expect(new Set(known.map(({ profile }) => profile.level))).toEqual(new Set([1, 2, 3]))
    expect(new Set(known.map(({ profile }) => profile.centre))).toEqual(new Set(['paris', 'montreal', 'toronto']))
    expect(new Set(known.map(({ availability }) => availability))).toEqual(new Set(['available']))
    const events = (await historyOf(desk)).map(({ event }) => event as AgentEvent)
    const been = events.flatMap((event) => (event.type === 'AvailabilityChanged' ? [event.to] : []))
    expect(new Set(been)).toEqual(new Set(['available', 'break', 'offline']))
  })

  it('leaves an agent alone whom the desk knows already', async () => {
    const desk = newDesk()
    const [camille] = agents
    const profile = { name: 'Camille', level: 3 } as const
    await desk.execute(
      'agent',
      camille.id,
      { type: 'register', profile },
      { by: { kind: 'system', id: 's' }, at: start },
    )
    await simulate(desk, plan)
    expect((await desk.read('agent', camille.id)).state).toMatchObject({ availability: 'offline', profile })
  })

  it('hands tickets up and down between the levels, and wishes over to the product team', async () => {
    const { desk } = large
    const history = (await historyOf(desk)).map(({ stream, event }) => ({ stream, event: event as TicketEvent }))
    const types = new Set(history.map(({ event }) => event.type))
    for (const type of ['TicketDeescalated', 'FeatureRequestNoted']) expect(types).toContain(type)
    const levelOf = new Map(agents.map(({ id, level }) => [id, level]))
    const taken = history.flatMap(({ stream, event }, index) => {
      if (event.type !== 'TicketEscalated' || event.level === event.fromLevel) return []
      if (event.reason.startsWith('incident ')) return [] // whoever has the ticket by then keeps it
      const next = history.slice(index).find((one) => one.stream === stream && one.event.type === 'TicketAssigned')
      return next?.event.type === 'TicketAssigned' ? [[event.level, levelOf.get(next.event.assignee.id)]] : []
    })
    expect(taken).toEqual(
      expect.arrayContaining([
        [2, 2],
        [3, 3],
      ]),
    )
    expect(taken.filter(([wanted, level]) => wanted !== level)).toEqual([])
  })

  it('lives through a critical incident on its last day, which takes one of its tickets, and owes its post-mortem', async () => {
    const { desk } = small
    const declared = (await desk.store.readAll({ limit: 100_000 })).filter(
      ({ event }) => event.type === 'IncidentDeclared',
    )
    expect(declared).toHaveLength(1)
    const id = declared[0]?.stream.slice('incident-'.length) ?? ''
    expect((await desk.read('incident', id)).state).toMatchObject({ status: 'resolved', ticket: { state: 'linked' } })
    const { deadlines } = await desk.clockState(`incident-${id}`)
    expect(deadlines).toMatchObject([{ kind: 'post_mortem' }])
    expect((await desk.read('ticket', id)).state).toMatchObject({ status: 'resolved', priority: 'urgent' })
  })

  it('lets customers write mostly by day and on weekdays', async () => {
    const { desk } = large
    const opened = (await historyOf(desk))
      .filter(({ event }) => event.type === 'TicketOpened')
      .map(({ event }) => new Date(event.at))
    const byDay = opened.filter((at) => at.getUTCHours() >= 7 && at.getUTCHours() < 20)
    const weekend = opened.filter((at) => at.getUTCDay() % 6 === 0)
    expect(byDay.length / opened.length).toBeGreaterThan(0.75)
    expect(weekend.length / opened.length).toBeLessThan(0.2)
  })

  it('adds nothing when it is run again', async () => {
    const { desk } = small
    const head = await desk.store.head()
    expect(await simulate(desk, plan)).toMatchObject({ tickets: 90, events: 0 })
    expect(await desk.store.head()).toBe(head)
  })

  it('resumes after an interruption', async () => {
    const [whole, broken] = [small.desk, newDesk()]
    const abort = new AbortController()
    const onTickets = (opened: number): void => {
      if (opened >= 40) abort.abort(new Error('broken off'))
    }
    await expect(simulate(broken, plan, { onTickets, signal: abort.signal })).rejects.toThrow('broken off')
    await simulate(broken, plan)
    expect(byStream(await historyOf(broken))).toEqual(byStream(await historyOf(whole)))
  })

  it('has no running work after an interruption', async () => {
    const desk = newDesk()
    let underWay = 0
    const watched = deskAround(desk, (entry) => ({
      executeTogether: async (...command) => {
        underWay++
        await new Promise(setImmediate)
        return entry.executeTogether(...command).finally(() => underWay--)
      },
    }))
    const abort = new AbortController()
    const onTickets = (opened: number): void => {
      if (opened >= 40) abort.abort(new Error('broken off'))
    }
    const simulating = simulate(watched, plan, { onTickets, signal: abort.signal })
    await expect(simulating).rejects.toThrow('broken off')
    expect(underWay).toBe(0)
  })

  it('notifies customers and agents as they were when it happened', async () => {
    const { desk } = small
    const sent = notified(desk, await desk.store.readAll({ limit: 100_000 }))
    expect(sent.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['reply', 'waiting', 'chase', 'resolved', 'closed', 'customer_replied', 'stagnation']),
    )
    expect(sent.every(({ at }) => at >= start && at <= end)).toBe(true)
  })

  it('stores a stretch of a ticket in one step, so that nobody sees half of it', async () => {
    const { desk } = small
    const all = await desk.store.readAll({ limit: 100_000 })
    const merges = all.filter(({ event }) => event.type === 'TicketAbsorbed').length
    const commands = new Map<string, Set<string>>()
    for (const { stream, commandId } of all) commands.set(stream, (commands.get(stream) ?? new Set()).add(commandId))
    const parts = [...commands].filter(([stream]) => /^ticket-.*\d$/.test(stream)).map(([, ids]) => ids.size)
    expect(parts.filter((count) => count > 1).length).toBe(2 * merges)
  })
})

/** Returns the notifications of a history. */
function notified({ policy, wording }: Desk, history: readonly EventEnvelope[]): readonly Notification[] {
  const states = new Map<string, TicketState>()
  return history
    .filter(({ stream }) => stream.startsWith('ticket-'))
    .flatMap((envelope) => {
      const stored = envelope as EventEnvelope<TicketEvent>
      const before = states.get(stored.stream) ?? ticketAggregate.initial
      const after = ticketAggregate.evolve(before, stored.event)
      states.set(stored.stream, after)
      return notificationsFor(stored, before, after, { policy, wording, recipientOf: () => undefined })
    })
}
