import { expect } from 'vitest'
import type { Instant } from '../../kernel/instant.ts'
import { elapsed, later } from '../../kernel/instant.ts'
import { slaTargets } from '../../sla/target-clock.ts'
import type { TicketDeadline } from '../deadlines.ts'
import { ticketDeadlines } from '../deadlines.ts'
import { versionAt } from '../terms.ts'
import type { Invariants } from './step.ts'
import { fire, isTicket, take } from './step.ts'

const anyTarget = new RegExp(`^(${slaTargets.join('|')})_`)
const isAboutATarget = ({ kind }: TicketDeadline): boolean => anyTarget.test(kind)

/** Invariants of what falls due. */
export const deadlinesInvariants: Invariants = {
  L10: (life) => {
    const seen = new Set<string>()
    for (const { command, events, after, timeline } of life) {
      if (command.type !== 'fire' || events.length === 0) continue
      const deadline = `${command.kind}/${command.cycle}/${command.dueAt}`
      expect(seen).not.toContain(deadline)
      seen.add(deadline)
      const standing = ticketDeadlines(after, timeline).map((d) => `${d.kind}/${d.cycle}/${d.dueAt}`)
      for (const fired of seen) expect(standing).not.toContain(fired)
    }
  },
  L11: (life) => {
    for (const { after, timeline } of life) {
      for (const due of ticketDeadlines(after, timeline)) {
        const early = later(due.dueAt, -1)
        if (isTicket(after) && after.updatedAt <= early)
          expect(take(after, fire(due, early, 'early'), timeline).events).toEqual([])
        const { events } = take(after, fire(due, due.dueAt, 'due'), timeline)
        expect(events).not.toEqual([])
        const missed = events.flatMap((event) => (event.type === 'TargetBreached' ? event.target : []))
        const saysNoMore = due.kind === 'update' && missed.includes('update')
        if (!isAboutATarget(due)) expect(events).toHaveLength(missed.length + (saysNoMore ? 0 : 1))
      }
    }
  },
  L12: (life) => {
    let before: Instant | undefined
    for (const { events, timeline, command } of life) {
      const decidedAt = command.type === 'fire' ? command.dueAt : command.at
      const { chaseAfter, closeUnansweredAfter } = versionAt(timeline, decidedAt).policy
      const steps = [0, ...chaseAfter, closeUnansweredAfter]
      for (const event of events) {
        if (event.type === 'CustomerWaitStarted') before = undefined
        const closing = event.type === 'TicketClosed' && event.reason === 'no_reply'
        if (event.type !== 'ChaseSent' && !closing) continue
        const step = event.type === 'ChaseSent' ? event.step : steps.length - 1
        const distance = (steps[step] ?? 0) - (steps[step - 1] ?? 0)
        if (before) expect(elapsed(before, event.at)).toBeGreaterThanOrEqual(distance)
        before = event.at
      }
    }
  },
}
