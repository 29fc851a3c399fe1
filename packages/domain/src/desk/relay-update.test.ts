import { beforeEach, expect, it } from 'vitest'
import { configurationSchema } from '../configuration/consistency.ts'
import { importCorrelation } from '../history-import.ts'
import type { IncidentCommandInput } from '../incident/commands.ts'
import type { IncidentEventOf } from '../incident/events.ts'
import { clockActor, engineCommandId } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import { minutes } from '../kernel/time.ts'
import { deskAround, deskInMemory } from '../testing/desk.ts'
import { after, alex, monday } from '../testing/examples.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import { declareIncident, relayUpdate } from './incidents.ts'
import type { Desk } from './processes.ts'

type PostedUpdate = EventEnvelope<IncidentEventOf<'IncidentUpdatePosted'>>

/** A desk that promises its customers an update every half hour, with an incident `I1` of Camille's. */
let desk: Desk

beforeEach(async () => {
  desk = deskInMemory()
  const sla = { policies: [{ name: 'all', update: '30m' }] }
  const configuration = configurationSchema.parse({ teams: [{ name: 'supervisors' }], sla })
  await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: alex })
  await declareIncident(desk, 'I1', { title: 'Down', customer: { id: 'camille' } }, { by: alex, commandId: 'c' })
})

/** Sends a command to the incident, so many minutes after its declaration. */
const deed = (command: IncidentCommandInput, minute: number, more: { correlationId?: string } = {}) =>
  desk.engine.execute('incident', 'I1', command, { by: alex, at: after(minutes(minute)), ...more })

/** Posts an update to the customers, and returns it as stored. */
async function posted(minute: number, more: { correlationId?: string } = {}): Promise<PostedUpdate> {
  await deed({ type: 'postUpdate', message: 'We are at it' }, minute, more)
  return (await desk.store.readStream('incident-I1')).at(-1) as PostedUpdate
}

async function onTicket(id = 'I1'): Promise<string[]> {
  const history = await desk.store.readStream(`ticket-${id}`)
  return history.map(({ event }) => event.type).filter((type) => type !== 'TargetMet')
}

const act = (command: TicketCommandInput, minute: number) =>
  desk.execute('ticket', 'I1', command, { by: alex, at: after(minutes(minute)) })

/** Fires everything that falls due on the ticket until a minute. */
async function clock(until: number): Promise<void> {
  for (;;) {
    const [due] = (await desk.clockState('ticket-I1')).deadlines
    if (!due || due.dueAt > after(minutes(until))) return
    await desk.engine.execute('ticket', 'I1', { type: 'fire', ...due }, { by: clockActor, at: due.dueAt })
  }
}

it('meets the update target of a customer who receives an update of the incident', async () => {
  for (const minute of [20, 40, 60, 80]) {
    await clock(minute)
    expect(await relayUpdate(desk, await posted(minute))).toMatchObject({ settled: true })
  }
  const relays = Array.from({ length: 4 }, () => 'UpdateRelayed')
  expect(await onTicket()).toEqual(['TicketOpened', 'TicketEscalated', ...relays])
  await clock(120)
  expect((await onTicket()).slice(-2)).toEqual(['TargetWarned', 'TargetBreached'])
})

it('counts from when it was posted, however late it is relayed, and once however often', async () => {
  const update = await posted(20)
  await posted(50)
  await relayUpdate(desk, update)
  await relayUpdate(desk, update)
  const last = (await desk.store.readStream('ticket-I1')).findLast(({ event }) => event.type === 'UpdateRelayed')
  expect(last).toMatchObject({ event: { at: after(minutes(20)) }, commandId: engineCommandId('relay', update.id) })
  expect(await onTicket()).toEqual(['TicketOpened', 'TicketEscalated', 'UpdateRelayed'])
})

it('does not change a ticket whose customer was answered meanwhile, that is resolved, or that was merged into another', async () => {
  const update = await posted(20)
  await act({ type: 'agentReply', body: 'Bonjour' }, 25)
  const before = await onTicket()
  expect(await relayUpdate(desk, update)).toEqual({ settled: true })
  await act({ type: 'resolve' }, 30)
  expect(await relayUpdate(desk, await posted(35))).toEqual({ settled: true })
  expect(await onTicket()).toEqual([...before, 'TicketResolved'])
  const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'camille' } } as const
  await desk.execute('ticket', 'T2', opening, { by: alex })
  await desk.mergeTickets('I1', 'T2', { by: alex, at: after(minutes(36)) })
  expect(await relayUpdate(desk, await posted(40))).toEqual({ settled: true })
  expect(await onTicket('T2')).not.toContain('UpdateRelayed')
})

it('reaches the ticket of a customer who is one person with an affected one by merges, until a split', async () => {
  for (const id of ['dan', 'zoe', 'camille']) await desk.execute('customer', id, { type: 'register' }, { by: alex })
  const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'dan' } } as const
  await desk.execute('ticket', 'T3', opening, { by: alex })
  const report = { title: 'Down', ticketId: 'T3', customer: { id: 'camille' } }
  await declareIncident(desk, 'I3', report, { by: alex, commandId: 'c3' })
  const update = async (second: number) => {
    const post = { type: 'postUpdate', message: `${second}` } as const
    await desk.execute('incident', 'I3', post, { by: alex, at: after(second * 1_000) })
    expect(await relayUpdate(desk, (await desk.store.readStream('incident-I3')).at(-1) as PostedUpdate)).toEqual({
      settled: true,
    })
    return (await onTicket('T3')).filter((type) => type === 'UpdateRelayed').length
  }
  expect(await update(1)).toBe(0)
  for (const id of ['dan', 'camille'])
    expect(await desk.mergeCustomers(id, 'zoe', { by: alex })).toMatchObject({ ok: true })
  expect(await update(2)).toBe(1)
  await desk.splitCustomer('dan', { by: alex })
  expect(await update(3)).toBe(1)
})

it('does not change a ticket whose customer was not affected by then, and imported history', async () => {
  expect(await relayUpdate(desk, await posted(10, { correlationId: importCorrelation('old') }))).toEqual({
    settled: true,
  })
  const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'dan' } } as const
  await desk.execute('ticket', 'T3', opening, { by: alex })
  const report = { title: 'Down', ticketId: 'T3', customer: { id: 'camille' } }
  await declareIncident(desk, 'I3', report, { by: alex, commandId: 'c3' })
  await desk.execute('incident', 'I3', { type: 'postUpdate', message: 'x' }, { by: alex, at: after(1) })
  const update = (await desk.store.readStream('incident-I3')).at(-1) as PostedUpdate
  await desk.execute('incident', 'I3', { type: 'addCustomers', customers: [{ id: 'dan' }] }, { by: alex, at: after(2) })
  expect(await relayUpdate(desk, update)).toEqual({ settled: true })
  expect([...(await onTicket()), ...(await onTicket('T3'))]).not.toContain('UpdateRelayed')
})

it('is not settled while the ticket is still to be opened, or cannot take it now', async () => {
  const declaration = { type: 'declare', title: 'Down', customer: { id: 'camille' } } as const
  await desk.execute('incident', 'I4', declaration, { by: alex, at: monday })
  await desk.execute('incident', 'I4', { type: 'postUpdate', message: 'x' }, { by: alex, at: after(1) })
  const pending = (await desk.store.readStream('incident-I4')).at(-1) as PostedUpdate
  expect(await relayUpdate(desk, pending)).toEqual({ settled: false })
  const busy = deskAround(desk, () => ({ execute: () => Promise.resolve(deny(refusal('too_many_conflicts'))) }))
  expect(await relayUpdate(busy, await posted(10))).toEqual({ settled: false })
})
