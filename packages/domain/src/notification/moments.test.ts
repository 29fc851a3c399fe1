import { describe, expect, it } from 'vitest'
import { chatEvents } from '../chat/events.ts'
import { importCorrelation } from '../history-import.ts'
import type { Position } from '../kernel/event.ts'
import { draftEvents } from '../proactive/draft-catalogue.ts'
import { monday } from '../testing/examples.ts'
import { mayNotify } from './moments.ts'

const notifies = (stream: string, type: string, fields: object = {}, correlationId = 'c'): boolean =>
  mayNotify({
    event: { type, at: monday, by: { kind: 'agent', id: 'ana' }, ...fields },
    id: `${stream}/1`,
    stream,
    version: 1,
    position: '1' as Position,
    recordedAt: monday,
    commandId: 'c',
    correlationId,
    causationId: 'c',
    schemaVersion: 1,
  })

describe('an event may notify somebody', () => {
  it('of a ticket when it is a moment of one', () => {
    expect(notifies('ticket-a', 'AgentReplied')).toBe(true)
    expect(notifies('ticket-a', 'AgentReplied', { then: 'resolved' })).toBe(false)
    expect(notifies('ticket-a', 'TicketTagged')).toBe(false)
  })

  it('of a chat when its answer is overdue, and of a draft when trouble is suspected', () => {
    expect(Object.keys(chatEvents).filter((type) => notifies('chat-a', type))).toEqual(['ChatEscalated'])
    expect(Object.keys(draftEvents).filter((type) => notifies('draft-zoe', type))).toEqual(['TroubleSuspected'])
  })

  it('of an incident, which knows whom', () => {
    expect(notifies('incident-a', 'IncidentUpdatePosted')).toBe(true)
  })

  it('of an alert to the team, whatever it is', () => {
    expect(notifies('teamAlert-zoe', 'HealthFell')).toBe(true)
    expect(notifies('teamAlert-0a1b', 'IncidentSuspected')).toBe(true)
  })

  it('of nothing else, and never of imported history', () => {
    expect(notifies('customer-zoe', 'CustomerRegistered')).toBe(false)
    for (const [stream, type] of [
      ['ticket-a', 'TicketResolved'],
      ['chat-a', 'ChatEscalated'],
      ['incident-a', 'IncidentDeclared'],
    ] as const) {
      expect(notifies(stream, type)).toBe(true)
      expect(notifies(stream, type, {}, importCorrelation('old'))).toBe(false)
    }
  })
})
