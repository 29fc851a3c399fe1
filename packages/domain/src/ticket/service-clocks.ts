import type { Instant } from '../kernel/time.ts'
import type { PromisedBy, SlaTarget, TargetClock, TargetClocks } from '../sla/settings.ts'
import { slaTargets, startedClock } from '../sla/settings.ts'
import type { SupportLevel } from '../level.ts'
import type { TermsChange } from '../sla/terms.ts'
import type { TicketEvent, TicketEventOf } from './events.ts'
import { answersTheCustomer } from './events.ts'
import type { EndedClock, Question, ServiceClocks } from './pauses.ts'
import { pausesAfter, withoutQuestion, withQuestion } from './pauses.ts'
import type { TicketStatus } from './vocabulary.ts'

/** The clocks of a newly opened ticket, whose customer has waited since then or, if it was split off, longer. */
export function clocksFrom({ at, messageId, splitFrom }: TicketEventOf<'TicketOpened'>): ServiceClocks {
  const { waitingSince: since = at, pauses = [], responsePauses: ordered = pauses } = splitFrom ?? {}
  return {
    targets: {
      first_response: startedClock(1, since),
      resolution: startedClock(1, since),
      update: startedClock(1, since),
    },
    ended: {},
    answered: false,
    questions: 0,
    updates: 1,
    waiting: [{ since, messageId }],
    ...termsChanged(at, 'opening'),
    pauses,
    ordered,
    paused: undefined,
  }
}

const termsChanged = (termsSince: Instant, termsChange: TermsChange['change']) => ({ termsSince, termsChange })

/** The facts of a ticket that its clocks follow from, besides its events. */
type ClockFacts = {
  readonly status: TicketStatus
  readonly clocks: ServiceClocks
  readonly reopenings: number
  readonly team: string | undefined
  readonly level: SupportLevel
}

/** Whether a ticket's clocks are paused. */
export const isPaused = ({ status, clocks }: Pick<ClockFacts, 'status' | 'clocks'>): boolean =>
  status === 'waiting_customer' || clocks.paused !== undefined

/** The clocks after an event that leaves the ticket in a status. */
export function clocksAfter(before: ClockFacts, event: TicketEvent, status: TicketStatus): ServiceClocks {
  const clocks = withEnded(before.clocks, changed(before, event), event)
  const [isStill, isHeld] = [isPaused({ status, clocks }), clocks.paused !== undefined]
  const [wasStill, wasHeld] = [isPaused(before), before.clocks.paused !== undefined]
  if (isStill === wasStill && isHeld === wasHeld) return clocks
  const pauses = isStill === wasStill ? clocks.pauses : pausesAfter(clocks.pauses, isStill, event.at)
  const ordered = isHeld === wasHeld ? clocks.ordered : pausesAfter(clocks.ordered, isHeld, event.at)
  return { ...clocks, pauses, ordered }
}

/** The clocks that ended with the last event are added to those that ended before, one for each target. */
function withEnded({ targets: before }: ServiceClocks, clocks: ServiceClocks, event: TicketEvent): ServiceClocks {
  const { targets, ended } = clocks
  if (event.type === 'TargetMet') {
    const last = ended[event.target]
    return last?.clock.cycle === event.cycle
      ? { ...clocks, ended: { ...ended, [event.target]: { ...last, met: true } } }
      : clocks
  }
  if (targets === before) return clocks
  const newlyEnded = slaTargets.flatMap((target): [SlaTarget, EndedClock][] => {
    const clock = before[target]
    return clock && clock.cycle !== targets[target]?.cycle ? [[target, { clock, at: event.at, met: false }]] : []
  })
  return newlyEnded.length === 0 ? clocks : { ...clocks, ended: { ...ended, ...Object.fromEntries(newlyEnded) } }
}

function changed({ clocks, status, reopenings, team, level }: ClockFacts, event: TicketEvent): ServiceClocks {
  const { targets } = clocks
  switch (event.type) {
    case 'AgentReplied':
      return answersTheCustomer(event) ? answered(clocks, event, status) : clocks
    case 'UpdateRelayed':
      return updateAwaited(clocks, event.at)
    case 'CustomerReplied':
      return withWaiting(clocks, { since: event.at, messageId: event.messageId }, reopenings)
    case 'AbsorptionCompleted':
      return event.waitingSince === undefined || hasEnded(status)
        ? clocks
        : broughtIn(clocks, event.waitingSince, event.at)
    case 'TicketSplit':
      return splitOff(clocks, event)
    case 'TicketResolved':
      return { ...clocks, targets: {}, waiting: [], pauses: [], ordered: [], paused: undefined }
    case 'TicketClosed':
      return { ...clocks, targets: {}, pauses: [], ordered: [], paused: undefined }
    case 'TicketReopened':
      return reopened(clocks, event.at, reopenings)
    case 'PriorityChanged':
      return { ...clocks, ...termsChanged(event.at, 'priority') }
    case 'TicketCategorized':
      return { ...clocks, ...termsChanged(event.at, 'category') }
    case 'PlanChanged':
      return { ...clocks, ...termsChanged(event.at, 'plan') }
    case 'TicketClassified':
      return event.category === undefined && event.priority === undefined
        ? clocks
        : { ...clocks, ...termsChanged(event.at, 'classification') }
    case 'ClocksPaused':
      return { ...clocks, paused: { reason: event.reason, since: event.at } }
    case 'ClocksResumed':
      return { ...clocks, paused: undefined }
    case 'TargetWarned':
      return { ...clocks, targets: mark(targets, event, { warned: event.dueAt, warnedAt: event.at }) }
    case 'TargetBreached':
      return { ...clocks, targets: mark(targets, event, missed(event)) }
    case 'TicketEscalated': {
      const marked = event.missed ? { ...clocks, targets: mark(targets, event.missed, { escalated: true }) } : clocks
      return event.team === team && (event.level ?? level) === level
        ? marked
        : { ...marked, ...termsChanged(event.at, event.team === team ? 'level' : 'team') }
    }
    case 'TicketDeescalated':
      return { ...clocks, ...termsChanged(event.at, event.team === team ? 'level' : 'team') }
    case 'FeatureRequestNoted':
      return event.team === team ? clocks : { ...clocks, ...termsChanged(event.at, 'team') }
    default:
      return clocks
  }
}

/**
 * The clocks after an answer: the next update is awaited from then on, unless the ticket ends with it or has ended
 * before.
 */
function answered(
  clocks: ServiceClocks,
  { at, then }: TicketEventOf<'AgentReplied'>,
  status: TicketStatus,
): ServiceClocks {
  const { resolution } = clocks.targets
  const silent = { ...clocks, answered: true, targets: { resolution }, waiting: [] }
  return then === 'resolved' || hasEnded(status) ? silent : updateAwaited(silent, at)
}

/** The clocks with an update that is awaited since an instant, in a new cycle. */
const updateAwaited = (clocks: ServiceClocks, since: Instant): ServiceClocks => ({
  ...clocks,
  updates: clocks.updates + 1,
  targets: { ...clocks.targets, update: startedClock(clocks.updates + 1, since) },
})

function withWaiting(clocks: ServiceClocks, question: Question, reopenings: number): ServiceClocks {
  return responding({ ...clocks, waiting: withQuestion(clocks.waiting, question) }, question.since, reopenings)
}

/**
 * A reopened ticket has a new resolution and a new update target, and messages that waited for an answer when it ended
 * wait again.
 */
function reopened(clocks: ServiceClocks, at: Instant, reopenings: number): ServiceClocks {
  const resolution = startedClock(reopenings + 2, at)
  const waiting = clocks.waiting.map((question) => ({ ...question, since: at }))
  const reopenedClocks = updateAwaited({ ...clocks, waiting, targets: { ...clocks.targets, resolution } }, at)
  return clocks.answered && waiting.length === 0 ? reopenedClocks : responding(reopenedClocks, at, reopenings)
}

/**
 * The clocks with a response that is awaited since an instant, unless one is already: the first response if there never
 * was one.
 */
function responding(clocks: ServiceClocks, since: Instant, reopenings: number): ServiceClocks {
  const { answered, targets } = clocks
  if (targets.first_response || targets.next_response) return clocks
  if (answered) return awaited(clocks, since)
  return { ...clocks, targets: { ...targets, first_response: startedClock(reopenings + 2, since) } }
}

/** The clocks with a next response that is awaited since an instant, in a new cycle. */
const awaited = (clocks: ServiceClocks, since: Instant): ServiceClocks => ({
  ...clocks,
  questions: clocks.questions + 1,
  targets: { ...clocks.targets, next_response: startedClock(clocks.questions + 1, since) },
})

const hasEnded = (status: TicketStatus): boolean => status === 'resolved' || status === 'closed'

/**
 * A question that comes with a merged ticket moves the start of the awaited response back to when it was asked, or
 * starts one. Earlier pauses of this ticket do not apply to it, and it is not due before it came.
 */
function broughtIn(clocks: ServiceClocks, since: Instant, at: Instant): ServiceClocks {
  const { first_response: first, next_response: next } = clocks.targets
  const waits = { ...clocks, waiting: withQuestion(clocks.waiting, { since }) }
  const awaits = first ?? next
  if (awaits && (awaits.from <= since || awaits.breached !== undefined)) return waits
  const moved = (clock: TargetClock): TargetClock => ({ ...clock, from: since, broughtInAt: at })
  if (first) return { ...waits, targets: { ...clocks.targets, first_response: moved(first) } }
  const { targets, ...rest } = next ? waits : awaited(waits, since)
  return { ...rest, targets: { ...targets, next_response: targets.next_response && moved(targets.next_response) } }
}

/**
 * A next response is awaited for the oldest remaining message: in a new cycle if that is another one, and not due
 * before the split.
 */
function splitOff(clocks: ServiceClocks, { at, messageId }: TicketEventOf<'TicketSplit'>): ServiceClocks {
  const [oldest] = clocks.waiting
  const waiting = withoutQuestion(clocks.waiting, messageId)
  const rest = { ...clocks, waiting }
  if (!clocks.targets.next_response || oldest?.messageId !== messageId) return rest
  const [next] = waiting
  if (next) return awaited({ ...rest, ...termsChanged(at, 'split') }, next.since)
  return { ...rest, targets: { ...clocks.targets, next_response: undefined } }
}

const missed = (event: TicketEventOf<'TargetBreached'>): Partial<TargetClock> => ({
  breached: event.dueAt,
  noticedAt: event.at,
  missedBy: promisedBy(event),
})

const promisedBy = ({ policy, calendar, calendarOf, policyVersion }: PromisedBy): PromisedBy => ({
  policy,
  calendar,
  calendarOf,
  policyVersion,
})

function mark(
  targets: TargetClocks,
  { target, cycle }: { readonly target: keyof TargetClocks; readonly cycle: number },
  change: Partial<NonNullable<TargetClocks[keyof TargetClocks]>>,
): TargetClocks {
  const clock = targets[target]
  return clock?.cycle === cycle ? { ...targets, [target]: { ...clock, ...change } } : targets
}
