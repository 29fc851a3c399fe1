import { describe, expect, it } from 'vitest'
import { configurationSchema } from '../configuration/consistency.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import { minutes } from '../kernel/time.ts'
import { deskAround, deskInMemory } from '../testing/desk.ts'
import { after, alex, camille, monday } from '../testing/examples.ts'
import { declareIncident, settleTicket } from './incidents.ts'
import type { Desk } from './processes.ts'

const customer = { id: 'camille', name: 'Camille Durand', email: 'camille@example.org' }
const sender = { by: alex, commandId: 'declare-1' }
const typesOn = async ({ store }: Desk, stream: string) =>
  (await store.readStream(stream)).map(({ event }) => event.type)

/** A desk whose premium customers are answered within a quarter of an hour. */
async function deskWithPlans(): Promise<Desk> {
  const desk = deskInMemory()
  const policies = [
    { name: 'premium', applies: { plans: ['premium'] }, firstResponse: '15m' },
    { name: 'everybody', firstResponse: '4h' },
  ]
  const configuration = configurationSchema.parse({
    plans: ['premium'],
    teams: [{ name: 'supervisors' }],
    sla: { policies },
  })
  const applied = await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: alex })
  if (!applied.ok) throw new Error(applied.refusal.message)
  return desk
}

describe('declaring an incident', () => {
  it('opens an urgent ticket for the reporter, and links it', async () => {
    const desk = deskInMemory()
    const report = { title: 'Nothing can be reached', description: 'Since nine.', customer, language: 'en' }
    expect(await declareIncident(desk, 'I1', report, sender)).toMatchObject({
      ok: true,
      value: { stream: 'incident-I1' },
    })
    expect((await desk.read('ticket', 'I1')).state).toMatchObject({
      subject: 'Nothing can be reached',
      priority: 'urgent',
      customer,
      language: 'en',
      tags: ['incident'],
      openedAt: monday,
    })
    expect(await typesOn(desk, 'incident-I1')).toEqual(['IncidentDeclared', 'OnCallPaged', 'IncidentTicketLinked'])
  })

  it('makes an existing ticket urgent, and its customer affected', async () => {
    const desk = deskInMemory()
    await desk.execute('ticket', 'T1', { type: 'open', subject: 'x', body: 'y', customer }, { by: camille })
    await declareIncident(desk, 'I1', { title: 'Down', ticketId: 'T1' }, sender)
    expect((await desk.read('ticket', 'T1')).state).toMatchObject({ priority: 'urgent' })
    expect((await desk.read('incident', 'I1')).state).toMatchObject({
      customers: [{ ...customer, language: 'fr' }],
      ticket: { ticketId: 'T1', state: 'linked' },
    })
  })

  it('hands its ticket up at once (000, `handleCriticalIncident`), whoever declares it', async () => {
    const desk = deskInMemory()
    await declareIncident(desk, 'I1', { title: 'Down', customer }, sender)
    const { state } = await desk.read('ticket', 'I1')
    expect(state).toMatchObject({ level: 3, escalation: { reason: 'incident I1' } })
    await desk.execute('ticket', 'T1', { type: 'open', subject: 'x', body: 'y', customer }, { by: camille })
    const expert = { type: 'escalate', level: 3, team: 'experts', reason: 'hard' } as const
    await desk.execute('ticket', 'T1', expert, { by: alex })
    await declareIncident(desk, 'I2', { title: 'Down', ticketId: 'T1' }, { ...sender, commandId: 'declare-2' })
    expect((await desk.read('incident', 'I2')).state).toMatchObject({ ticket: { state: 'linked' } })
  })

  it('leaves its ticket at its level when the settings at its declaration say so, or did not exist', async () => {
    const desk = deskInMemory()
    const incidents = { escalateToLevel: 'none' as const }
    const command = { type: 'apply', configuration: configurationSchema.parse({ incidents }) } as const
    await desk.execute('configuration', 'desk', command, { by: alex })
    await declareIncident(desk, 'I1', { title: 'Down', customer }, sender)
    expect((await desk.read('ticket', 'I1')).state).toMatchObject({ level: 1, escalation: undefined })
  })

  it('is refused for a missing ticket', async () => {
    expect(await declareIncident(deskInMemory(), 'I1', { title: 'Down', ticketId: 'T9' }, sender)).toMatchObject({
      refusal: { code: 'ticket_not_found', field: 'ticketId' },
    })
  })

  it('opens a ticket that the SLA policy of the customer’s plan applies to', async () => {
    const desk = await deskWithPlans()
    await declareIncident(desk, 'I1', { title: 'Down', customer, plan: 'premium' }, sender)
    expect((await desk.read('ticket', 'I1')).state).toMatchObject({ plan: 'premium', priority: 'urgent' })
    expect((await desk.clockState('ticket-I1')).deadlines).toContainEqual(
      expect.objectContaining({ kind: 'first_response_warning', dueAt: after(minutes(15) * 0.75) }),
    )
    await declareIncident(desk, 'I2', { title: 'Down', customer }, { ...sender, commandId: 'declare-2' })
    expect((await desk.read('ticket', 'I2')).state).toMatchObject({ plan: undefined })
  })

  it('is refused for a plan that the desk does not have, before any event is stored', async () => {
    const desk = await deskWithPlans()
    expect(await declareIncident(desk, 'I1', { title: 'Down', customer, plan: 'gold' }, sender)).toMatchObject({
      refusal: { code: 'plan_unknown', field: 'plan', message: 'the desk has no plan gold' },
    })
    expect(await typesOn(desk, 'incident-I1')).toEqual([])
    const anyPlan = deskInMemory()
    await declareIncident(anyPlan, 'I1', { title: 'Down', customer, plan: 'gold' }, sender)
    expect((await anyPlan.read('ticket', 'I1')).state).toMatchObject({ plan: 'gold' })
  })

  it('returns the first outcome to a repeat, and adds nothing', async () => {
    const desk = deskInMemory()
    await declareIncident(desk, 'I1', { title: 'Down', customer }, sender)
    const again = await declareIncident(desk, 'I1', { title: 'Down', customer }, sender)
    expect(again).toMatchObject({ ok: true, value: { repeated: true, version: 2 } })
    expect(await typesOn(desk, 'incident-I1')).toHaveLength(3)
    expect(await typesOn(desk, 'ticket-I1')).toEqual(['TicketOpened', 'TicketEscalated'])
  })

  it.each([1, 2, 3])('is completed by a repeat when its sender dies after step %i', async (steps) => {
    const desk = deskInMemory()
    let left = steps
    const dying = deskAround(desk, (entry) => ({
      execute: (...given) => (left-- > 0 ? entry.execute(...given) : Promise.reject(new Error('dead'))),
    }))
    await expect(declareIncident(dying, 'I1', { title: 'Down', customer }, sender)).rejects.toThrow('dead')
    expect(await settleTicket(desk, 'I1', { by: alex, commandId: 'declare-1' })).toMatchObject({ settled: true })
    expect((await desk.read('incident', 'I1')).state).toMatchObject({ ticket: { state: 'linked' } })
    expect(await typesOn(desk, 'ticket-I1')).toEqual(['TicketOpened', 'TicketEscalated'])
  })

  it('continues without an unavailable ticket, and says why; a busy one is tried again', async () => {
    const desk = deskInMemory()
    await desk.execute('ticket', 'T1', { type: 'open', subject: 'x', body: 'y', customer }, { by: camille })
    await desk.execute('ticket', 'T1', { type: 'close' }, { by: alex })
    const busy = deskAround(desk, (entry) => ({
      execute: (category, ...given) =>
        category === 'ticket'
          ? Promise.resolve(deny(refusal('too_many_conflicts')))
          : entry.execute(category, ...given),
    }))
    await declareIncident(busy, 'I1', { title: 'Down', ticketId: 'T1' }, sender)
    expect(await settleTicket(busy, 'I1', sender)).toEqual({ settled: false })
    expect(await settleTicket(desk, 'I1', sender)).toMatchObject({ settled: true })
    expect((await desk.read('incident', 'I1')).state).toMatchObject({
      status: 'declared',
      ticket: { ticketId: 'T1', state: 'refused', reason: 'ticket_closed' },
    })
    expect(await settleTicket(desk, 'none', sender)).toMatchObject({ settled: true })
  })

  it('keeps its settings until its end, whatever is configured meanwhile', async () => {
    const desk = deskInMemory()
    const apply = async (rota: string[]) => {
      const configuration = configurationSchema.parse({ incidents: { rota, acknowledgeWithin: '5m' } })
      expect(await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: alex })).toMatchObject(
        {
          ok: true,
        },
      )
    }
    const rotaOf = async (id: string) => {
      const { state } = await desk.read('incident', id)
      return state.status === 'absent' ? undefined : [state.policyVersion, ...state.settings.rota.map((one) => one.id)]
    }
    await declareIncident(desk, 'I0', { title: 'Down', customer }, sender)
    await apply(['alex', 'sacha'])
    await declareIncident(desk, 'I1', { title: 'Down', customer }, sender)
    await apply(['sacha'])
    await declareIncident(desk, 'I2', { title: 'Down', customer }, sender)
    expect(await Promise.all(['I0', 'I1', 'I2'].map(rotaOf))).toEqual([
      ['guichet-default-1'],
      ['configuration-1', 'alex', 'sacha'],
      ['configuration-2', 'sacha'],
    ])
    const { deadlines } = await desk.clockState('incident-I1')
    expect(deadlines[0]).toMatchObject({ kind: 'acknowledgement', dueAt: after(minutes(5)) })
  })
})
