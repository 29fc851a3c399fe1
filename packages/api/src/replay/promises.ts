import type { Instant, PolicyTimeline, SlaTarget, TargetStanding, TicketState } from '@guichet/domain'
import { formatDuration, instant, targetStandings } from '@guichet/domain'

/** What a due instant follows from besides the policy's name; durations in milliseconds. */
export type Counted = {
  /** How much time the policy promises, of its calendar; undefined where that version of it is not known any more. */
  readonly promisedMs: number | undefined
  /** How long the clock stood still meanwhile, in elapsed time. */
  readonly stoodStillMs: number
}

/** A target that runs, with what its due instant follows from. */
export type RunningTarget = TargetStanding & Counted

type Promise = {
  readonly target: SlaTarget
  readonly policy: string
  readonly calendar?: string | undefined
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
export function countedUntil(promise: Promise, still: Still, until: Instant, timeline: PolicyTimeline): Counted {
  const { target, since, policyVersion } = promise
  const within = still.map(({ from, to = until }) => {
    const [begin, end] = [from > since ? from : since, to < until ? to : until]
    return Math.max(0, Date.parse(end) - Date.parse(begin))
  })
  const version = timeline.find(({ policy }) => policy.version === policyVersion)
  const policy = version?.policy.serviceLevels?.policies.find(({ name }) => name === promise.policy)
  return {
    promisedMs:
      policy &&
      { first_response: policy.firstResponse, next_response: policy.nextResponse, resolution: policy.resolution }[
        target
      ],
    stoodStillMs: within.reduce((sum, each) => sum + each, 0),
  }
}

/** The targets of a ticket that run, as they stand at an instant. */
export function runningTargets(
  state: TicketState,
  still: Still,
  at: Instant,
  timeline: PolicyTimeline,
): readonly RunningTarget[] {
  if (state.status === 'absent') return []
  const present = at < state.updatedAt ? instant(state.updatedAt) : at
  return targetStandings(state, timeline, present).map((standing) => ({
    ...standing,
    ...countedUntil(
      standing,
      still,
      standing.state === 'BREACHED' && standing.dueAt ? standing.dueAt : present,
      timeline,
    ),
  }))
}

/** Why a target is due when it is, in words. */
export function inWords({ policy, policyVersion, calendar, since }: Promise, counted: Counted): string {
  const { promisedMs, stoodStillMs } = counted
  const on = calendar === undefined ? 'around the clock' : `on the calendar ${calendar}`
  return (
    `SLA policy ${policy} of ${policyVersion}: ${promisedMs === undefined ? '' : `${formatDuration(promisedMs)} `}${on} since ${since}` +
    (stoodStillMs > 0 ? `, stood still for ${formatDuration(stoodStillMs)}` : '')
  )
}
