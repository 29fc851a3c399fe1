import { describe, expect, it } from 'vitest'
import { routingActor } from '../kernel/actor.ts'
import type { EventEnvelope, Position } from '../kernel/event.ts'
import { minutes } from '../kernel/time.ts'
import { channels } from '../kernel/values.ts'
import { after, alex, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { specifyTicket } from '../testing/specification.ts'
import type { TicketEvent } from '../ticket/events.ts'
import type { WorkItem } from './work-item.ts'
import { evolveWorkItem, inQueueOrder, isWaiting, workChannelOf } from './work-item.ts'

const { given } = specifyTicket()
const all = { statuses: ['new' as const], priorities: ['normal' as const] }

const envelope = (event: TicketEvent, version: number, correlationId = 'c'): EventEnvelope<TicketEvent> => ({
  event,
  id: `ticket-T1/${version}`,
  stream: 'ticket-T1',
  version,
  position: String(version) as Position,
  recordedAt: event.at,
  commandId: 'c',
  correlationId,
  causationId: 'c',
  schemaVersion: 1,
})
const folded = (events: readonly TicketEvent[], correlationId?: string): WorkItem => {
  let item: WorkItem | undefined
  for (const [index, event] of events.entries()) item = evolveWorkItem(item, envelope(event, index + 1, correlationId))
  if (!item) throw new Error('nothing was opened')
  return item
}

describe('a work item', () => {
  it('has the category and the priority that people set', () => {
    const item = folded([
      ticketOpened({ category: 'billing' }),
      ticketEvent('TicketCategorized', { to: 'technical_support' }),
      ticketEvent('PriorityChanged', { from: 'normal', to: 'urgent' }),
    ])
    expect(item).toMatchObject({ category: 'technical_support', priority: 'urgent', classified: false })
  })

  it('has those that a classifier sets', () => {
    const result = { tags: [], confidence: 0.9, classifier: 'rules', version: '1', alternatives: [], reasons: [] }
    const item = folded([
      ticketOpened(),
      ticketEvent('TicketClassified', { ...result, category: 'billing', priority: 'high', policyVersion: 'p' }),
    ])
    expect(item).toMatchObject({ category: 'billing', priority: 'high', classified: true })
  })

  it('waits since it was opened, or lost its agent', () => {
    expect(folded([ticketOpened()]).waitingSince).toBe(after(0))
    const assigned = ticketEvent('TicketAssigned', { assignee: { id: 'alex' } })
    expect(isWaiting(folded([ticketOpened(), assigned]))).toBe(false)
    const back = ticketEvent('TicketUnassigned', { from: { id: 'alex' } }, { at: after(minutes(5)), by: alex })
    expect(folded([ticketOpened(), assigned, back]).waitingSince).toBe(after(minutes(5)))
  })

  it('prefers the crew that takes over at the end of a shift, until somebody has it', () => {
    const to = { kind: 'centre', name: 'toronto' } as const
    const assigned = ticketEvent('TicketAssigned', { assignee: { id: 'alex' } })
    const handedOver = given(ticketOpened(), assigned).when(
      { type: 'handOver', from: 'alex', crew: { kind: 'centre', name: 'montreal' }, to, dueAt: after(1), ...all },
      { by: routingActor, at: after(1) },
    ).decision
    const events = [ticketOpened(), assigned, ...(handedOver.ok ? handedOver.value : [])]
    expect(folded(events)).toMatchObject({ towards: to, assignee: undefined, waitingSince: after(1) })
    expect(folded([...events, assigned]).towards).toBeUndefined()
  })

  it('is held while its last event is imported', () => {
    expect(isWaiting(folded([ticketOpened()], 'import/i1'))).toBe(false)
    const item = evolveWorkItem(
      folded([ticketOpened()], 'import/i1'),
      envelope(ticketEvent('TicketTagged', { tag: 'x' }), 2),
    )
    expect(item && isWaiting(item)).toBe(true)
  })

  it('takes a place of a call only when it came by phone, and never one of a live chat', () => {
    const splitFrom = { ticketId: 'T0', messageId: 'm', waitingSince: after(0) }
    const taken = channels.flatMap((channel) =>
      [{}, { chatId: 'c' }, { splitFrom }, { chatId: 'c', splitFrom }].flatMap((details) => {
        const of = workChannelOf(folded([ticketOpened({ channel, ...details })]))
        return of === 'ticket' ? [] : [[channel, Object.keys(details), of]]
      }),
    )
    expect(taken).toEqual([
      ['phone', [], 'phone'],
      ['phone', ['chatId'], 'phone'],
    ])
  })

  it('comes after more urgent ones, then after those that have waited longer', () => {
    const [urgent, old, late] = [
      { ...folded([ticketOpened({ priority: 'urgent' }, { at: after(minutes(9)) })]), id: 'c' },
      { ...folded([ticketOpened()]), id: 'b' },
      { ...folded([ticketOpened({}, { at: after(minutes(1)) })]), id: 'a' },
    ]
    expect([late, old, urgent].sort(inQueueOrder).map(({ id }) => id)).toEqual(['c', 'b', 'a'])
  })
})
