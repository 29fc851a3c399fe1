import { expect } from 'vitest'
import { guichetEvents } from '../../desk/events.ts'
import { decodeEvent, encodeEvent } from '../../kernel/catalogue.ts'
import { fold } from '../../kernel/decider.ts'
import type { TicketEvent } from '../events.ts'
import type { Invariants } from './step.ts'
import { historyOf, isTicket, take, ticket } from './step.ts'

/** Invariants of a ticket and its history. */
export const historyInvariants: Invariants = {
  L3: (life) => {
    const history = historyOf(life)
    const whole = fold(ticket, history)
    expect(fold(ticket, history)).toEqual(whole)
    expect(life.at(-1)?.after ?? ticket.initial).toEqual(whole)
    const half = Math.floor(history.length / 2)
    expect(history.slice(half).reduce(ticket.evolve, fold(ticket, history.slice(0, half)))).toEqual(whole)
  },
  L4: (life) => {
    for (const { command, events, after, timeline } of life) {
      if (events.length > 0) expect(take(after, command, timeline).events).toEqual([])
    }
  },
  L5: (life) => {
    for (const { command, before, decision, after, timeline } of life) {
      expect(take(deepFreeze(before), deepFreeze(command), timeline).decision).toEqual(decision)
      expect(take(before, command, timeline).after).toEqual(after)
    }
  },
  L8: (life) => {
    const history = historyOf(life)
    const at = (type: TicketEvent['type']) => history.filter((event) => event.type === type).map((event) => event.at)
    const { after } = life.at(-1) ?? { after: ticket.initial }
    if (!isTicket(after)) return
    expect(after.resolutions).toBe(at('TicketResolved').length)
    expect(after.lastResolvedAt).toBe(at('TicketResolved').at(-1))
    expect(after.reopenings).toBe(at('TicketReopened').length)
    expect([after.openedAt]).toEqual(at('TicketOpened'))
    const first = history.find((event) => event.type === 'AgentReplied' && event.by.kind === 'agent')
    expect(after.firstRespondedAt).toBe(first?.at)
  },
  L9: (life) => {
    const instants = historyOf(life).map(({ at }) => at)
    expect(instants).toEqual(instants.toSorted())
  },
  L15: (life) => {
    for (const event of historyOf(life)) {
      const stored = JSON.parse(JSON.stringify(encodeEvent(guichetEvents, event))) as ReturnType<typeof encodeEvent>
      expect(decodeEvent(guichetEvents, stored)).toEqual(event)
    }
  },
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
