import type { EventEnvelope, Instant, PolicyTimeline, SlaTarget, TicketEvent, TicketState } from '@guichet/domain'
import { formatDuration, targetTime } from '@guichet/domain'
import type { SlaTargetRow } from '@guichet/projections'
import { targetsAt } from '@guichet/projections'

/** What a due instant follows from besides the policy's name; durations in milliseconds. */
export type Counted = {
  /** How much time the policy promises, of its calendar; undefined where that version of it is not known any more. */
  readonly promisedMs: number | undefined
  /** How long the clock stood still meanwhile, in elapsed time. */
  readonly stoodStillMs: number
}

/** A target that runs, with what its due instant follows from. */
export type RunningTarget = SlaTargetRow & Counted

type Promised = {
  readonly target: SlaTarget
  readonly policy: string
  readonly calendar?: string | undefined
  readonly calendarOf?: { readonly kind: string; readonly name: string } | undefined
  readonly policyVersion: string
  readonly since: Instant
}

/** When the clocks of a ticket stood still, oldest first; the last one may go on. */
export type Still = readonly { readonly from: Instant; readonly to: Instant | undefined }[]

/** Notes in which stretches clocks stand still, after an event that led to a state. */
export function stillAfter(still: Still, state: TicketState, at: Instant): Still {
  const stands = state.status !== 'absent' && state.clocks.pauses.some(({ to }) => to === undefined)
  const last = still.at(-1)
  if (stands === (last !== undefined && last.to === undefined)) return still
  return stands
    ? [...still, { from: at, to: undefined }]
    : still.map((each) => (each === last ? { ...each, to: at } : each))
}

/** What a promise was counted by until an instant. */
export function countedUntil(promise: Promised, still: Still, until: Instant, timeline: PolicyTimeline): Counted {
  const { target, since, policyVersion } = promise
  const within = still.map(({ from, to = until }) => {
    const [begin, end] = [from > since ? from : since, to < until ? to : until]
    return Math.max(0, Date.parse(end) - Date.parse(begin))
  })
  const version = timeline.find(({ policy }) => policy.version === policyVersion)
  const policy = version?.policy.serviceLevels?.policies.find(({ name }) => name === promise.policy)
  return {
    promisedMs: policy && targetTime(policy, target),
    stoodStillMs: within.reduce((sum, each) => sum + each, 0),
  }
}

/** The targets of a ticket that run, as they stand at an instant. */
export async function runningTargets(
  history: readonly EventEnvelope<TicketEvent>[],
  still: Still,
  at: Instant,
  timeline: PolicyTimeline,
): Promise<readonly RunningTarget[]> {
  const targets = await targetsAt(history, timeline, at)
  return targets
    .filter(({ open }) => open)
    .map((target) => {
      const until = target.state === 'BREACHED' && target.dueAt ? target.dueAt : at
      return { ...target, ...countedUntil(target, still, until, timeline) }
    })
}

/** Why a target is due when it is, in words. */
export function inWords({ policy, policyVersion, calendar, calendarOf, since }: Promised, counted: Counted): string {
  const { promisedMs, stoodStillMs } = counted
  const owner = calendarOf ? ` of the ${calendarOf.kind} ${calendarOf.name}` : ''
  const on = calendar === undefined ? 'around the clock' : `on the calendar ${calendar}${owner}`
  return (
    `SLA policy ${policy} of ${policyVersion}: ${promisedMs === undefined ? '' : `${formatDuration(promisedMs)} `}${on} since ${since}` +
    (stoodStillMs > 0 ? `, stood still for ${formatDuration(stoodStillMs)}` : '')
  )
}
