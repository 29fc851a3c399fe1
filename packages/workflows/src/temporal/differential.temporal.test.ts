import fc from 'fast-check'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import type { IncidentCommandInput, IncidentEvent, Instant, TicketEvent } from '@guichet/domain'
import { days, hours, instant, later, minutes, streamName, ticketDeadlines } from '@guichet/domain'
import type { MakeEngine, Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { fedClock } from '../testing/fed-clock.ts'
import { fedTemporalClock } from './testing/clock.ts'

const customer = { kind: 'customer', id: 'c-1' } as const
const agent = { kind: 'agent', id: 'a-1' } as const

const step = fc.oneof(
  fc.constantFrom('waiting_customer', 'resolved', 'in_progress').map((then) => ({
    by: agent,
    command: { type: 'agentReply', body: 'So?', then } as const,
  })),
  fc.constant({ by: customer, command: { type: 'customerReply', body: 'Hm' } as const }),
  fc.constantFrom('low', 'urgent').map((priority) => ({
    by: agent,
    command: { type: 'changePriority', priority } as const,
  })),
  fc.constant({ by: agent, command: { type: 'close' } as const }),
)
/** The events of a ticket, each step some minutes after the one before. */
const life = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 * 24 * 4 }), step), { minLength: 1, maxLength: 6 })
const lives = fc.sample(life, { numRuns: 60, seed: 17 })
const ticketIds = lives.map((_, index) => `t-${index}`)

/** Repeats the same commands at the same instants, and then lets an engine fire the resulting deadlines. */
async function live(
  makeEngine: MakeEngine,
  scenes: Scene[],
  start: Instant,
): Promise<readonly (readonly TicketEvent[])[]> {
  const scene = await openScene(makeEngine)
  scenes.push(scene)
  for (const [index, steps] of lives.entries()) {
    const id = ticketIds[index] ?? ''
    const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: customer.id } } as const
    await scene.desk.execute('ticket', id, opening, { by: customer, at: start })
    let at = start
    for (const [pause, { by, command }] of steps) {
      at = later(at, minutes(pause))
      await scene.desk.execute('ticket', id, command, { by, at })
    }
  }
  const due = await Promise.all(ticketIds.map((id) => isDue(scene, id)))
  const engine = await scene.startEngine()
  for (const id of ticketIds.filter((_, index) => due[index])) await scene.untilFired(id, 1)
  await vi.waitUntil(
    async () => {
      const { late, nextDue } = await engine.status()
      return late === 0 && nextDue !== undefined && nextDue > later(instant(new Date()), hours(1))
    },
    { interval: 50 },
  )
  return Promise.all(ticketIds.map((id) => scene.firedOn(id)))
}

async function isDue({ desk }: Scene, id: string): Promise<boolean> {
  const { state } = await desk.read('ticket', id)
  return ticketDeadlines(state, desk.timeline).some(({ dueAt }) => dueAt <= instant(new Date()))
}

const deeds: readonly IncidentCommandInput[] = [
  { type: 'acknowledge' },
  { type: 'recordCallback' },
  { type: 'openWarRoom', place: 'Room 4' },
  { type: 'dispatchTechnician', technician: { id: 'tech-1' } },
  { type: 'confirmOnSite' },
  { type: 'postUpdate', message: 'We are at it' },
  { type: 'resolve', summary: 'Done' },
  { type: 'writePostMortem', body: 'Learned' },
]
/** The commands on an incident, each some minutes after the one before. */
const handling = fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), fc.constantFrom(...deeds)), { maxLength: 6 })
const handlings = fc.sample(handling, { numRuns: 30, seed: 23 })
const incidentIds = handlings.map((_, index) => `i-${index}`)

/** Handles the same incidents at the same instants, and then lets an engine fire the deadlines since. */
async function handle(
  makeEngine: MakeEngine,
  scenes: Scene[],
  start: Instant,
): Promise<readonly (readonly IncidentEvent[])[]> {
  const scene = await openScene(makeEngine, { incidents: { rota: ['ana', 'bea'] } })
  scenes.push(scene)
  const { desk } = scene
  for (const [index, steps] of handlings.entries()) {
    const id = incidentIds[index] ?? ''
    const report = { title: 'x', customer: { id: customer.id }, onSite: true, callBack: true } as const
    await desk.execute('incident', id, { type: 'declare', ...report }, { by: agent, at: start })
    let at = start
    for (const [pause, command] of steps) {
      at = later(at, minutes(pause))
      await desk.execute('incident', id, command, { by: agent, at })
    }
  }
  await scene.startEngine()
  await vi.waitUntil(
    async () => {
      const states = await Promise.all(incidentIds.map((id) => desk.clockState(streamName('incident', id))))
      return states.every(({ deadlines: [next] }) => next === undefined || next.dueAt > instant(new Date()))
    },
    { interval: 50 },
  )
  return Promise.all(incidentIds.map((id) => scene.firedOnIncident(id)))
}

/** The clock's events on an incident, without the moment at which it fired and the values derived from it. */
const toldOfIncident = (events: readonly IncidentEvent[]): readonly object[] =>
  events.map((event) => ({
    type: event.type,
    ...(event.type === 'OnCallPaged' && { page: event.page, agentId: event.agentId }),
    ...((event.type === 'IncidentOverdue' || event.type === 'PageTimedOut') && { dueAt: event.dueAt }),
    ...(event.type === 'IncidentOverdue' && { what: event.what, cycle: event.cycle }),
  }))

/** The clock's events, without the moment at which it fired. */
const comparable = (events: readonly TicketEvent[]): readonly object[] =>
  events.map((event) => ({
    type: event.type,
    ...('dueAt' in event && { dueAt: event.dueAt }),
    ...('step' in event && { step: event.step }),
    ...('reason' in event && { reason: event.reason }),
  }))

describe.skipIf(!inject('temporalServer'))('both engines', () => {
  const scenes: Scene[] = []
  afterEach(async () => {
    for (const scene of scenes.splice(0)) await scene.dispose()
  })

  it('send the same commands in sixty random lives of tickets', async () => {
    const start = later(instant(new Date()), -days(25))
    const embedded = await live((process) => fedClock(process, { pollMs: 50 }), scenes, start)
    const onTemporal = await live((process) => fedTemporalClock(process), scenes, start)
    expect(onTemporal.map(comparable)).toEqual(embedded.map(comparable))
    expect(new Set(embedded.flat().map(({ type }) => type)).size).toBeGreaterThanOrEqual(3)
  })

  it('send the same commands on thirty random incidents', async () => {
    const start = later(instant(new Date()), -days(10))
    const embedded = await handle((process) => fedClock(process, { pollMs: 50 }), scenes, start)
    const onTemporal = await handle((process) => fedTemporalClock(process), scenes, start)
    expect(onTemporal.map(toldOfIncident)).toEqual(embedded.map(toldOfIncident))
    const events = embedded.flat().map((event) => (event.type === 'IncidentOverdue' ? event.what : event.type))
    expect(new Set(events).size).toBeGreaterThanOrEqual(6)
  })
})
