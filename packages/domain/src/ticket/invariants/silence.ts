import { expect } from 'vitest'
import { versionAt } from '../../configuration/terms.ts'
import type { Position } from '../../kernel/event.ts'
import { notificationsFor } from '../../notification/notification.ts'
import { defaultWording } from '../../wording/default-wording.ts'
import { ticketDeadlines } from '../deadlines.ts'
import type { TicketEvent } from '../events.ts'
import { informsTheCustomer } from '../events.ts'
import type { Ticket, TicketState } from '../state.ts'
import type { Invariants, Step } from './step.ts'
import { ticket } from './step.ts'

/** Invariants of when nobody is notified, and of what changes nothing. */
export const silenceInvariants: Invariants = {
  L6: (life) => {
    for (const step of life) {
      if (step.before.status === 'closed' && step.after.status === 'closed') expect(notified(step)).toBe(0)
    }
  },
  L7: (life) => {
    for (const step of life) {
      if (step.command.type === 'markSpam' || step.command.type === 'mergeInto') expect(notified(step)).toBe(0)
    }
  },
  L17: (life) => {
    for (const { command, before, events, after, timeline } of life) {
      if (events.some(({ type }) => type === 'TargetBreached')) continue
      if (command.type !== 'agentReply' || command.by.kind !== 'system' || command.then !== undefined) continue
      expect(after.status).toBe(before.status)
      expect(ticketDeadlines(after, timeline)).toEqual(ticketDeadlines(before, timeline))
    }
  },
  L23: (life) => {
    let alerted = false
    for (const { event, sent } of life.flatMap(sentBy)) {
      if (event.type === 'UpdateOverdue' || (isMissedUpdate(event) && sent > 0)) {
        expect(alerted).toBe(false)
        alerted = true
      } else if (endsASilence(event)) alerted = false
    }
  },
  L24: (life) => {
    for (const step of life) {
      const { command, before, after, events, timeline } = step
      if (command.type !== 'relayUpdate' || events.length === 0) continue
      expect(butForItsSilence(after)).toEqual(butForItsSilence(before))
      if (events.some(({ type }) => type === 'TargetBreached')) continue
      expect(notified(step)).toBe(0)
      const rest = (state: TicketState) =>
        ticketDeadlines(state, timeline).filter(({ kind }) => !kind.startsWith('update'))
      expect(rest(after)).toEqual(rest(before))
    }
  },
}

const ofItsSilence: ReadonlySet<string> = new Set<keyof Ticket>([
  'clocks',
  'updatedAt',
  'silences',
  'updateCountedFrom',
  'updateAwaitedFrom',
  'updateOverdue',
])

/** A ticket without its clocks and without the start of its silence. */
const butForItsSilence = (state: TicketState): object =>
  Object.fromEntries(Object.entries(state).filter(([field]) => !ofItsSilence.has(field)))

const isMissedUpdate = (event: TicketEvent): boolean => event.type === 'TargetBreached' && event.target === 'update'

/** Whether the time to the next update restarts with an event, or somebody else has the ticket. */
function endsASilence(event: TicketEvent): boolean {
  if (event.type === 'TicketClassified') return event.priority !== undefined
  return informsTheCustomer(event) || anew.has(event.type)
}

const anew: ReadonlySet<TicketEvent['type']> = new Set([
  'PriorityChanged',
  'CustomerWaitEnded',
  'TicketReopened',
  'ClocksResumed',
  'TicketAssigned',
  'TicketUnassigned',
] as const)

/** How many notifications a step sends. */
const notified = (step: Step): number => sentBy(step).reduce((count, { sent }) => count + sent, 0)

/** How many notifications each event of a step sends. */
function sentBy({ before, events, command, timeline }: Step): { readonly event: TicketEvent; readonly sent: number }[] {
  let state = before
  return events.map((event, index) => {
    const after = ticket.evolve(state, event)
    const envelope = {
      event,
      id: `${command.commandId}/${index}`,
      stream: 'ticket-T1',
      version: 1,
      position: '1' as Position,
      recordedAt: event.at,
      commandId: command.commandId,
      correlationId: command.commandId,
      causationId: command.commandId,
      schemaVersion: 1,
    }
    const sent = notificationsFor(envelope, state, after, {
      policy: versionAt(timeline, event.at).policy,
      wording: defaultWording,
      recipientOf: () => undefined,
    }).length
    state = after
    return { event, sent }
  })
}
