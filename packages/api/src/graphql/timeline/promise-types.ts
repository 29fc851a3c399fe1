import type { FieldBuilder, Telling } from './happening.ts'
import { notBefore } from './not-before.ts'

type OfTarget = 'TargetMet' | 'TargetWarned' | 'TargetBreached'

/** The events about what the desk has promised: the targets of SLA policies, and what they are chosen by. */
export function addPromiseTypes({ words, tell }: Telling) {
  const promised = <T extends OfTarget>(t: FieldBuilder<T>) => ({
    target: t.field({ type: words.slaTarget, resolve: ({ event }) => event.target }),
    cycle: t.int({ description: 'Which time the target ran.', resolve: ({ event }) => event.cycle }),
    since: t.field({ type: 'DateTime', resolve: ({ event }) => event.since }),
    dueAt: t.field({ type: 'DateTime', resolve: ({ event }) => event.dueAt }),
    policy: t.string({ description: 'The name of the SLA policy.', resolve: ({ event }) => event.policy }),
    calendar: t.string({
      nullable: true,
      description: 'Null where time passed around the clock.',
      resolve: ({ event }) => event.calendar,
    }),
    calendarOf: t.field({
      type: words.calendarOwner,
      nullable: true,
      description: 'Whose calendar it is, unless it is the policy’s own.',
      resolve: ({ event }) => event.calendarOf,
    }),
    notBefore: notBefore(t, words),
    policyVersion: t.string({ resolve: ({ event }) => event.policyVersion }),
  })
  return [
    tell('TargetMet', 'The desk kept a promise in time.', (t) => promised(t)),
    tell('TargetWarned', 'A promise was soon overdue.', (t) => ({
      ...promised(t),
      share: t.float({ description: 'How much of the time had passed.', resolve: ({ event }) => event.share }),
    })),
    tell('TargetBreached', 'A promise was not kept in time.', (t) => promised(t)),
    tell('PlanChanged', 'The customer’s plan changed.', (t) => ({
      fromPlan: t.string({ nullable: true, resolve: ({ event }) => event.from }),
      toPlan: t.string({ nullable: true, resolve: ({ event }) => event.to }),
      reason: t.string({ nullable: true, resolve: ({ event }) => event.reason }),
    })),
    tell('ClocksPaused', 'Somebody stopped the clocks of the ticket’s targets.', (t) => ({
      pauseReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    tell('ClocksResumed', 'The clocks of the ticket’s targets went on.', (t) => ({
      reason: t.string({ nullable: true, resolve: ({ event }) => event.reason }),
    })),
  ]
}
