import { expect } from 'vitest'
import { latest } from '../../kernel/instant.ts'
import { slaTargets } from '../../sla/target-clock.ts'
import { targetDue } from '../target-deadlines.ts'
import type { Invariants } from './step.ts'
import { historyOf, isTicket } from './step.ts'

/** Invariants of what was promised. */
export const promisesInvariants: Invariants = {
  L18: (life) => {
    const ended = new Map<string, string>()
    for (const event of historyOf(life)) {
      if (event.type !== 'TargetMet' && event.type !== 'TargetBreached') continue
      const clock = `${event.target}/${event.cycle}`
      expect(ended.get(clock)).toBeUndefined()
      ended.set(clock, event.type)
      if (event.type === 'TargetMet') expect(event.at <= event.dueAt).toBe(true)
      else expect(event.at > event.dueAt).toBe(true)
    }
  },
  L19: (life) => {
    for (const { command, before, events, timeline } of life) {
      if (!isTicket(before) || events.length === 0) continue
      for (const target of slaTargets) {
        const due = targetDue(before, timeline, target)?.dueAt
        if (due === undefined || before.clocks.targets[target]?.breached !== undefined) continue
        const missed = events.some((event) => event.type === 'TargetBreached' && event.target === target)
        expect(missed).toBe(due < latest(command.at, before.updatedAt))
      }
    }
  },
}
