import type { Instant } from '../kernel/instant.ts'
import { msOf } from '../kernel/instant.ts'
import type { TicketPolicy } from './policy.ts'

/** A policy and when it comes into force; the first one of a timeline has been in force since ever. */
export type PolicyVersion = { readonly from: Instant | undefined; readonly policy: TicketPolicy }

/** The policies that tickets are, were and will be run by, in the order in which they come into force. */
export type PolicyTimeline = readonly [PolicyVersion, ...PolicyVersion[]]

/** The timeline of a policy that never changes. */
export const always = (policy: TicketPolicy): PolicyTimeline => [{ from: undefined, policy }]

/** The policies of a timeline that have come into force by an instant. */
export const inForceBy = ([first, ...rest]: PolicyTimeline, at: Instant): PolicyTimeline => [
  first,
  ...rest.filter(({ from }) => from === undefined || msOf(from) <= msOf(at)),
]

/**
 * What falls due under a timeline, on something that goes on since `since`: under each policy from when it comes into force, and not
 * before. What a policy would have let fall due earlier falls due when it comes into force; what falls due while it is in
 * force does, whatever policy follows. Undefined when nothing falls due under the last policy.
 * @param dueUnder what falls due under a policy, never before `notBefore`; what has no instant yet is given to wait for a later policy.
 */
export function dueOver<D extends { readonly dueAt?: number | undefined }>(
  timeline: PolicyTimeline,
  since: number,
  dueUnder: (policy: TicketPolicy, notBefore: number) => D | undefined,
): D | undefined {
  const first = timeline.findLastIndex(({ from }) => from === undefined || msOf(from) <= since)
  let due: D | undefined
  for (let index = Math.max(first, 0); index < timeline.length; index++) {
    const { from, policy } = timeline[index] ?? timeline[0]
    const next = timeline[index + 1]?.from
    due = dueUnder(policy, Math.max(since, from === undefined ? since : msOf(from)))
    if (due?.dueAt !== undefined && (next === undefined || due.dueAt < msOf(next))) return due
  }
  return due
}
