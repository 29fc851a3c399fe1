import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConfigurationInput, Desk, Instant, TicketCommandInput, TicketEvent } from '@guichet/domain'
import { hours, instant, later, routingActor, routingTermsAt, streamName } from '@guichet/domain'
import { deskAround, followTheSun } from '@guichet/domain/testing'
import type { ProjectionRunner } from '@guichet/projections'
import { fireDue } from '../clock.ts'
import type { Router } from '../routing/router.ts'
import { createRouter } from '../routing/router.ts'
import type { DeskWithRouting } from '../testing/feed.ts'
import { openDeskWithRouting } from '../testing/feed.ts'
import { handOverConversations } from './hand-over-conversations.ts'
import type { Reactions } from './reactions.ts'
import { deskReactions } from './desk-reactions.ts'
import { reactions } from './reactions.ts'

const lead = { kind: 'agent', id: 'lead' } as const
const carl = { kind: 'customer', id: 'carl' } as const
const evening = instant('2026-11-20T18:00:00-05:00')
const ten = instant('2026-11-20T22:00:00-05:00')

describe('the hand-over at a change of shift', () => {
  let opened: DeskWithRouting
  let desk: DeskWithRouting['desk']
  let store: DeskWithRouting['store']
  let runner: DeskWithRouting['runner']
  let routing: DeskWithRouting['routing']
  let database: DeskWithRouting['database']
  let router: Router
  let running: Reactions[]

  beforeEach(async () => {
    // It goes on: what rests after a failed step would rest for ever.
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(evening), shouldAdvanceTime: true })
    opened = await openDeskWithRouting({ lookEveryMs: 0 })
    ;({ desk, store, runner, routing, database } = opened)
    running = []
    router = createRouter({ desk, terms: () => routingTermsAt(desk.timeline, now()) })
    await router.start()
  })
  afterEach(async () => {
    await router.stop()
    await Promise.all(running.map((each) => each.stop()))
    await opened.close()
    vi.useRealTimers()
  })

  const now = (): Instant => instant(new Date())
  const react = async (by: Desk = desk): Promise<Reactions> => {
    const tickets = {
      reached: (position: Parameters<ProjectionRunner['reached']>[0]) => runner.reached(position, 10_000, ['routing']),
      of: routing.assignedTicketsOf,
      among: routing.assignedTicketsAmong,
    }
    const started = await reactions({
      desk: by,
      connectionString: database.url,
      reactions: [...deskReactions.filter(({ name }) => name === 'follow_shifts'), handOverConversations(tickets)],
      leaseMs: 400,
    })
    running.push(started)
    await started.start()
    return started
  }
  const until = <T>(condition: () => Promise<T>) => vi.waitUntil(condition, { interval: 20 })
  /** Waits until shifts are followed under 000's centres and shifts, or some of them. */
  const follow = async (
    changes: Parameters<typeof followTheSun>[0] = {},
    calendars: ConfigurationInput['calendars'] = followTheSun().calendars,
  ): Promise<void> => {
    const command = { type: 'apply', configuration: { ...followTheSun(changes), calendars } } as const
    expect(await desk.execute('configuration', 'desk', command, { by: lead })).toMatchObject({ ok: true })
    await until(async () => (await desk.read('shift', 'desk')).version > 0)
  }
  const hire = async (id: string, centre: string | null, shift: string | null = null): Promise<void> => {
    const profile = { name: id, centre, shift, capacity: { ticket: 100 } }
    expect(await desk.execute('agent', id, { type: 'register', profile }, { by: lead })).toMatchObject({ ok: true })
    await desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by: lead })
  }
  const send = async (id: string, command: TicketCommandInput): Promise<void> => {
    const by = command.type === 'open' || command.type === 'customerReply' ? carl : lead
    expect(await desk.execute('ticket', id, command, { by })).toMatchObject({ ok: true })
  }
  const agentOf = async (id: string): Promise<string | undefined> => {
    const { state } = await desk.read('ticket', id)
    return state.status === 'absent' ? undefined : state.assignee?.id
  }
  const goesTo = (id: string, agent: string) => until(async () => (await agentOf(id)) === agent)
  const open = async (id: string, agent: string): Promise<void> => {
    await send(id, { type: 'open', subject: 'Battery', body: 'It is hot', customer: { id: carl.id } })
    await goesTo(id, agent)
  }
  const historyOf = async (id: string): Promise<readonly TicketEvent[]> =>
    (await store.readStream(streamName('ticket', id))).map(({ event }) => event as TicketEvent)
  const handOversOf = async (id: string) => (await historyOf(id)).filter(({ type }) => type === 'TicketHandedOver')
  /** Lets the clock check the shifts at an instant, and waits until the last change has been processed. */
  const changeAt = async (at: Instant, watched: Reactions | undefined = running.at(-1)): Promise<void> => {
    vi.setSystemTime(new Date(at))
    expect(await fireDue(desk, 'shift-desk', at)).toMatchObject({ refused: [] })
    if (watched) await settled(watched)
  }
  /** Waits until the reactions have processed everything. */
  const settled = async (watched: Reactions | undefined = running.at(-1)): Promise<void> => {
    const { newest: end } = await store.lag()
    await until(async () => {
      const statuses = await watched?.status()
      return statuses?.every(({ position }) => position && end && store.comparePositions(position, end) >= 0)
    })
  }

  it('hands Montréal’s open conversations to Toronto at ten in the evening', async () => {
    await react()
    await follow()
    for (const centre of ['montreal', 'toronto', 'paris']) await hire(centre, centre)
    for (const id of ['a', 'b', 'waiting', 'done']) await open(id, 'montreal')
    await send('b', { type: 'agentReply', body: 'Switch it off.', then: 'in_progress' })
    await send('waiting', { type: 'waitForCustomer' })
    await send('done', { type: 'resolve' })

    await changeAt(ten)
    await goesTo('a', 'toronto')
    await goesTo('b', 'toronto')
    const [handedOver] = await handOversOf('b')
    expect(handedOver).toMatchObject({
      from: { id: 'montreal' },
      crew: { kind: 'centre', name: 'montreal' },
      to: { kind: 'centre', name: 'toronto' },
      reason: 'end_of_shift',
      dueAt: ten,
      briefing: { tried: [{ kind: 'reply', line: 'Switch it off.' }] },
    })
    const offers = (await historyOf('a')).filter((event) => event.type === 'TicketRouted')
    expect(offers.map(({ agent, excluded }) => [agent.id, excluded])).toEqual([
      ['montreal', { off_shift: 2 }],
      ['toronto', { off_shift: 2 }],
    ])
    expect(await agentOf('waiting')).toBe('montreal')
    expect(await agentOf('done')).toBe('montreal')
  })

  it('hands a conversation over when its customer returns, unless a person has chosen its agent since', async () => {
    await react()
    await follow()
    for (const centre of ['montreal', 'toronto']) await hire(centre, centre)
    for (const id of ['waiting', 'kept']) {
      await open(id, 'montreal')
      await send(id, { type: 'waitForCustomer' })
    }
    await changeAt(ten)
    vi.setSystemTime(new Date(later(ten, hours(1))))
    await send('kept', { type: 'unassign' })
    await send('kept', { type: 'assign', assignee: { id: 'montreal' } })
    for (const id of ['waiting', 'kept']) await send(id, { type: 'customerReply', body: 'Still hot.' })
    await goesTo('waiting', 'toronto')
    await settled()
    expect(await agentOf('kept')).toBe('montreal')
    expect(await handOversOf('kept')).toEqual([])
  })

  it('hands over tickets that a last-moment offer has assigned after the agent’s shift, and none too early', async () => {
    const watched = await react()
    await follow()
    for (const centre of ['montreal', 'toronto', 'paris']) await hire(centre, centre)
    await router.stop()
    const offered = async (id: string, agent: string): Promise<void> => {
      await send(id, { type: 'open', subject: 'x', body: 'y', customer: { id: carl.id } })
      const route = { type: 'route', round: 1, agent: { id: agent }, agentVersion: 2, strategy: 'score' } as const
      const rest = { candidates: '', excluded: {}, policyVersion: 'p' }
      await desk.engine.execute('ticket', id, { ...route, ...rest }, { by: routingActor })
    }
    const taken = async (id: string): Promise<void> => {
      const confirm = { type: 'confirmRouting', round: 1 } as const
      expect(await desk.engine.execute('ticket', id, confirm, { by: routingActor })).toMatchObject({ ok: true })
    }
    await offered('late', 'montreal')
    await changeAt(ten)
    await taken('late')
    await until(async () => (await handOversOf('late')).length === 1)

    vi.setSystemTime(new Date('2026-11-21T06:00:00.050-05:00'))
    await offered('early', 'montreal')
    await taken('early')
    await settled(watched)
    expect(await handOversOf('early')).toEqual([])
    await changeAt(now())
    expect(await agentOf('early')).toBe('montreal')
    expect(await handOversOf('early')).toEqual([])
  })

  it('is completed by the next process when one dies between two conversations, and hands nothing over twice', async () => {
    let left = 3
    const dying = deskAround(desk, (entry) => ({
      execute: (category, id, command, sender) =>
        'type' in command && command.type === 'handOver' && --left < 0
          ? Promise.reject(new Error('the process is gone'))
          : entry.execute(category, id, command, sender),
    }))
    const first = await react(dying)
    await follow()
    for (const centre of ['montreal', 'toronto']) await hire(centre, centre)
    const ids = Array.from({ length: 10 }, (_, index) => `t${index}`)
    for (const id of ids) await open(id, 'montreal')
    vi.setSystemTime(new Date(ten))
    await fireDue(desk, 'shift-desk', ten)
    await until(async () => (await first.status()).some(({ error }) => error?.message === 'the process is gone'))
    await first.stop()
    running.splice(0)
    const handOvers = async (): Promise<number> =>
      (await Promise.all(ids.map(async (id) => (await handOversOf(id)).length))).reduce((sum, count) => sum + count, 0)
    // Those beside the failed one may still be under way.
    await until(async () => (await handOvers()) === 3)

    await react()
    for (const id of ids) await goesTo(id, 'toronto')
    for (const id of ids) expect(await handOversOf(id)).toHaveLength(1)
  })

  it('skips agents whose shift continues, and tickets that were resolved or reassigned meanwhile', async () => {
    await react()
    vi.setSystemTime(new Date('2026-11-20T15:00:00-05:00'))
    await follow()
    await hire('paris', 'paris')
    await open('p', 'paris')
    await hire('montreal', 'montreal')
    await hire('everywhere', null)
    await send('m', { type: 'open', subject: 'x', body: 'y', customer: { id: carl.id } })
    await until(async () => (await agentOf('m')) !== undefined)
    await send('m', { type: 'assign', assignee: { id: 'montreal' } })
    await send('x', { type: 'open', subject: 'x', body: 'y', customer: { id: carl.id } })
    await until(async () => (await agentOf('x')) !== undefined)
    await send('x', { type: 'assign', assignee: { id: 'everywhere' } })
    await changeAt(instant('2026-11-20T16:00:00-05:00'))
    await goesTo('p', 'montreal')
    expect(await handOversOf('m')).toEqual([])
    await changeAt(ten)
    await until(async () => (await handOversOf('m')).length === 1)
    expect(await agentOf('x')).toBe('everywhere')
    expect(await handOversOf('x')).toEqual([])
  })

  it('follows the configuration: also tickets that wait for the customer, urgent tickets alone, or none', async () => {
    await react()
    await follow({ handOver: { statuses: ['new', 'waiting_customer'], priorities: ['urgent'] } })
    for (const centre of ['montreal', 'toronto']) await hire(centre, centre)
    for (const id of ['calm', 'urgent', 'waiting']) await open(id, 'montreal')
    for (const id of ['urgent', 'waiting']) await send(id, { type: 'changePriority', priority: 'urgent' })
    await send('waiting', { type: 'waitForCustomer' })
    await changeAt(ten)
    await goesTo('urgent', 'toronto')
    await until(async () => (await handOversOf('waiting')).length === 1)
    expect(await agentOf('calm')).toBe('montreal')

    await follow({ handOver: { enabled: false } })
    await changeAt(instant('2026-11-21T06:00:00-05:00'))
    expect(await agentOf('urgent')).toBe('toronto')
    expect(await handOversOf('urgent')).toHaveLength(1)
  })

  it('hands tickets without a successor over when others come on shift, also those whose customer has returned', async () => {
    await react()
    const { calendars } = followTheSun()
    const night = { timeZone: 'America/Montreal', hours: { everyDay: ['23:30-06:00'] } }
    await follow(
      { centres: [], aroundTheClock: [], shifts: ['shift-2', 'shift-3'] },
      { ...calendars, 'shift-3': night },
    )
    await hire('late', null, 'shift-2')
    await hire('night', null, 'shift-3')
    for (const id of ['open', 'back', 'chosen', 'waiting']) await open(id, 'late')
    for (const id of ['back', 'waiting']) await send(id, { type: 'waitForCustomer' })

    await changeAt(ten)
    vi.setSystemTime(new Date(later(ten, hours(1))))
    await send('back', { type: 'customerReply', body: 'Still hot.' })
    await send('chosen', { type: 'unassign' })
    await send('chosen', { type: 'assign', assignee: { id: 'late' } })
    await settled()
    for (const id of ['open', 'back', 'chosen', 'waiting']) expect(await agentOf(id)).toBe('late')

    await changeAt(later(ten, 1.5 * hours(1)))
    for (const id of ['open', 'back']) await goesTo(id, 'night')
    expect(await handOversOf('open')).toMatchObject([
      { crew: { name: 'shift-2' }, to: { name: 'shift-3' }, dueAt: ten },
    ])
    for (const id of ['chosen', 'waiting']) expect(await agentOf(id)).toBe('late')
  })

  it('waits for the end of a night in which the clocks are set back', async () => {
    await react()
    vi.setSystemTime(new Date('2026-10-31T23:00:00-04:00'))
    await follow({
      centres: (followTheSun().followTheSun?.centres ?? []).filter(({ id }) => id !== 'paris'),
      aroundTheClock: [],
    })
    for (const centre of ['toronto', 'montreal']) await hire(centre, centre)
    await open('night', 'toronto')
    await changeAt(instant('2026-11-01T05:59:59.999-05:00'))
    expect(await agentOf('night')).toBe('toronto')
    await changeAt(instant('2026-11-01T06:00:00-05:00'))
    await goesTo('night', 'montreal')
  })

  it('hands over from shift to shift, and drains a queue when a shift begins', async () => {
    await react()
    await follow({ centres: [], aroundTheClock: [] })
    await hire('late', 'montreal', 'shift-2')
    await open('a', 'late')
    await hire('night', 'montreal', 'shift-3')
    await send('for-night', { type: 'open', subject: 'x', body: 'y', customer: { id: carl.id } })
    await goesTo('for-night', 'late')
    await desk.execute('agent', 'late', { type: 'setAvailability', availability: 'offline' }, { by: lead })
    await send('queued', { type: 'open', subject: 'x', body: 'y', customer: { id: carl.id } })
    await until(async () => (await historyOf('queued')).some(({ type }) => type === 'TicketQueued'))
    await changeAt(ten)
    for (const id of ['a', 'for-night', 'queued']) await goesTo(id, 'night')
    expect(await handOversOf('a')).toMatchObject([
      { crew: { name: 'shift-2' }, to: { kind: 'shift', name: 'shift-3' } },
    ])
  })
})
