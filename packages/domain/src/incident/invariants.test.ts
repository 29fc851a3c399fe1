import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import type { Instant } from '../kernel/time.ts'
import { days, elapsed, hours, later, latest, minutes } from '../kernel/time.ts'
import { alex, monday } from '../testing/examples.ts'
import { incidentUnder } from '../testing/specification.ts'
import type { IncidentCommandInput, OverdueKind } from './commands.ts'
import { incidentDeadlines } from './deadlines.ts'
import type { IncidentEvent } from './events.ts'
import type { IncidentState } from './state.ts'

const customer = { id: 'camille' }

/**
 * What people do, and how the clock behaves: it fires deadlines after a while or after an outage, twice, or stale ones.
 */
type Step =
  | { readonly person: IncidentCommandInput; readonly after: number; readonly behind: number }
  | { readonly clock: 'due' | 'stale'; readonly after: number }

const deeds: readonly IncidentCommandInput[] = [
  { type: 'acknowledge' },
  { type: 'addCustomers', customers: [{ id: 'b' }] },
  { type: 'recordCallback' },
  { type: 'openWarRoom', place: 'Room 4' },
  { type: 'dispatchTechnician', technician: { id: 'tech-1' } },
  { type: 'dispatchTechnician', technician: { id: 'tech-2' } },
  { type: 'confirmOnSite' },
  { type: 'postUpdate', message: 'We are at it' },
  { type: 'postUpdate', message: 'Among us', internal: true },
  { type: 'linkTicket' },
  { type: 'declineTicket', reason: 'ticket_closed' },
  { type: 'resolve', summary: 'Done' },
  { type: 'reopen', reason: 'Down again' },
  { type: 'writePostMortem', body: 'Learned' },
]
const pause = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: minutes(40) }) },
  { weight: 1, arbitrary: fc.integer({ min: days(1), max: days(10) }) },
)
const person = fc.record({
  person: fc.constantFrom(...deeds),
  after: pause,
  behind: fc.constantFrom(0, 0, minutes(1)),
})
const clock = fc.record({ clock: fc.constantFrom('due' as const, 'due' as const, 'stale' as const), after: pause })
const steps = (people: number): fc.Arbitrary<Step[]> =>
  fc.array(fc.oneof({ weight: people, arbitrary: person }, { weight: 3, arbitrary: clock }), { maxLength: 60 })
const rota = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })

/** A duty, when it was due, and until when it was not done: derived from the events alone. */
type Duty = { readonly what: OverdueKind; readonly dueAt: Instant; readonly until: Instant }

const within: Readonly<Record<OverdueKind, number>> = {
  response: hours(2),
  callback: minutes(10),
  war_room: hours(1),
  on_site: hours(24),
  update: minutes(30),
  post_mortem: days(5),
}

function promisesOf(events: readonly IncidentEvent[]): readonly Duty[] {
  const promised: Duty[] = []
  const open = new Map<OverdueKind, Instant>()
  let leftAtTheEnd: readonly OverdueKind[] = []
  const begin = (at: Instant, ...kinds: readonly OverdueKind[]) => {
    for (const what of kinds) if (!open.has(what)) open.set(what, at)
  }
  const end = (until: Instant, ...kinds: readonly OverdueKind[]) => {
    for (const what of kinds) {
      const since = open.get(what)
      if (since) promised.push({ what, dueAt: later(since, within[what]), until })
      open.delete(what)
    }
  }
  let isOver = false
  for (const event of events) {
    const { at } = event
    if (event.type === 'IncidentDeclared') begin(at, 'response', 'callback', 'war_room', 'on_site', 'update')
    if (event.type === 'IncidentAcknowledged') end(at, 'response')
    if (event.type === 'CallbackMade') end(at, 'callback')
    if (event.type === 'WarRoomOpened') end(at, 'war_room')
    if (event.type === 'TechnicianDispatched') begin(at, 'on_site')
    if (event.type === 'TechnicianArrived') end(at, 'on_site')
    const updated = event.type === 'IncidentUpdatePosted' ? !event.internal : isMissedUpdate(event)
    if (updated && !isOver) {
      end(at, 'update')
      begin(at, 'update')
    }
    if (event.type === 'IncidentResolved') {
      isOver = true
      leftAtTheEnd = [...open.keys()].filter((what) => what !== 'response')
      end(at, ...open.keys())
      begin(at, 'post_mortem')
    }
    if (event.type === 'IncidentReopened') {
      isOver = false
      end(at, 'post_mortem')
      begin(at, ...leftAtTheEnd)
    }
    if (event.type === 'PostMortemWritten') end(at, 'post_mortem')
  }
  const last = events.at(-1)
  if (last) end(last.at, ...open.keys())
  return promised
}

const isMissedUpdate = (event: IncidentEvent): boolean => event.type === 'IncidentOverdue' && event.what === 'update'

type Life = { readonly events: readonly IncidentEvent[]; readonly fired: readonly (readonly IncidentEvent[])[] }

function live(
  rotaOf: readonly string[],
  taken: readonly Step[],
  check: (state: IncidentState, happened: readonly IncidentEvent[]) => void = () => undefined,
): Life {
  const decider = incidentUnder({ rota: [...rotaOf] })
  const events: IncidentEvent[] = []
  const fired: (readonly IncidentEvent[])[] = []
  const past: IncidentCommandInput[] = []
  let state: IncidentState = decider.initial
  let now: Instant = monday
  let count = 0
  const send = (command: IncidentCommandInput, at: Instant, by: CommandMetadata['by']): readonly IncidentEvent[] => {
    const issued = { commandId: `c${++count}`, aggregateId: 'I1', at, by }
    const decision = decider.decide({ ...command, ...issued }, state)
    const happened = decision.ok ? decision.value : []
    for (const event of happened) {
      events.push(event)
      state = decider.evolve(state, event)
    }
    check(state, happened)
    return happened
  }
  send({ type: 'declare', title: 'Down', customer, onSite: true, callBack: true }, now, alex)
  for (const step of taken) {
    now = later(now, step.after)
    if ('person' in step) {
      send(step.person, later(now, -step.behind), alex)
      continue
    }
    if (step.clock === 'stale') {
      for (const command of past) expect(send(command, now, clockActor)).toEqual([])
      continue
    }
    for (;;) {
      const next = incidentDeadlines(state)[0]
      if (!next || next.dueAt > now) break
      const command = { type: 'fire', ...next } as const
      past.push(command)
      fired.push(send(command, now, clockActor))
      expect(send(command, now, clockActor)).toEqual([])
    }
  }
  return { events, fired }
}

it('lets every deadline that has been reached take effect, each once', () => {
  fc.assert(
    fc.property(rota, steps(3), (on, taken) => {
      const { events, fired } = live(on, taken)
      for (const happened of fired) expect(happened.length).toBeGreaterThan(0)
      const overdue = events.filter((event) => event.type === 'IncidentOverdue')
      const names = overdue.map(({ what, cycle, dueAt }) => `${what}/${cycle}/${dueAt}`)
      expect(new Set(names).size).toBe(names.length)
      for (const { at, dueAt, since } of overdue) expect(since < dueAt && dueAt <= at).toBe(true)
    }),
  )
})

it('records every missed duty once, at the instant it was due, whatever command comes first', () => {
  fc.assert(
    fc.property(rota, steps(3), (on, taken) => {
      const { events } = live(on, taken)
      const recorded = events.flatMap((event) =>
        event.type === 'IncidentOverdue' ? `${event.what} ${event.dueAt}` : [],
      )
      const owed = promisesOf(events)
      const missed = owed.filter(({ dueAt, until }) => dueAt < until).map(({ what, dueAt }) => `${what} ${dueAt}`)
      const onTheDot = owed.filter(({ dueAt, until }) => dueAt === until).map(({ what, dueAt }) => `${what} ${dueAt}`)
      expect(recorded.filter((record) => !onTheDot.includes(record)).toSorted()).toEqual(
        missed.filter((record) => !onTheDot.includes(record)).toSorted(),
      )
    }),
  )
})

it('marks as over what is made up for at the same moment, and nothing else', () => {
  fc.assert(
    fc.property(rota, steps(3), (on, taken) => {
      live(on, taken, (state, happened) => {
        if (state.status === 'absent') return
        for (const event of happened) {
          if (event.type !== 'IncidentOverdue') continue
          expect(event.by).toEqual(clockActor)
          expect(event.over === true).toBe(!state.overdue.includes(event.what))
        }
      })
    }),
  )
})

it('never goes back in time', () => {
  fc.assert(
    fc.property(rota, steps(3), (on, taken) => {
      const { events } = live(on, taken)
      expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted())
    }),
  )
})

it('pages in the order of the rota, everybody after the last, each at its interval after the one before', () => {
  fc.assert(
    fc.property(rota, steps(1), (on, taken) => {
      const { events } = live(on, taken)
      const pages = events.filter((event) => event.type === 'OnCallPaged')
      const round: readonly (string | undefined)[] = [...on, undefined]
      for (const [index, page] of pages.entries()) {
        expect(page.page).toBe(index + 1)
        expect(page.agentId).toBe(round[index % round.length])
        expect(page.round).toBe(Math.floor(index / round.length) + 1)
        const before = pages[index - 1]
        if (before) expect(elapsed(before.at, page.at)).toBeGreaterThanOrEqual(minutes(10))
      }
      const acknowledged = events.findIndex((event) => event.type === 'IncidentAcknowledged')
      const last = events.findLastIndex((event) => event.type === 'OnCallPaged')
      if (acknowledged >= 0) expect(last).toBeLessThan(acknowledged)
    }),
  )
})

it('keeps the interval of updates, posted or missed', () => {
  fc.assert(
    fc.property(rota, steps(1), (on, taken) => {
      const { events } = live(on, taken)
      let counted: Instant | undefined
      for (const event of events) {
        if (event.type === 'IncidentOverdue' && event.what === 'update') {
          if (counted) expect(elapsed(counted, event.at)).toBeGreaterThanOrEqual(minutes(30))
          counted = event.at
        }
        if (event.type === 'IncidentUpdatePosted' && !event.internal) counted = event.at
      }
    }),
  )
})

it('has only deadlines in the future, and at least one while somebody works on it', () => {
  fc.assert(
    fc.property(rota, steps(3), (on, taken) => {
      live(on, taken, (state) => {
        if (state.status === 'absent') return
        const due = incidentDeadlines(state)
        const names = due.map(({ kind }) => kind)
        expect(new Set(names).size).toBe(names.length)
        expect(due.map(({ dueAt }) => dueAt)).toEqual(due.map(({ dueAt }) => dueAt).toSorted())
        if (state.status === 'declared') expect(names).toContain('acknowledgement')
        if (state.status === 'closed') expect(names).toEqual([])
        const page = due.find(({ kind }) => kind === 'acknowledgement')
        if (page) expect(latest(page.dueAt, state.declaredAt)).toBe(page.dueAt)
      })
    }),
  )
})
