import { describe, expect, it } from 'vitest'
import { deskInMemory } from '../testing/desk.ts'
import { after, alex, camille, monday } from '../testing/examples.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import type { Step } from './port.ts'
import type { Desk } from './processes.ts'
import { mostSteps } from './port.ts'

const opening = { type: 'open', subject: 'Facture', body: 'Où est-elle ?', customer: { id: 'camille' } } as const
const life: readonly Step<TicketCommandInput>[] = [
  { command: opening, by: camille },
  { command: { type: 'agentReply', body: 'La voici.' }, at: after(1_000) },
  { command: { type: 'agentReply', body: 'Et la suivante.', then: 'resolved' }, at: after(2_000) },
]
const sender = { by: alex, at: monday, commandId: 'c' }
const stored = async (desk: Desk, id = 'T1') => desk.store.readStream(`ticket-${id}`)

describe('commands carried out together', () => {
  it('are one append under one command id, each with its own sender and moment', async () => {
    const desk = deskInMemory()
    const outcome = await desk.executeTogether('ticket', 'T1', life, sender)
    expect(outcome).toMatchObject({ ok: true, value: { version: 5, position: '5', repeated: false } })
    const events = await stored(desk)
    expect(new Set(events.map(({ commandId }) => commandId))).toEqual(new Set(['c']))
    expect(events.map(({ event }) => [event.type, event.by.id, event.at])).toEqual([
      ['TicketOpened', 'camille', monday],
      ['AgentReplied', 'alex', after(1_000)],
      ['TicketStarted', 'alex', after(1_000)],
      ['AgentReplied', 'alex', after(2_000)],
      ['TicketResolved', 'alex', after(2_000)],
    ])
    expect(await desk.read('ticket', 'T1')).toMatchObject({ version: 5, state: { status: 'resolved' } })
  })

  it('are each decided on the state after those before them', async () => {
    const desk = deskInMemory()
    const twice: Step<TicketCommandInput>[] = [{ command: { type: 'start' } }, { command: { type: 'start' } }]
    const outcome = await desk.executeTogether('ticket', 'T1', [...life.slice(0, 1), ...twice], sender)
    expect(outcome).toMatchObject({ ok: true, value: { version: 2 } })
  })

  it('store nothing when one of them is refused, and name the first refused one', async () => {
    const desk = deskInMemory()
    const steps: Step<TicketCommandInput>[] = [
      ...life,
      { command: { type: 'start' } },
      { command: { type: 'escalate', team: 'x', reason: 'y' } },
    ]
    expect(await desk.executeTogether('ticket', 'T1', steps, sender)).toMatchObject({
      ok: false,
      refusal: { code: 'ticket_resolved', step: 3 },
    })
    expect(await stored(desk)).toEqual([])
  })

  it('return the first outcome to a repeat, even if the stream has a newer version', async () => {
    const desk = deskInMemory()
    const first = await desk.executeTogether('ticket', 'T1', life, sender)
    await desk.execute('ticket', 'T1', { type: 'close' }, { by: alex })
    const again = await desk.executeTogether('ticket', 'T1', life, sender)
    expect(first).toMatchObject({ ok: true })
    expect(again).toMatchObject({ ok: true, value: { version: 5, position: '5', events: [], repeated: true } })
    expect(await stored(desk)).toHaveLength(6)
  })

  it('expect the version before the first of them', async () => {
    const desk = deskInMemory()
    await desk.execute('ticket', 'T1', opening, { by: camille })
    const steps = life.slice(1)
    expect(await desk.executeTogether('ticket', 'T1', steps, { ...sender, expectedVersion: 2 })).toMatchObject({
      refusal: { code: 'version_conflict' },
    })
    expect(await desk.executeTogether('ticket', 'T1', steps, { ...sender, expectedVersion: 1 })).toMatchObject({
      ok: true,
      value: { version: 5 },
    })
  })

  it('are decided again when another desk was faster', async () => {
    const here = deskInMemory()
    const there = deskInMemory({ store: here.store, newId: () => 'there' })
    await here.execute('ticket', 'T1', opening, { by: camille })
    await there.execute('ticket', 'T1', { type: 'start' }, { by: alex })
    const outcome = await here.executeTogether('ticket', 'T1', life.slice(1), sender)
    expect(outcome.ok && outcome.value.events.map(({ type }) => type)).toEqual([
      'AgentReplied',
      'AgentReplied',
      'TicketResolved',
    ])
  })

  it('write messages under ids that no other command has', async () => {
    const desk = deskInMemory()
    const notes = [1, 2, 3].map((n) => ({ command: { type: 'addNote', body: `${n}` } }) as const)
    await desk.execute('ticket', 'T1', opening, { by: camille })
    expect(await desk.executeTogether('ticket', 'T1', notes, sender)).toMatchObject({ ok: true })
    for (const commandId of ['c/1', 'c/2']) {
      const note = { type: 'addNote', body: commandId } as const
      expect(await desk.execute('ticket', 'T1', note, { by: alex, commandId })).toMatchObject({ ok: true })
    }
  })

  it('name the malformed one and its field', async () => {
    const desk = deskInMemory()
    const malformed = { command: { type: 'addNote', body: '' } } as const
    expect(await desk.executeTogether('ticket', 'T1', [...life, malformed], sender)).toMatchObject({
      refusal: { code: 'invalid_command', field: 'body', step: 3 },
    })
    const nobody = { command: { type: 'start' }, by: { kind: 'agent', id: '' } } as const
    expect(await desk.executeTogether('ticket', 'T1', [...life, nobody], sender)).toMatchObject({
      refusal: { code: 'invalid_command', field: 'by.id', step: 3 },
    })
  })

  it('are at least one, and at most the limit', async () => {
    const desk = deskInMemory()
    const tooMany = Array.from({ length: mostSteps + 1 }, () => ({ command: { type: 'start' } }) as const)
    for (const steps of [[], tooMany]) {
      expect(await desk.executeTogether('ticket', 'T1', steps, sender)).toMatchObject({
        refusal: { code: 'invalid_command', field: 'steps' },
      })
    }
  })

  it('follow a merge when all of them are replies', async () => {
    const desk = deskInMemory()
    for (const id of ['T1', 'T2']) await desk.execute('ticket', id, opening, { by: camille })
    await desk.mergeTickets('T1', 'T2', { by: alex })
    const replies = [
      { command: { type: 'customerReply', body: 'Alors ?' } },
      { command: { type: 'customerReply', body: '?' } },
    ] as const
    const outcome = await desk.executeTogether('ticket', 'T1', replies, { by: camille })
    expect(outcome).toMatchObject({ ok: true, value: { stream: 'ticket-T2' } })
  })
})
