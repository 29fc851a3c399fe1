import { expect } from 'vitest'
import { lifecycle, takenWhenMerged } from '../lifecycle.ts'
import { messageOf } from '../messages.ts'
import { sentBy } from '../senders.ts'
import { ticketStatuses } from '../vocabulary.ts'
import type { Invariants } from './step.ts'
import { isReply, isTicket } from './step.ts'

/** Invariants of what a ticket's status may become, and who may say so. */
export const statusInvariants: Invariants = {
  L1: (life) => {
    for (const { command, before, events, after } of life) {
      const cell = lifecycle[command.type][before.status]
      if (events.length > 0) expect('to' in cell ? cell.to : []).toContain(after.status)
      else expect(after).toBe(before)
    }
  },
  L2: (life) => {
    for (const { after } of life.filter(({ after }) => isTicket(after))) {
      if (!isTicket(after)) continue
      expect(ticketStatuses).toContain(after.status)
      expect(after.waitingSince !== undefined).toBe(after.status === 'waiting_customer')
      expect(after.closed !== undefined).toBe(after.status === 'closed')
      if (after.mergedInto !== undefined) expect(after.closed?.reason).toBe('merged')
      if (after.status === 'resolved') expect(after.resolutions).toBeGreaterThan(0)
    }
  },
  L13: (life) => {
    for (const { command, decision, after } of life) {
      if (command.type !== 'customerReply' || !decision.ok || decision.value.length === 0) continue
      expect(['new', 'in_progress']).toContain(after.status)
    }
  },
  L14: (life) => {
    for (const { command, before, decision } of life) {
      if (before.status === 'absent' || before.mergedInto === undefined || takenWhenMerged.has(command.type)) continue
      if (!sentBy[command.type][command.by.kind]) continue
      if (isReply(command) && command.messageId !== undefined && messageOf(before.messages, command.messageId)) {
        expect(decision.ok ? decision.value : decision.refusal.code).toEqual(decision.ok ? [] : expect.any(String))
        continue
      }
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'ticket_merged', movedTo: before.mergedInto } })
    }
  },
  L16: (life) => {
    for (const { command, decision } of life) {
      if (sentBy[command.type][command.by.kind]) continue
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'not_for_this_actor' } })
    }
  },
}
