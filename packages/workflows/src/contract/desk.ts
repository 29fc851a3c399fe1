import { expect } from 'vitest'
import type {
  ConfigurationInput,
  DraftEvent,
  IncidentEvent,
  Instant,
  ShiftChanged,
  TicketEvent,
  TicketEventOf,
} from '@guichet/domain'
import {
  configurationId,
  days,
  defaultProactiveSettings,
  elapsed,
  hours,
  instant,
  later,
  minutes,
  proactiveActor,
  readHistory,
  routingActor,
  shiftId,
  streamName,
  suspectCommand,
} from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import type { ClockEngine } from '../clock.ts'
import { until, untilStatus } from '../testing/until.ts'
import type { Clause, Scene } from './scene.ts'

const here = { kind: 'centre', name: 'here' } as const
const elsewhere = { kind: 'centre', name: 'elsewhere' } as const
const wallTime = (milliseconds: number): string => fromNow(milliseconds).slice(0, 16)
const fromNow = (milliseconds: number): Instant => later(instant(new Date()), milliseconds)

/** Clocks of the only stream of a category: the changes of shift. */
export const shifts: Clause = (it) => {
  it('records a change of shift at its instant, once although two engines run', async ({ open }) => {
    const scene = await open()
    const change = fromNow(2_000)
    await staff(scene, 'here')
    await staff(scene, 'elsewhere', change)
    await follow(scene)
    await Promise.all([scene.startEngine(), scene.startEngine()])
    const [, changed] = await untilChanged(scene, 2)
    expect(changed).toMatchObject({
      dueAt: change,
      onShift: [elsewhere],
      ended: [here],
      handOvers: [{ from: here, to: elsewhere }],
      policyVersion: 'configuration-2',
    })
    expect(changed && elapsed(change, changed.at)).toBeGreaterThanOrEqual(0)
    expect(await changesOf(scene)).toHaveLength(2)
  })

  it('hands over at the next change the tickets without a successor at the previous one', async ({ open }) => {
    const scene = await open()
    await staff(scene, 'here')
    await follow(scene)
    await Promise.all([scene.startEngine(), scene.startEngine()])
    await staff(scene, 'nobody', fromNow(500))
    const [, ended] = await untilChanged(scene, 2)
    expect(ended).toMatchObject({ onShift: [], handOvers: [{ from: here }] })
    expect(ended?.handOvers[0]?.to).toBeUndefined()
    await staff(scene, 'elsewhere', fromNow(500))
    const [, , began] = await untilChanged(scene, 3)
    expect(began).toMatchObject({ ended: [], began: [elsewhere], handOvers: [{ from: here, to: elsewhere }] })
  })

  it('moves the awaited change with another configuration', async ({ open }) => {
    const scene = await open()
    const planned = fromNow(hours(1))
    await staff(scene, 'here')
    await staff(scene, 'elsewhere', planned)
    await follow(scene)
    const engine = await scene.startEngine()
    await untilStatus(engine, ({ nextDue }) => nextDue === planned)
    const sooner = fromNow(1_500)
    await staff(scene, 'elsewhere', sooner)
    expect(await untilChanged(scene, 2)).toMatchObject([{ onShift: [here] }, { dueAt: sooner, onShift: [elsewhere] }])
    await untilNextIsWaitedFor(scene, engine)
  })

  it('records only the last change after an outage of ten days', async ({ open }) => {
    const scene = await open()
    await staff(scene, 'here', fromNow(-days(20)))
    await follow(scene, fromNow(-days(10)))
    const [first, last] = [fromNow(-days(9)), fromNow(-days(1))]
    await staff(scene, 'elsewhere', first)
    for (let day = 8; day > 1; day--) await staff(scene, day % 2 === 0 ? 'here' : 'elsewhere', fromNow(-days(day)))
    await staff(scene, 'elsewhere', last)
    const engine = await scene.startEngine()
    const [, changed] = await untilChanged(scene, 2)
    expect(changed).toMatchObject({ dueAt: last, missedSince: first, ended: [here], began: [elsewhere] })
    await untilNextIsWaitedFor(scene, engine)
    expect(await changesOf(scene)).toHaveLength(2)
  })
}

/** Waits until an engine waits for the next change. */
async function untilNextIsWaitedFor({ desk }: Scene, engine: ClockEngine): Promise<void> {
  const { deadlines } = await desk.clockState(streamName('shift', shiftId))
  await untilStatus(engine, ({ nextDue }) => nextDue === deadlines[0]?.dueAt)
}

/**
 * Two centres, of which one is always open or none is, and the others have been closed for long, from an instant on.
 */
async function staff({ desk }: Scene, which: 'here' | 'elsewhere' | 'nobody', effectiveFrom?: Instant): Promise<void> {
  const always = { timeZone: 'Etc/UTC', hours: 'always' as const }
  const years = { from: wallTime(-days(400)), to: wallTime(days(400)) }
  const closed = { ...always, closures: [years] }
  const centre = { languages: ['en'], priority: 1 }
  const configuration: ConfigurationInput = {
    calendars: { here: which === 'here' ? always : closed, elsewhere: which === 'elsewhere' ? always : closed },
    followTheSun: {
      centres: [
        { id: 'here', name: 'Here', calendar: 'here', ...centre },
        { id: 'elsewhere', name: 'Elsewhere', calendar: 'elsewhere', ...centre },
      ],
    },
  }
  const command = { type: 'apply', configuration, retroactive: true, ...(effectiveFrom && { effectiveFrom }) } as const
  const outcome = await desk.execute('configuration', configurationId, command, { by: { kind: 'agent', id: 'lead' } })
  expect(outcome).toMatchObject({ ok: true })
}

async function follow({ desk }: Scene, at?: Instant): Promise<void> {
  expect(await desk.engine.execute('shift', shiftId, { type: 'follow' }, { by: routingActor, at })).toMatchObject({
    ok: true,
  })
}

const changesOf = async ({ desk }: Scene): Promise<readonly ShiftChanged[]> =>
  (await readHistory(desk.store, 'shift', shiftId)).map(({ event }) => event)

const untilChanged = (scene: Scene, times: number): Promise<readonly ShiftChanged[]> =>
  until(
    () => changesOf(scene),
    (changes) => changes.length >= times,
  )

const paged = (fired: readonly IncidentEvent[]) => fired.filter((event) => event.type === 'OnCallPaged')
const overdue = (fired: readonly IncidentEvent[]) => fired.filter((event) => event.type === 'IncidentOverdue')

/** Clocks of another category of streams: incidents. */
export const incidents: Clause = (it) => {
  const rota = ['ana', 'bea']

  it('pages the rota one after the other, then everybody, until an agent accepts the incident', async ({ open }) => {
    const scene = await open({ incidents: { rota, acknowledgeWithin: 300 } })
    const engine = await scene.startEngine()
    const id = await scene.incident()
    const fired = await scene.untilOnIncident(id, (event) => event.type === 'OnCallPaged' && event.page === 3)
    expect(paged(fired).map(({ page, agentId }) => [page, agentId])).toEqual([
      [2, 'bea'],
      [3, undefined],
    ])
    for (const event of fired) if (event.type === 'PageTimedOut') expect(event.dueAt <= event.at).toBe(true)
    await scene.acknowledges(id)
    const { deadlines } = await scene.desk.clockState(`incident-${id}`)
    expect(deadlines.map(({ kind }) => kind)).toEqual(['update', 'war_room', 'on_site'])
    await untilStatus(engine, ({ nextDue }) => nextDue === deadlines[0]?.dueAt)
  })

  it('records each breach of an incident once, at the instant it was due, although two engines run', async ({
    open,
  }) => {
    const scene = await open({ incidents: { warRoomWithin: 400, updateEvery: 700 } })
    await Promise.all([scene.startEngine(), scene.startEngine()])
    const id = await scene.incident()
    const fired = await scene.untilOnIncident(id, (event) => event.type === 'IncidentOverdue' && event.cycle === 1)
    await scene.untilOnIncident(id, (event) => event.type === 'IncidentOverdue' && event.what === 'update')
    const [room] = overdue(fired)
    expect(room).toMatchObject({ what: 'war_room', dueAt: room && later(room.since, 400) })
    expect(overdue(await scene.firedOnIncident(id)).filter(({ what }) => what === 'war_room')).toHaveLength(1)
  })

  it('sends one page and records each breach once after an outage of ten days', async ({ open }) => {
    const scene = await open({ incidents: { rota } })
    const id = await scene.incident(days(10))
    const engine = await scene.startEngine()
    const fired = await scene.untilOnIncident(
      id,
      (event) => event.type === 'IncidentOverdue' && event.what === 'on_site',
    )
    const [page, ...more] = paged(fired)
    expect(page).toMatchObject({ page: 2, agentId: 'bea' })
    expect(more).toEqual([])
    expect(overdue(fired).map(({ what }) => what)).toEqual(['update', 'war_room', 'response', 'on_site'])
    const next = page && later(page.at, minutes(10))
    expect(next && elapsed(instant(new Date()), next)).toBeGreaterThan(0)
    await untilStatus(engine, ({ nextDue }) => nextDue === next)
    expect(paged(await scene.firedOnIncident(id))).toHaveLength(1)
  })

  it('does not repeat a breach that a command recorded before an engine ran', async ({ open }) => {
    const scene = await open({ incidents: { rota } })
    const id = await scene.incident(hours(3))
    await scene.acknowledges(id)
    const noted = overdue(await scene.firedOnIncident(id))
    expect(noted.map(({ what, over = false }) => [what, over])).toEqual([
      ['update', false],
      ['war_room', false],
      ['response', true],
    ])
    const engine = await scene.startEngine()
    const { deadlines } = await scene.desk.clockState(`incident-${id}`)
    expect(deadlines.map(({ kind }) => kind)).toEqual(['update', 'on_site'])
    await untilStatus(engine, ({ nextDue }) => nextDue === deadlines[0]?.dueAt)
    expect(overdue(await scene.firedOnIncident(id))).toEqual(noted)
  })
}

const breaches = (fired: readonly TicketEvent[]): readonly TicketEventOf<'TargetBreached'>[] =>
  fired.filter((event): event is TicketEventOf<'TargetBreached'> => event.type === 'TargetBreached')

const now = () => instant(new Date())

/** Configurations that apply from another instant than the one at which they are applied. */
export const configurations: Clause = (it) => {
  it('activates a configuration for a later instant at that instant, without another event', async ({ open }) => {
    const scene = await open()
    await scene.startEngine()
    const id = await scene.newTicket(minutes(10))
    await scene.promises({ firstResponse: '2h' })
    const effectiveFrom = later(now(), 1_500)
    await scene.promises({ firstResponse: '5m' }, effectiveFrom)
    const [breach] = breaches(await scene.untilFired(id, 1))
    expect(breach).toMatchObject({ dueAt: effectiveFrom, policyVersion: 'configuration-2' })
    expect(breach && breach.at > effectiveFrom).toBe(true)
  })

  it('moves open clocks with a retroactive configuration, and preserves met and missed targets', async ({ open }) => {
    const scene = await open()
    const begun = later(now(), -hours(4))
    await scene.promises({ firstResponse: '1h', resolution: '10d' }, begun)
    const engine = await scene.startEngine()
    const missed = await scene.newTicket(hours(2))
    await scene.untilFired(missed, 1)
    const running = await scene.newTicket(minutes(30))
    const [warning] = (await scene.desk.clockState(`ticket-${running}`)).deadlines
    await untilStatus(engine, ({ nextDue }) => nextDue === warning?.dueAt)

    await scene.promises({ firstResponse: '20m', resolution: '10d' }, begun)
    const [found] = breaches(await scene.untilFired(running, 1))
    expect(found).toMatchObject({ dueAt: found && later(found.since, minutes(20)), policyVersion: 'configuration-2' })
    const [first, ...more] = breaches(await scene.firedOn(missed))
    expect(more).toEqual([])
    expect(first).toMatchObject({ dueAt: first && later(first.since, hours(1)), policyVersion: 'configuration-1' })
  })

  it('withdraws unrecorded breaches when a more lenient configuration applies retroactively', async ({ open }) => {
    const scene = await open()
    const begun = later(now(), -hours(4))
    await scene.promises({ firstResponse: '1h' }, begun)
    const spared = await scene.newTicket(hours(2))
    await scene.promises({ firstResponse: '3h' }, begun)
    const engine = await scene.startEngine()
    const other = await scene.newTicket(hours(3.5))
    await scene.untilFired(other, 1)
    const [warning] = (await scene.desk.clockState(`ticket-${spared}`)).deadlines
    await untilStatus(engine, ({ nextDue }) => nextDue === warning?.dueAt)
    expect(await scene.firedOn(spared)).toEqual([])
  })
}

const draftText = { subject: 'An error that comes back', body: 'Three times.', language: 'en' }

const draftEventsOf = async ({ desk }: Scene, customerId: string): Promise<readonly DraftEvent[]> =>
  (await readHistory(desk.store, 'draft', customerId)).map(({ event }) => event)

/**
 * Offers a draft to a customer whose drafts are not in the holdout, so long ago that it lapses after some milliseconds;
 * with a ticket, the customer has opened it as that at once.
 */
async function offerDraft({ desk }: Scene, id: string, lapsesInMs: number, ticketId?: string): Promise<Instant> {
  const at = fromNow(lapsesInMs - defaultProactiveSettings.lapseAfter)
  const suspect = { command: suspectCommand(exampleSuspicion(), 'rules', draftText) }
  const open = { by: { kind: 'customer', id }, command: { type: 'open', number: 1, ticketId: ticketId ?? '' } } as const
  const steps = ticketId === undefined ? [suspect] : [suspect, open]
  const outcome = await desk.engine.executeTogether('draft', id, steps, { by: proactiveActor, at })
  expect(outcome.ok && outcome.value.events.map(({ type }) => type)).toContain('DraftOffered')
  return later(at, defaultProactiveSettings.lapseAfter)
}

/** Clocks of drafts that customers are offered. */
export const drafts: Clause = (it) => {
  it('lapses a draft at its instant, once although two engines run, and none that was opened', async ({ open }) => {
    const scene = await open()
    await Promise.all([scene.startEngine(), scene.startEngine()])
    await offerDraft(scene, 'zoe', 500, 'ticket-of-zoe')
    const lapsesAt = await offerDraft(scene, 'max', 1_000)
    const events = await until(
      () => draftEventsOf(scene, 'max'),
      (all) => all.some(({ type }) => type === 'DraftLapsed'),
    )
    expect(events.map(({ type }) => type)).toEqual(['TroubleSuspected', 'DraftOffered', 'DraftLapsed'])
    const lapsed = events.at(-1)
    expect(lapsed).toMatchObject({ number: 1, by: { kind: 'system', id: 'clock' } })
    expect(lapsed && elapsed(lapsesAt, lapsed.at)).toBeGreaterThanOrEqual(0)
    expect((await draftEventsOf(scene, 'zoe')).map(({ type }) => type)).not.toContain('DraftLapsed')
    expect((await scene.desk.clockState(streamName('draft', 'max'))).deadlines).toEqual([])
  })

  it('lapses a draft after an outage of ten days', async ({ open }) => {
    const scene = await open()
    await offerDraft(scene, 'max', -days(7))
    await scene.startEngine()
    const events = await until(
      () => draftEventsOf(scene, 'max'),
      ({ length }) => length > 2,
    )
    expect(events.at(-1)?.type).toBe('DraftLapsed')
  })
}
