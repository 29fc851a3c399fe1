import { expect } from 'vitest'
import type { Invariants } from './step.ts'
import { isTicket } from './step.ts'

/** Invariants of classification, levels and wishes. */
export const levelsInvariants: Invariants = {
  L20: (life) => {
    let classifications = 0
    let given = false
    for (const { before, events } of life) {
      for (const event of events) {
        if (event.type === 'TicketOpened') given = event.priorityGiven ?? false
        if (event.type === 'PriorityChanged') given = true
        if (event.type !== 'TicketClassified') continue
        expect(++classifications).toBe(1)
        if (event.category !== undefined) expect(isTicket(before) && before.category).toBeUndefined()
        if (event.priority !== undefined) expect(given).toBe(false)
      }
    }
  },
  L21: (life) => {
    const said: string[] = []
    for (const { before, events, after } of life) {
      const moves = events.filter(({ type }) => type === 'TicketEscalated' || type === 'TicketDeescalated')
      const level = isTicket(before) ? before.level : 1
      for (const event of moves) {
        if (event.type === 'TicketDeescalated') expect(event.level).toBeLessThan(event.fromLevel)
        if (event.type !== 'TicketEscalated') continue
        expect(event.level).toBeGreaterThanOrEqual(event.fromLevel ?? 4)
        const { tried = [], triedBefore } = event.briefing ?? {}
        expect(tried.map(({ line }) => line)).toEqual(said.slice(-8))
        expect(triedBefore).toBe(Math.max(0, said.length - 8))
      }
      for (const event of events)
        if (event.type === 'AgentReplied' || event.type === 'InternalNoteAdded')
          said.push(event.body.split('\n')[0] ?? '')
      if (!isTicket(after) || after.level === level) continue
      expect(moves).toHaveLength(1)
      expect(after.assignee).toBeUndefined()
      expect(after.routing.offer).toBeUndefined()
    }
  },
  L22: (life) => {
    let noted = false
    for (const { events, after } of life) {
      for (const { type } of events) {
        if (type === 'TicketReopened') noted = false
        if (type !== 'FeatureRequestNoted') continue
        expect(noted).toBe(false)
        noted = true
        expect(events.map((event) => event.type)).toContain('AgentReplied')
        expect(after.status).toBe('resolved')
      }
    }
  },
}
