import type { SearchAttributePair, SearchAttributeType, SearchAttributeUpdatePair } from '@temporalio/common'
import { defineSearchAttributeKey } from '@temporalio/common'

/** A deadline of a stream, as an instant: calendars and policies stay outside of workflows. */
type StreamDeadline = { readonly kind: string; readonly dueAt: string; readonly cycle: number }

/** The labels by which operators may filter clocks. No personal data. */
export type StreamLabels = {
  readonly status?: string
  readonly priority?: string
  readonly category?: string
  /** Whether a target or deadline of the stream is missed in its present state. */
  readonly breached: boolean
  /** Whether operators look for the clock even without a deadline; omitted where they do not. */
  readonly outstanding?: true
  /** The worst state of the promises made on the stream. */
  readonly sla?: string
  /** Since when. */
  readonly slaSince?: string
  /** When the first promise is due that has not been missed. */
  readonly breachAt?: string
  /** The promises that are missed, the first missed first. */
  readonly missed?: readonly { readonly target: string; readonly since: string }[]
}

/** The state of a stream, as far as its clock is concerned. */
export type WorkflowState = {
  readonly stream: string
  /** Earliest first. */
  readonly deadlines: readonly StreamDeadline[]
  /** Omitted where the server has no search attributes for them. */
  readonly labels?: StreamLabels
}

/** Whether a stream has a clock: it has a deadline, or operators look for it. */
export const isClocked = ({ deadlines, labels }: Pick<WorkflowState, 'deadlines' | 'labels'>): boolean =>
  deadlines.length > 0 || labels?.outstanding === true

/** The SDK's type, which it does not export by name. */
type Key<T extends SearchAttributeType> = { readonly name: string; readonly type: T }

const key = <T extends SearchAttributeType>(name: string, type: T): Key<T> => defineSearchAttributeKey(name, type)

/** The attributes by which the clocks can be filtered in the Temporal UI. */
export const searchAttributes = {
  status: key('GuichetStatus', 'KEYWORD'),
  priority: key('GuichetPriority', 'KEYWORD'),
  category: key('GuichetCategory', 'KEYWORD'),
  nextDueKind: key('GuichetNextDueKind', 'KEYWORD'),
  nextDue: key('GuichetNextDue', 'DATETIME'),
  breached: key('GuichetBreached', 'BOOL'),
  sla: key('GuichetSla', 'KEYWORD'),
  slaSince: key('GuichetSlaSince', 'DATETIME'),
  breachAt: key('GuichetBreachAt', 'DATETIME'),
} as const

/** The search attributes of a clock; null where a label has no value, none at all without labels. */
function attributesOf({ labels, deadlines }: WorkflowState): SearchAttributeUpdatePair[] {
  if (!labels) return []
  const [next] = deadlines
  return [
    { key: searchAttributes.status, value: labels.status ?? null },
    { key: searchAttributes.priority, value: labels.priority ?? null },
    { key: searchAttributes.category, value: labels.category ?? null },
    { key: searchAttributes.nextDueKind, value: next?.kind ?? null },
    { key: searchAttributes.nextDue, value: next ? new Date(next.dueAt) : null },
    { key: searchAttributes.breached, value: labels.breached },
    { key: searchAttributes.sla, value: labels.sla ?? null },
    { key: searchAttributes.slaSince, value: dateOf(labels.slaSince) },
    { key: searchAttributes.breachAt, value: dateOf(labels.breachAt) },
  ]
}

const dateOf = (instant: string | undefined): Date | null => (instant === undefined ? null : new Date(instant))

/** The search attributes that a clock starts with. */
export function firstAttributesOf(state: WorkflowState): SearchAttributePair[] {
  return attributesOf(state).filter((pair): pair is SearchAttributePair => pair.value !== null)
}

/** The search attributes that differ from those that a clock was started with. */
export function changedAttributes(start: WorkflowState, now: WorkflowState): SearchAttributeUpdatePair[] {
  const before = attributesOf(start)
  return attributesOf(now).filter(({ value }, index) => value?.valueOf() !== before[index]?.value?.valueOf())
}
