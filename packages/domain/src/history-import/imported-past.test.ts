import { describe, expect, it } from 'vitest'
import type { Sender } from '../desk/port.ts'
import type { Desk } from '../desk/processes.ts'
import { importCorrelation } from '../history-import.ts'
import { importActor, routingActor } from '../kernel/actor.ts'
import { StreamDeleted } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, minutes } from '../kernel/time.ts'
import { momentOf } from '../notification/notification.ts'
import { deskInMemory } from '../testing/desk.ts'
import { after, alex, camille, monday } from '../testing/examples.ts'
import { fourHours, policyOf } from '../testing/target-story.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import type { TicketEventOf } from '../ticket/events.ts'
import { importedPast, importOf } from './imported-past.ts'

const correlationId = importCorrelation('old')
const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'camille' } } as const
const figures = { rows: 1, applied: 1, unchanged: 0, refused: 0 }

/** A desk that promises a first response in four hours, with an imported ticket of Monday. */
async function importedTicket(completedAt: Instant | undefined): Promise<Desk> {
  const desk = deskInMemory({ policy: policyOf(fourHours) }).engine
  const importing = { by: importActor, correlationId }
  await desk.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'm' }, { ...importing, at: monday })
  await desk.execute('ticket', 'T1', opening, { by: camille, correlationId, at: monday })
  if (completedAt)
    await desk.execute('import', 'old', { type: 'complete', ...figures }, { ...importing, at: completedAt })
  return desk
}

async function breaches(desk: Desk, command: TicketCommandInput, sender: Sender) {
  const outcome = await desk.execute('ticket', 'T1', command, sender)
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value.events.filter(
    (event): event is TicketEventOf<'TargetBreached'> => event.type === 'TargetBreached',
  )
}

describe('a promise that was missed during the import of its ticket', () => {
  it.each<[string, TicketCommandInput, Sender['by']]>([
    ['routing', { type: 'queue', reason: 'nobody', policyVersion: '1' }, routingActor],
    ['an agent', { type: 'addNote', body: 'Seen' }, alex],
    ['the customer', { type: 'customerReply', body: 'And?' }, camille],
    ['the command line', { type: 'changePriority', priority: 'high' }, { kind: 'system', id: 'command-line' }],
  ])('notifies nobody, when %s comes before the clock', async (_, command, by) => {
    const desk = await importedTicket(after(days(3)))
    const missed = await breaches(desk, command, { by, at: after(days(3) + minutes(1)) })
    expect(missed).toMatchObject([{ target: 'first_response', imported: true }])
    expect(missed.map(momentOf)).toEqual([undefined])
    const stored = (await desk.store.readStream('ticket-T1')).find(({ event }) => event.type === 'TargetBreached')
    expect(stored?.event).toMatchObject({ imported: true })
  })

  it('notifies as usual when it fell due after the import', async () => {
    const desk = await importedTicket(after(hours(1)))
    const missed = await breaches(desk, { type: 'addNote', body: 'Seen' }, { by: alex, at: after(days(3)) })
    expect(missed).toMatchObject([{ target: 'first_response' }])
    expect(missed).not.toMatchObject([{ imported: true }])
    expect(missed.map(momentOf)).toEqual(['sla_breached'])
  })

  it('notifies nobody while the import is open, until somebody has worked on the ticket', async () => {
    const early = await importedTicket(undefined)
    const note = { type: 'addNote', body: 'Seen' } as const
    expect(await breaches(early, note, { by: alex, at: after(days(1)) })).toMatchObject([{ imported: true }])
    const worked = await importedTicket(undefined)
    await breaches(worked, note, { by: alex, at: after(hours(1)) })
    const [missed] = await breaches(worked, note, { by: alex, at: after(days(1)) })
    expect(missed?.imported).toBeUndefined()
  })

  it('is escalated by the clock without a notification, also when somebody has worked since the import', async () => {
    const desk = await importedTicket(after(days(5)))
    await breaches(desk, { type: 'addNote', body: 'Seen' }, { by: alex, at: after(days(5) + 1) })
    const { version } = await desk.read('ticket', 'T1')
    const [due] = (await desk.clockState('ticket-T1')).deadlines
    expect(due?.kind).toBe('first_response_escalation')
    const past = await importedPast(desk, 'ticket-T1', version)
    expect(due && importOf(due, past)).toBe('old')
    expect(importOf({ kind: 'stagnation', cycle: 1, dueAt: after(days(6)) }, past)).toBeUndefined()
  })

  it('ends with the last row where the stream of the import was deleted', async () => {
    const { store } = await importedTicket(after(days(5)))
    const lost = () => Promise.reject(new StreamDeleted('import-old'))
    const recordedAt = after(days(2))
    const rows = (await store.readStream('ticket-T1')).map((row) => ({ ...row, recordedAt }))
    const past = await importedPast({ store: { ...store, readStream: async () => rows }, read: lost }, 'ticket-T1', 1)
    expect(past).toMatchObject({ importId: 'old', endedAt: recordedAt })
    const stagnation = { kind: 'stagnation', cycle: 1 }
    expect(importOf({ ...stagnation, dueAt: after(days(1)) }, past)).toBe('old')
    expect(importOf({ ...stagnation, dueAt: after(days(3)) }, past)).toBeUndefined()
  })
})
